"""Two forms of one id: Salesforce's of 15 and of 18 characters, and numbers that have lost the zeros in front.

A form is told from all values of both sides, and only where every id of either side stays itself under it.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from winloss.sources.files.arrow import Array
from winloss.sources.files.arrow import kernels as pc

FIRST_15 = "by their first 15 characters: one side has 15 and the other 18"
UNPADDED = "without the zeros in front, which one side has lost"
SAID_OF = 0.95
"""Share of the ids of a side that must have its form, 0 to 1."""

_SHORT = re.compile(r"[0-9A-Za-z]{15}")
_LONG = re.compile(r"[0-9A-Za-z]{15}[A-Z0-5]{3}")
_MAY_BE = re.compile(r"\d+|[0-9A-Za-z]{15}(?:[A-Z0-5]{3})?")
SHOWN = 20
"""Ids of each side that are looked at first."""
_DIGITS = re.compile(r"\d+")


def form_of(left: Collection[str], right: Collection[str]) -> str | None:
    """In which form the ids of two columns are the same; None where they need none or it is not clear."""
    shown = [v.strip() for side in (left, right) for v, _ in zip(side, range(SHOWN), strict=False)]
    if sum(_MAY_BE.fullmatch(v) is not None for v in shown) * 2 <= len(shown):
        return None
    here, there = {v.strip() for v in left}, {v.strip() for v in right}
    if not here or not there:
        return None
    for one, other in ((here, there), (there, here)):
        if _all(_SHORT, one) and _all(_LONG, other) and any(c.isalpha() for v in one for c in v):
            return FIRST_15 if _distinct(here, FIRST_15) and _distinct(there, FIRST_15) else None
    if not (_all(_DIGITS, here, 1.0) and _all(_DIGITS, there, 1.0)):
        return None
    padded = [_padded(here), _padded(there)]
    if padded[0] == padded[1]:
        return None
    return UNPADDED if _distinct(here, UNPADDED) and _distinct(there, UNPADDED) else None


def formed(value: str, form: str) -> str:
    """An id in its form."""
    value = value.strip()
    return value[:15] if form == FIRST_15 else value.lstrip("0") or "0"


def all_formed(values: Array, form: str) -> Array:
    """A column of ids in their form."""
    trimmed = pc.utf8_trim_whitespace(values)
    return pc.utf8_slice_codeunits(trimmed, 0, 15) if form == FIRST_15 else pc.utf8_ltrim(trimmed, characters="0")


def _all(shape: re.Pattern[str], values: Collection[str], share: float = SAID_OF) -> bool:
    first = next(iter(values))
    if share == 1.0 and shape.fullmatch(first) is None:
        return False
    return sum(shape.fullmatch(value) is not None for value in values) >= share * len(values)


def _padded(values: Collection[str]) -> bool:
    """True where some numbers begin with a zero and all have one length."""
    return any(v.startswith("0") for v in values) and len({len(v) for v in values}) == 1


def _distinct(values: Collection[str], form: str) -> bool:
    return len({formed(value, form) for value in values}) == len(values)
