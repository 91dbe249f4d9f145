"""How counts, shares, money and days are written in sentences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from winloss.stats.estimate import Estimate

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "−"
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}
_SCALES = ((1e12, "tn"), (1e9, "bn"), (1e6, "M"), (1e5, "k"))


def count(n: int, one: str, many: str = "") -> str:
    """`1 deal`, `2,185 deals`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def percent(share: float) -> str:
    """A share of 0-1 as per cent with one decimal: `15.0 %`."""
    return f"{100 * share:.1f} %"


def points(difference: float) -> str:
    """A difference of two shares in whole points, without its sign; one decimal under three points."""
    size = abs(100 * difference)
    return f"{size:.1f} points" if size < 3 else f"{size:.0f} points"


def of(estimate: Estimate) -> str:
    """`147 of 982 (15.0 %)`; why there is none where it is refused."""
    if estimate.value is None:
        return estimate.why
    return f"{estimate.successes or 0:,} of {estimate.n:,} ({percent(estimate.value)})"


def money(cents: int, currency: str | None) -> str:
    """An amount of whole hundredths, rounded to what a reader decides on: $1.2M, €340k, £12,400, CHF 1.2bn.

    The one way in which the product writes money; no sign where the currency is not known.
    """
    value = cents / 100
    number = _scaled(abs(value))
    minus = MINUS if value < 0 and number != "0" else ""
    return f"{minus}{sign(currency)}{number}"


def sign(currency: str | None) -> str:
    """What stands before an amount: `€`, or the code and a space; "" where the currency is not known."""
    if not currency:
        return ""
    return _SIGNS.get(currency.upper()) or f"{currency}{NBSP}"


def _scaled(value: float) -> str:
    for step, unit in _SCALES:
        if value >= step * 0.9995:
            scaled = value / (1e3 if unit == "k" else step)
            return f"{scaled:,.0f}{unit}" if unit == "k" or scaled >= 100 else f"{scaled:.1f}{unit}"
    return f"{value:,.0f}"


def day(date: dt.date) -> str:
    """`21 Jun 2024`, in English whatever the locale."""
    return f"{date.day} {MONTHS[date.month - 1]} {date.year}"


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def sentences(*told: str) -> str:
    """Sentences one after the other, without those that are empty."""
    return " ".join(filter(None, told))


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
