"""Which deals are won more, or less, and which are lost for what: the search over everything that describes a deal.

One family for the whole report: every value and every pair of values of every attribute, reasons and competitors
inside every value, the month in its quarter, the course over time, the length of the cycle, the deal stage reached. Each
comparison has an exact test; what that would show is asked again with reps, accounts and months as
clusters; the larger p goes into one weighted false discovery control. See docs/concepts/established.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import comb

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from winloss.aggregate.attributes import closed_deals
from winloss.synthesize import family as fam
from winloss.synthesize.against import Against, by_value
from winloss.synthesize.asking import Ask
from winloss.synthesize.attribute_tables import tables_of
from winloss.synthesize.attributes import Chosen, columns_of
from winloss.synthesize.closed import read_closed
from winloss.synthesize.coded import Closed
from winloss.synthesize.family import DEPTH, EARLY_P, EARLY_RATE, RATE, Block, Family, Search
from winloss.synthesize.finding import Finding, Status
from winloss.synthesize.lines import lines
from winloss.synthesize.listing import Lister, power_of, unsupported
from winloss.synthesize.ranking import stands
from winloss.synthesize.seasons import DATED, Course, course, season, trend_block
from winloss.synthesize.segments import Segmented, segmented
from winloss.synthesize.study import AttributeTable, LeftOut
from winloss.synthesize.survival import Reader, Survived, quarter_month, survive
from winloss.tables.custom import CustomColumn

_MOST_TRIPLES = 60_000
"""Threes of attributes that are compared: those of 72 attributes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions:
    """`as_of` keeps stray closings out of the months; `left_aside` are codes of reasons that are none."""

    as_of: dt.date | None = None
    fiscal_year_start_month: int = 1
    left_aside: frozenset[str] = frozenset(("other", "unknown"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """Everything that was looked at.

    `findings` are sorted: established, early signals, not supported; inside each by the money or deals at stake.
    `tested` counts comparisons, `tested_by` by kind. `not_listed` counts what passed and is only in the tables.
    """

    findings: tuple[Finding, ...] = ()
    attributes: tuple[AttributeTable, ...] = ()
    against: tuple[Against, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    tested: int = 0
    tested_by: tuple[tuple[str, int], ...] = ()
    power: str = ""
    shown_not_tested: int = 0
    """Values with fewer than 30 deals (or with fewer than 30 beside them)."""
    not_listed: int = 0
    beyond: int = 0
    """Comparisons that were too many to ask about clusters and count as not found."""
    per_month: float | None = None
    """Closed deals a month; None without dates."""


def search(
    deals: ir.Table,
    *,
    ask: Ask,
    custom: Sequence[CustomColumn] = (),
    taxonomy_labels: Mapping[str, str] | None = None,
    options: SearchOptions | None = None,
) -> SearchResult:
    """Look at everything, and say what stands.

    Parameters
    ----------
    deals
        Resolved deals (docs/architecture.md), materialised by the caller.
    ask
        Runs one expression.
    custom
        The custom columns of the book: those of few values and numbers join the comparison.
    taxonomy_labels
        Reason codes to labels.
    options
        Defaults where None.

    Returns
    -------
    SearchResult
        Empty of findings where the book holds too little; never an error for little data.
    """
    return search_in([ask(question(deals, custom))], custom=custom, taxonomy_labels=taxonomy_labels, options=options)


def question(deals: ir.Table, custom: Sequence[CustomColumn]) -> ir.Table:
    """What the search reads of the closed deals."""
    return closed_deals(deals, columns_of(deals.columns, custom))


def search_in(
    answer: list[pa.Table],
    *,
    custom: Sequence[CustomColumn] = (),
    taxonomy_labels: Mapping[str, str] | None = None,
    options: SearchOptions | None = None,
) -> SearchResult:
    """`search` in the answer to `question`, the only one of its list.

    It is taken out of the list, so that it is gone when it is coded: of a million deals it is a quarter of a gigabyte.
    """
    chosen_options, labels = options or SearchOptions(), dict(taxonomy_labels or {})
    table = answer.pop()
    closed, chosen = read_closed(table, custom, left_aside=chosen_options.left_aside, as_of=chosen_options.as_of)
    against = by_value(table, closed)
    table = table.select([name for name in table.column_names if name in DATED])
    if closed.n == 0:
        return SearchResult(left_out=chosen.left_out, power="No deal is closed yet.")
    return replace(_result(closed, chosen, table, labels, chosen_options), against=against)


@dataclass(frozen=True, slots=True)
class _Look:
    family: Family
    segmented: Segmented
    course: Course | None
    reader: Reader


def _look(closed: Closed, table: pa.Table, options: SearchOptions) -> _Look:
    month_in_quarter = quarter_month(closed.months, options.fiscal_year_start_month)
    found_segments = segmented(closed, depth=depth_of(len(closed.attributes)))
    blocks: list[Block] = [found_segments.block, *fam.singles(closed)]
    blocks += fam.on_losses(closed, Search.REASON, closed.lost_reason, len(closed.reasons))
    blocks += fam.on_losses(closed, Search.COMPETITOR, closed.lost_rival, len(closed.rivals))
    blocks += [*fam.stages(closed, len(closed.reasons)), *fam.cycles(closed), *season(closed, month_in_quarter)]
    found = course(closed, table)
    own_p = {}
    if found is not None:
        blocks.append(trend_block(found))
        own_p[int(Search.TREND)] = found.slope.p
    return _Look(fam.joined(blocks, own_p), found_segments, found, Reader(closed, month_in_quarter))


def _result(
    closed: Closed, chosen: Chosen, table: pa.Table, labels: Mapping[str, str], options: SearchOptions
) -> SearchResult:
    look = _look(closed, table, options)
    survived = survive(look.family, look.reader, look.segmented)
    per_month = closed_per_month(closed)
    status = judge(survived, few=fam.too_few(per_month))
    found = lines(survived.family, look.reader, look.segmented, status)
    lister = Lister(closed, survived, look.reader, labels, look.course, per_month)
    listed = [lister.finding(line) for line in found.listed]
    listed += unsupported(closed, survived, listed, found.echoes)
    tested = np.bincount(look.family.search, minlength=len(Search))
    values = (look.family.search == Search.SINGLE) & (look.family.low[:, 0] == look.family.high[:, 0])
    values_of = np.bincount(look.family.attribute[values, 0], minlength=len(closed.attributes))
    tables = tables_of(closed, labels, values_of.tolist())
    return SearchResult(
        findings=tuple(sorted(listed, key=rank)),
        attributes=tables,
        left_out=chosen.left_out,
        tested=len(look.family),
        tested_by=tuple((s.words, int(tested[s])) for s in Search if tested[s]),
        power=" ".join([power_of(closed, look.family, per_month), *_not_three(len(closed.attributes))]),
        shown_not_tested=sum(len(t.levels) - t.tested for t in tables),
        not_listed=found.unlisted,
        beyond=survived.beyond,
        per_month=per_month,
    )


def depth_of(attributes: int) -> int:
    """Conditions of a segment at most: three, but two where so many attributes make too many threes of them."""
    return DEPTH if comb(attributes, DEPTH) <= _MOST_TRIPLES else DEPTH - 1


def _not_three(attributes: int) -> list[str]:
    if depth_of(attributes) == DEPTH:
        return []
    return [f"With {attributes} attributes only values and pairs of values were compared, not three of them together."]


def closed_per_month(closed: Closed) -> float | None:
    """Deals with a closing date over the months from the first to the last; strays (1 % at either end) widen nothing."""
    months = np.sort(closed.months[closed.months >= 0])
    if not len(months):
        return None
    first, last = (int(m) for m in np.quantile(months, [0.01, 0.99], method="nearest"))
    inside = int(((months >= first) & (months <= last)).sum())
    return inside / (last - first + 1)


def judge(survived: Survived, *, few: bool) -> dict[int, Status]:
    """What each comparison is; those that are nothing are absent.

    Established: q of the larger p at most 5 %. Early signal: q at most 20 % (up to one in five of them is chance) and
    p at most 1 %, or established but for too few closed deals a month.
    """
    q, p = survived.family.q, survived.family.p
    firm = q <= RATE
    early = ~firm & (q <= EARLY_RATE) & (p <= EARLY_P)
    if few:
        early, firm = early | firm, np.zeros(len(firm), bool)
    asked = np.isin(np.arange(len(q)), survived.asked)
    found = {int(i): Status.ESTABLISHED for i in np.flatnonzero(firm & asked)}
    return found | {int(i): Status.EARLY_SIGNAL for i in np.flatnonzero(early & asked)}


_STATUS_RANK = {Status.ESTABLISHED: 0, Status.EARLY_SIGNAL: 1, Status.NOT_SUPPORTED: 2, None: 3}


def rank(finding: Finding) -> tuple[int, bool, float, str]:
    """By what is at stake, the difference times the deals it covers; what may be owed to something else comes last."""
    size = 0.0
    if finding.difference is not None and finding.difference.value is not None:
        size = abs(finding.difference.value) * finding.here.n
    return (_STATUS_RANK[finding.status], not stands(finding), -size, finding.id)
