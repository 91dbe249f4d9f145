"""Dates and instants: the order of day and month is decided over the whole column and said.

The date is kept as written; an instant with a zone is turned to UTC, one without is taken as UTC. Days that do not
exist and years outside 1970 to 2100 are bad values.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from winloss.sources.files.profile import ColumnProfile
from winloss.sources.files.values.distinct import spread
from winloss.sources.files.values.money import bad_mask
from winloss.sources.files.values.months import is_weekday, month_of
from winloss.sources.files.values.shapes import MAX_BYTES, Group, Ints, groups, plain

FIRST_YEAR, LAST_YEAR = 1970, 2100
ORDERS = ("ymd", "dmy", "mdy")
_EPOCH_SERIAL = 25_569
"""1970-01-01 as a serial date of a spreadsheet (days since 1899-12-30)."""
_FIRST_DAY, _LAST_DAY = 0, 47_846
"""1970-01-01 and 2100-12-31 as days since 1970."""
_DAY_US = 86_400_000_000
_CENTURY_FROM = 69
"""Two-digit years from 69 on are of the last century (POSIX)."""

_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "mez": 60, "cest": 120, "mesz": 120, "eet": 120,
    "eest": 180, "msk": 180, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
}  # fmt: skip
"""Minutes east of UTC."""

_TIME = r"""
    (?:
      (?:[T,]?\s*|\s+(?:at|um|à|a\s+las|om|в|kl\.?)\s+)
      (?P<hour>00?)(?:[:.hH](?P<minute>00)(?:[:.](?P<second>00)(?:[.,](?P<fraction>0{1,9}))?)?)?
      (?:\s*Uhr)?
      \s*(?P<half>[AaPp]\.?\s?[Mm]\.?)?
      \s*(?:(?P<zone>[A-Za-z]{1,4})?(?P<east>[+-])(?P<zone_hour>00):?(?P<zone_minute>00)?|(?P<named>[A-Za-z]{1,4}))?
      (?:\s*(?:\([^()0]*\)|\[[^\[\]0]*\]))?
    )?
"""
_WEEKDAY = r"(?:(?P<weekday>[^\W\d_]{2,12})\.?,?\s+)?"
_WORD = r"(?P<month_name>[^\W\d_]{3,12})\.?"
_DATED = tuple(
    re.compile(_WEEKDAY + form + _TIME, re.X)
    for form in (
        r"(?P<year>0000)(?P<sep>[-/.])(?P<month>00?)(?P=sep)(?P<day>00?)",
        r"(?P<year>0000)[年년]\s?(?P<month>00?)[月월]\s?(?P<day>00?)[日일]",
        r"(?P<a>00?)\s?(?P<sep>[-/.])\s?(?P<b>00?)\s?(?P=sep)\s?(?P<year>0000|00)\.?",
        r"(?P<a>00?)\s(?P<b>00?)\s(?P<year>0000)",
        r"(?P<day>00?)(?:st|nd|rd|th|\.|º|er)?[\s\-/]*(?:de\s|of\s)?"
        + _WORD
        + r",?[\s\-/]*(?:de\s|del\s)?'?(?P<year>0000|00)\s?(?:г\.?)?",
        _WORD + r"[\s\-/]*(?P<day>00?)(?:st|nd|rd|th)?,?[\s\-/]+'?(?P<year>0000|00)",
        r"(?P<year>0000)[\s\-/.]" + _WORD + r"[\s\-/.](?P<day>00?)",
        r"(?P<year>0000)(?P<month>00)(?P<day>00)(?=$|[T\s])",
    )
)
_FORMS = (
    *_DATED,
    re.compile(r"(?P<year>0000)(?P<month>00)(?P<day>00)T?(?P<hour>00)(?P<minute>00)(?P<second>00)(?P<named>Z)?"),
    re.compile(_WEEKDAY + _WORD + r"\s+(?P<day>00?)\s+(?P<hour>00):(?P<minute>00):(?P<second>00)\s+(?:(?P<named>[A-Z]{2,4})\s+)?(?P<year>0000)"),
)  # fmt: skip
_COUNTED = (
    ("serial", re.compile(r"(?P<count>00000)(?:[.,](?P<part>0{1,12}))?")),
    ("seconds", re.compile(r"(?P<count>000000000|0000000000)(?:\.(?P<part>0{1,9}))?")),
    ("milliseconds", re.compile(r"(?P<count>0{12,13})")),
    ("microseconds", re.compile(r"(?P<count>0{15,16})")),
)
_MONTHLY = tuple(
    re.compile(form, re.X)
    for form in (
        r"(?P<year>0000)\s?[-/.]\s?(?P<month>00?)",
        r"(?P<month>00?)\s?[-/.]\s?(?P<year>0000)",
        r"(?P<year>0000)[年년]\s?(?P<month>00?)[月월]",
        _WORD + r",?[\s\-/]*(?:de\s|del\s|of\s)?(?P<year>0000)",
        _WORD + r"(?:[\-/]|\s?')(?P<year>00)",
        r"(?P<year>0000)[\s\-/.]+" + _WORD,
    )
)
"""Months without a day; `Mar 24` is not among them, it may be a day of March."""
_COUNT_US = {"seconds": 1_000_000, "milliseconds": 1_000, "microseconds": 1}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the digits of a shape mean: for each part the first digit and how many.

    `kind` is `calendar`, `month` or one of the counted ones; `open_order` where day and month may stand either way.
    """

    kind: str
    parts: dict[str, tuple[int, int]]
    month: int | None = None
    half: str = ""
    zone_minutes: int | None = None
    zone_sign: int = 0

    @property
    def has_time(self) -> bool:
        return "hour" in self.parts or self.kind in _COUNT_US or "part" in self.parts

    @property
    def has_zone(self) -> bool:
        return self.zone_minutes is not None or bool(self.zone_sign) or self.kind in _COUNT_US

    @property
    def open_order(self) -> bool:
        return "a" in self.parts


@dataclass(frozen=True, slots=True)
class DateDecision:
    """How the dates of a column are read.

    Attributes
    ----------
    order
        `ymd`, `dmy` or `mdy` for numbers alone; `serial` or `epoch` where the values are counts of days or seconds;
        `month` where all of them are months without a day. ISO dates and named months are read whatever the order.
    how
        In a clause, what settled it.
    zone
        `written` where values carry one, `utc` where times carry none and are taken as UTC, `` where no time stands.
    settled
        False where nothing in the column tells day from month.
    parsed
        Share of the values looked at that are dates, 0 to 1; 0 where none stands.
    """

    order: str
    how: str
    zone: str = ""
    settled: bool = True
    parsed: float = 0.0
    month_end: bool = False
    """True where a month without a day stands for its last day, not its first."""
    _recipes: dict[str, Recipe | None] = field(default_factory=dict, compare=False, repr=False)

    def recipe(self, shape: str) -> Recipe | None:
        """What a shape says, remembered; None where it is no date."""
        if shape not in self._recipes:
            self._recipes[shape] = recipe(shape)
        return self._recipes[shape]


def recipe(shape: str) -> Recipe | None:
    """What the digits of a shape (`00.00.0000 00:00`) mean; None where it is no date."""
    text = plain(shape)
    for kind, pattern in _COUNTED:
        if found := pattern.fullmatch(text):
            return Recipe(kind, _spans(found, text))
    for pattern in _FORMS:
        if (found := pattern.fullmatch(text)) and (read := _calendar(found, text)):
            return read
    for pattern in _MONTHLY:
        if (found := pattern.fullmatch(text)) and (read := _calendar(found, text)):
            return replace(read, kind="month")
    return None


def _calendar(found: re.Match[str], text: str) -> Recipe | None:
    named = found.groupdict()
    if named.get("weekday") and not is_weekday(named["weekday"]):
        return None
    month = month_of(named["month_name"]) if named.get("month_name") else None
    if named.get("month_name") and month is None:
        return None
    zone = named.get("named") or (named.get("zone") or "")
    if zone and zone.casefold() not in _ZONES:
        return None
    if named.get("hour") and not named.get("minute") and not named.get("half"):
        return None
    east = named.get("east")
    return Recipe(
        "calendar",
        _spans(found, text),
        month=month,
        half=(named.get("half") or "")[:1].lower(),
        zone_minutes=_ZONES[zone.casefold()] if zone and not east else None,
        zone_sign={"+": 1, "-": -1}[east] if east else 0,
    )


def _spans(found: re.Match[str], text: str) -> dict[str, tuple[int, int]]:
    return {
        name: (text.count("0", 0, found.start(name)), len(value))
        for name, value in found.groupdict().items()
        if value and set(value) == {"0"}
    }


def at_month_end(decision: DateDecision) -> DateDecision:
    """The same decision with months read as their last day; dates with a day are not touched."""
    if decision.order != "month":
        return decision
    return replace(decision, how=_MONTHS_SAID[True], month_end=True)


_MONTHS_SAID = {
    False: "months without a day: read as the first day of each",
    True: "months without a day: read as the last day of each",
}


def decide(profile: ColumnProfile, *, order: str | None = None, hint: str | None = None) -> DateDecision:
    """How a column of dates is read, over all its values.

    Parameters
    ----------
    order
        `ymd`, `dmy` or `mdy`, where a map gives it.
    hint
        The order of other columns of the file, for a column that does not show its own.
    """
    seen = _Seen(profile)
    if set(seen.kinds) == {"month"} and not seen.open:
        return DateDecision("month", _MONTHS_SAID[False], parsed=seen.parsed)
    seen.forget_months()
    zone = ("written" if seen.zones else "utc") if seen.times else ""
    if order:
        return DateDecision(order, "as the map says", zone, parsed=seen.parsed)
    if not seen.open:
        return DateDecision(*seen.closed(), zone, parsed=seen.parsed)
    found, how, settled = _order(seen, hint)
    return DateDecision(found, how, zone, settled, seen.parsed)


class _Seen:
    """What the values of a column show: kinds, and of dates in numbers alone the two numbers before the year."""

    def __init__(self, profile: ColumnProfile) -> None:
        self.kinds: Counter[str] = Counter()
        self.open: dict[tuple[int, int], str] = {}
        self.counts: Counter[tuple[int, int]] = Counter()
        self.separators: Counter[str] = Counter()
        self.half_days = 0
        self.zones = 0
        self.times = 0
        values = profile.values
        # A column of names has thousands of shapes: a few hundred values tell that none is a date.
        total = self._see(values) if _shows_dates(list(values)) else 0
        self._see_heads(profile.heads)
        self.total = total

    @property
    def parsed(self) -> float:
        return self.kinds.total() / self.total if self.total else 0.0

    def forget_months(self) -> None:
        """Months among dates are no dates."""
        self.kinds.pop("month", None)

    def _see(self, values: dict[str, int]) -> int:
        rows = list(values)
        found = pa.array(rows, pa.string())
        for group in groups(found):
            read = recipe(group.shape)
            if read is None:
                continue
            weight = sum(values[rows[row]] for row in group.rows.tolist())
            self._tell(read, weight)
            if read.open_order:
                self._pairs(group, read, [(rows[row], values[rows[row]]) for row in group.rows.tolist()])
        return sum(values.values())

    def _tell(self, read: Recipe, weight: int) -> None:
        named = "named" if read.month else "numbers" if read.open_order else "ymd"
        self.kinds[named if read.kind == "calendar" else read.kind] += weight
        self.half_days += weight if read.half else 0
        self.zones += weight if read.has_zone else 0
        self.times += weight if read.has_time else 0

    def _pairs(self, group: Group, read: Recipe, values: list[tuple[str, int]]) -> None:
        first, second = group.number(*read.parts["a"]), group.number(*read.parts["b"])
        for a, b, (value, count) in zip(first.tolist(), second.tolist(), values, strict=True):
            self.open.setdefault((a, b), value)
            self.counts[(a, b)] += count
        self.separators[re.sub(r"\d", "", values[0][0])[:1]] += len(values)

    def _see_heads(self, heads: dict[str, int]) -> None:
        """The dates of values that were not counted, cut after ten characters."""
        for head, count in heads.items():
            if found := _HEAD.match(head):
                pair = (int(found[1]), int(found[2]))
                self.open.setdefault(pair, head.strip())
                self.counts[pair] += count

    def closed(self) -> tuple[str, str]:
        """The order and the clause where no date is written in numbers of open order."""
        if not self.kinds:
            return "ymd", "no dates"
        kind = self.kinds.most_common(1)[0][0]
        return _CLOSED[kind]


def _shows_dates(values: list[str]) -> bool:
    step = max(1, len(values) // _LOOKED_AT)
    return any(recipe(value.translate(_ZEROS)) for value in values[::step] if len(value) <= MAX_BYTES)


_ZEROS = str.maketrans("123456789", "0" * 9)
_LOOKED_AT = 300
_HEAD = re.compile(r"\s*(\d{1,2})[-/.](\d{1,2})[-/.]\d{2,4}")
_CLOSED = {
    "ymd": ("ymd", "year first"),
    "named": ("ymd", "months are named"),
    "serial": ("serial", "days counted by a spreadsheet"),
    "seconds": ("epoch", "seconds since 1970"),
    "milliseconds": ("epoch", "milliseconds since 1970"),
    "microseconds": ("epoch", "microseconds since 1970"),
}
_FIRST = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}


def _order(seen: _Seen, hint: str | None) -> tuple[str, str, bool]:
    """The order of numbers alone, the clause that says why, and whether the values settle it."""
    days = {
        "ymd": [pair for pair in seen.open if pair[0] > 31 and pair[1] <= 12],
        "dmy": [pair for pair in seen.open if 12 < pair[0] <= 31 and pair[1] <= 12],
        "mdy": [pair for pair in seen.open if pair[0] <= 12 and 12 < pair[1] <= 31],
    }
    weights = {order: sum(seen.counts[pair] for pair in pairs) for order, pairs in days.items()}
    # No day is over 31: one such number is a year, whatever the others could be.
    best = "ymd" if weights["ymd"] else max(weights, key=lambda order: (weights[order], order == hint))
    if weights[best]:
        how = f"{_FIRST[best]}: {seen.open[days[best][0]]} settles it"
        others = [order for order in ("dmy", "mdy") if order != best and weights[order]]
        if others and best != "ymd":
            how += f", against {weights[others[0]]} such as {seen.open[days[others[0]][0]]}"
        return best, how, True
    return _ambiguous(seen, hint)


def _ambiguous(seen: _Seen, hint: str | None) -> tuple[str, str, bool]:
    if hint in _FIRST:
        return hint, f"no day over 12: read {_FIRST[hint]} as the other dates of the file", False
    first, second = {a for a, _ in seen.open}, {b for _, b in seen.open}
    if first == {1} and len(second) > 2:
        return "dmy", "day first: the first number is always 1, the second goes through the months", True
    if second == {1} and len(first) > 2:
        return "mdy", "month first: the second number is always 1, the first goes through the months", True
    if seen.half_days:
        return "mdy", "ambiguous, no day over 12: read month first because of AM and PM", False
    sign = seen.separators.most_common(1)[0][0] if seen.separators else "/"
    if sign == "/":
        return "mdy", "ambiguous, no day over 12: read month first because of the slashes", False
    return "dmy", f"ambiguous, no day over 12: read day first because of {sign!r} between the numbers", False


def convert(
    column: pa.StringArray, decision: DateDecision
) -> tuple[pa.Date32Array, pa.TimestampArray[Any, Any] | None, pa.BooleanArray]:
    """Dates, instants and the mask of what is no date.

    Returns
    -------
    dates
        As written, date32; null where blank or bad.
    instants
        Microseconds in UTC, midnight for values without a time; None where the column has no times.
    bad
        True where a value stands (no placeholder, no `unknown`) that is no date between 1970 and 2100.
    """
    days, instants, bad = spread(column, lambda values: _convert(values, decision))
    return days, instants if decision.zone else None, bad


def _convert(values: pa.StringArray, decision: DateDecision) -> list[Any]:
    days = np.zeros(len(values), np.int64)
    micros = np.zeros(len(values), np.int64)
    read = np.zeros(len(values), bool)
    for group in groups(values):
        how = decision.recipe(group.shape)
        if how is None or (how.kind == "month") != (decision.order == "month"):
            continue
        day, within, good = _read(group, how, decision)
        days[group.rows], micros[group.rows], read[group.rows] = day, day * _DAY_US + within, good
    read &= (days >= _FIRST_DAY) & (days <= _LAST_DAY)
    bad = bad_mask(values, read)
    dates = pa.array(days.astype(np.int32), pa.int32(), mask=~read).cast(pa.date32())
    return [dates, pa.array(micros, pa.int64(), mask=~read).cast(pa.timestamp("us", "UTC")), bad]


def _read(group: Group, how: Recipe, decision: DateDecision) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
    """Days since 1970, microseconds within the day, and which of them are dates."""
    if how.kind == "calendar":
        return _written(group, how, decision.order)
    return _monthly(group, how, last=decision.month_end) if how.kind == "month" else _counted(group, how)


def _monthly(group: Group, how: Recipe, *, last: bool) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
    """The first or the last day of months."""
    year, month, _ = _year_month_day(group, how, "ymd")
    days, good = _days(year, month, np.ones(len(year), np.int64))
    if last:
        days += _length(year, np.where(good, month, 1)) - 1
    return days, np.zeros(len(year), np.int64), good


def _counted(group: Group, how: Recipe) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
    """Days of a spreadsheet, or seconds and their parts since 1970."""
    count = group.number(*how.parts["count"])
    good = np.ones(len(count), bool)
    if how.kind == "serial":
        part = np.zeros(len(count))
        if "part" in how.parts:
            part = group.number(*how.parts["part"]) / 10.0 ** how.parts["part"][1]
        # A spreadsheet's fraction of a day is exact to the second, not to the microsecond.
        return count - _EPOCH_SERIAL, np.round(part * 86_400).astype(np.int64) * 1_000_000, good
    micros = count * _COUNT_US[how.kind]
    if "part" in how.parts:
        first, digits = how.parts["part"]
        micros += group.number(first, min(digits, 6)) * 10 ** (6 - min(digits, 6))
    day, within = np.divmod(micros, _DAY_US)
    return day, within, good


def _written(group: Group, how: Recipe, order: str) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
    year, month, day = _year_month_day(group, how, order)
    days, good = _days(year, month, day)
    within, time_good = _time(group, how)
    return days, within, good & time_good


def _part(group: Group, how: Recipe, name: str, default: int = 0) -> Ints:
    if name not in how.parts:
        return np.full(len(group.rows), default, np.int64)
    return group.number(*how.parts[name])


def _year_month_day(group: Group, how: Recipe, order: str) -> tuple[Ints, Ints, Ints]:
    year = _part(group, how, "year")
    short = how.parts["year"][1] == 2
    if not how.open_order:
        month = np.full(len(year), how.month, np.int64) if how.month else _part(group, how, "month")
        return _century(year) if short else year, month, _part(group, how, "day")
    first, second = _part(group, how, "a"), _part(group, how, "b")
    if short and order == "ymd":
        return _century(first), second, year
    year = _century(year) if short else year
    return (year, first, second) if order == "mdy" else (year, second, first)


def _century(year: Ints) -> Ints:
    return np.where(year < _CENTURY_FROM, 2000 + year, 1900 + year)


def _days(year: Ints, month: Ints, day: Ints) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Days since 1970 and whether the day exists (proleptic Gregorian; Hinnant, days_from_civil)."""
    good = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12) & (day >= 1)
    safe = np.where(good, month, 1)
    good &= day <= _length(year, safe)
    shifted = year - (safe <= 2)
    era, of_era = np.divmod(shifted, 400)
    of_year = (153 * (safe + np.where(safe > 2, -3, 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468, good


def _length(year: Ints, month: Ints) -> Ints:
    """Days of a month."""
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    days: Ints = _MONTH_DAYS[month - 1] + (leap & (month == 2))
    return days


_MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def _time(group: Group, how: Recipe) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Microseconds after midnight UTC of the written day (less than none or more than a day where the zone says so)."""
    hour, minute, second = (_part(group, how, name) for name in ("hour", "minute", "second"))
    good = (hour <= 24) & (minute < 60) & (second <= 60)
    good &= (hour < 24) | ((minute == 0) & (second == 0))
    if how.half:
        good &= (hour >= 1) & (hour <= 12)
        hour = hour % 12 + (12 if how.half == "p" else 0)
    micros = ((hour * 60 + minute) * 60 + second) * 1_000_000
    if "fraction" in how.parts:
        first, digits = how.parts["fraction"]
        micros += group.number(first, min(digits, 6)) * 10 ** (6 - min(digits, 6))
    zone = _part(group, how, "zone_hour") * 60 + _part(group, how, "zone_minute")
    good &= zone <= 14 * 60
    return micros - (how.zone_sign * zone + (how.zone_minutes or 0)) * 60_000_000, good
