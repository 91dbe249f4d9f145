"""The deals of one measure as arrays: a value and a day each, and the attributes that are held fixed.

A deal that is not ripe yet is left out, never counted as lost: where deals are placed by their creation (or by entering a
deal stage), only what happened within the same number of days counts, before and after alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winloss.synthesize.coded import UNKNOWN, Coded

Days = NDArray[np.int64]
Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]
Codes = NDArray[np.int32]

RARE_SHARE = 0.01
RARE_DEALS = 30
"""A value of fewer deals, or of a smaller share, is held fixed together with the other rare ones."""
MOST_LEVELS = 120
"""Levels held fixed, over all attributes."""
DEALS_A_LEVEL = 25
"""At least so many deals for each level held fixed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """One attribute held fixed: codes 0 … `count` − 1, no blanks (a blank is a level of its own)."""

    label: str
    field: str
    codes: Codes
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Deals of one measure and basis, one place a deal in every array.

    Parameters
    ----------
    day
        The day that places the deal (days since 1970).
    value
        1 or 0 of a share; the log of (1 + days) of a cycle.
    born
        When the deal was created; `NO_DAY` where nobody knows.
    fixed
        Attributes held fixed.
    ripe_days
        How many days after `day` a deal is ripe.
    at
        Their places among the rows asked for.
    """

    day: Days
    value: Floats
    born: Days
    fixed: tuple[Fixed, ...]
    at: NDArray[np.int64]
    ripe_days: int = 0

    @property
    def n(self) -> int:
        return len(self.day)


def hold_fixed(attributes: Sequence[Coded], chosen: NDArray[np.int64]) -> tuple[Fixed, ...]:
    """The attributes in levels coarse enough to be held fixed on the deals `chosen` (places).

    Rare values are one level, as are blank and unknown ones; attributes of the most levels are left out first where there
    are too many for so many deals. Which levels there are never depends on how deals ended.
    """
    made = [one for one in (_coarse(attribute, chosen) for attribute in attributes) if one.count > 1]
    most = min(MOST_LEVELS, len(chosen) // DEALS_A_LEVEL)
    while made and sum(one.count for one in made) > most:
        made.remove(max(made, key=lambda one: one.count))
    return tuple(made)


def _coarse(attribute: Coded, chosen: NDArray[np.int64]) -> Fixed:
    codes = attribute.codes if len(chosen) == len(attribute.codes) else attribute.codes[chosen]
    counts = np.bincount(codes + np.int32(-UNKNOWN), minlength=len(attribute.levels) + 2)[1:]
    counts[0] += (codes == UNKNOWN).sum()
    enough = counts >= max(RARE_DEALS, RARE_SHARE * len(chosen))
    place = np.full(len(counts), int(enough.sum()), np.int32)
    place[enough] = np.arange(enough.sum(), dtype=np.int32)
    # Blank and unknown are −1 and −2: the last two places, counted from the end.
    codes = np.append(place[1:], [place[0], place[0]])[codes]
    return Fixed(label=attribute.label, field=attribute.field, codes=codes, count=int(codes.max(initial=-1)) + 1)
