"""The deals behind each finding: a few for the page, all (up to a limit) for the table beside it.

Counts here are closed deals of the finding's segment; where the finding is about losses, lost and undecided
deals alone. A finding over the whole book lists none: every closed deal stands behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from winloss.errors import UserError
from winloss.synthesize.finding import Finding
from winloss.synthesize.study import Study
from winloss.tables import CLOSED

DealsOf = Callable[[str], pa.Table]
"""Gives the deals of a segment's text form; the largest of each outcome where there is a column `OF_OUTCOME`."""

OF_OUTCOME = "of_outcome"
"""How many deals of a row's outcome the segment has, where not all of them are given."""

COLUMNS = (
    "deal_id",
    "deal_name",
    "account_name",
    "outcome",
    "reason",
    "competitor",
    "amount_cents",
    "currency",
    "created_on",
    "closed_on",
    "lead_source",
)
IN_PAGE = 6
PER_FINDING = 10_000
"""Rows of a finding in the table beside the report, at most."""
IN_ALL = 100_000
"""Rows of the table beside the report, over all findings."""

Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """The deals behind one finding, largest first.

    Parameters
    ----------
    finding
        The finding's id.
    deals
        At most `listed_of` of them, columns `COLUMNS`.
    total
        How many there are.
    why
        Why none are listed, else "".
    """

    finding: str
    deals: pa.Table
    total: int = 0
    why: str = ""

    @property
    def few(self) -> tuple[Row, ...]:
        return tuple(self.deals.slice(0, IN_PAGE).to_pylist())

    @property
    def listed(self) -> int:
        return self.deals.num_rows

    @property
    def capped(self) -> bool:
        return self.listed < self.total


def whole(study: Study, deals: DealsOf) -> Behind | None:
    """Every closed deal, behind no finding: what the figures of the whole book count.

    None where none is closed, or where there are more than `IN_ALL`.
    """
    if not 0 < study.counts.closed <= IN_ALL:
        return None
    table = _ask(deals, "")
    if isinstance(table, str) or "outcome" not in table.column_names:
        return None
    table = table.drop_columns([name for name in (OF_OUTCOME,) if name in table.column_names])
    return Behind(finding="", deals=table, total=table.num_rows)


def claims_of(study: Study) -> list[Finding]:
    """The findings that claim something: deals are listed behind these."""
    return [finding for finding in study.findings if finding.status != "not_supported"]


def listed_of(findings: int) -> int:
    """Deals that are listed of each of so many findings, at most."""
    return min(PER_FINDING, IN_ALL // max(findings, 1))


def gather(study: Study, deals: DealsOf) -> dict[str, Behind]:
    """The deals behind every finding that claims something, by the finding's id.

    A segment is asked for once, and its deals are let go before the next one is asked for.
    """
    claims = claims_of(study)
    most = listed_of(len(claims))
    found: dict[str, Behind] = {}
    for segment in dict.fromkeys(finding.segment for finding in claims):
        table = _ask(deals, segment) if segment else "Every closed deal stands behind this."
        found |= {finding.id: _behind(finding, table, most) for finding in claims if finding.segment == segment}
    return {finding.id: found[finding.id] for finding in claims}


def _behind(finding: Finding, table: pa.Table | str, most: int) -> Behind:
    if isinstance(table, str):
        return Behind(finding=finding.id, deals=pa.table({}), total=finding.covers, why=table)
    kept = _fitting(table, finding)
    if OF_OUTCOME not in kept.column_names:
        return Behind(finding=finding.id, deals=_largest(kept, most), total=kept.num_rows)
    counted = kept.group_by("outcome").aggregate([(OF_OUTCOME, "max")])
    total = int(pc.sum(counted[f"{OF_OUTCOME}_max"]).as_py() or 0)
    return Behind(finding=finding.id, deals=_largest(kept.drop_columns(OF_OUTCOME), most), total=total)


def _ask(deals: DealsOf, segment: str) -> pa.Table | str:
    try:
        table = deals(segment)
    except UserError as error:
        return f"The deals cannot be listed: {error}"
    return table.select([name for name in (*COLUMNS, OF_OUTCOME) if name in table.column_names])


def _fitting(table: pa.Table, finding: Finding) -> pa.Table:
    if "outcome" not in table.column_names or finding.kind == "quality":
        return table
    wanted = CLOSED[1:] if finding.measure.startswith("share_of_losses") else CLOSED
    return table.filter(pc.is_in(table["outcome"], value_set=pa.array(wanted)))


def _largest(table: pa.Table, most: int) -> pa.Table:
    keys = [(name, order) for name, order in _ORDER if name in table.column_names]
    return (table.sort_by(keys) if keys else table).slice(0, most)


_ORDER: tuple[tuple[str, Literal["ascending", "descending"]], ...] = (
    ("amount_cents", "descending"),
    ("deal_id", "ascending"),
)
