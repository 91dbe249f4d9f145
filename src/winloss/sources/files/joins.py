"""Which column of the deals meets which column of another file.

A pair is given by the map; or both columns fill the same target or bear the same name and at least one deal in
fifty finds a partner; or at least half of the deals do by their values. The other file's side must name each row once.
Spellings are folded as in categories, so that `GTXPro` meets `GTX Pro`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from winloss.errors import UserError
from winloss.sources.contract import Fold
from winloss.sources.files.arrow import Array
from winloss.sources.files.arrow import kernels as pc
from winloss.sources.files.facts import ColumnFacts
from winloss.sources.files.idforms import form_of, formed
from winloss.sources.files.kinds import Recognised
from winloss.sources.files.mapfile import FileMap
from winloss.sources.files.values import categories
from winloss.sources.files.words import core, plain, squeezed

NAMED_FROM = 0.02
"""Share of the filled deals that must find a partner where target or name agree."""
BY_VALUES_FROM = 0.5
UNIQUE_FROM = 0.95
SPELLED = 2_000
"""Up to so many values spellings are looked at when a pair of columns is sought."""
_SAME = {"person": ("owner_name",), "person_id": ("owner_id",), "account_name": ("account_name", "account_id")}
_SAME |= {"account_id": ("account_id",), "lead_id": ("lead_id",)}


@dataclass(frozen=True, slots=True)
class Key:
    """A pair of columns, by position, and why it was taken."""

    left: int
    right: int
    why: str


@dataclass(frozen=True, slots=True)
class Met:
    """How the values meet: deals' value → row of the partner (None: too many values), and what was folded for it."""

    places: Mapping[str, int] | None
    repeated: int
    folds: tuple[Fold, ...] = ()
    spellings: Mapping[str, str] = field(default_factory=dict)
    """The deals' spelling → the partner's, where they differ."""
    form: str | None = None
    """In which form ids meet, where they are written in two."""


def find_key(deals: Recognised, other: Recognised, said: FileMap) -> Key | None:
    """The pair of columns that joins `other` to the deals; None where there is none.

    UserError where the map names a column that is not there.
    """
    if said.on_deals is not None or said.on_file is not None:
        return _given(deals, other, said)
    pairs = [
        (strength, _Pair(left, right))
        for right in other.facts
        if _names_rows(right)
        for left in deals.facts
        if (strength := _strength(deals, other, left, right)) > 0
    ]
    if not pairs:
        return None
    strength, best = max(pairs, key=lambda pair: (pair[0], -pair[1].left.position))
    why = "same meaning or name" if strength >= 1 else f"{strength:.0%} of the deals find their value there"
    return Key(best.left.position, best.right.position, why)


@dataclass(frozen=True, slots=True)
class _Pair:
    left: ColumnFacts
    right: ColumnFacts


def _given(deals: Recognised, other: Recognised, said: FileMap) -> Key:
    left = _position(deals, said.on_deals or said.on_file or "")
    right = _position(other, said.on_file or said.on_deals or "")
    return Key(left, right, "the map says so")


def _position(table: Recognised, header: str) -> int:
    for facts in table.facts:
        if facts.header == header or plain(facts.header) == plain(header):
            return facts.position
    seen = ", ".join(repr(facts.header) for facts in table.facts)
    raise UserError(f"The map joins {table.label} by {header!r}, but its columns are {seen}.")


def _names_rows(facts: ColumnFacts) -> bool:
    return not facts.empty and facts.uniqueness >= UNIQUE_FROM and facts.dates < 0.8


def _strength(deals: Recognised, other: Recognised, left: ColumnFacts, right: ColumnFacts) -> float:
    """0 where the pair does not join; 1 and more where target or name agree; else the share of deals that match."""
    if left.empty or left.dates >= 0.8:
        return 0.0
    named = _same_target(deals, other, left, right) or core(plain(left.header)) == core(plain(right.header))
    share, matched = _overlap(left, right)
    if named:
        return 1.0 + share if share >= NAMED_FROM else 0.0
    short_numbers = right.numbers >= 0.9 and right.max_length < 6
    return share if share >= BY_VALUES_FROM and matched >= 3 and not short_numbers else 0.0


def _same_target(deals: Recognised, other: Recognised, left: ColumnFacts, right: ColumnFacts) -> bool:
    target = other.mapping.choices[right.position].target
    mine = deals.mapping.choices[left.position].target
    return mine is not None and mine in _SAME.get(target or "", ())


def _overlap(left: ColumnFacts, right: ColumnFacts) -> tuple[float, int]:
    """Share of the deals whose value stands on the other side, 0 to 1 (0 where none is filled), and how many values do.

    Where the other side has too many values to hold, only a sample of them is known: the share is a lower bound.
    """
    hits = {value: n for value, n in left.counts.items() if value in right.counts}
    if len(hits) < len(left.counts) <= SPELLED and len(right.counts) <= SPELLED:
        theirs = {squeezed(value) for value in right.counts}
        hits = {value: n for value, n in left.counts.items() if squeezed(value) in theirs}
    if len(hits) < len(left.counts) and (form := form_of(left.counts, right.counts)) is not None:
        theirs = {formed(value, form) for value in right.counts}
        hits = {value: n for value, n in left.counts.items() if formed(value, form) in theirs}
    known = sum(left.counts.values()) or 1
    return sum(hits.values()) / known, len(hits)


def meet(column: str, left: ColumnFacts, keys: Array) -> Met:
    """Which row of the partner each value of the deals meets.

    Parameters
    ----------
    column
        The deals' header, for the folds.
    left
        The deals' column.
    keys
        The partner's column, one text a row.
    """
    repeated = len(keys.drop_null()) - pc.count_distinct(keys, mode="only_valid").as_py()
    form = form_of(left.counts, keys.drop_null().to_pylist())
    if left.distinct is None:
        return Met(None, repeated, form=form)
    rows: dict[str, int] = {}
    for row, value in enumerate(keys.to_pylist()):
        if value is not None:
            rows.setdefault(value, row)
    if form is not None:
        by_form = {formed(value, form): value for value in reversed(rows)}
        same = {value: by_form[key] for value in left.counts if (key := formed(value, form)) in by_form}
        return Met({value: rows[theirs] for value, theirs in same.items()}, repeated, (), same, form)
    counts = {**dict.fromkeys(rows, 1), **left.counts}
    places = {value: rows[value] for value in left.counts if value in rows}
    if len(counts) > 50_000:
        return Met(places | {value.strip(): row for value, row in places.items()}, repeated)
    kept, _ = categories.fold(counts)
    by_kept = {kept.get(value, value): value for value in reversed(rows)}
    by_words = _by_words(rows)
    spellings = {
        value: theirs
        for value in left.counts
        if value not in places
        and (theirs := by_kept.get(kept.get(value, value)) or by_words.get(plain(value))) is not None
    }
    places |= {value: rows[theirs] for value, theirs in spellings.items()}
    places |= {value.strip(): row for value, row in places.items()}
    why = "another spelling in the joined file"
    folds = [
        Fold(column=column, kept=theirs, folded=((value, left.counts[value]),), why=why)
        for value, theirs in spellings.items()
    ]
    return Met(places, repeated, tuple(folds), spellings)


def _by_words(rows: Mapping[str, int]) -> dict[str, str]:
    """Plain words → the value that has them; without those of several values."""
    found: dict[str, list[str]] = {}
    for value in rows:
        found.setdefault(plain(value), []).append(value)
    return {words: values[0] for words, values in found.items() if words and len(values) == 1}
