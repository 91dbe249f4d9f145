"""The dashboard of a team: how it stands, by the deals that belong to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from winloss.refresh.serving import Served
from winloss.synthesize.glance import Glance
from winloss.synthesize.study import ReasonRow
from winloss.tables.segment import Segment
from winloss.web.book import segmentbar, shelves
from winloss.web.people.rights import Reach

LATELY_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """A team's figures: of all its deals, of the last 90 days, and of the 90 days before."""

    whole: Glance
    lately: Glance
    before: Glance
    span: tuple[dt.date, dt.date] | None

    @property
    def losses(self) -> tuple[ReasonRow, ...]:
        return self.lately.loss_reasons


def dashboard(served: Served, reach: Reach) -> Dashboard:
    """The figures of the deals of a reach, which is a team's."""
    day = served.around.as_of.day
    whole = shelves.glance(served, reach, Segment())
    if day is None:
        return Dashboard(whole=whole, lately=whole, before=whole, span=None)
    start = day - dt.timedelta(days=LATELY_DAYS - 1)
    lately, before = (
        shelves.glance(served, reach, closed_between(first, last))
        for first, last in ((start, day), (start - dt.timedelta(days=LATELY_DAYS), start - dt.timedelta(days=1)))
    )
    return Dashboard(whole=whole, lately=lately, before=before, span=(start, day))


def closed_between(first: dt.date, last: dt.date) -> Segment:
    return Segment((segmentbar.closed_between(first, last),))
