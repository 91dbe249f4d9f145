"""Plain numbers as float64, by the same rules of decimal signs as money; percent signs are understood."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from winloss.sources.files.profile import ColumnProfile
from winloss.sources.files.values import figures
from winloss.sources.files.values.distinct import spread
from winloss.sources.files.values.money import bad_mask, exact_value
from winloss.sources.files.values.shapes import Group, groups

_DIGIT = re.compile("[0-9]")
_SAFE_DIGITS = 15
"""Digits that a float64 holds exactly."""


@dataclass(frozen=True, slots=True)
class NumberDecision:
    """How the numbers of a column are read.

    `percent` is `figure` where all values carry a percent sign (12.5 % is 12.5) and `share` where only some do
    (12.5 % is 0.125).
    """

    decimal: str
    percent: str = "figure"
    how: str = ""
    _figures: dict[str, figures.Figure | None] = field(default_factory=dict, compare=False, repr=False)

    def figure(self, shape: str) -> figures.Figure | None:
        """What a shape says, remembered; None where it is no bare number."""
        if shape not in self._figures:
            found = figures.read(shape, self.decimal)
            self._figures[shape] = found if found and not found.before and not found.after else None
        return self._figures[shape]


def decide(profile: ColumnProfile, *, decimal: str | None = None, hint: str | None = None) -> NumberDecision:
    """How a column of numbers is read, over all its values; `decimal` and `hint` as for money."""
    values = {value: count for value, count in profile.values.items() if _DIGIT.search(value)}
    sign = figures.Decimal(decimal, "as the map says") if decimal else figures.decide(values, hint=hint)
    percents = sum("%" in value for value in values)
    percent = "share" if 0 < percents < len(values) else "figure"
    said = "; percent signs stand on some values only: read as shares" if percent == "share" else ""
    return NumberDecision(sign.sign, percent, sign.how + said)


def convert(column: pa.StringArray, decision: NumberDecision) -> tuple[pa.DoubleArray, pa.BooleanArray]:
    """Numbers and the mask of what is none.

    Returns
    -------
    numbers
        float64; null where blank or bad.
    bad
        True where a value stands (no placeholder, no `unknown`) that is no number.
    """
    numbers, bad = spread(column, lambda values: _convert(values, decision))
    return numbers, bad


def _convert(values: pa.StringArray, decision: NumberDecision) -> list[Any]:
    found = np.zeros(len(values))
    read = np.zeros(len(values), bool)
    for group in groups(values):
        figure = decision.figure(group.shape)
        if figure is not None:
            found[group.rows] = _numbers(group, figure, values, decision)
            read[group.rows] = np.isfinite(found[group.rows])
    return [pa.array(found, pa.float64(), mask=~read), bad_mask(values, read)]


def _numbers(
    group: Group, figure: figures.Figure, values: pa.StringArray, decision: NumberDecision
) -> npt.NDArray[np.float64]:
    shift = 2 if figure.percent and decision.percent == "share" else 0
    digits = figure.whole + figure.part
    if figure.exponent or digits > _SAFE_DIGITS or figure.part + shift > 22:
        exact = [exact_value(values[int(row)].as_py(), figure) for row in group.rows]
        return np.array([np.nan if one is None else float(one.scaleb(-shift)) for one in exact])
    total = group.number(0, digits).astype(float)
    power = figure.scale - figure.part - shift
    # Both operands are exact, so the quotient is the float nearest to what was written.
    sized = total * 10.0**power if power >= 0 else total / 10.0**-power
    return -sized if figure.negative else sized
