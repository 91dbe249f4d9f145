"""What the company decided: one action that worked and one that did not; see `causes`."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from winloss.act.action import Action, ActionKind
from winloss.act.ledger import row_of
from winloss.act.measures import Measure
from winloss.act.written import toml
from winloss.demo import cast, causes
from winloss.demo.world import World
from winloss.tables import TABLES
from winloss.tables.people import opaque
from winloss.tables.segment import Segment

WINDOW_DAYS = 180
FOUND_DAYS = 90
"""The segments were chosen because they had been bad in the 90 days before."""
FOUND_AMONG = len(cast.INDUSTRIES)
OWNERS = {"guided-start": "Marta Ferreira", "retail-discount": "Jonas Lindholm"}


def _decided(
    id_: str, do: str, kind: ActionKind, industry: str, begins_on: dt.date, *, measure: str, goal: float
) -> Action:
    return Action(
        id=id_,
        do=do,
        kind=kind,
        segment=Segment.of(industry=industry),
        measure=Measure.parse(measure),
        goal=goal,
        begins_on=begins_on,
        ends_on=begins_on + dt.timedelta(days=WINDOW_DAYS - 1),
        owner_id=opaque(OWNERS[id_]),
        decided_on=begins_on,
        found_from=begins_on - dt.timedelta(days=FOUND_DAYS),
        found_to=begins_on - dt.timedelta(days=1),
        found_among=FOUND_AMONG,
    )


ACTIONS = (
    _decided(
        "guided-start",
        "Offer a guided start to buyers in Logistics.",
        ActionKind.ENABLEMENT,
        causes.WORKED_INDUSTRY,
        causes.WORKED_FROM,
        measure="share_of_losses:reason:implementation_risk",
        goal=0.2,
    ),
    _decided(
        "retail-discount",
        "Give a discount to buyers in Retail.",
        ActionKind.PRICING,
        causes.USELESS_INDUSTRY,
        causes.USELESS_FROM,
        measure="win_rate",
        goal=0.2,
    ),
)


def actions(_world: World) -> pa.RecordBatch:
    """The table `actions`."""
    return pa.RecordBatch.from_pylist([row_of(action) for action in ACTIONS], schema=TABLES["actions"].schema)


def verdicts(_world: World) -> pa.RecordBatch:
    """The table `verdicts`: none was given yet."""
    return pa.RecordBatch.from_pylist([], schema=TABLES["verdicts"].schema)


def actions_toml() -> str:
    """The actions as `winloss act import` reads them."""
    return toml(ACTIONS, names={opaque(name): name for name in OWNERS.values()})
