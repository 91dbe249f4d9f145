"""How the competitor field of a CRM is read: to a canonical name, none, unknown or blank.

"None" and "Unknown" are answers and kept apart from an empty field. Spellings of one name (case, spaces,
legal form) are joined and told; aliases and merges come from the map. A field that only says Yes or No is a
flag: Yes is a competitor whose name is not known, never a competitor called "Yes".

Of several names in one value the first counts: what ";", "|" and lines part, and what commas and the like part
where every part is a name that stands elsewhere, too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from winloss.capture.words import fold, listed, name_key, phrases

COMPETITOR, NONE, UNKNOWN, BLANK = "competitor", "none", "unknown", "blank"
MET = "met"
"""Of `competitor_asked`: a competitor was met, and nobody says which."""

_NO_NAMES = (NONE, UNKNOWN, BLANK)
_SEVERAL = re.compile(r"\s*[;|\n\r]+\s*")
_MAYBE_SEVERAL = re.compile(r"\s*[,/&+]\s*|\s+(?:and|und|et|y|e|и)\s+", re.IGNORECASE)
_LONGEST_NAME = 6
"""Words in the longest value that is still a name."""
_LONGEST_TEXT = 2000
"""Characters of a text that are looked into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetitorReading:
    """How one raw value was read.

    Parameters
    ----------
    value, count
        The value as the CRM has it, and on how many deals.
    kind
        competitor, none, unknown or blank.
    name
        The canonical name; None unless `kind` is competitor.
    others
        Canonical names of further competitors in the same value.
    present
        Whether there was a competitor, named or not; None where nobody says.
    why
        In a clause.
    """

    value: str
    count: int
    kind: str
    name: str | None = None
    others: tuple[str, ...] = ()
    present: bool | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Spellings that were joined under one name, each with its count."""

    name: str
    spellings: tuple[tuple[str, int], ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetitorReadings:
    """All distinct raw competitors of a book and how they were read, the most frequent first."""

    readings: tuple[CompetitorReading, ...]
    merges: tuple[Merge, ...] = ()
    is_flag: bool = False
    """The field says only whether there was a competitor (Yes/No), never who."""
    names_by_key: Mapping[str, str]

    def __getitem__(self, value: str) -> CompetitorReading:
        return self.by_value[value]

    @property
    def by_value(self) -> dict[str, CompetitorReading]:
        return {reading.value: reading for reading in self.readings}

    @property
    def names(self) -> tuple[str, ...]:
        """Every competitor that some deal names, sorted."""
        return tuple(sorted({name for r in self.readings for name in (r.name, *r.others) if name is not None}))

    def canonical(self, name: str) -> str:
        """The canonical name for any spelling or alias; `name` itself where it is not known."""
        return self.names_by_key.get(name_key(name), name.strip())


def read_values(
    values: Mapping[str, int],
    aliases: Mapping[str, str | Sequence[str]] | None = None,
    *,
    also: Iterable[str] = (),
) -> CompetitorReadings:
    """Read every distinct raw competitor.

    Parameters
    ----------
    values
        Raw value to the number of deals that carry it.
    aliases
        The `[competitors]` of the map: an alias to its canonical name (or to "none", "unknown", "blank"), or a
        canonical name to the list of its aliases. Chains are followed; both forms merge competitors.
    also
        Further spellings to know, from the reasons for example; they get no reading of their own.

    Returns
    -------
    CompetitorReadings
        One reading a value, sorted by count and value.
    """
    told = _aliases(aliases or {})
    flag = _is_flag(values)
    single = Counter({value: count for value, count in values.items() if _is_name(value, told)})
    for value, count in values.items():
        for part in _names_listed(value, told):
            single[part] += count
    for name in also:
        single.setdefault(name, 0)
    names, merges = _canonical_names(single, told)
    reader = _Reader(told, names, flag)
    readings = [replace(reader.read(value), value=value, count=count) for value, count in values.items()]
    return CompetitorReadings(
        readings=tuple(sorted(readings, key=lambda r: (-r.count, r.value))),
        merges=merges,
        is_flag=flag,
        names_by_key=names,
    )


def says_competitor(header: str) -> bool:
    """Whether a column called so holds competitors: "Main competitor", "Wettbewerb"."""
    return not listed("competitors.toml")["header"].isdisjoint(phrases(fold(header), 2))


def _aliases(given: Mapping[str, str | Sequence[str]]) -> dict[str, str]:
    """Key of each alias to the canonical name at the end of its chain."""
    pairs: dict[str, str] = {}
    for left, right in given.items():
        if isinstance(right, str):
            pairs[name_key(left)] = right.strip()
        else:
            pairs.update({name_key(alias): left.strip() for alias in right})
    return {alias: _end(alias, pairs) for alias in pairs}


def _end(alias: str, pairs: Mapping[str, str]) -> str:
    seen = {alias}
    name = pairs[alias]
    while (key := name_key(name)) in pairs and key not in seen:
        seen.add(key)
        name = pairs[key]
    return name


def _is_flag(values: Mapping[str, int]) -> bool:
    """Every filled value is a yes, a no or an unknown, and there is a yes: names never come."""
    words = listed("competitors.toml")
    folded = {fold(value) for value in values} - {""} - words["blank"]
    flags = words["flag_yes"] | words["flag_no"] | words["unknown"]
    return folded <= flags and bool(folded & words["flag_yes"])


def _fixed(value: str) -> CompetitorReading | None:
    """The readings that need no names: blank, none, unknown, unnamed, in-house."""
    folded, words = fold(value), listed("competitors.toml")
    if folded in words["unknown"] or value.strip() == "?":
        return CompetitorReading(value=value, count=0, kind=UNKNOWN, why="not known")
    if not folded or folded in words["blank"] or value.strip().startswith("#"):
        return CompetitorReading(value=value, count=0, kind=BLANK, why="stands for an empty field")
    if folded in words["none"]:
        return CompetitorReading(value=value, count=0, kind=NONE, present=False, why="no competitor")
    if folded in words["unnamed"]:
        return CompetitorReading(value=value, count=0, kind=UNKNOWN, present=True, why="a competitor, not named")
    return None


def _is_name(value: str, told: Mapping[str, str]) -> bool:
    key = name_key(value)
    if key in told:
        return told[key] not in _NO_NAMES
    short = len(value.split()) <= _LONGEST_NAME and len(value) <= 60
    several = len([part for part in _SEVERAL.split(value) if part.strip()]) > 1
    return short and not several and bool(key) and _fixed(value) is None


def _names_listed(value: str, told: Mapping[str, str]) -> tuple[str, ...]:
    """The names of a picklist of several choices, as CRMs write one; none where any part is neither name nor answer."""
    parts = [part.strip() for part in _SEVERAL.split(value) if part.strip()]
    names = tuple(part for part in parts if _is_name(part, told))
    answers = [part for part in parts if part not in names and (name_key(part) in told or _fixed(part) is not None)]
    return names if len(parts) > 1 and len(names) + len(answers) == len(parts) else ()


def _canonical_names(single: Counter[str], told: Mapping[str, str]) -> tuple[dict[str, str], tuple[Merge, ...]]:
    """Key to canonical name, and what was joined. The most frequent spelling is kept unless the map says otherwise."""
    groups: dict[str, list[tuple[str, int]]] = {}
    for spelling, count in sorted(single.items(), key=lambda item: (-item[1], item[0])):
        key = name_key(spelling)
        groups.setdefault(name_key(told.get(key, spelling)), []).append((spelling, count))
    targets = {alias: name for alias, name in told.items() if name not in _NO_NAMES}
    by_target = {name_key(name): name for name in targets.values()}
    names, merges = dict(by_target), []
    for key, spellings in groups.items():
        kept = by_target.get(key) or _kept(spellings[0][0])
        names.update({name_key(spelling): kept for spelling, _ in spellings})
        if any(spelling != kept and count for spelling, count in spellings):
            why = "the map says so" if key in by_target else "one name but for case, spaces, punctuation or legal form"
            merges.append(Merge(name=kept, spellings=tuple(pair for pair in spellings if pair[1]), why=why))
    names.update(targets)
    return names, tuple(merges)


def _kept(spelling: str) -> str:
    return "In-house" if fold(spelling) in listed("competitors.toml")["in_house"] else spelling.strip()


class _Reader:
    def __init__(self, told: Mapping[str, str], names: Mapping[str, str], flag: bool) -> None:
        self.told = told
        self.names = names
        self.flag = flag
        self.spoken = {fold(name): name for name in names.values() if len(name) > 2}
        self.longest = max((len(name.split()) for name in self.spoken), default=0)

    def read(self, value: str) -> CompetitorReading:
        key = name_key(value)
        if key in self.told:
            return self._by_map(value, self.told[key])
        fixed = _fixed(value)
        if fixed is not None:
            return replace(fixed, why=f"{fixed.why}: the field is a flag") if self.flag else fixed
        return self._several(value) or self._one(value, key)

    def _by_map(self, value: str, name: str) -> CompetitorReading:
        why = f"the map says {name}"
        if name in _NO_NAMES:
            present = False if name == NONE else None
            return CompetitorReading(value=value, count=0, kind=name, present=present, why=why)
        return CompetitorReading(value=value, count=0, kind=COMPETITOR, name=name, present=True, why=why)

    def _several(self, value: str) -> CompetitorReading | None:
        parts = [part for part in _SEVERAL.split(value) if part.strip()]
        if len(parts) < 2:
            parts = [part for part in _MAYBE_SEVERAL.split(value) if part.strip()]
            if len(parts) < 2 or not all(name_key(part) in self.names for part in parts):
                return None
        found = list(dict.fromkeys(r.name for part in parts if (r := self.read(part)).name is not None))
        if not found:
            return self.read(parts[0])
        first, *others = found
        why = "several competitors, the first counts"
        return CompetitorReading(
            value=value, count=0, kind=COMPETITOR, name=first, others=tuple(others), present=True, why=why
        )

    def _one(self, value: str, key: str) -> CompetitorReading:
        if key in self.names:
            return CompetitorReading(
                value=value, count=0, kind=COMPETITOR, name=self.names[key], present=True, why="a name"
            )
        return self._sentence(value)

    def _sentence(self, value: str) -> CompetitorReading:
        """Text that is no name: read only where it speaks of exactly one competitor that is known."""
        words = phrases(fold(value[:_LONGEST_TEXT]), self.longest)
        named = {self.spoken[phrase] for phrase in words if phrase in self.spoken}
        if len(named) == 1:
            return CompetitorReading(
                value=value,
                count=0,
                kind=COMPETITOR,
                name=named.pop(),
                present=True,
                why="speaks of one known competitor",
            )
        return CompetitorReading(value=value, count=0, kind=UNKNOWN, why="a text, no name")
