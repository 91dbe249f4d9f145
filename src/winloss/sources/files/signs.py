"""Words by which columns, files, rows and cells are told apart: the lists of `signs.toml`, which says what each decides."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Headers:
    """Patterns over the plain words of a header."""

    last_move: re.Pattern[str]
    expected: re.Pattern[str]
    of_won: re.Pattern[str]
    finer: re.Pattern[str]
    company_currency: re.Pattern[str]
    spent: re.Pattern[str]
    formatted: re.Pattern[str]
    period: re.Pattern[str]
    id_within: re.Pattern[str]
    id_of_others: re.Pattern[str]
    id_at_end: re.Pattern[str]
    person: re.Pattern[str]
    buyer: re.Pattern[str]
    writer: re.Pattern[str]
    name_alone: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Patterns over the plain words of the names of files and sheets."""

    stage_changes: re.Pattern[str]
    debriefs: re.Pattern[str]
    touches: re.Pattern[str]
    leads: re.Pattern[str]
    alone: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Patterns over cells as they stand, capitals and small letters alike."""

    footer: re.Pattern[str]
    legal: re.Pattern[str]
    total: re.Pattern[str]
    firm: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Whole values."""

    subtotals: frozenset[str]
    periods: frozenset[str]
    over: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignLists:
    """The lists of `signs.toml`, ready to ask."""

    headers: Headers
    labels: Labels
    cells: Cells
    words: Words
    roles: Mapping[str, str]
    """Title of a person, in plain words → rep, manager or buyer."""
    currencies: Mapping[str, str]
    """Name of a currency, in plain words → its ISO 4217 code."""


def _compiled(lists: Mapping[str, Iterable[str]], flags: re.RegexFlag = re.NOFLAG) -> dict[str, re.Pattern[str]]:
    """Of each list, one pattern that matches where any of its patterns does."""
    return {name: re.compile("|".join(patterns), flags) for name, patterns in lists.items()}


def _by_word(lists: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {word: name for name, words in lists.items() for word in words}


@cache
def signs() -> SignLists:
    """The shipped lists."""
    raw = tomllib.loads(files("winloss.sources.files").joinpath("signs.toml").read_text("utf-8"))
    return SignLists(
        headers=Headers(**_compiled(raw["headers"])),
        labels=Labels(**_compiled(raw["labels"])),
        cells=Cells(**_compiled(raw["cells"], re.I)),
        words=Words(**{name: frozenset(words) for name, words in raw["words"].items()}),
        roles=_by_word(raw["roles"]),
        currencies=_by_word(raw["currencies"]),
    )
