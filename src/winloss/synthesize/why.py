"""One segment on demand: its deals, share, reasons, competitors, course, neighbours, and what else may explain it.

A person chose it, nobody searched for it: everything here has its plain 95 % interval, and nothing has a status.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from winloss.aggregate.attributes import closed_deals
from winloss.errors import NoSuchFieldError, UserError
from winloss.stats.estimate import Estimate
from winloss.stats.shares import newcombe, wilson
from winloss.synthesize.against import told_by_reason
from winloss.synthesize.asking import Ask
from winloss.synthesize.attributes import columns_of, known_currencies
from winloss.synthesize.by_amount import Money
from winloss.synthesize.calendar import Calendar
from winloss.synthesize.closed import read_closed
from winloss.synthesize.coded import BLANK, NO_DAY, Coded, Level, Marks, read_days, read_marks, read_words
from winloss.synthesize.competitors import why_chosen
from winloss.synthesize.confounders import Strata
from winloss.synthesize.exploration import labels_of
from winloss.synthesize.explore import LEFT_ASIDE, ExploreOptions, only_currency
from winloss.synthesize.family import RATE, Search, block_of, joined
from winloss.synthesize.finding import Confounder
from winloss.synthesize.neighbours import Neighbour, Place, neighbours
from winloss.synthesize.outcomes import Question, question
from winloss.synthesize.survival import Reader, bounds_in_clusters, quarter_month
from winloss.tables import CLOSED
from winloss.tables.custom import CustomColumn
from winloss.tables.segment import Condition, Segment

TOP = 5
"""Reasons, competitors and deals that are told."""
QUARTERS = 12
_TOLD = ("deal_id", "deal_name", "account_name", "outcome", "amount_cents", "closed_on", "reason", "competitor")
_NOBODY = "segment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A reason or a competitor: its share of losses in the segment and beside it. `name` is "" where none is given."""

    name: str
    label: str
    here: Estimate
    beside: Estimate
    difference: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """One quarter: deals of the segment that closed in it, of all closed deals, and the share that counts."""

    label: str
    closed: int
    of_all: Estimate
    share: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Everything that is known of one segment.

    Parameters
    ----------
    segment
        Its text form.
    measure, heading
        The share that is told, as in `Exploration`.
    outcomes
        Each outcome of closed deals, with its deals in the segment and beside it.
    here, beside, difference
        The share, beside it (deals whose values are known and not in the segment), and how far apart.
    by_amount, by_amount_beside
        The same by amount, or why there is none.
    reasons, competitors
        The commonest of its losses.
    quarters
        Its course, the last twelve quarters.
    neighbours
        Segments that differ from it in one condition.
    confounder
        What of the difference is left inside the attribute that threatens it most.
    largest
        Its largest deals.
    """

    segment: str
    measure: str
    heading: str
    outcomes: tuple[tuple[str, int, int], ...]
    here: Estimate
    beside: Estimate
    difference: Estimate
    by_amount: Estimate
    by_amount_beside: Estimate
    reasons: tuple[Part, ...] = ()
    competitors: tuple[Part, ...] = ()
    quarters: tuple[Quarter, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    confounder: Confounder | None = None
    largest: tuple[Mapping[str, Any], ...] = ()
    currency: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    """As in `Exploration`."""


def why(
    deals: ir.Table,
    segment: Segment,
    *,
    ask: Ask,
    custom: Sequence[CustomColumn] = (),
    taxonomy_labels: Mapping[str, str] | None = None,
    options: ExploreOptions | None = None,
) -> Why:
    """Tell everything of one segment.

    Parameters
    ----------
    deals, ask, custom, taxonomy_labels
        As for `explore.explore`.
    segment
        Any conditions over columns of the deals, or over attributes by the labels of their values.
    options
        Of these the outcome (not what is recent), the day and the fiscal year count.

    Raises
    ------
    UserError
        Where the segment has no condition, no closed deal, or a field that is not there.
    """
    asked = options or ExploreOptions()
    if asked.outcome.kind == "recent":
        raise UserError("One segment is told by won, reason:CODE or competitor:NAME; its quarters show what changed.")
    if not segment.conditions:
        raise UserError("The segment has no condition: write for example industry = Healthcare.")
    marks = {f"condition_{i}": c.predicate(deals) for i, c in enumerate(segment.conditions) if c.field in deals.columns}
    columns = (*columns_of(deals.columns, custom), *segment.fields, *_TOLD, *marks)
    table = ask(closed_deals(deals.mutate(**marks), columns))
    return _Told(table, segment, custom, dict(taxonomy_labels or {}), asked).why()


class _Told:
    """One segment in the making; `place` holds its conditions as marks over the deals of the denominator."""

    def __init__(
        self,
        table: pa.Table,
        segment: Segment,
        custom: Sequence[CustomColumn],
        labels: Mapping[str, str],
        asked: ExploreOptions,
    ) -> None:
        self.table, self.labels, self.asked = table, labels, asked
        self.every, _ = read_closed(table, custom, left_aside=LEFT_ASIDE, as_of=asked.as_of)
        self.put: Question = question(asked.outcome, table, self.every, labels, asked.as_of)
        self.segment = segment
        self.parts = [self._marks(i, c) for i, c in enumerate(segment.conditions)]
        self.inside: Marks = reduce(np.logical_and, self.parts)
        if not (self.inside & self.put.kept).any():
            raise UserError(self._nobody())
        known: Marks = reduce(np.logical_and, [self._known(c) for c in segment.conditions])
        self.outside = known & ~self.inside

    def _marks(self, i: int, condition: Condition) -> Marks:
        """The closed deals of a condition; a value may also be named by its label."""
        coded = self._coded(condition)
        name = f"condition_{i}"
        if name in self.table.column_names:
            found = read_marks(self.table[name], self.table.num_rows)
            if found.any() or coded is None:
                return found
        if coded is None:
            raise NoSuchFieldError(condition.field)
        wanted = {value.casefold() for value in condition.values}
        levels = [j for j, level in enumerate(coded.levels) if level.label.casefold() in wanted]
        return np.asarray(np.isin(coded.codes, levels))

    def _coded(self, condition: Condition) -> Coded | None:
        return next((a for a in self.every.attributes if condition.field in (a.name, a.field)), None)

    def _known(self, condition: Condition) -> Marks:
        if condition.kind == "blank":
            return np.ones(self.every.n, bool)
        coded = self._coded(condition)
        if coded is not None:
            return coded.filled
        return np.asarray(self.table[condition.field].is_valid()).astype(bool)

    def _nobody(self) -> str:
        for condition, marks in zip(self.segment.conditions, self.parts, strict=True):
            coded = self._coded(condition)
            if not marks.any() and coded is not None:
                shown = ", ".join(level.label for level in coded.levels[:20])
                return f"No closed deal has {condition}. Values of {coded.label} are: {shown}."
        return f"No deal of {self.put.heading[0].lower()}{self.put.heading[1:]} is in the segment {self.segment}."

    def why(self) -> Why:
        kept, success = self.put.kept, self.put.closed.won
        chosen = why_chosen(self.segment, told_by_reason(self.table), self.inside)
        if self.asked.outcome.kind == "won" and chosen:
            raise UserError(chosen)
        inside, outside = self.inside[kept], self.outside[kept]
        counts = _counts(success, inside, outside)
        by_amount, by_amount_beside = Money.of(self.put.closed).shares(inside, outside)
        reader, at = self._reader(inside, outside, counts)
        sides = reader.sides(at, 0)
        return Why(
            segment=str(self.segment),
            measure=self.put.measured.name,
            heading=self.put.heading,
            outcomes=tuple(self._outcomes()),
            here=wilson(*counts[:2]),
            beside=wilson(*counts[2:]),
            difference=_widened(newcombe(*counts), bounds_in_clusters(reader, sides, 1 - RATE)),
            by_amount=by_amount,
            by_amount_beside=by_amount_beside,
            reasons=self._parts("reason", self.labels),
            competitors=self._competitors(),
            quarters=tuple(self._quarters()),
            neighbours=neighbours(self._place()),
            confounder=self._confounder(reader, at),
            largest=self._largest(),
            currency=only_currency(known_currencies(self.table, self.every.amounts)),
            labels=labels_of(self.every.attributes),
        )

    def _reader(self, inside: Marks, outside: Marks, counts: tuple[int, int, int, int]) -> tuple[Reader, Any]:
        """The segment against the rest as the only comparison of a family, on an attribute of its own."""
        closed = self.put.closed
        codes = np.where(inside, 1, np.where(outside, 0, BLANK)).astype(np.int32)
        levels = (Level("the rest", None), Level(str(self.segment), None))
        own = Coded(name=_NOBODY, label="Segment", field="", codes=codes, levels=levels)
        k1, n1, k0, n0 = counts
        place = len(closed.attributes)
        block = block_of(search=Search.SINGLE, attribute=place, low=1, k1=k1, n1=n1, k0=k0, n0=n0)
        month_in_quarter = quarter_month(closed.months, self.asked.fiscal_year_start_month)
        return Reader(replace(closed, attributes=(*closed.attributes, own)), month_in_quarter), joined([block])

    def _confounder(self, reader: Reader, at: Any) -> Confounder | None:
        own = {a.name for a in self.every.attributes if a.field in self.segment.fields or a.name in self.segment.fields}
        if not self.outside[self.put.kept].any():
            return None
        return Strata(reader).strongest(reader.sides(at, 0), frozenset((_NOBODY, *own)))

    def _outcomes(self) -> list[tuple[str, int, int]]:
        words = np.array(self.table["outcome"].to_pylist(), object)
        return [
            (name, int((self.inside & (words == name)).sum()), int((self.outside & (words == name)).sum()))
            for name in CLOSED
        ]

    def _parts(self, column: str, labels: Mapping[str, str], among: Marks | None = None) -> tuple[Part, ...]:
        """The commonest values of a column on losses (or on `among` of them) of the segment."""
        lost = ~self.every.won if among is None else among
        words = read_words(self.table[column], self.table.num_rows)
        inside, outside = lost & self.inside, lost & self.outside
        n1, n0 = int(inside.sum()), int(outside.sum())
        if not n1:
            return ()
        here = np.bincount(words.codes[inside & (words.codes >= 0)], minlength=len(words.values))
        order = [int(i) for i in np.argsort(-here, kind="stable") if here[i]][:TOP]
        beside = np.bincount(words.codes[outside & (words.codes >= 0)], minlength=len(words.values))
        told = [(words.values[i], int(here[i]), int(beside[i])) for i in order]
        if among is None and (none := int(n1 - here.sum())):
            told.append(("", none, int(n0 - beside.sum())))
        return tuple(
            Part(
                name=name,
                label=labels.get(name, name.replace("_", " ") or "No reason given"),
                here=wilson(k1, n1),
                beside=wilson(k0, n0),
                difference=newcombe(k1, n1, k0, n0),
            )
            for name, k1, k0 in told
        )

    def _competitors(self) -> tuple[Part, ...]:
        kinds = read_words(self.table["competitor_kind"], self.table.num_rows)
        told = np.isin(kinds.codes, [i for i, kind in enumerate(kinds.values) if kind in ("competitor", "none")])
        return self._parts("competitor", {}, told & ~self.every.won)

    def _quarters(self) -> list[Quarter]:
        days = read_days(self.table["closed_on"], self.table.num_rows)
        dated = (days != NO_DAY) & (self.every.months >= 0)
        if not (dated & self.inside).any():
            return []
        success = np.zeros(self.every.n, bool)
        success[self.put.kept] = self.put.closed.won
        calendar = Calendar("quarter", self.asked.fiscal_year_start_month)
        first, last = (day.item() for day in np.sort(days[dated])[[0, -1]].astype("datetime64[D]"))
        spans = [np.array(span, "datetime64[D]").astype(np.int64) for span in calendar.spans(first, last)][-QUARTERS:]
        found = []
        for start, end in spans:
            inside = dated & (days >= start) & (days <= end)
            mine = inside & self.inside
            counted = mine & self.put.kept
            found.append(
                Quarter(
                    label=calendar.label(np.datetime64(int(start), "D").item()),
                    closed=int(mine.sum()),
                    of_all=wilson(int(mine.sum()), int(inside.sum())),
                    share=wilson(int((success & counted).sum()), int(counted.sum())),
                )
            )
        return found

    def _place(self) -> Place:
        kept = self.put.kept
        return Place(
            segment=self.segment,
            parts=tuple(marks[kept] for marks in self.parts),
            known=tuple(self._known(c)[kept] for c in self.segment.conditions),
            success=self.put.closed.won,
            attributes=self.put.closed.attributes,
        )

    def _largest(self) -> tuple[Mapping[str, Any], ...]:
        wanted = pa.array(self.inside & self.put.kept)
        told = self.table.select([name for name in _TOLD if name in self.table.column_names]).filter(wanted)
        ordered = told.sort_by([("amount_cents", "descending"), ("deal_id", "ascending")]).slice(0, TOP)
        return tuple(ordered.to_pylist())


def _counts(success: Marks, inside: Marks, outside: Marks) -> tuple[int, int, int, int]:
    pairs = ((success & inside, inside), (success & outside, outside))
    (k1, n1), (k0, n0) = ((int(k.sum()), int(n.sum())) for k, n in pairs)
    return k1, n1, k0, n0


def _widened(plain: Estimate, bounds: tuple[float, float]) -> Estimate:
    """As wide as reps, accounts or months make it."""
    if plain.low is None or plain.high is None:
        return plain
    low, high = min(plain.low, bounds[0]), max(plain.high, bounds[1])
    return replace(plain, low=low, high=high, method=f"{plain.method}, widened for clusters")
