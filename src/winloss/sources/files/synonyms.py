"""Which targets a header may fill, by the lists of `synonyms.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from winloss.sources.files.words import core, locked, numbered, plain, squeezed, unit_of

EXACT, BARE, PATTERN, WEAK = 1.0, 0.92, 0.75, 0.6
"""How much a header says: the whole name; without the word deal or opportunity; by a pattern; by a weak name."""


@dataclass(frozen=True, slots=True)
class HeaderMatch:
    """One target a header may fill: how strongly, and the place of the name in its list (earlier is more usual)."""

    target: str
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Target:
    """One target of a table: what its values must be, and the names that fit (without spaces: `LASTMODIFIEDDATE`)."""

    name: str
    values: str
    names: Mapping[str, int]
    weak: Mapping[str, int]
    patterns: tuple[re.Pattern[str], ...]

    def match(self, words: str) -> HeaderMatch | None:
        """How well a header of these plain words fits; None where not at all."""
        bare = core(words)
        for known, score in ((self.names, EXACT), (self.weak, WEAK)):
            for form, factor in ((words, 1.0), (bare, BARE)):
                if (tight := form.replace(" ", "")) in known:
                    return HeaderMatch(self.name, score * factor, known[tight])
        if any(pattern.search(words) for pattern in self.patterns):
            return HeaderMatch(self.name, PATTERN, len(self.names))
        return None


@dataclass(frozen=True, eq=False)
class Synonyms:
    """All lists: `tables` is table → target → names."""

    tables: Mapping[str, Mapping[str, Target]]
    leaks: tuple[re.Pattern[str], ...]
    leaks_why: str
    checksums: tuple[re.Pattern[str], ...]

    @lru_cache(maxsize=65_536)  # noqa: B019  # there is one such object, for the life of the process
    def matches(self, table: str, header: str) -> tuple[HeaderMatch, ...]:
        """Every target of `table` that `header` may fill, with its unit and without it, strongest first."""
        if locked(header) and (of_row := self._id_of_row(table, plain(header))):
            return of_row
        header = numbered(header)
        forms = {plain(header), unit_of(header).words}
        found: dict[str, HeaderMatch] = {}
        for target in self.tables[table].values():
            for match in filter(None, (target.match(form) for form in forms)):
                if target.name not in found or match.score > found[target.name].score:
                    found[target.name] = match
        return tuple(sorted(found.values(), key=lambda m: (-m.score, m.rank, m.target)))

    def _id_of_row(self, table: str, words: str) -> tuple[HeaderMatch, ...]:
        """Dynamics calls the id of a row by what the row is, as others call its name: "(Nicht ändern) Verkaufschance"."""
        ids = (target for target in self.tables[table].values() if target.values in {"id", "key"})
        found = (match for target in ids if (match := target.match(f"{words} id")))
        return tuple(HeaderMatch(match.target, EXACT, match.rank) for match in found)

    def leak(self, header: str) -> str | None:
        """The word that tells a column set while selling; None where there is none."""
        return _first_hit(self.leaks, plain(header)) or _first_hit(self.leaks, core(plain(header)))

    def checksum(self, header: str) -> bool:
        """True for a column that a CRM writes for itself."""
        return _first_hit(self.checksums, plain(header)) is not None


def _first_hit(patterns: tuple[re.Pattern[str], ...], words: str) -> str | None:
    return next((match.group(0) for pattern in patterns if (match := pattern.search(words))), None)


def _ranked(names: list[str]) -> dict[str, int]:
    ranks: dict[str, int] = {}
    for rank, name in enumerate(names):
        ranks.setdefault(squeezed(name), rank)
    return ranks


def _target(name: str, row: Mapping[str, Any], like: Mapping[str, Any]) -> Target:
    return Target(
        name=name,
        values=row["values"],
        names=_ranked(row["names"] + like.get("names", [])),
        weak=_ranked(row.get("weak", []) + like.get("weak", [])),
        patterns=tuple(re.compile(p) for p in row.get("patterns", [])),
    )


@cache
def synonyms() -> Synonyms:
    """The shipped lists."""
    raw = tomllib.loads(files("winloss.sources.files").joinpath("synonyms.toml").read_text("utf-8"))

    def like(row: Mapping[str, Any]) -> Mapping[str, Any]:
        table, _, target = row.get("like", "").partition(".")
        return raw[table][target] if target else {}

    tables = {
        table: {name: _target(name, row, like(row)) for name, row in rows.items()}
        for table, rows in raw.items()
        if isinstance(rows, dict) and table not in {"leaks", "checksums"}
    }
    return Synonyms(
        tables=tables,
        leaks=tuple(re.compile(p) for p in raw["leaks"]["patterns"]),
        leaks_why=raw["leaks"]["why"],
        checksums=tuple(re.compile(p) for p in raw["checksums"]["patterns"]),
    )
