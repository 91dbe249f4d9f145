"""Amounts as whole cents, exactly: decimal sign, thousands, scale and currency decided over the whole column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Context, InvalidOperation
from decimal import Decimal as Exact
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from winloss.sources.files.arrow import kernels as pc
from winloss.sources.files.profile import ColumnProfile
from winloss.sources.files.values import currencies, figures
from winloss.sources.files.values.blanks import kind_of
from winloss.sources.files.values.distinct import spread
from winloss.sources.files.values.shapes import Group, Ints, groups, plain

MOST_CENTS = 2**63 - 1
_CENTS = 2
_SAFE_DIGITS = 18
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class MoneyDecision:
    """How the amounts of a column are read.

    `decimal` is `.` or `,`; `dollar` is the currency that `$` stands for (None: not known); `currencies` are those
    that the values name; `how` says it all in a clause.
    """

    decimal: str
    dollar: str | None = "USD"
    currencies: tuple[str, ...] = ()
    how: str = ""
    _figures: dict[str, figures.Figure | None] = field(default_factory=dict, compare=False, repr=False)

    def figure(self, shape: str) -> figures.Figure | None:
        """What a shape says, remembered; None where it is no amount."""
        if shape not in self._figures:
            found = figures.read(shape, self.decimal)
            self._figures[shape] = found if found and not found.percent and _around(found) is not None else None
        return self._figures[shape]

    def currency(self, figure: figures.Figure) -> str | None:
        """The currency of an amount; None where it names none."""
        for code in _around(figure) or ():
            return self.dollar if code == currencies.DOLLAR else code
        return None


def _around(figure: figures.Figure) -> frozenset[str] | None:
    """The currency that the words around an amount name, if any; None where they name none or two."""
    named = {currencies.named(word) for word in (figure.before, figure.after) if word}
    codes = frozenset(code for code in named if code and code != currencies.DOLLAR)
    if None in named or len(codes) > 1:
        return None
    return codes or frozenset(code for code in named if code)


def decide(
    profile: ColumnProfile, *, decimal: str | None = None, hint: str | None = None, currencies_seen: Iterable[str] = ()
) -> MoneyDecision:
    """How a column of amounts is read, over all its values.

    Parameters
    ----------
    decimal
        The decimal sign, where a map gives it.
    hint
        The decimal sign of other columns, for a column that does not show its own.
    currencies_seen
        ISO codes that the file names elsewhere (a currency column, a header): a dollar among them is what `$` means.
    """
    values = {value: count for value, count in profile.values.items() if len(value) <= figures.FIGURE_CHARS}
    sign = figures.Decimal(decimal, "as the map says") if decimal else figures.decide(values, hint=hint)
    named = _named(values, MoneyDecision(sign.sign, dollar=currencies.DOLLAR))
    dollar, said = _dollar(named, {code.upper() for code in currencies_seen})
    codes = {dollar if code == currencies.DOLLAR else code for code in named}
    how = "; ".join(part for part in (sign.how, said) if part)
    return MoneyDecision(sign.sign, dollar, tuple(sorted(code for code in codes if code)), how)


def _named(values: Mapping[str, int], decision: MoneyDecision) -> set[str]:
    """Currencies that the values name; each shape is looked at once."""
    found: set[str] = set()
    for shape in {_shape(value) for value in values if not value.isdigit()}:
        figure = decision.figure(shape)
        if figure and (currency := decision.currency(figure)):
            found.add(currency)
    return found


_ZEROS = str.maketrans("123456789", "0" * 9)


def _shape(value: str) -> str:
    return value.translate(_ZEROS)


def _dollar(named: set[str], elsewhere: set[str]) -> tuple[str | None, str]:
    """What `$` alone stands for, and what to say of it."""
    if currencies.DOLLAR not in named:
        return "USD", ""
    dollars = {code for code in (named | elsewhere) if code in _DOLLARS}
    if not dollars:
        return "USD", "$ read as USD: nothing says otherwise"
    if len(dollars) == 1:
        only = dollars.pop()
        return only, f"$ read as {only}, which the file names"
    return None, f"$ could be {', '.join(sorted(dollars))}: left without a currency"


_DOLLARS = frozenset(["USD", "AUD", "CAD", "NZD", "HKD", "SGD", "MXN", "TWD", "ARS", "CLP", "COP"])


def scaled(cents: pa.Int64Array, scale: int | Fraction) -> pa.Int64Array:
    """Amounts of a column whose header names a unit: thousands, or hundredths of the currency.

    Parameters
    ----------
    cents
        Hundredths of what the values stand for.
    scale
        What one of them is worth, in the currency: 1,000, or 1/100.

    Returns
    -------
    Hundredths of the currency; a half of a hundredth goes to the even one.
    """
    if scale == 1:
        return cents
    share = Fraction(scale)
    whole: pa.Int64Array = pc.multiply(cents, share.numerator)
    if share.denominator == 1:
        return whole
    valid = np.asarray(cents.is_valid())
    given = np.asarray(pc.fill_null(whole, 0), dtype=np.int64)
    down, rest = np.divmod(given, share.denominator)
    up = (2 * rest > share.denominator) | ((2 * rest == share.denominator) & (down % 2 == 1))
    return pa.array(down + up, pa.int64(), mask=~valid)


def convert(
    column: pa.StringArray, decision: MoneyDecision
) -> tuple[pa.Int64Array, pa.StringArray | None, pa.BooleanArray]:
    """Cents, currencies and the mask of what is no amount.

    Returns
    -------
    cents
        Hundredths of the currency, exact; a half of a hundredth goes to the even one. Null where blank or bad.
    currencies
        ISO codes, null where an amount names none; None where no value of the column names one.
    bad
        True where a value stands (no placeholder, no `unknown`) that is no amount or is beyond 64 bits.
    """
    cents, codes, bad = spread(column, lambda values: _convert(values, decision))
    return cents, codes if decision.currencies else None, bad


def _convert(values: pa.StringArray, decision: MoneyDecision) -> list[pa.Array[Any]]:
    cents = np.zeros(len(values), np.int64)
    read = np.zeros(len(values), bool)
    codes = np.full(len(values), -1, np.int32)
    names: list[str] = []
    for group in groups(values):
        figure = decision.figure(group.shape)
        if figure is None:
            continue
        amounts, fits = _cents(group, figure, values)
        cents[group.rows], read[group.rows] = amounts, fits
        if currency := decision.currency(figure):
            names.append(currency)
            codes[group.rows] = len(names) - 1
    bad = bad_mask(values, read)
    coded = pa.array(codes, pa.int32(), mask=(codes < 0) | ~read)
    named = pa.array(names or [""], pa.string()).take(coded)
    return [pa.array(cents, pa.int64(), mask=~read), named, bad]


def bad_mask(values: pa.StringArray, read: npt.NDArray[np.bool_]) -> pa.BooleanArray:
    """True where something stands that was not read, unless it says that nothing is known."""
    bad = ~read & values.is_valid().to_numpy(zero_copy_only=False)
    for row in np.flatnonzero(bad):
        bad[row] = kind_of(values[int(row)].as_py()) is None
    masked: pa.BooleanArray = pa.array(bad, pa.bool_())
    return masked


def _cents(group: Group, figure: figures.Figure, values: pa.StringArray) -> tuple[Ints, npt.NDArray[np.bool_]]:
    power = _CENTS + figure.scale - figure.part
    digits = figure.whole + figure.part
    if figure.exponent or digits + max(power, 0) > _SAFE_DIGITS or -power > _SAFE_DIGITS:
        return _one_by_one(group, figure, values)
    total = group.number(0, digits)
    amounts = total * 10**power if power >= 0 else _half_even(total, 10**-power)
    return -amounts if figure.negative else amounts, np.ones(len(amounts), bool)


def _half_even(total: Ints, by: int) -> Ints:
    whole, rest = np.divmod(total, by)
    up = (rest * 2 > by) | ((rest * 2 == by) & (whole % 2 == 1))
    rounded: Ints = whole + up
    return rounded


def _one_by_one(group: Group, figure: figures.Figure, values: pa.StringArray) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Amounts of many digits or with an exponent, in exact decimal arithmetic."""
    amounts = np.zeros(len(group.rows), np.int64)
    fits = np.zeros(len(group.rows), bool)
    for place, row in enumerate(group.rows):
        written = values[int(row)].as_py()
        exact = exact_value(written, figure)
        cents = None if exact is None else int((exact * 100).to_integral_value(ROUND_HALF_EVEN, _EXACT))
        if cents is not None and abs(cents) <= MOST_CENTS:
            amounts[place], fits[place] = cents, True
    return amounts, fits


def exact_value(written: str, figure: figures.Figure) -> Exact | None:
    """The value of one figure, exact; None where it is beyond all measure."""
    text = plain(written)
    digits = [c for c in text if "0" <= c <= "9"]
    number = "".join(digits[: figure.whole + figure.part]) or "0"
    power = figure.scale - figure.part
    if figure.exponent:
        mark = max(text.rfind("e"), text.rfind("E"))
        sign = -1 if text[mark + 1] == "-" else 1
        power += sign * int("".join(digits[figure.whole + figure.part :]))
    if len(number) > 40 or abs(power) > 40:
        return None
    try:
        value = Exact(number).scaleb(power, _EXACT)
    except InvalidOperation:
        return None
    return -value if figure.negative else value
