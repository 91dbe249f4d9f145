"""What a value of a status, stage or flag column says of a deal: its kind, and why it was read so.

Nothing is guessed silently: a value that no list and no pattern knows is `unclassified`, and so is one that two
kinds claim, or by which people mean different things. The lists are data (`outcomes.toml`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from winloss.sources.contract import ValueReading
from winloss.sources.files.words import plain

UNCLASSIFIED = "unclassified"
NO_WORD = "no word of it is known"
BY_WORDS = "its words"
"""How the why of a reading by pattern begins; readings by a list are surer."""
IN_STAGES = "in a column of stages"
"""How the why of a reading ends that holds only where the column tells a stage or a status."""
DECIDED = frozenset({"won", "lost", "no_decision", "disqualified"})
_KINDS = ("disqualified", "no_decision", "lost", "won", "open")
_LEADING = re.compile(r"^(?:\d+[a-z]?|[a-z]|stage \d+|phase \d+|step \d+)\s+(?=\S)")
_PERCENT = re.compile(r"[(\[]?\s*\d{1,3}\s*%\s*[)\]]?")


@dataclass(frozen=True, slots=True)
class KindReading:
    """One value: the kind it was read as, and why."""

    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The lists of `outcomes.toml`, ready to look up."""

    exact: Mapping[str, str]
    patterns: tuple[tuple[str, re.Pattern[str]], ...]
    ambiguous: frozenset[str]
    ambiguous_why: str
    unclear: frozenset[str]
    unclear_why: str
    staged: frozenset[str]
    """Words of a win that say so only where the column tells a stage or a status."""
    hedges: tuple[re.Pattern[str], ...]
    yes: frozenset[str]
    no: frozenset[str]

    def read(self, value: str) -> KindReading:
        """What `value` says: exact lists first, then patterns in their order."""
        words = _bare(value)
        tight = words.replace(" ", "")
        if tight in self.ambiguous:
            return KindReading(UNCLASSIFIED, self.ambiguous_why)
        if tight in self.unclear:
            return KindReading(UNCLASSIFIED, self.unclear_why)
        if tight in self.staged:
            return KindReading("won", f"{words!r} means won {IN_STAGES}")
        if (kind := self.exact.get(tight)) is not None:
            return KindReading(kind, f"{words!r} means {_said(kind)}")
        return self._by_pattern(words)

    def _by_pattern(self, words: str) -> KindReading:
        hits = [(kind, match.group(0)) for kind, pattern in self.patterns if (match := pattern.search(words))]
        kinds = {kind for kind, _ in hits}
        if not hits:
            return KindReading(UNCLASSIFIED, NO_WORD)
        if {"won", "lost"} <= kinds:
            return KindReading(UNCLASSIFIED, "it speaks of won and of lost")
        kind, word = hits[0]
        if kind == "won" and (hedge := next(filter(None, (p.search(words) for p in self.hedges)), None)):
            return KindReading(UNCLASSIFIED, f"{hedge.group(0)!r} leaves open whether it was won")
        return KindReading(kind, f"{BY_WORDS}: {word!r} means {_said(kind)}")

    def flag(self, value: str) -> bool | None:
        """Yes or no; None where the value is neither."""
        tight = plain(value).replace(" ", "") or value.strip()
        return True if tight in self.yes else False if tight in self.no else None


def _said(kind: str) -> str:
    return kind.replace("_", " ")


def _bare(value: str) -> str:
    """The value's words without ordinals and percentages: `6. Closed Won (100 %)` is `closed won`."""
    words = plain(_PERCENT.sub(" ", value))
    shorter = _LEADING.sub("", words)
    return shorter or words


@cache
def vocabulary() -> Vocabulary:
    """The shipped lists."""

    def tight(values: Iterable[str]) -> frozenset[str]:
        return frozenset(plain(value).replace(" ", "") for value in values)

    table = tomllib.loads(files("winloss.sources.files").joinpath("outcomes.toml").read_text("utf-8"))
    return Vocabulary(
        exact={plain(value).replace(" ", ""): kind for kind in _KINDS for value in table[kind]["exact"]},
        patterns=tuple((kind, re.compile(p)) for kind in _KINDS for p in table[kind].get("patterns", ())),
        ambiguous=tight(table["ambiguous"]["exact"]),
        ambiguous_why=table["ambiguous"]["why"],
        unclear=tight(table["unclear"]["exact"]),
        unclear_why=table["unclear"]["why"],
        staged=tight(table["won"]["staged"]),
        hedges=tuple(re.compile(p) for p in table["hedges"]["patterns"]),
        yes=tight(table["flags"]["yes"]) | frozenset(table["flags"]["marks_yes"]),
        no=tight(table["flags"]["no"]) | frozenset(table["flags"]["marks_no"]),
    )


def read_value(value: str, overrides: Mapping[str, str]) -> KindReading:
    """What one value says; the map's `[outcomes]` goes before every list.

    Parameters
    ----------
    value
        As it stands in the file.
    overrides
        Lower-case trimmed value → kind, from the map.
    """
    if (kind := overrides.get(_key(value))) is not None:
        return KindReading(kind, "the map says so")
    return vocabulary().read(value)


def override_keys(outcomes: Mapping[str, str]) -> dict[str, str]:
    """`[outcomes]` of a map with its values made ready for `read_value`."""
    return {_key(value): kind for value, kind in outcomes.items()}


def _key(value: str) -> str:
    return " ".join(value.casefold().split())


def read_values(column: str, counts: Mapping[str, int], overrides: Mapping[str, str]) -> tuple[ValueReading, ...]:
    """The reading of every distinct value of a column, the most frequent first.

    Parameters
    ----------
    column
        The header, for the reading.
    counts
        Distinct value → rows.
    overrides
        From `override_keys`.
    """
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    readings = ((value, n, read_value(value, overrides)) for value, n in rows)
    return tuple(ValueReading(column=column, value=v, count=n, read_as=r.kind, why=r.why) for v, n, r in readings)


@dataclass(frozen=True, slots=True)
class Decisiveness:
    """How well a column's values tell outcomes: shares of its filled rows, 0 to 1."""

    classified: float
    decided: float
    exact: float
    kinds: frozenset[str]
    anywhere: bool = False
    """True where a won or a lost is said in words that mean it in any column."""

    @property
    def tells(self) -> bool:
        """True where at least a won or a lost is among the values."""
        return bool(self.kinds & {"won", "lost"})


SAYS_NOTHING = Decisiveness(0.0, 0.0, 0.0, frozenset())


def decisiveness(readings: Iterable[ValueReading]) -> Decisiveness:
    """Shares of rows whose value is classified, decided (won, lost, …), and read by a list; 0 where no row is."""
    rows = list(readings)
    total = sum(r.count for r in rows) or 1

    def share(chosen: Iterable[ValueReading]) -> float:
        return sum(r.count for r in chosen) / total

    return Decisiveness(
        classified=share(r for r in rows if r.read_as != UNCLASSIFIED),
        decided=share(r for r in rows if r.read_as in DECIDED),
        exact=share(r for r in rows if r.read_as != UNCLASSIFIED and not r.why.startswith(BY_WORDS)),
        kinds=frozenset(r.read_as for r in rows),
        anywhere=any(r.read_as in {"won", "lost"} and not r.why.endswith(IN_STAGES) for r in rows),
    )
