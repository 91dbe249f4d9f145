"""Figures as pages show them: each with the address of its deals."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from winloss.errors import UserError
from winloss.report import figures, wording
from winloss.report.page import end_of
from winloss.stats.estimate import Estimate
from winloss.synthesize.study import AttributeTable, PeriodRow, ReasonRow
from winloss.tables.segment import Segment
from winloss.web.book import shelves
from winloss.web.book.looking import Looking
from winloss.web.book.segmentbar import address, plus
from winloss.web.report import links

DEALS = "/deals/"
TOP = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One first figure: what it is, the number, what stands below it."""

    label: str
    value: str
    detail: str = ""
    why: str = ""
    to: str = ""
    formula: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table of counts: a label, counts with the address of their deals, and a share."""

    label: str
    count: int
    to: str
    share: Estimate
    won: int = 0
    won_to: str = ""
    lost: int = 0
    lost_to: str = ""
    extra: str = ""
    note: str = ""
    kind: str = "value"
    difference: Estimate | None = None
    narrow: str = ""
    """The page with this value put into its segment."""
    other_share: Estimate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """The counts of a finding, each with the address of its deals; "" where no page gives exactly these."""

    counted: int
    counted_to: str
    of: int
    of_to: str
    figures_to: str
    """The figures of its segment; "" where it speaks of no segment that pages can show."""


class Numbers:
    """The figures of one page. `deals` says whether its reader may open deals."""

    def __init__(self, looking: Looking, *, deals: bool) -> None:
        self.looking, self.glance, self.segment = looking, looking.glance, looking.segment
        self.deals = deals

    def to(self, segment: Segment | None) -> str:
        """The address of the deals of a segment; "" where the reader may not open them, or no segment gives them."""
        return address(DEALS, segment, self.looking.kept) if self.deals and segment is not None else ""

    def behind(self, finding: Mapping[str, Any]) -> Behind | None:
        """The deals behind a finding, which speaks of the whole company whatever the page shows; None where it is no share."""
        if finding.get("successes") is None:
            return None
        counted, of = links.of_finding(finding) or (None, None)
        return Behind(
            counted=finding["successes"],
            counted_to=self.exactly(counted, finding["successes"]),
            of=finding["n"],
            of_to=self.exactly(of, finding["n"]),
            figures_to=self._figures_of(finding["segment"]),
        )

    def issue_to(self, issue: Mapping[str, Any]) -> str:
        """The address of the deals that trouble in the data was met in, where a page gives exactly these."""
        segment = links.of_issue(issue["code"], self.looking.served.around.as_of)
        return self.exactly(segment, issue["count"])

    def exactly(self, segment: Segment | None, deals: int) -> str:
        """The address of a segment's deals where they are so many; "" where they are not, or may not be opened."""
        if not self.deals or segment is None or self._count(segment) != deals:
            return ""
        return address(DEALS, segment)

    def _count(self, segment: Segment) -> int | None:
        """How many deals of the company a segment has; None where it cannot be asked of them."""
        looking = self.looking
        try:
            return int(np.count_nonzero(shelves.inside(looking.served, looking.person.reach(), segment)))
        except UserError:
            return None

    def _figures_of(self, written: str) -> str:
        segment = Segment.parse(written)
        there = bool(written) and self._count(segment) is not None
        return address("/overview/", segment) if there and self.looking.may_ask(segment, deals=self.deals) else ""

    def heading(self) -> str:
        """The answer of the page."""
        rate = self.glance.totals.win_rate
        if not self.glance.closed:
            return "No closed deal passes the filter" if self.segment.conditions else "No deal has closed yet"
        if self.by_outcome:
            return f"{figures.plural(self.glance.closed, 'closed deal')}: {self.looking.names.segment(self.segment)}"
        if rate.value is None:
            return rate.why
        return f"{figures.rate_of(rate, 'closed deals')} were won"

    @property
    def by_outcome(self) -> bool:
        """Whether the deals are chosen by how they ended, so that their win rate is what was asked for."""
        return not {"outcome", "is_won"}.isdisjoint(self.segment.fields)

    def under(self) -> str:
        """Since when, until when, and without which deals."""
        totals, as_of = self.glance.totals, self.looking.served.around.as_of
        span = figures.span(totals.closed_from, totals.closed_to)
        told = f"Closed {span}, as of {figures.day(as_of.day)}" if totals.closed_from else "No close is dated"
        return f"{told}. {self.looking.left_out}".rstrip()

    def beside(self) -> str:
        """How the segment stands to the rest; "" where there is no segment."""
        if not self.segment.conditions or not self.glance.closed:
            return ""
        if self.by_outcome:
            return "Chosen by how they ended: of these deals a win rate says nothing."
        gap = self.glance.difference
        if gap.value is None:
            return gap.why
        rest = figures.rate_of(self.glance.rest, "closed deals outside of it")
        return f"{figures.points(gap.value)} ({figures.interval_points(gap)}) against {rest}."

    def tiles(self) -> list[Tile]:
        g, t, seg = self.glance, self.glance.totals, self.segment
        return [
            Tile(
                label="Closed deals",
                value=figures.count(g.closed),
                to=self.to(plus(seg, links.CLOSED)),
                detail=self._divided(),
            ),
            self._rate("Win rate", t.win_rate, plus(seg, links.WON), wording.WIN_RATE),
            self._rate(
                "Competitive win rate",
                t.competitive_win_rate,
                links.ended(seg, "lost", "won"),
                "Won ÷ (won + lost), without no decision.",
            ),
            self._rate(
                "Win rate by amount",
                t.win_rate_by_amount,
                plus(seg, links.CLOSED, links.PRICED),
                "Amount won ÷ amount of all closed deals.",
            ),
            Tile(
                label="Won amount",
                value=figures.money(t.won_amount_cents, g.currency),
                to=self.to(plus(seg, links.WON, links.PRICED)),
                detail=self._priced(),
                why=t.amounts_why if t.won_amount_cents is None else "",
            ),
            Tile(
                label="Days to win",
                value=figures.days(t.cycle_days_won.value),
                to=self.to(plus(seg, links.WON)),
                detail=(
                    f"Median of {figures.count(t.cycle_days_won.n)}, {figures.interval_days(t.cycle_days_won)}; "
                    f"lost {figures.days(t.cycle_days_lost.value)}"
                ),
                why=t.cycle_days_won.why,
            ),
        ]

    def _divided(self) -> str:
        by = self.glance.by
        parts = [(by["won"].n, "won"), (by["lost"].n, "lost"), (by["no_decision"].n, "no decision")]
        words = {"open": "still open", "disqualified": "disqualified", "unclassified": "not classified"}
        beside = [(by[outcome].n, word) for outcome, word in words.items()]
        told = ", ".join(f"{figures.count(n)} {word}" for n, word in parts)
        apart = ", ".join(f"{figures.count(n)} {word}" for n, word in beside if n)
        return f"{told}; beside them {apart}" if apart else told

    def _priced(self) -> str:
        won, median = self.glance.by["won"], self.glance.totals.median_won_cents
        if not median:
            return ""
        return f"Known of {figures.count(won.n_amount)} of {figures.count(won.n)} won deals; median {figures.money(median, self.glance.currency)}"

    def _rate(self, label: str, rate: Estimate, behind: Segment | None, formula: str) -> Tile:
        if rate.value is None:
            return Tile(label=label, value="not given", why=rate.why, formula=formula)
        detail = f"{figures.of(rate)}; 95 % interval {figures.interval(rate)}"
        return Tile(label=label, value=figures.share(rate.value), detail=detail, to=self.to(behind), formula=formula)

    def reasons(self, *, won: bool = False) -> list[Row]:
        """Each reason, of all losses (or wins)."""
        rows = self.glance.win_reasons if won else self.glance.loss_reasons
        known = self.looking.served.shelf.reasons
        return [self._reason(row, rows, known) for row in rows]

    def _reason(self, row: ReasonRow, rows: Sequence[ReasonRow], known: Sequence[str]) -> Row:
        return Row(
            label=row.label,
            count=row.count,
            to=self.to(links.of_reason(self.segment, row, rows, known)),
            share=row.share,
            extra=figures.money(row.amount_cents, self.glance.currency),
            other_share=row.share_by_amount,
            note=row.content_gap,
            kind="value" if row.code not in wording.UNNAMED else "other",
        )

    def reasons_heading(self) -> str:
        """The commonest reason of losses; of all of them, those without a reason too."""
        rows = [row for row in self.glance.loss_reasons if row.count]
        if not rows:
            return "No deal was lost here"
        named = next((row for row in rows if row.code not in wording.UNNAMED), None)
        if named is None:
            return f"No reason is named for {figures.plural(self.glance.lost, 'lost or no-decision deal')}"
        share = named.share
        return f"{named.label} is the reason given in {figures.of(share)} lost or no-decision deals ({figures.share(share.value)})"

    def competitors(self) -> list[Row]:
        rows = []
        for one in self.glance.competitors:
            named = one.kind != "competitor" or one.name in self.looking.served.shelf.rivals
            seg = self.segment if named else None
            rows.append(
                Row(
                    label=one.name,
                    count=one.closed,
                    to=self.to(links.of_competitor(seg, one)) if seg is not None else "",
                    won=one.won,
                    won_to=self.to(links.of_competitor(seg, one, links.WON)) if seg is not None else "",
                    lost=one.lost,
                    lost_to=self.to(links.of_competitor(seg, one, links.LOST)) if seg is not None else "",
                    share=one.win_rate,
                    other_share=one.share_of_losses,
                    extra=figures.money(one.amount_lost_cents, self.glance.currency),
                    kind="value" if one.kind == "competitor" else "other",
                )
            )
        return rows

    def named_competitors(self) -> list[Row]:
        """Competitors that were met and named."""
        return [row for row in self.competitors() if row.kind == "value"]

    def attribute(self, table: AttributeTable) -> list[Row]:
        """Each value of one attribute."""
        return [
            Row(
                label=level.value or ("(blank)" if level.kind == "blank" else "(empty)"),
                count=level.closed,
                to=self.to(links.of_level(self.segment, level)),
                won=level.won,
                won_to=self.to(links.of_level(self.segment, level, links.WON)),
                share=level.win_rate,
                difference=level.difference,
                note=self._top_reason(level),
                kind=level.kind,
                narrow=self._narrowed(level.segment),
            )
            for level in table.levels
            if level.closed
        ]

    def _narrowed(self, written: str) -> str:
        if not written:
            return ""
        return address(self.looking.path, plus(self.segment, *Segment.parse(written).conditions), self.looking.kept)

    @staticmethod
    def _top_reason(level: Any) -> str:
        if not level.top_reason or level.top_reason_share is None:
            return ""
        return f"{level.top_reason}, {figures.of(level.top_reason_share)} losses with a reason"

    def periods(self) -> Iterator[tuple[PeriodRow, str, str]]:
        """Each period of the trend with the addresses of its closed and won deals, the last one first."""
        as_of = self.looking.served.around.as_of
        for row in reversed(self.glance.trend.periods):
            yield (
                row,
                self.to(links.of_period(self.segment, row, as_of)),
                self.to(links.of_period(self.segment, row, as_of, links.WON)),
            )

    def in_no_period(self) -> str:
        """How many closed deals the trend leaves out, and why; "" where it holds all."""
        trend = self.glance.trend
        missing = self.glance.closed - sum(row.closed for row in trend.periods)
        if trend.why_none or not missing:
            return ""
        day = figures.day(self.looking.served.around.as_of.day)
        return (
            f"{figures.count(missing)} of {figures.plural(self.glance.closed, 'closed deal')} are in no {trend.unit}: "
            f"they say no closing day, or one after {day}."
        )


def longest(rows: Sequence[Row] | Sequence[ReasonRow]) -> float:
    """Where bars of shares end: the next tenth over the longest, its interval included."""
    most = max((row.share.high or 0.0 for row in rows if row.share.value is not None), default=1.0)
    return min(1.0, math.ceil(most * 10 - 1e-9) / 10) or 1.0


def scale(tables: Sequence[AttributeTable], whole: Estimate) -> float:
    """Where lines of win rates end, as in the report: the next round share over the intervals that rest on enough deals."""
    return end_of([level.win_rate for table in tables for level in table.levels] + [whole])
