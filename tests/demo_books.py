"""Books of the demo company, resolved in memory: what the proofs and their samples look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from winloss.capture import resolve, taxonomy
from winloss.demo import Cause, Company, Truth
from winloss.demo.cast import SEGMENT_COLUMN
from winloss.demo.truth import QUARTER_END
from winloss.tables.custom import CustomColumn, Use
from winloss.tables.segment import Segment

CUSTOM = (CustomColumn(name=SEGMENT_COLUMN, label="Market segment", use=Use.ATTRIBUTE),)
SIZES = (2_000, 3_000, 4_000, 5_000)
"""Deals a book, in turn by seed."""


@dataclass(frozen=True, kw_only=True)
class Book:
    """One resolved book: `deals` in DuckDB, and `ask` that runs an expression."""

    company: Company
    deals: ir.Table
    debriefs: ir.Table
    ask: Callable[[ir.Table], pa.Table]

    @property
    def truth(self) -> Truth:
        return self.company.truth


@contextmanager
def opened(company: Company) -> Iterator[Book]:
    """The company's deals, read and resolved as a report does it."""
    engine = ibis.duckdb.connect(threads=1)
    try:
        deals = engine.create_table("deals", company.table("deals"))
        debriefs = engine.create_table("debriefs", company.table("debriefs"))
        raw = {
            name: dict(zip(*engine.to_pyarrow(expression).to_pydict().values(), strict=True))
            for name, expression in resolve.raw_values(deals, debriefs).items()
        }
        read = resolve.read(raw, taxonomy.shipped())
        resolved = resolve.resolve(deals, read, debriefs=debriefs)
        months = (resolved.closed_on.month() - 1) % 3 + 1
        table = engine.create_table("resolved", resolved.mutate(month_in_quarter=months))
        yield Book(company=company, deals=table, debriefs=debriefs, ask=engine.to_pyarrow)
    finally:
        engine.disconnect()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a book shows of a cause: counts in the segment and in what it is compared with."""

    cause: Cause
    k_here: int
    n_here: int
    k_rest: int
    n_rest: int


def seen(book: Book) -> list[Seen]:
    """Counts of every cause that is measured on deals, whether it shows or not."""
    causes = [cause for cause in book.truth.causes if not cause.measure.endswith(":buyer")]
    sums = {}
    for cause in causes:
        here, rest = parts(book.deals, cause)
        base, counts = measured(book.deals, cause.measure)
        for name, part in (("here", here), ("rest", rest)):
            sums[f"{cause.name}/n/{name}"] = (base & part).cast("int64").sum()
            sums[f"{cause.name}/k/{name}"] = (base & part & counts).cast("int64").sum()
    row = book.ask(book.deals.aggregate(**sums)).to_pylist()[0]
    return [
        Seen(
            cause=cause,
            k_here=row[f"{cause.name}/k/here"],
            n_here=row[f"{cause.name}/n/here"],
            k_rest=row[f"{cause.name}/k/rest"],
            n_rest=row[f"{cause.name}/n/rest"],
        )
        for cause in causes
    ]


def parts(deals: ir.Table, cause: Cause) -> tuple[ir.BooleanValue, ir.BooleanValue]:
    """Which deals stand in the cause's segment, and which in what it is compared with."""
    if cause.measure == QUARTER_END:
        return deals.month_in_quarter == 3, deals.month_in_quarter != 3
    segment = Segment.parse(cause.segment)
    here = segment.predicate(deals)
    if cause.compared_with:
        return here, Segment.parse(cause.compared_with).predicate(deals)
    rest = ~here
    for field in segment.fields:
        known = deals.competitor_kind.isin(["competitor", "none"]) if field == "competitor" else deals[field].notnull()
        rest = rest & known
    return here, rest


def measured(deals: ir.Table, measure: str) -> tuple[ir.BooleanValue, ir.BooleanValue]:
    """Which deals stand in a measure's denominator, and which of them count."""
    if measure in ("win_rate", QUARTER_END):
        return deals.is_closed, deals.is_won
    lost = deals.is_closed & ~deals.is_won
    _, what, which = measure.split(":", 2)
    if what == "reason":
        return lost & deals.reason.notnull(), (deals.reason == which).fill_null(False)
    known = deals.competitor_kind.isin(["competitor", "none"])
    return lost & known, (deals.competitor == which).fill_null(False)
