"""Count segments where the deals are: on a Spark cluster, each partition by itself, the tables added up.

The deals stay on the cluster. What travels are values with their counts (at most 254 an attribute), then one table of
counts, whose size depends on the attributes and their values, never on the number of deals. See docs/howto/spark.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from winloss.errors import UserError
from winloss.mine.partial import Partial, Shape
from winloss.mine.table import MOST_LEVELS, Segments
from winloss.synthesize.attributes import band_order
from winloss.synthesize.coded import PLACEHOLDERS
from winloss.tables import CLOSED
from winloss.tables.segment import Condition, Segment

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

SLICE = 1 << 16
"""Counts that travel as one row: half a megabyte."""
MOST_MB = 512
"""A task's table of counts at most; above it the search is refused."""
TASKS = 64
"""Tables of counts at most, where the cluster does not say how many cores it has."""
_ENDED = "ended"
_SPACES = " \t\r\n\u00a0"


@dataclass(frozen=True, kw_only=True)
class Counted:
    """All segments of the deals of a cluster, counted.

    `levels` gives for each attribute the value behind each of its codes; None, the last one, stands for `folded` rare
    values together. Classes of the counts are `classes`, in this order.
    """

    segments: Segments
    attributes: tuple[str, ...]
    levels: tuple[tuple[str | None, ...], ...]
    folded: tuple[int, ...]
    classes: tuple[str, ...]
    deals: int

    def segment(self, row: int) -> Segment | None:
        """What a row of `segments` stands for; None where rare values are part of it."""
        found = self.segments
        conditions = []
        for attribute, low, high in zip(found.attribute[row], found.low[row], found.high[row], strict=True):
            if attribute < 0:
                continue
            values = self.levels[attribute][low : high + 1]
            known = tuple(value for value in values if value is not None)
            if len(known) < len(values):
                return None
            conditions.append(Condition(self.attributes[attribute], "=" if len(known) == 1 else "in", known))
        return Segment(tuple(conditions))


@dataclass(frozen=True, kw_only=True)
class _Coding:
    """Values to codes: 0 is blank, `values` are from 1, and `folded` others, where there are any, are the code after."""

    values: tuple[tuple[str, ...], ...]
    folded: tuple[int, ...]
    ordered: tuple[bool, ...]

    @property
    def levels(self) -> tuple[int, ...]:
        return tuple(len(known) + bool(rest) for known, rest in zip(self.values, self.folded, strict=True))

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(f"a{place}" for place in range(len(self.values)))


def deals_of(session: SparkSession, name: str) -> DataFrame:
    """The deals of a table of the catalogue or, where the name is a path, of Parquet files."""
    with _told_plainly():
        return session.read.parquet(name) if "/" in name else session.table(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to count.

    Parameters
    ----------
    attributes
        Columns to search. Values are compared as text; blank are nulls, white space and words for "nobody knows".
        Values of fewer than `floor` deals, and those beyond the 253 commonest, are counted as one.
    ended
        The column that says how a deal ended. Deals that ended as none of `classes` are left out.
    orders
        Attributes whose values have an order, with the values from the lowest to the highest. Columns of bands
        (`10-49`, `50-199`) are put in order without it.
    depth
        Conditions of a segment at most.
    floor
        Deals of a segment at least.
    tasks
        Tables of counts that are made, at most; the cores of the cluster where None.
    most_mb
        Megabytes of such a table at most.
    """

    attributes: tuple[str, ...]
    ended: str = "outcome"
    classes: tuple[str, ...] = CLOSED
    orders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    depth: int = 3
    floor: int = 30
    tasks: int | None = None
    most_mb: int = MOST_MB


def count_on_spark(deals: DataFrame, *, asked: Asked) -> Counted:
    """All segments with at least so many deals, counted on the cluster to the unit as `mine.count` would here.

    `deals` has one row a deal. It is read twice: once for the values, once for the segments.

    Raises
    ------
    UserError
        A column is missing, blank or nearly unique; an order lacks a value; the table of counts is too large;
        the workers lack winloss.

    Notes
    -----
    Memory beyond Python's own: a task holds its table (8 bytes a count) and a million coded deals; the driver one such
    table, and slices of half a megabyte as they come. Whoever adds up a slice holds it `tasks` times.
    """
    known = _known(deals, asked)
    with _told_plainly():
        coding = _coding(known, asked)
        shape = _shape(coding, asked)
        partial = Partial(shape)
        for part, counts in _sums(known.coalesce(asked.tasks or _cores(deals)), coding, shape, asked.classes):
            partial.counts[part * SLICE : part * SLICE + len(counts)] = counts
    return Counted(
        segments=partial.segments(floor=asked.floor),
        attributes=asked.attributes,
        levels=tuple((*v, None) if rest else v for v, rest in zip(coding.values, coding.folded, strict=True)),
        folded=coding.folded,
        classes=asked.classes,
        deals=int(partial.counts[: shape.starts[1]].sum()),
    )


def _known(deals: DataFrame, asked: Asked) -> DataFrame:
    """The deals that ended as one of the classes: `a0`, `a1` … as text without placeholders, and `ended`."""
    if not asked.attributes or len(set(asked.attributes)) < len(asked.attributes):
        raise UserError("Name the attributes to search, each once.")
    missing = [name for name in (*asked.attributes, asked.ended) if name not in deals.columns]
    if missing:
        raise UserError(f"The deals have no column {missing[0]!r}: there are {', '.join(deals.columns)}.")
    outcome = _column(asked.ended).cast("string")
    return deals.where(outcome.isin(*asked.classes)).select(
        *(_filled(name).alias(f"a{place}") for place, name in enumerate(asked.attributes)), outcome.alias(_ENDED)
    )


def _column(name: str) -> Column:
    from pyspark.sql import functions as sf

    return sf.col("`" + name.replace("`", "``") + "`")


def _filled(name: str) -> Column:
    from pyspark.sql import functions as sf

    text = _column(name).cast("string")
    return sf.when(~sf.lower(sf.btrim(text, sf.lit(_SPACES))).isin("", *sorted(PLACEHOLDERS)), text)


def _coding(known: DataFrame, asked: Asked) -> _Coding:
    """Which values are levels, by their counts on the cluster: the commonest first, or in their order."""
    values, folded, ordered = [], [], []
    found = _value_counts(known, len(asked.attributes))
    for name, (counts, distinct, filled) in zip(asked.attributes, found, strict=True):
        order = _order(name, counts, distinct, asked.orders.get(name))
        if not filled:
            raise UserError(f"{name!r} is blank on every closed deal: leave it out.")
        if order is None and distinct > 50 and distinct > filled / 2:
            raise UserError(f"Nearly every deal has its own {name!r} ({distinct:,} on {filled:,} deals): leave it out.")
        levels = order or tuple(value for value, n in counts if n >= asked.floor)
        if order is None and len(levels) < distinct:
            levels = levels[: MOST_LEVELS - 1]
        values.append(levels)
        folded.append(0 if order else distinct - len(levels))
        ordered.append(order is not None)
    return _Coding(values=tuple(values), folded=tuple(folded), ordered=tuple(ordered))


def _order(
    name: str, counts: Sequence[tuple[str, int]], distinct: int, given: Sequence[str] | None
) -> tuple[str, ...] | None:
    """The values of an attribute from the lowest to the highest, where they have an order."""
    there = [value for value, _ in counts]
    if given is None:
        places = band_order(there) if distinct == len(there) else None
        return None if places is None else tuple(there[place] for place in places)
    if len(set(given)) < len(given) or len(given) > MOST_LEVELS:
        raise UserError(f"The order of {name!r} names each value once, at most {MOST_LEVELS} of them.")
    unnamed = sorted(set(there) - set(given))
    if unnamed or distinct > len(given):
        lacks = repr(unnamed[0]) if unnamed else "a value"
        raise UserError(f"The order of {name!r} lacks {lacks}: name every value, or clean the column first.")
    return tuple(given)


def _value_counts(known: DataFrame, attributes: int) -> list[tuple[list[tuple[str, int]], int, int]]:
    """For each attribute its commonest values with their deals, how many values there are, and the deals filled."""
    from pyspark.sql import Window
    from pyspark.sql import functions as sf

    names = [f"a{place}" for place in range(attributes)]
    counts = known.unpivot([], [sf.col(name) for name in names], "attribute", "value").where(
        sf.col("value").isNotNull()
    )
    counts = counts.groupBy("attribute", "value").agg(sf.count(sf.lit(1)).alias("n"))
    totals = counts.groupBy("attribute").agg(sf.count(sf.lit(1)).alias("distinct"), sf.sum("n").alias("filled"))
    rank = sf.row_number().over(Window.partitionBy("attribute").orderBy(sf.desc("n"), "value"))
    commonest = counts.withColumn("rank", rank).where(sf.col("rank") <= MOST_LEVELS)
    found: list[tuple[list[tuple[str, int]], int, int]] = [([], 0, 0) for _ in names]
    for row in commonest.join(totals, "attribute").orderBy("attribute", "rank").collect():
        place = int(row["attribute"][1:])
        found[place] = ([*found[place][0], (row["value"], row["n"])], row["distinct"], row["filled"])
    return found


def _shape(coding: _Coding, asked: Asked) -> Shape:
    """The shape, planned here, so that every worker follows the same plan."""
    shape = Shape(levels=coding.levels, ordered=coding.ordered, class_count=len(asked.classes), depth=asked.depth)
    try:
        table_mb = shape.starts[-1] * 8 / 1e6
    except ValueError:
        table_mb = float("inf")
    if table_mb > asked.most_mb:
        widest = int(np.argmax(coding.levels))
        size = f"{table_mb:,.0f} MB" if np.isfinite(table_mb) else "gigabytes"
        raise UserError(
            f"Every task would hold a table of {size}, more than {asked.most_mb} MB: leave {asked.attributes[widest]!r} out "
            f"({coding.levels[widest]} values), raise the floor, search to depth {max(asked.depth - 1, 1)}, "
            "or give the tasks more memory."
        )
    return shape


def _cores(deals: DataFrame) -> int:
    """The cores of the cluster; Spark Connect does not tell them."""
    context = getattr(deals.sparkSession, "_sc", None)
    return TASKS if context is None else int(context.defaultParallelism)


def _sums(
    known: DataFrame, coding: _Coding, shape: Shape, classes: tuple[str, ...]
) -> Iterator[tuple[int, np.ndarray[Any, np.dtype[np.int64]]]]:
    """The slices of the sum of all partitions' tables, those with any deal, one after the other."""
    slices = known.mapInArrow(counter(coding, shape, classes), "part int, counts binary")
    summed = slices.groupBy("part").applyInArrow(adder(), "part int, counts binary")
    for row in summed.toLocalIterator():
        yield row["part"], np.frombuffer(bytes(row["counts"]), "<i8").astype(np.int64)


# What runs on the workers is made inside functions and imports there: it travels by value, and a worker loads
# the kernel only.


def counter(
    coding: _Coding, shape: Shape, classes: tuple[str, ...]
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Record batches of deals (columns of `_known`) to the slices of their table of counts that hold any."""
    names, values, folded, width, ended_as = coding.names, coding.values, coding.folded, SLICE, _ENDED

    def counted(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        from winloss.mine.partial import Partial

        def codes(column: Any, known: tuple[str, ...], rest: int) -> Any:
            place: Any = pc.index_in(column, value_set=pa.array(known, column.type))
            other = pc.and_(pc.is_null(place), pc.is_valid(column))
            if not rest and pc.any(other).as_py():
                raise ValueError("the deals changed while they were counted: cache them first")
            found = np.where(other, len(known), place.fill_null(-1)) + 1
            return pa.array(found.astype(np.uint8))

        def coded(batch: pa.RecordBatch) -> pa.RecordBatch:
            columns = [codes(batch.column(n), v, r) for n, v, r in zip(names, values, folded, strict=True)]
            ended = pc.cast(pc.index_in(batch.column(ended_as), value_set=pa.array(classes)), pa.uint8())
            return pa.record_batch([*columns, ended], names=[*names, ended_as])

        partial = Partial(shape)
        partial.add_batches(map(coded, batches), attributes=names, ended=ended_as)
        for start in range(0, len(partial.counts), width):
            part = partial.counts[start : start + width]
            if part.any():
                yield pa.record_batch(
                    [pa.array([start // width], pa.int32()), pa.array([part.astype("<i8").tobytes()], pa.binary())],
                    names=["part", "counts"],
                )

    return counted


def adder() -> Callable[[pa.Table], pa.Table]:
    """All partitions' counts of one slice to their sum."""

    def added(slices: pa.Table) -> pa.Table:
        import numpy as np
        import pyarrow as pa

        total = np.zeros(len(slices["counts"][0].as_buffer()) // 8, np.int64)
        for counts in slices["counts"]:
            total += np.frombuffer(counts.as_buffer(), "<i8")
        return pa.table({"part": slices["part"][:1], "counts": pa.array([total.astype("<i8").tobytes()], pa.binary())})

    return added


@contextmanager
def _told_plainly() -> Iterator[None]:
    """What Spark says of missing tables and of workers without winloss, in one sentence."""
    try:
        from pyspark.errors import AnalysisException, PythonException
    except ModuleNotFoundError as error:
        raise UserError("Counting on Spark needs pyspark: install winloss[spark].") from error
    try:
        yield
    except AnalysisException as error:
        said = str(error).strip().partition("\n")[0]
        raise UserError(f"Spark cannot read the deals: {said}") from error
    except PythonException as error:
        missing = next((line for line in str(error).splitlines() if "ModuleNotFoundError" in line), None)
        if missing is None:
            raise
        raise UserError(
            f"Spark's workers lack winloss or what it needs ({missing.strip()}): install winloss where they run Python."
        ) from error
