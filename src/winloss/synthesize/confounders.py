"""Does a difference survive when something else is held fixed?

Inside each value of another attribute (and each rep) the two sides are compared again; the Mantel–Haenszel
difference puts these comparisons together. The attribute that changes the difference most is reported.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from winloss.stats.strata import mantel_haenszel
from winloss.synthesize.coded import Closed, Codes
from winloss.synthesize.finding import KEPT, Confounder, Survival
from winloss.synthesize.survival import Sides

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
    """Something to hold fixed: a code a deal; unfilled deals are strata of their own."""

    name: str
    label: str
    codes: Codes


def strata_of(closed: Closed) -> tuple[Stratum, ...]:
    """Every attribute, and the rep."""
    found = [Stratum(a.name, a.label, a.codes) for a in closed.attributes]
    if (closed.owners >= 0).any():
        found.append(Stratum("owner_id", "Rep", closed.owners))
    return tuple(found)


def strongest(sides: Sides, strata: tuple[Stratum, ...], skip: frozenset[str]) -> Confounder | None:
    """The confounder that changes the difference most; None where nothing can be held fixed.

    Parameters
    ----------
    sides
        The comparison.
    strata
        What can be held fixed.
    skip
        Names that describe the segment itself.
    """
    crude = _crude(sides)
    found = [c for s in strata if s.name not in skip and (c := _inside(sides, s, crude)) is not None]
    return max(found, key=lambda c: abs(c.difference - crude), default=None)


def _crude(sides: Sides) -> float:
    lost0, won0, lost1, won1 = (int((sides.state == code).sum()) for code in range(4))
    return won1 / (won1 + lost1) - won0 / (won0 + lost0)


def _inside(sides: Sides, stratum: Stratum, crude: float) -> Confounder | None:
    lost0, won0, lost1, won1 = sides.table(stratum.codes, int(stratum.codes.max(initial=-1)) + 1).T
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
