"""Words by which columns, files, rows and cells are told apart: the lists of `signs.toml`, which says what each decides."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SignLists:
    """The lists of `signs.toml`, ready to ask."""

    headers: Headers


def _any_of(patterns: Iterable[str], flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    return re.compile("|".join(patterns), flags)


@cache
def signs() -> SignLists:
    """The shipped lists."""
    raw = tomllib.loads(files("winloss.sources.files").joinpath("signs.toml").read_text("utf-8"))
    return SignLists(headers=Headers(**{name: _any_of(patterns) for name, patterns in raw["headers"].items()}))
