"""How counts, shares, money and days are written in sentences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from winloss.stats.estimate import Estimate

_STEPS = ((1_000_000_000, "bn"), (1_000_000, "M"), (10_000, "k"))


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
    """An amount rounded to what a reader decides on: `EUR 3.2 M`; without a currency where none is named."""
    units = cents / 100
    for size, letter in _STEPS:
        if abs(units) >= size:
            step = 1000 if letter == "k" else size
            scaled = units / step
            text = f"{scaled:,.0f} {letter}" if abs(scaled) >= 100 else f"{scaled:,.1f} {letter}"
            break
    else:
        text = f"{units:,.0f}"
    return f"{currency} {text}" if currency else text


def day(date: dt.date) -> str:
    """`21 Jun 2024`, in English whatever the locale."""
    return f"{date.day} {MONTHS[date.month - 1]} {date.year}"


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
