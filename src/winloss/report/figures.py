"""How a number, a share, an amount or a date is written for a reader.

Counts before percentages, at most one decimal, money rounded to what the reader decides on.
A missing number is an en dash here; where it was refused, the caller says why beside it.
"""

from __future__ import annotations

import datetime as dt
import math

from winloss.stats.estimate import Estimate
from winloss.synthesize import phrases

NBSP = phrases.NBSP
MINUS = phrases.MINUS
NONE = "–"


def count(value: float | None) -> str:
    """A whole number with thousands: 4,238."""
    return NONE if value is None or not math.isfinite(value) else f"{round(value):,}".replace("-", MINUS)


def share(value: float | None) -> str:
    """A share of 0–1 as a percentage with one decimal: 63.2 %."""
    if value is None or not math.isfinite(value):
        return NONE
    return f"{100 * value:.1f}{NBSP}%".replace("-", MINUS)


def points(value: float | None) -> str:
    """A difference of two shares in percentage points, signed: +12.3 points."""
    if value is None or not math.isfinite(value):
        return NONE
    return f"{signed(value)}{NBSP}points"


def signed(value: float | None) -> str:
    """A difference of two shares as a signed number of percentage points: +12.3."""
    if value is None or not math.isfinite(value):
        return NONE
    written = f"{100 * abs(value):.1f}"
    sign = "" if written == "0.0" else "+" if value > 0 else MINUS
    return f"{sign}{written}"


def interval(estimate: Estimate) -> str:
    """The bounds of a share's interval: 62.0–64.3 %; "" where it has none."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return ""
    return f"{100 * estimate.low:.1f}–{100 * estimate.high:.1f}{NBSP}%"


def interval_points(estimate: Estimate) -> str:
    """The bounds of a difference: −4.1 to +12.3 points; "" where it has none."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return ""
    return f"{signed(estimate.low)} to {points(estimate.high)}"


def interval_days(estimate: Estimate) -> str:
    """The bounds of a duration: 44–51 days; "" where it has none."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return ""
    return f"{count(estimate.low)}–{days(estimate.high)}"


def days(value: float | None) -> str:
    """A duration in whole days: 47 days."""
    if value is None or not math.isfinite(value):
        return NONE
    return f"{count(value)}{NBSP}{'day' if round(value) == 1 else 'days'}"


def of(estimate: Estimate) -> str:
    """The count behind a share: "147 of 982"; "n 982" where successes are not told."""
    if estimate.successes is None:
        return f"n{NBSP}{count(estimate.n)}"
    return f"{count(estimate.successes)} of {count(estimate.n)}"


def rate(estimate: Estimate) -> str:
    """Count before percentage: "147 of 982 (15.0 %)", "38.8 % (n 982)" without one, or why there is none."""
    if estimate.value is None:
        return estimate.why
    if estimate.successes is None:
        return f"{share(estimate.value)} ({of(estimate)})"
    return f"{of(estimate)} ({share(estimate.value)})"


def rate_of(estimate: Estimate, what: str) -> str:
    """The same with what is counted: "147 of 982 losses (15.0 %)"."""
    if estimate.value is None:
        return estimate.why
    if estimate.successes is None:
        return f"{share(estimate.value)} of {count(estimate.n)} {what}"
    return f"{of(estimate)} {what} ({share(estimate.value)})"


def money(cents: int | None, currency: str | None) -> str:
    """An amount of whole hundredths as in every sentence: $1.2M, $340k, $12,400."""
    return NONE if cents is None else phrases.money(cents, currency)


def day(date: dt.date | None) -> str:
    """A calendar date: 31 May 2026."""
    return NONE if date is None else f"{date.day}{NBSP}{date:%b}{NBSP}{date.year}"


def month(date: dt.date) -> str:
    """A month: May 2026."""
    return f"{date:%b}{NBSP}{date.year}"


def span(start: dt.date | None, end: dt.date | None) -> str:
    """Two dates, the year once where it is the same: 1 Mar – 31 May 2026."""
    if start is None or end is None:
        return day(start or end)
    if start == end:
        return day(start)
    first = f"{start.day}{NBSP}{start:%b}" if start.year == end.year else day(start)
    return f"{first} – {day(end)}"


def probability(value: float | None) -> str:
    """A p- or q-value: 0.037, < 0.001, 1; an en dash where none was computed."""
    if value is None or not math.isfinite(value):
        return NONE
    if value < 0.001:
        return f"<{NBSP}0.001"
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def plural(n: float, one: str, many: str = "") -> str:
    """A count with its noun: "1 deal", "4,238 deals"."""
    return f"{count(n)} {one if n == 1 else many or one + 's'}"
