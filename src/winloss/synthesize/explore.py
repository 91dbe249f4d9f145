"""Which segments win, lose, or come more or less than the rest: the search of the report, for one question at a time.

One family a question: every value, run of bands, and conjunction of up to three of them, of every attribute. What is
established is decided as in the report (docs/concepts/segments.md).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from winloss.aggregate.attributes import closed_deals
from winloss.errors import UserError
from winloss.stats.estimate import Estimate
from winloss.stats.shares import wilson
from winloss.synthesize import family as fam
from winloss.synthesize.asking import Ask
from winloss.synthesize.attributes import NONE_NAMED, Chosen, columns_of, known_currencies
from winloss.synthesize.by_amount import Money
from winloss.synthesize.closed import read_closed
from winloss.synthesize.coded import Closed
from winloss.synthesize.drift import DriftLister, Weeks, mix_power, survive_weeks
from winloss.synthesize.exploration import Exploration, Explored, SearchedAttribute, labels_of
from winloss.synthesize.family import DEPTH, FLOOR, Block
from winloss.synthesize.lines import Line, lines
from winloss.synthesize.listing import Lister, power_of
from winloss.synthesize.outcomes import Asked, Question, question
from winloss.synthesize.search import closed_per_month, judge, rank
from winloss.synthesize.segments import floor_of, segmented
from winloss.synthesize.survival import Reader, Survived, quarter_month, survive
from winloss.tables.custom import CustomColumn

LEFT_ASIDE = frozenset(("other", "unknown"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExploreOptions:
    """What is looked for.

    Parameters
    ----------
    outcome
        See `outcomes.Asked`.
    depth
        Conditions of a segment at most, 1 to 3.
    by
        Names (or labels) of the attributes that are searched; all where empty.
    min_share
        The smallest segment, as a share (0–1) of the deals of the denominator; the product's own floor where None.
    as_of
        The last day of what is recent; closings after it are in no month.
    fiscal_year_start_month
        1 to 12.
    """

    outcome: Asked = field(default_factory=Asked)
    depth: int = DEPTH
    by: tuple[str, ...] = ()
    min_share: float | None = None
    as_of: dt.date | None = None
    fiscal_year_start_month: int = 1


def explore(
    deals: ir.Table,
    *,
    ask: Ask,
    custom: Sequence[CustomColumn] = (),
    taxonomy_labels: Mapping[str, str] | None = None,
    options: ExploreOptions | None = None,
) -> Exploration:
    """Search all segments for one outcome.

    Parameters
    ----------
    deals
        Resolved deals (docs/architecture.md), materialised by the caller.
    ask
        Runs one expression.
    custom
        The custom columns of the book.
    taxonomy_labels
        Reason codes to labels.
    options
        Defaults where None.

    Raises
    ------
    UserError
        Where an attribute, a reason or a competitor is asked for that is not there; it lists those that are.
    """
    asked = options or ExploreOptions()
    table = ask(closed_deals(deals, columns_of(deals.columns, custom)))
    return of_table(table, custom, dict(taxonomy_labels or {}), asked)


def of_table(
    table: pa.Table, custom: Sequence[CustomColumn], labels: Mapping[str, str], options: ExploreOptions
) -> Exploration:
    """The same from the closed deals as an Arrow table."""
    closed, chosen = read_closed(table, custom, left_aside=LEFT_ASIDE, as_of=options.as_of)
    if closed.n == 0:
        none = Estimate.refused("No deal is closed yet.")
        return Exploration(
            measure=options.outcome.kind, heading="", whole=none, left_out=chosen.left_out, power=none.why
        )
    put = question(options.outcome, table, closed, labels, options.as_of)
    answer = _answer(put, chosen, closed_per_month(closed), options)
    currency = only_currency(known_currencies(table, closed.amounts))
    return replace(answer, currency=currency, labels=labels_of(closed.attributes))


def only_currency(currencies: Sequence[str]) -> str | None:
    """The only currency named; None where there are several or none."""
    named = [name for name in currencies if name != NONE_NAMED]
    return named[0] if len(named) == 1 else None


def _answer(put: Question, chosen: Chosen, per_month: float | None, options: ExploreOptions) -> Exploration:
    names = [_found(name, put, chosen) for name in options.by]
    every = _ordered(put.closed, names)
    looked = replace(every, attributes=every.attributes[: len(names) or None])
    floor = floor_of(every.n) if options.min_share is None else max(FLOOR, math.ceil(options.min_share * every.n))
    search = _Search(replace(put, closed=every), looked, floor, options, per_month)
    tested = np.bincount(search.family.search, minlength=DEPTH)
    return Exploration(
        measure=put.measured.name,
        heading=put.heading,
        whole=wilson(int(every.won.sum()), every.n),
        tested=len(search.family),
        tested_by=tuple((i, int(n)) for i, n in enumerate(tested, 1) if n),
        floor=floor,
        depth=options.depth,
        power=search.power(),
        searched=tuple(search.searched()),
        left_out=(*chosen.left_out, *put.left_out),
        per_month=per_month,
        amounts_why=search.money.why,
        as_of=options.as_of,
        **search.found(),
    )


def _found(name: str, put: Question, chosen: Chosen) -> str:
    """The attribute's name; UserError where it is not there, or why it is not searched."""
    wanted = name.casefold()
    for attribute in put.closed.attributes:
        if wanted in (attribute.name.casefold(), attribute.label.casefold(), attribute.name.removeprefix("x_")):
            return attribute.name
    for out in (*chosen.left_out, *put.left_out):
        if wanted in (out.name.casefold(), out.label.casefold()):
            raise UserError(f"{out.label} is not searched: {out.why}.")
    there = ", ".join(attribute.name for attribute in put.closed.attributes)
    raise UserError(f"No attribute is called {name!r}. {f'There are: {there}.' if there else 'There is none.'}")


def _ordered(closed: Closed, names: Sequence[str]) -> Closed:
    """The attributes of these names first; the others can still be held fixed."""
    first = sorted(closed.attributes, key=lambda a: names.index(a.name) if a.name in names else len(names))
    return replace(closed, attributes=tuple(first))


class _Search:
    """One search: `put` holds all attributes, `looked` those that are searched, which are the first of them."""

    def __init__(
        self, put: Question, looked: Closed, floor: int, options: ExploreOptions, per_month: float | None
    ) -> None:
        self.put, self.looked, self.per_month = put, looked, per_month
        self.closed, self.money = put.closed, Money.of(put.closed)
        month_in_quarter = quarter_month(self.closed.months, options.fiscal_year_start_month)
        self.reader = Reader(self.closed, month_in_quarter)
        self.segmented = segmented(looked, depth=options.depth, floor=floor)
        least = FLOOR if options.min_share is None else floor
        values = [_at_least(block, least) for block in fam.singles(looked)]
        self.family = fam.joined([self.segmented.block, *values])
        self.weeks = None if put.weeks is None else Weeks(self.closed, put.weeks)

    def found(self) -> dict[str, Any]:
        """What is listed, and how much is not."""
        survived = survive(self.family, self.reader, self.segmented)
        if self.weeks is not None:
            survived = survive_weeks(survived, self.weeks)
        status = judge(survived, few=fam.too_few(self.per_month))
        listed = lines(survived.family, self.reader, self.segmented, status)
        lister = self._lister(survived)
        told = [self._explored(lister, line) for line in listed.listed]
        return {
            "found": tuple(sorted(told, key=lambda one: rank(one.finding))),
            "not_listed": listed.unlisted,
            "beyond": survived.beyond,
        }

    def _lister(self, survived: Survived) -> Lister:
        told: dict[str, Any] = {
            "labels": {},
            "course": None,
            "per_month": self.per_month,
            "measured": self.put.measured,
        }
        if self.weeks is None:
            return Lister(self.closed, survived, self.reader, **told)
        return DriftLister(self.closed, survived, self.reader, **told, weeks=self.weeks)

    def _explored(self, lister: Lister, line: Line) -> Explored:
        base, segment = (
            self.reader.marks(bits)
            for bits in (self.reader.base(self.family, line.place), self.reader.segment(self.family, line.place))
        )
        here, beside = self.money.shares(segment & base, base & ~segment, turned=self.put.measured.turned)
        return Explored(finding=lister.finding(line), by_amount=here, by_amount_beside=beside)

    def searched(self) -> Iterator[SearchedAttribute]:
        """The attributes, and how many of their values were too rare for a segment."""
        for attribute, levels in zip(self.looked.attributes, self.segmented.levels, strict=True):
            n = attribute.counts()
            rare = np.setdiff1d(np.flatnonzero(n), levels)
            yield SearchedAttribute(
                name=attribute.name,
                label=attribute.label,
                values=int((n > 0).sum()),
                ordered=attribute.ordered,
                rare=len(rare),
                rare_deals=int(n[rare].sum()),
                note=attribute.note,
            )

    def power(self) -> str:
        """What could have been seen; of the mix, as what a segment makes up."""
        if not self.put.measured.turned:
            return power_of(self.closed, self.family, self.per_month)
        return mix_power(self.closed, self.family, self.per_month)


def _at_least(block: Block, floor: int) -> Block:
    return {name: column[block["n1"] >= floor] for name, column in block.items()}
