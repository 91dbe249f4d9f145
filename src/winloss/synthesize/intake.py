"""What the sources told of the rows behind a book, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fact:
    @classmethod
    def read(cls, told: object) -> Self:
        """Take the fields of this class from a mapping or from any object that has them."""
        given = told if isinstance(told, Mapping) else {f.name: getattr(told, f.name) for f in fields(cls)}
        return cls(**{f.name: _frozen(given[f.name]) for f in fields(cls) if f.name in given})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemFact(_Fact):
    """One kind of trouble that reading met."""

    code: str
    message: str
    count: int
    column: str | None = None
    examples: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    fact: str = ""
    """The message without what a person at a terminal does about it; "" where it is the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldFact(_Fact):
    """Spellings that were joined into one."""

    column: str
    kept: str
    folded: tuple[tuple[str, int], ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinFact(_Fact):
    """One file joined to another: how many rows found a partner."""

    left: str
    right: str
    on_left: str
    on_right: str
    matched: int
    unmatched: int
    blank: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFact(_Fact):
    """What became of one column of the source."""

    header: str
    target: str | None
    use: str
    why: str
    filled: int = 0
    distinct: int | None = None
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeFacts:
    """Everything the sources told.

    Parameters
    ----------
    rows
        Rows of deals in all sources, or None where nobody counted; checked against the sum of all outcomes.
    rejected
        Rows of deals that were set aside.
    folded
        Rows of deals that repeat the id of a later one.
    skipped
        Blank rows, repeated headers and footers by name; they are no rows.
    rejects
        Where the rejected rows lie, as text for a reader.
    """

    rows: int | None = None
    rejected: int = 0
    folded: int = 0
    skipped: Mapping[str, int] | None = None
    problems: tuple[ProblemFact, ...] = ()
    folds: tuple[FoldFact, ...] = ()
    joins: tuple[JoinFact, ...] = ()
    columns: tuple[ColumnFact, ...] = ()
    rejects: str = ""

    @classmethod
    def read(
        cls, told: Sequence[Mapping[str, Any]], *, folded: int = 0, rows: int | None = None, rejects: str = ""
    ) -> Self:
        """Take the facts from what several pulls told.

        Parameters
        ----------
        told
            For each pull a mapping with `tallies` (by table: `rejected`, `skipped`), `problems`, `folds`, `joins` and
            `columns`; what is missing is taken as none.
        folded, rows, rejects
            As in the class.
        """
        tallies = [one.get("tallies", {}).get("deals", {}) for one in told]
        return cls(
            rows=rows,
            rejected=sum(tally.get("rejected", 0) for tally in tallies),
            folded=folded,
            skipped=_added(tally.get("skipped", {}) for tally in tallies),
            problems=tuple(ProblemFact.read(x) for one in told for x in one.get("problems", ())),
            folds=tuple(FoldFact.read(x) for one in told for x in one.get("folds", ())),
            joins=tuple(JoinFact.read(x) for one in told for x in one.get("joins", ())),
            columns=tuple(ColumnFact.read(x) for one in told for x in one.get("columns", ())),
            rejects=rejects,
        )


def _added(parts: Any) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for name, n in part.items():
            total[name] = total.get(name, 0) + n
    return total
