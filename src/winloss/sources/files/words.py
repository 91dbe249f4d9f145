"""Headers and values brought to plain words, so that spelling, case and punctuation do not matter.

`plain("Opp. Close-Date (CET)")` is `"opp close date cet"`. What a CRM puts around a name (`Deal - `, `hs_`, `__c`,
`(Do Not Modify)`) is taken off by `core`; a currency or a scale named in a header is found by `unit_of`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from winloss.sources.files.values.currencies import CODES, named

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GAP = re.compile(r"[\W_]+")
_NOT = re.compile(r"(?<=n)['’´`](?=t\b)", re.I)
_NUMBER_SIGN = re.compile(r"(?<=\S)\s*[#№]|[#№]\s*(?=\S)")
_CUSTOM_SUFFIX = re.compile(r"__[cr]\b", re.I)
_DO_NOT_MODIFY = re.compile(
    r"\((?:do not modify|nicht ändern|ne pas modifier|no modificar|n[aã]o modificar|niet wijzigen|non modificare)\)",
    re.I,
)
"""What Dynamics puts before the columns that it needs to read a file back: the id of the row is one of them."""
LABEL_SUFFIX = "@OData.Community.Display.V1.FormattedValue"
"""What the web service of Dynamics puts behind the name of a code or an id for the column of its words."""
_LABEL = re.compile(rf"^(?:_|new_|cr[0-9a-f]{{3,5}}_)?(.+?)(?:_value)?{re.escape(LABEL_SUFFIX)}$", re.I)
_ENTITY = frozenset(
    [
        "deal",
        "deals",
        "opportunity",
        "opportunities",
        "opp",
        "opps",
        "potential",
        "potentials",
        "properties",
        "hs",
        "crm",
        "internal",
    ]
)
_CURRENCY_SIGNS = ("US$", "R$", "€", "£", "¥", "₹", "₽", "₺", "zł")
_SCALES: dict[str, int | Fraction] = {
    "k": 1_000,
    "t": 1_000,
    "thousand": 1_000,
    "thousands": 1_000,
    "000": 1_000,
    "000s": 1_000,
    "tsd": 1_000,
}
_SCALES |= {"m": 1_000_000, "mio": 1_000_000, "mn": 1_000_000, "million": 1_000_000, "millions": 1_000_000}
_SCALES |= {"cents": Fraction(1, 100), "cent": Fraction(1, 100)}


def plain(text: str) -> str:
    """Lower-case words of `text` with single spaces: accents, punctuation and camel case are taken apart."""
    # Most texts are short and plain: a pattern is asked only where what it begins with stands in the text.
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if "(" in text:
        text = _DO_NOT_MODIFY.sub(" ", text)
    if "__" in text:
        text = _CUSTOM_SUFFIX.sub("", text)
    if "@" in text:
        text = _LABEL.sub(r"\1 name", text)
    bare = text if text.isalnum() and text.isascii() else _NOT.sub("", text)
    bare = bare if bare.islower() else _CAMEL.sub(" ", bare)
    if not bare.isascii():
        bare = "".join(c for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c))
    return _GAP.sub(" ", bare.casefold()).strip()


def locked(header: str) -> bool:
    """True where Dynamics asks to leave the column alone: `(Do Not Modify) Opportunity`, in its languages."""
    return "(" in header and _DO_NOT_MODIFY.search(unicodedata.normalize("NFKC", header)) is not None


def numbered(header: str) -> str:
    """The header with its number sign as a word: `Deal #` is `Deal number`; a sign alone stays."""
    return _NUMBER_SIGN.sub(" number ", header)


def squeezed(text: str) -> str:
    """`plain` without its spaces: `Closed Won`, `closed-won` and `closedwon` are one."""
    return plain(text).replace(" ", "")


def core(words: str) -> str:
    """`words` without the name of the thing they belong to; unchanged where nothing else would be left."""
    kept = words.split()
    while len(kept) > 1 and kept[0] in _ENTITY:
        kept = kept[1:]
    return " ".join(kept)


@dataclass(frozen=True, slots=True)
class Unit:
    """What a header says of its numbers: an ISO currency, and how many units one of them stands for."""

    words: str
    currency: str | None = None
    scale: int | Fraction = 1


def unit_of(header: str) -> Unit:
    """The header's words without its unit, and that unit: `deal_value_inr` is value in INR, `Amount (k€)`
    thousands, `amount_cents` hundredths.
    """
    currency = next((named(sign) for sign in _CURRENCY_SIGNS if sign in header), None)
    for sign in _CURRENCY_SIGNS:
        header = header.replace(sign, " ")
    words = plain(header).split()
    scale: int | Fraction = 1
    while len(words) > 1:
        last = words[-1]
        if currency is None and last.upper() in CODES:
            currency = last.upper()
        elif last in _SCALES and scale == 1:
            scale = _SCALES[last]
        elif currency is None and len(last) == 4 and last[1:].upper() in CODES and last[0] in "kt":
            currency, scale = last[1:].upper(), 1_000
        elif not (last == "in" and (currency or scale != 1)):
            break
        words = words[:-1]
    return Unit(" ".join(words), currency, scale)


def slug(header: str) -> str:
    """ASCII words of `header` joined by underscores; empty where it has none."""
    ascii_only = plain(header).encode("ascii", "ignore").decode()
    return "_".join(ascii_only.split())[:48].strip("_")
