"""The currency that a cell of a currency column names, however it is written."""

from __future__ import annotations

from winloss.sources.files.signs import signs
from winloss.sources.files.values.currencies import CODES, DOLLAR, named
from winloss.sources.files.words import plain


def iso_code(written: str) -> str | None:
    """The ISO 4217 code of a currency written as code, sign or name; the upper-cased text where it is none of these.

    A dollar sign alone is USD; None where nothing stands.
    """
    text = written.strip()
    code = named(text)
    if code:
        return "USD" if code == DOLLAR else code
    words = plain(text)
    known = signs().currencies.get(words)
    if known is not None:
        return known
    inside = [word for word in words.upper().split() if word in CODES]
    return inside[0] if len(inside) == 1 else text.upper()[:12] or None
