"""The currency that a cell of a currency column names, however it is written."""

from __future__ import annotations

from winloss.sources.files.values.currencies import CODES, DOLLAR, named
from winloss.sources.files.words import plain

_NAMES = {
    "us dollar": "USD", "us dollars": "USD", "u s dollar": "USD", "dollar": "USD", "american dollar": "USD", "british pound": "GBP",
    "pound sterling": "GBP", "british pounds": "GBP", "swiss franc": "CHF", "franken": "CHF", "schweizer franken": "CHF",
    "japanese yen": "JPY", "indian rupee": "INR", "rupee": "INR", "real": "BRL", "brazilian real": "BRL", "canadian dollar": "CAD",
    "australian dollar": "AUD", "mexican peso": "MXN", "zloty": "PLN",
}  # fmt: skip


def iso_code(written: str) -> str | None:
    """The ISO 4217 code of a currency written as code, sign or name; the upper-cased text where it is none of these.

    A dollar sign alone is USD; None where nothing stands.
    """
    text = written.strip()
    code = named(text)
    if code:
        return "USD" if code == DOLLAR else code
    words = plain(text)
    known = _NAMES.get(words)
    if known is not None:
        return known
    inside = [word for word in words.upper().split() if word in CODES]
    return inside[0] if len(inside) == 1 else text.upper()[:12] or None
