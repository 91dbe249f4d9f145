"""What the mapping has to know of a column: its header and what its values look like, as shares of the filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from winloss.sources.files.arrow import kernels as pc
from winloss.sources.files.outcomes import SAYS_NOTHING, Decisiveness
from winloss.sources.files.words import Unit, unit_of

_FEW = 1_000
"""Values that are sorted in Python."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFacts:
    """One column.

    Parameters
    ----------
    header
        As written; `position` counts from 0.
    rows, filled
        Rows of the table, and those not blank. Placeholders ("-", "n/a") are blank and counted in `placeholders`,
        those of them that are errors of a spreadsheet in `errors`.
    distinct
        Different values; None where there are too many to count.
    counts
        Value → rows; complete where `distinct` is known, else a sample.
    dates, money, numbers, currencies, flags, id_like
        Shares, 0 to 1, of the filled rows whose value can be read so; 0 where none is filled. `dates` does not
        count bare numbers unless the whole column can be nothing else.
    max_length, mean_words
        Of the values; mean over the distinct ones.
    """

    header: str
    position: int
    rows: int
    filled: int
    distinct: int | None
    counts: Mapping[str, int] = field(repr=False)
    placeholders: int = 0
    errors: int = 0
    dates: float = 0.0
    money: float = 0.0
    numbers: float = 0.0
    currencies: float = 0.0
    flags: float = 0.0
    id_like: float = 0.0
    max_length: int = 0
    mean_words: float = 1.0
    outcome: Decisiveness = SAYS_NOTHING

    @property
    def empty(self) -> bool:
        return self.filled == 0

    @property
    def uniqueness(self) -> float:
        """Distinct values over filled rows, 0 to 1; 1 where there were too many to count, 0 where none is filled."""
        if self.empty:
            return 0.0
        return 1.0 if self.distinct is None else self.distinct / self.filled

    @property
    def levels(self) -> int:
        """Distinct values; a number larger than any limit where they were not counted."""
        return 1_000_000_000 if self.distinct is None else self.distinct

    @property
    def unit(self) -> Unit:
        return unit_of(self.header)

    @property
    def samples(self) -> tuple[str, ...]:
        """The three most frequent values."""
        return tuple(frequent(self.counts, 3))


def frequent(counts: Mapping[str, int], most: int) -> dict[str, int]:
    """The `most` most frequent values, in the order of their counts; of equal ones the first of the alphabet."""
    if len(counts) > _FEW:
        table = pa.table({"value": pa.array(counts.keys(), pa.string()), "n": pa.array(counts.values(), pa.int64())})
        order = [("n", "descending"), ("value", "ascending")]
        found = table.take(pc.select_k_unstable(table, most, order)).to_pydict()
        return dict(zip(found["value"], found["n"], strict=True))
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most])
