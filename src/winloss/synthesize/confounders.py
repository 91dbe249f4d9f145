"""Does a difference survive when something else is held fixed?

Inside each value of another attribute (and each rep) the two sides are compared again; the Mantel–Haenszel
difference puts these comparisons together. The attribute that changes the difference most is reported.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winloss.stats.strata import mantel_haenszel
from winloss.synthesize.coded import Codes, Marks
from winloss.synthesize.finding import KEPT, Confounder, Survival
from winloss.synthesize.survival import OUTSIDE, Reader, Sides

Counts = NDArray[np.int64]

HOLDS = KEPT
"""At least this much of the difference is left, and its interval excludes zero."""
GONE = 0.5
"""Less than this is left and the interval includes zero: it vanishes. Between the two it weakens."""
NOTHING = 0.1
"""Less than this is left: it vanishes, whatever its interval."""
COMPARED = 0.5
"""At least this share of the segment's deals must have someone to be compared with inside the strata."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """Something to hold fixed: a code a deal; unfilled deals are strata of their own (the last two)."""

    name: str
    label: str
    codes: Codes
    count: int

    @classmethod
    def of(cls, name: str, label: str, codes: Codes) -> Stratum:
        count = int(codes.max(initial=-1)) + 3
        kind = np.uint8 if count < 256 else np.int32
        return cls(name, label, np.where(codes < 0, codes + np.int32(count), codes).astype(kind), count)

    def table(self, deals: NDArray[np.intp], success: Marks) -> Counts:
        """Rows: strata. Columns: failures and successes among `deals`."""
        keys = self.codes[deals] * np.int32(2) + success[deals]
        return np.bincount(keys, minlength=2 * self.count).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class _Deals:
    """Deals of side 1, deals on neither side, and successes of one comparison, from where `outcome` is known."""

    outcome: int
    level: int
    one: NDArray[np.intp]
    neither: NDArray[np.intp]
    success: Marks


class Strata:
    """Every attribute, and the rep, to be held fixed in one book."""

    def __init__(self, reader: Reader) -> None:
        self.reader, closed = reader, reader.closed
        self.strata = [Stratum.of(a.name, a.label, a.codes) for a in closed.attributes]
        if (closed.owners >= 0).any():
            self.strata.append(Stratum.of("owner_id", "Rep", closed.owners))
        self._whole: dict[tuple[str, int], Counts] = {}

    def strongest(self, sides: Sides, skip: frozenset[str]) -> Confounder | None:
        """The confounder that changes the difference most; None where nothing can be held fixed.

        Parameters
        ----------
        sides
            The comparison.
        skip
            Names that describe the segment itself.
        """
        deals = self._deals(sides)
        tables = [(s, self._table(s, deals)) for s in self.strata]
        crude = _crude(tables[0][1]) if tables else 0.0
        found = [c for s, table in tables if s.name not in skip and (c := _inside(table, s, crude)) is not None]
        return max(found, key=lambda c: abs(c.difference - crude), default=None)

    def _deals(self, sides: Sides) -> _Deals:
        state, success = sides.state, sides.success
        known = self.reader.sets.columns[success.column] >= 0
        return _Deals(
            success.column,
            success.level,
            np.flatnonzero((state == 2) | (state == 3)),
            np.flatnonzero(known & (state == OUTSIDE)),
            np.asarray(self.reader.sets.columns[success.column] == success.level),
        )

    def _table(self, stratum: Stratum, deals: _Deals) -> Counts:
        """Rows: strata. Columns: failures and successes of side 0, then of side 1.

        Side 0 is what neither side 1 nor the deals on neither side take of the whole, which is counted once.
        """
        one = stratum.table(deals.one, deals.success)
        zero = self._of_whole(stratum, deals) - one - stratum.table(deals.neither, deals.success)
        return np.concatenate([zero, one], axis=1)

    def _of_whole(self, stratum: Stratum, deals: _Deals) -> Counts:
        key = (stratum.name, deals.outcome)
        if key not in self._whole:
            outcome = self.reader.sets.columns[deals.outcome]
            width = int(outcome.max(initial=0)) + 2
            keys = stratum.codes * np.int32(width) + outcome + np.int32(1)
            table = np.bincount(keys, minlength=stratum.count * width).reshape(-1, width)
            self._whole[key] = table[:, 1:]
        table = self._whole[key]
        successes = table[:, deals.level]
        return np.stack([table.sum(axis=1) - successes, successes], axis=1)


def _crude(table: Counts) -> float:
    lost0, won0, lost1, won1 = table.sum(axis=0).tolist()
    return float(won1 / (won1 + lost1) - won0 / (won0 + lost0))


def _inside(table: Counts, stratum: Stratum, crude: float) -> Confounder | None:
    lost0, won0, lost1, won1 = table.T
    result = mantel_haenszel(won1, won1 + lost1, won0, won0 + lost0)
    difference, compared = float(result.difference), float(result.compared)
    if np.isnan(difference) or compared < COMPARED:
        return None
    low, high = (float(bound) for bound in result.bounds())
    return Confounder(
        attribute=stratum.name,
        label=stratum.label,
        survival=judged(crude, difference, low, high),
        difference=difference,
        low=low,
        high=high,
    )


def judged(crude: float, difference: float, low: float, high: float) -> Survival:
    """What is left of `crude` inside strata, where it is `difference` with the 95 % interval `low` to `high`."""
    left = difference / crude if crude else 0.0
    open_question = low <= 0 <= high
    if left < 0 and not open_question:
        return Survival.REVERSES
    if left < NOTHING or (left < GONE and open_question):
        return Survival.VANISHES
    return Survival.HOLDS if left >= HOLDS and not open_question else Survival.WEAKENS
