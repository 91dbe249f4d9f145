"""Whether the values of a column are names of people, whatever its header says.

Two or more capitalised words are no proof: places (`New York`), products and companies look so too. A column is one of
people where nearly all of its different values have the look of a name, and a third of them begin with a given
name that `given_names.toml` knows; initials before a family name (`A. Adler`) and addresses of e-mail need no list.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from winloss.sources.files.signs import signs

LOOKED_AT = 400
"""Values that are looked at: the first of those given."""
LEAST = 2
"""Different values below which nothing is told from them, and known given names below which nothing is told."""
SHAPED = 0.9
"""Share of the different values that must look like names, 0 to 1."""
KNOWN = 1 / 3
"""Share of them that must begin with a known given name, 0 to 1."""
KNOWN_ALONE = 0.8
"""The same where the values are one word each."""

_PARTICLE = (
    r"(?:von|van|vom|zu|zur|de|da|do|dos|das|del|della|di|du|la|le|den|der|des|ter|ten|el|al|bin|ben|ibn|y|e|af|av)"
)
_WORD = r"(?:[dDlLO]['’])?[^\W\d_a-zà-ÿ][^\W\d_]*(?:['’\-][^\W\d_]+)*\.?"
_FULL = re.compile(rf"{_WORD}(?: (?:{_PARTICLE} )*{_WORD}){{1,3}}(?: \([^()]{{1,30}}\))?")
_TURNED = re.compile(rf"(?:{_PARTICLE} )*{_WORD}(?:[ ]{_WORD})?, ?{_WORD}(?:[ ]{_WORD})?")
_INITIAL = re.compile(rf"(?:[^\W\d_a-zà-ÿ]\. ?){{1,2}}(?:{_PARTICLE} )*{_WORD}")
_ACCOUNT = re.compile(r"[a-z]{2,}[._][a-z]{2,}\d{0,3}")
_SINGLE = re.compile(r"[^\W\d_]{2,}")
_POINTS = frozenset("NESWO")
"""`N. America` and `E. Europe` are places."""
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "ı": "i"})
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def are_people(values_seen: Iterable[str]) -> bool:
    """True where the different values are names of people.

    Parameters
    ----------
    values_seen
        The different values, the most frequent first.
    """
    values = [" ".join(value.split()) for value, _ in zip(values_seen, range(LOOKED_AT), strict=False)]
    if len(values) < LEAST:
        return False
    if _share(_EMAIL.fullmatch(v) is not None for v in values) >= SHAPED:
        return True
    if _share(_INITIAL.fullmatch(v) is not None for v in values) >= SHAPED:
        return not {v[0] for v in values} <= _POINTS
    listed = sum(_given(v) in _names() for v in values)
    if listed < LEAST:
        return False
    known = listed / len(values)
    if _share(_shaped(v) for v in values) >= SHAPED:
        return known >= KNOWN
    return known >= KNOWN_ALONE and _share(_SINGLE.fullmatch(v) is not None for v in values) >= SHAPED


def _shaped(value: str) -> bool:
    if signs().cells.firm.search(value):
        return False
    said = value.title() if value.isupper() else value
    return any(shape.fullmatch(said) for shape in (_FULL, _TURNED, _INITIAL, _ACCOUNT))


def _given(value: str) -> str:
    """The given name: the first word; the first behind a comma."""
    behind = value.rpartition(",")[2].strip()
    first = re.split(r"[\s._\-]", behind, maxsplit=1)[0]
    return _bare(first.casefold())


def _bare(word: str) -> str:
    spelled = unicodedata.normalize("NFKD", word.translate(_LETTERS))
    return "".join(c for c in spelled if not unicodedata.combining(c))


def _share(held: Iterable[bool]) -> float:
    found = list(held)
    return sum(found) / len(found)


@cache
def _names() -> frozenset[str]:
    raw = tomllib.loads(files("winloss.sources.files").joinpath("given_names.toml").read_text("utf-8"))
    listed = (name for key, names in raw.items() if key != "version" for name in names.split())
    return frozenset(map(_bare, listed))
