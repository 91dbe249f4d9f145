"""How numbers are written: signs, groups of thousands, decimal comma or point, scales, percent.

`read(shape, decimal)` says for a shape which of its digits are whole and which are decimals; `evidence` says what
one value tells about the decimal sign of its column.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from winloss.sources.files.values.shapes import plain

_SCALES = {
    3: ["k", "tsd", "tsd.", "thousand", "thousands", "mille", "mil", "тыс", "тыс."],
    5: ["lakh", "lakhs", "lac", "lacs"],
    6: [
        "m",
        "mn",
        "mm",
        "mio",
        "mio.",
        "mill",
        "mill.",
        "million",
        "millions",
        "millionen",
        "millones",
        "milhões",
        "млн",
        "млн.",
    ],
    7: ["cr", "crore", "crores"],
    9: ["b", "bn", "bln", "billion", "billions", "mrd", "mrd.", "milliarden", "miliardi", "млрд", "млрд."],
}
SCALES = {word: power for power, words in _SCALES.items() for word in words}
_SCALE_WORDS = "|".join(sorted((re.escape(word) for word in SCALES), key=len, reverse=True))

_FIGURE = re.compile(
    rf"""
    (?P<open>\()?\s*
    (?P<sign>[-+])?\s*
    (?P<before>[^\d\s.,'()+%-][^\d'()+%-]*?)??\s*
    (?P<inner>[-+])?\s*
    (?P<number>0[0.,' ]*|[.,]0+)
    (?P<exponent>[eE][+-]?0{{1,3}})?
    \s*(?P<behind>-)?
    \s*(?P<scale>(?:{_SCALE_WORDS})(?![^\W\d_]))?
    \s*(?P<percent>%)?
    \s*(?P<after>[^\d\s.,'()+%-][^\d'()+%-]*?)?
    \s*(?P<trailing>-)?
    (?P<close>\))?
    """,
    re.X | re.I,
)
_GROUPED = r"0{{1,3}}(?:[{g}]000)+|0{{1,2}}(?:[{g}]00)*[{g}]000|0+"
_WHOLE = {
    decimal: re.compile(rf"(?P<whole>{_GROUPED.format(g=group)})?(?:\{decimal}(?P<part>0*))?")
    for decimal, group in ((".", ",' "), (",", ".' "))
}


FIGURE_CHARS = 60
"""Longer values are no figures."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A shape read: how many digits are whole and decimals, the power of ten of its scale, sign and words around.

    `exponent` is true where the last digits are a power of ten; such values are read one by one.
    """

    whole: int
    part: int
    scale: int = 0
    negative: bool = False
    percent: bool = False
    before: str = ""
    after: str = ""
    exponent: bool = False


def read(shape: str, decimal: str) -> Figure | None:
    """The shape as a figure; None where it is none.

    A value that shows its decimal sign by itself (`1.234,50` has both) is read by what it shows.
    """
    found = _FIGURE.fullmatch(plain(shape))
    if found is None or bool(found["open"]) != bool(found["close"]):
        return None
    number = found["number"].strip()
    parts = _WHOLE[decimal].fullmatch(number) or (_both(number) and _WHOLE[_other(decimal)].fullmatch(number))
    if not parts:
        return None
    signs = [found["sign"], found["inner"], found["behind"], found["trailing"], found["open"]]
    if sum(sign is not None for sign in signs) > 1:
        return None
    return Figure(
        whole=(parts["whole"] or "").count("0"),
        part=len(parts["part"] or ""),
        scale=SCALES[found["scale"].lower()] if found["scale"] else 0,
        negative=any(sign in {"-", "("} for sign in signs),
        percent=bool(found["percent"]),
        before=(found["before"] or "").strip(),
        after=(found["after"] or "").strip(),
        exponent=bool(found["exponent"]),
    )


def _both(number: str) -> bool:
    return "." in number and "," in number


def _other(decimal: str) -> str:
    return "," if decimal == "." else "."


_NUMBER = re.compile(r"[\d.,' ]*\d[\d.,' ]*")


def evidence(value: str) -> str | None:
    """What one value tells of the decimal sign: `.`, `,`, `?.` or `?,` (one sign before three digits), or None."""
    found = _NUMBER.search(plain(value))
    if found is None:
        return None
    number = found.group().strip(" '")
    points, commas = number.count("."), number.count(",")
    if points and commas:
        return "." if number.rindex(".") > number.rindex(",") else ","
    if not points and not commas:
        return None
    sign = "." if points else ","
    if points + commas > 1:
        return _other(sign)
    before, _, after = number.partition(sign)
    ambiguous = len(after) == 3 and 0 < len(before) < 4 and not before.startswith("0")
    return f"?{sign}" if ambiguous else sign


@dataclass(frozen=True, slots=True)
class Decimal:
    """The decimal sign of a column, and in words what settled it."""

    sign: str
    how: str


def decide(values: Mapping[str, int], *, hint: str | None = None) -> Decimal:
    """The decimal sign over all values of a column.

    Clear evidence wins by count; where every sign could part thousands, it does, unless larger numbers stand
    without one; `hint` (what other columns of the file show) settles what is left.
    """
    counts: dict[str, int] = {}
    shown: dict[str, str] = {}
    told: dict[str, str | None] = {}
    for value, count in values.items() if _shows_figures(values) else ():
        if len(value) > FIGURE_CHARS or not ("," in value or "." in value):
            continue
        # What a value tells depends on its shape, and on a zero in front.
        shape = value.translate(_NINES)
        if shape not in told:
            told[shape] = _told(shape)
        seen = told[shape]
        first = shape.find("9")  # none where the digits are those of another script
        if seen and seen[0] == "?" and first >= 0 and value[first] == "0":
            seen = seen[1]
        if seen:
            counts[seen] = counts.get(seen, 0) + count
            shown.setdefault(seen, value)
    if counts.get(".", 0) or counts.get(",", 0):
        return _clear(counts, shown)
    for sign in (".", ","):
        if f"?{sign}" in counts:
            return _unclear(sign, shown[f"?{sign}"], values, hint)
    return Decimal(hint or ".", "whole numbers")


def _told(shape: str) -> str | None:
    """What a shape tells of the decimal sign; nothing where it cannot be read with the sign it shows (`12,34,5`)."""
    sign = evidence(shape)
    return None if sign in {".", ","} and read(shape.translate(_ZEROS), sign) is None else sign


_NINES = str.maketrans("012345678", "9" * 9)
_ZEROS = str.maketrans("123456789", "0" * 9)
_LOOKED_AT = 300


def _shows_figures(values: Mapping[str, int]) -> bool:
    """Whether any of a few hundred values is a figure: names and notes tell nothing of decimal signs."""
    shapes = {value.translate(_ZEROS) for value in list(values)[:: max(1, len(values) // _LOOKED_AT)]}
    return any(len(shape) <= FIGURE_CHARS and (read(shape, ".") or read(shape, ",")) for shape in shapes)


def _clear(counts: dict[str, int], shown: dict[str, str]) -> Decimal:
    sign = max(".,", key=lambda s: (counts.get(s, 0), s == "."))
    how = f"decimal {'point' if sign == '.' else 'comma'}: {shown[sign].strip()!r} settles it"
    against = counts.get(_other(sign), 0)
    if against:
        how += f", against {against} such as {shown[_other(sign)].strip()!r}"
    return Decimal(sign, how)


def _unclear(sign: str, example: str, values: Mapping[str, int], hint: str | None) -> Decimal:
    word = "point" if sign == "." else "comma"
    if hint:
        return Decimal(hint, f"{example.strip()!r} could be either: read as the other columns, decimal {hint!r}")
    if any(re.fullmatch(r"\D*\d{4,}\D*", value) for value in values):
        return Decimal(sign, f"decimal {word}: {example.strip()!r} beside whole numbers of four digits without a sign")
    return Decimal(_other(sign), f"{example.strip()!r} read as thousands: every {word} stands before three digits")
