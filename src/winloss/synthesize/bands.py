"""Numbers in bands of about equal count, with plain bounds."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_WINDOW = 0.05
"""A bound may move by this share of the deals to become a plain number."""
_FINEST = 1e-9
"""Bounds closer than this are not made plainer."""
_YEARS = (1800, 2200)
"""Nine of ten values lie in between: they are taken for years."""
_HEAVY = 0.3
"""A smallest value (zero, most often) on this share of the deals is a band of its own."""


@dataclass(frozen=True, slots=True)
class Band:
    """Values from `low` to `high`, both included, as they occur in the book; `label` is for readers."""

    low: float
    high: float
    label: str


def band(values: Floats, *, count: int = 5, unit: float = 1.0, sign: str = "") -> tuple[Band, ...]:
    """At most `count` bands of about equal count over `values` (no NaN), in order.

    Parameters
    ----------
    values
        At least one number.
    count
        The most bands. Few distinct values (up to `count` + 1) are a band each.
    unit
        What one shown unit is in `values`: 100 where they are cents. Labels are in shown units.
    sign
        Stands before each number of a label: "€".

    Returns
    -------
    tuple of Band
        Their deals add up to all of `values`. One band where all values are equal.
    """
    distinct = np.unique(values)
    written = _Writer(sign=sign, years=not sign and _are_years(values / unit))
    if len(distinct) <= count + 1:
        return tuple(Band(float(v), float(v), written(float(v) / unit)) for v in distinct)
    heavy = float(distinct[0])
    if (values == heavy).mean() >= _HEAVY:
        others = band(values[values != heavy], count=count - 1, unit=unit, sign=sign)
        return (Band(heavy, heavy, written(heavy / unit)), *others)
    edges = _edges(values, count, unit)
    whole = bool((distinct / unit == np.round(distinct / unit)).all())
    cuts = [-math.inf, *edges, math.inf]
    bands = []
    for low, high in itertools.pairwise(cuts):
        inside = distinct[(distinct >= low) & (distinct < high)]
        if len(inside):
            bands.append(
                Band(float(inside[0]), float(inside[-1]), _label(low / unit, high / unit, written, whole=whole))
            )
    return tuple(bands)


def _edges(values: Floats, count: int, unit: float) -> list[float]:
    ordered = np.sort(values)
    edges: list[float] = []
    for i in range(1, count):
        at = i / count
        low, middle, high = np.quantile(ordered, [at - _WINDOW, at, at + _WINDOW])
        edge = plainest(low / unit, middle / unit, high / unit) * unit
        if edge > ordered[0] and (not edges or edge > edges[-1]):
            edges.append(float(edge))
    return edges


def plainest(low: float, middle: float, high: float) -> float:
    """The roundest number from `low` to `high`, of equally round ones the nearest to `middle`.

    Examples
    --------
    >>> plainest(183.0, 207.0, 241.0)
    200.0
    >>> plainest(1996.2, 1998.0, 2001.7)
    2000.0
    """
    if high - low < _FINEST:
        return middle
    power = math.floor(math.log10(max(abs(low), abs(high), high - low)))
    for exponent in range(power, power - 17, -1):
        for step in (10.0**exponent * 5, 10.0**exponent * 2, 10.0**exponent):
            nearest = round(round(middle / step) * step, 12)
            first = round(math.ceil(low / step) * step, 12)
            found = min((x for x in (nearest, first) if low <= x <= high), key=lambda x: abs(x - middle), default=None)
            if found is not None:
                return float(found)
    return middle


@dataclass(frozen=True, slots=True)
class _Writer:
    """Thousands are set apart, but not in years; money carries its sign."""

    sign: str
    years: bool

    def __call__(self, number: float) -> str:
        return ("-" if number < 0 else "") + self.sign + self._plain(abs(number))

    def _plain(self, number: float) -> str:
        if number == round(number):
            return f"{number:.0f}" if self.years else f"{number:,.0f}"
        return f"{number:,.6g}"


def _are_years(values: Floats) -> bool:
    low, high = np.quantile(values, [_WINDOW, 1 - _WINDOW])
    return bool(_YEARS[0] <= low and high <= _YEARS[1])


def _label(low: float, high: float, written: _Writer, *, whole: bool) -> str:
    if math.isinf(low) and math.isinf(high):
        return "all"
    if math.isinf(low):
        return f"under {written(high)}"
    if math.isinf(high):
        return f"{written(low)} and over"
    if whole:
        last = math.ceil(high) - 1
        return f"{written(math.ceil(low))}-{written(last)}" if last > low else written(math.ceil(low))
    return f"{written(low)} to under {written(high)}"
