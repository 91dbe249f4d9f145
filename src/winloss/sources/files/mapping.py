"""Which column fills which target: by its header and by its values.

Every pair of a column and a target it may fill gets `header x values`, 0 to 1; pairs are taken from the highest
down, one target a column and one column a target. Ties go to the name that stands earlier in its list, then to
the column with more values, then to the one further left; what lost is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from winloss.sources.files.facts import ColumnFacts
from winloss.sources.files.synonyms import WEAK, Synonyms, synonyms

TAKEN_FROM = 0.3
"""Below this product of header and values nothing is mapped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One column that may fill one target."""

    facts: ColumnFacts
    target: str
    header: float
    values: float
    rank: int

    @property
    def score(self) -> float:
        return self.header * self.values

    @property
    def order(self) -> tuple[float, int, int, int]:
        return (-round(self.score, 6), self.rank, -self.facts.filled, self.facts.position)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What one column became: its target or None, why, and the target it fits that another column fills."""

    header: str
    target: str | None
    why: str
    given: bool = False
    rival: str | None = None


@dataclass(frozen=True, slots=True)
class TableMapping:
    """The choices of one table; `columns` is target → position of the column."""

    table: str
    choices: tuple[Choice, ...]
    columns: Mapping[str, int] = field(default_factory=dict)
    score: float = 0.0

    def has(self, *targets: str) -> bool:
        """True where every one of `targets` is filled by a column."""
        return all(target in self.columns for target in targets)

    def without(self, target: str, why: str) -> TableMapping:
        """The same with the column of `target` let go."""
        columns = {name: p for name, p in self.columns.items() if name != target}
        return self._chosen(self.columns[target], None, why, columns)

    def taking(self, target: str, position: int, why: str) -> TableMapping:
        """The same with `target` filled by the column at `position`, whatever that one filled before."""
        columns = {name: p for name, p in self.columns.items() if p != position} | {target: position}
        return self._chosen(position, target, why, columns)

    def _chosen(self, position: int, target: str | None, why: str, columns: Mapping[str, int]) -> TableMapping:
        choices = list(self.choices)
        choices[position] = Choice(header=choices[position].header, target=target, why=why)
        return replace(self, choices=tuple(choices), columns=columns)


def propose(
    table: str, columns: Sequence[ColumnFacts], *, given: Mapping[int, str | None] | None = None
) -> TableMapping:
    """The mapping of one table.

    Parameters
    ----------
    table
        `deals`, `accounts`, `people`, `spend`, `leads`, `touches`, `deal_stage_changes` or `debriefs`.
    columns
        What is known of each column.
    given
        Position → target (None: none) from the map; goes before everything.
    """
    given = given or {}
    lists = synonyms()
    candidates = sorted(_candidates(table, columns, lists, given), key=lambda c: c.order)
    fixed = {target: position for position, target in given.items() if target is not None}
    taken: dict[str, Candidate] = {}
    used: set[int] = set()
    for candidate in candidates:
        if candidate.target not in taken | fixed and candidate.facts.position not in used:
            taken[candidate.target] = candidate
            used.add(candidate.facts.position)
    chosen = fixed | {target: c.facts.position for target, c in taken.items()}
    choices = tuple(
        _choice(facts, given, taken, candidates, chosen) or _unfit(table, facts, lists) for facts in columns
    )
    return TableMapping(table, choices, chosen, sum(c.score for c in taken.values()) + len(fixed))


def _candidates(
    table: str, columns: Sequence[ColumnFacts], lists: Synonyms, given: Mapping[int, str | None]
) -> list[Candidate]:
    found = []
    for facts in columns:
        if facts.position in given:
            continue
        for match in lists.matches(table, facts.header):
            fits = _FITS[lists.tables[table][match.target].values](facts)
            found.append(Candidate(facts=facts, target=match.target, header=match.score, values=fits, rank=match.rank))
    return [candidate for candidate in found if candidate.score >= TAKEN_FROM]


def _choice(
    facts: ColumnFacts,
    given: Mapping[int, str | None],
    taken: Mapping[str, Candidate],
    candidates: Sequence[Candidate],
    chosen: Mapping[str, int],
) -> Choice | None:
    if facts.position in given:
        return Choice(header=facts.header, target=given[facts.position], why="the map says so", given=True)
    mine = next((c for c in taken.values() if c.facts.position == facts.position), None)
    if mine is not None:
        return Choice(header=facts.header, target=mine.target, why=_why(mine, candidates))
    lost = next((c for c in candidates if c.facts.position == facts.position and c.target in chosen), None)
    if lost is None:
        return None
    why = f"{lost.target} is filled by another column"
    return Choice(header=facts.header, target=None, why=why, rival=lost.target)


_ASKED = {"date": ("dates", "a date"), "money": ("money", "an amount"), "count": ("numbers", "a number")}
"""Values that a target asks for: the share of them in a column, and their name."""


def _unfit(table: str, facts: ColumnFacts, lists: Synonyms) -> Choice:
    """A column without a target; why, where its name fits one and too many of its values do not."""
    for match in lists.matches(table, facts.header):
        asked = _ASKED.get(lists.tables[table][match.target].values)
        if asked is not None and match.score > WEAK and not facts.empty:
            no = facts.filled - round(getattr(facts, asked[0]) * facts.filled)
            why = (
                f"by its name it is {match.target}, but {no:,} of {facts.filled:,} values cannot be read as {asked[1]}"
            )
            return Choice(header=facts.header, target=None, why=why)
    return Choice(header=facts.header, target=None, why="")


def _why(mine: Candidate, candidates: Sequence[Candidate]) -> str:
    why = "by its name" if mine.header > WEAK else "by its name, for want of a better column"
    if mine.facts.empty:
        why += "; it is empty"
    elif mine.values == 1.0:
        why += " and its values"
    rivals = [c for c in candidates if c.target == mine.target and c.facts.position != mine.facts.position]
    if rivals and rivals[0].score >= mine.score - 0.05:
        why += f"; {rivals[0].facts.header!r} fits as well ({_tie(mine, rivals[0])})"
    return why


def _tie(mine: Candidate, rival: Candidate) -> str:
    if mine.score > rival.score:
        return "its name or values say less"
    if mine.rank != rival.rank:
        return "this name is the more usual one"
    return "this one holds more values" if mine.facts.filled != rival.facts.filled else "this one stands further left"


def _unless_empty(fits: Callable[[ColumnFacts], float]) -> Callable[[ColumnFacts], float]:
    """An empty column with the right name is kept, behind every filled one."""
    return lambda facts: 0.5 if facts.empty else fits(facts)


def _id(facts: ColumnFacts) -> float:
    unique = 1.0 if facts.uniqueness >= 0.9 else 0.8 if facts.uniqueness >= 0.3 else 0.0
    return unique * (1.0 if facts.id_like >= 0.9 else 0.4)


def _key(facts: ColumnFacts) -> float:
    if facts.levels <= 1 and facts.filled > 1:
        return 0.3
    return 1.0 if facts.id_like >= 0.9 and facts.mean_words < 1.5 else 0.3


def _name(facts: ColumnFacts) -> float:
    """Names of companies are many; three values over hundreds of deals are a category."""
    if facts.levels < 10 and facts.uniqueness < 0.1:
        return 0.0
    return 0.5 if facts.numbers >= 0.9 else 0.0 if facts.dates >= 0.8 else 1.0


def _person(facts: ColumnFacts) -> float:
    if facts.filled >= 20 and facts.uniqueness > 0.6:
        return 0.0
    return 0.0 if facts.dates >= 0.8 or (facts.flags >= 0.95 and facts.levels <= 3) else 1.0


def _category(facts: ColumnFacts) -> float:
    if facts.dates >= 0.8 or facts.mean_words > 12:
        return 0.0
    if facts.numbers >= 0.95 and facts.levels > 60:
        return 0.3
    return 0.4 if facts.filled >= 50 and facts.uniqueness > 0.9 else 1.0


def _text(facts: ColumnFacts) -> float:
    return 0.3 if facts.dates >= 0.8 else 1.0


def _long_text(facts: ColumnFacts) -> float:
    return 0.3 if facts.dates >= 0.8 or facts.flags >= 0.95 or facts.numbers >= 0.9 else 1.0


def _outcome(facts: ColumnFacts) -> float:
    if facts.outcome.tells:
        return 1.0 if facts.outcome.classified >= 0.5 else 0.8
    few = facts.levels <= 40 and facts.dates < 0.8 and facts.numbers < 0.9
    return 0.4 if few else 0.0


def _at_least(name: str, share: float) -> Callable[[ColumnFacts], float]:
    return lambda facts: 1.0 if getattr(facts, name) >= share else 0.0


_FITS: dict[str, Callable[[ColumnFacts], float]] = {
    "id": _unless_empty(_id),
    "key": _unless_empty(_key),
    "name": _unless_empty(_name),
    "person": _unless_empty(_person),
    "category": _unless_empty(_category),
    "text": _unless_empty(_text),
    "long text": _unless_empty(_long_text),
    "outcome": _unless_empty(_outcome),
    "date": _unless_empty(_at_least("dates", 0.8)),
    "money": _unless_empty(_at_least("money", 0.8)),
    "count": _unless_empty(_at_least("numbers", 0.9)),
    "currency": _unless_empty(_at_least("currencies", 0.9)),
    "flag": _unless_empty(_at_least("flags", 0.95)),
}
