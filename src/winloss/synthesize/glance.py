"""The figures of one segment: what a person sees who sets a filter. Intervals, never a claim.

What a segment is chosen by is seen by whoever chooses it; so nothing here is called established, and no pattern is searched for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from winloss.stats.estimate import Estimate
from winloss.stats.shares import newcombe, wilson
from winloss.synthesize import competitors, notes, one_sided, periods, reasons, totals
from winloss.synthesize.as_of import AsOf
from winloss.synthesize.attribute_tables import tables_of
from winloss.synthesize.coded import Marks
from winloss.synthesize.glossary import Glossary
from winloss.synthesize.ripeness import Ripeness
from winloss.synthesize.shelf import Part, Shelf, closed_within
from winloss.synthesize.study import AttributeTable, CompetitorRow, LeftOut, ReasonRow, Totals, Trend
from winloss.synthesize.totals import ByOutcome
from winloss.tables.segment import EVERYTHING, Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What does not depend on the segment: the day, the age at which months are ripe, the words of reasons."""

    as_of: AsOf
    ripe: Ripeness
    glossary: Glossary
    fiscal_year_start_month: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """The figures of a segment; the parts are those of `Study`, and equal to them where the segment is the whole book."""

    by: ByOutcome
    currency: str | None
    totals: Totals
    trend: Trend
    loss_reasons: tuple[ReasonRow, ...]
    win_reasons: tuple[ReasonRow, ...]
    reason_flip: str
    reason_coverage: Estimate
    """Share of losses with a reason."""
    competitors: tuple[CompetitorRow, ...]
    competitor_why: str
    competitor_note: str
    left_out: tuple[LeftOut, ...]
    rest: Estimate
    """Win rate of the deals that one may see and that are not in the segment."""
    difference: Estimate
    """From the rest, in shares (−1 to 1)."""

    @property
    def deals(self) -> int:
        return sum(part.n for part in self.by.of.values())

    @property
    def closed(self) -> int:
        return self.by.closed.n

    @property
    def lost(self) -> int:
        """Lost or no decision."""
        return self.by.not_won.n


def glance(
    shelf: Shelf, inside: Marks, around: Around, *, segment: Segment = EVERYTHING, among: Marks | None = None
) -> Glance:
    """Count one segment.

    Parameters
    ----------
    shelf
        All deals.
    inside
        Which of them are in the segment.
    around
        The day and the words.
    segment
        How they were chosen: deals chosen by a competitor that reasons of losses name have no win rate.
    among
        The deals that the reader may see, which the rest is taken from; all where None. `inside` is among them.
    """
    part = Part.of(shelf, inside)
    by = totals.read(part.outcomes())
    purse = totals.money(part.currencies())
    closings = part.closings()
    losses, wins = reasons.read(part.by_reason(), ())
    met = competitors.Field.read(part.by_competitor())
    first, last = around.as_of.first_closed, around.as_of.day
    credible = [one for one in closings if first and last and first <= one["closed_on"] <= last]
    rest, difference = _beside(shelf, by, among)
    why = _no_rate(shelf, inside, segment)
    return Glance(
        by=by,
        currency=purse.currency,
        totals=totals.totals(by, part.took(), purse, credible, why=why),
        trend=one_sided.trend(
            periods.trend(
                closings,
                around.as_of,
                around.ripe,
                fiscal_year_start_month=around.fiscal_year_start_month,
                amounts=purse.adds,
                note=notes.uneven_dates(_uneven_dates(by, closings)),
            ),
            why,
        ),
        loss_reasons=reasons.table(losses, around.glossary, purse),
        win_reasons=reasons.table(wins, around.glossary, purse),
        reason_flip=reasons.flip(losses, around.glossary, purse),
        reason_coverage=wilson(losses.n - _none(losses), losses.n) if losses.n else Estimate.refused("No loss yet."),
        competitors=one_sided.competitors(competitors.table(met, purse, {}), why),
        competitor_why=competitors.why_told(met),
        competitor_note=competitors.note(met),
        left_out=shelf.left_out,
        rest=Estimate.refused(why, n=rest.n) if why else rest,
        difference=Estimate.refused(why, n=difference.n) if why else difference,
    )


def attribute_tables(
    shelf: Shelf, inside: Marks, around: Around, *, segment: Segment = EVERYTHING
) -> tuple[AttributeTable, ...]:
    """The win rate of every value of every attribute within a segment; parameters as in `glance`."""
    labels = {code: one.label for code, one in around.glossary.reasons.items()}
    return one_sided.attributes(tables_of(closed_within(shelf, inside), labels), _no_rate(shelf, inside, segment))


def _no_rate(shelf: Shelf, inside: Marks, segment: Segment) -> str:
    return _one_sided(shelf) or competitors.why_chosen(segment, shelf.of_reason, inside)


def _one_sided(shelf: Shelf) -> str:
    return totals.ended_alike(int(np.count_nonzero(shelf.won[shelf.place])), len(shelf.place))


def _uneven_dates(by: ByOutcome, closings: Sequence[Mapping[str, Any]]) -> tuple[float, float] | None:
    """Shares of won and of other closed deals with a closing date, where they are too far apart to compare."""
    won, lost = by["won"].n, by.not_won.n
    if not won or not lost:
        return None
    dated_won, dated = sum(row["won"] for row in closings), sum(row["n"] for row in closings)
    return totals.far_apart(dated_won / won, (dated - dated_won) / lost)


def _none(losses: reasons.Side) -> int:
    bar = losses.bars.get(None)
    return bar.n if bar else 0


def _beside(shelf: Shelf, by: ByOutcome, among: Marks | None) -> tuple[Estimate, Estimate]:
    seen = shelf.place if among is None else shelf.place[among[shelf.place]]
    n = len(seen) - by.closed.n
    k = int(np.count_nonzero(shelf.won[seen])) - by["won"].n
    if not n or not by.closed.n:
        why = "No deal is outside of it." if by.closed.n else "No deal of it has closed."
        return Estimate.refused(why), Estimate.refused(why)
    return wilson(k, n), newcombe(by["won"].n, by.closed.n, k, n)
