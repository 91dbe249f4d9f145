"""Sheets of one workbook that hold the same columns and are named by how their deals ended: one table, and its outcome.

Where no column tells outcomes, `Closed Won` beside `Closed Lost` does; the name becomes a column of its own. Columns
that one sheet has and another has not are blank there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import pyarrow as pa

from winloss.sources.files.outcomes import DECIDED, UNCLASSIFIED, vocabulary
from winloss.sources.files.raw_table import Ledger, RawBatch, RawTable

COLUMN = "Sheet"
ALIKE = 0.6
"""Share of all columns that two sheets must have in common to be one table, 0 to 1."""

_LABEL = re.compile(r"(?P<file>.+) \[(?P<sheet>.+)\]")


def kind_of_sheet(part: RawTable) -> str:
    """What the name of a sheet says of its deals; unclassified where it says nothing."""
    named = _LABEL.fullmatch(part.label)
    return vocabulary().read(named["sheet"]).kind if named else UNCLASSIFIED


def alike(parts: Sequence[RawTable]) -> list[list[RawTable]]:
    """The tables of the files in groups: the same columns, or sheets named by outcomes with nearly the same ones."""
    groups: list[list[RawTable]] = []
    for part in parts:
        found = next((group for group in groups if _belong(group[0], part)), None)
        if found is None:
            groups.append([part])
        else:
            found.append(part)
    return groups


def _belong(one: RawTable, other: RawTable) -> bool:
    here, there = set(one.header), set(other.header)
    if here == there:
        return True
    first, second = _LABEL.fullmatch(one.label), _LABEL.fullmatch(other.label)
    if first is None or second is None or first["file"] != second["file"]:
        return False
    named = UNCLASSIFIED not in (kind_of_sheet(one), kind_of_sheet(other))
    return named and len(here & there) >= ALIKE * len(here | there)


def levelled(parts: Sequence[RawTable]) -> list[RawTable]:
    """The parts with the columns of all of them."""
    header = tuple(dict.fromkeys(name for part in parts for name in part.header))
    return [part if set(part.header) == set(header) else _widened(part, header, None) for part in parts]


def named_by_outcome(parts: Sequence[RawTable]) -> bool:
    """True for sheets of which one says won or lost by its name, and another something else."""
    kinds = {kind_of_sheet(part) for part in parts}
    return len(kinds) > 1 and bool(kinds & DECIDED) and UNCLASSIFIED not in kinds


def with_sheet(parts: Sequence[RawTable]) -> list[RawTable]:
    """The parts with the name of the sheet as a column."""
    header = parts[0].header
    name = next(n for n in (COLUMN, f"{COLUMN} name", *(f"{COLUMN} {i}" for i in range(2, 99))) if n not in header)
    return [_widened(part, (*header, name), name) for part in parts]


def _widened(part: RawTable, header: tuple[str, ...], named: str | None) -> RawTable:
    shape = replace(part.shape, header=header, notes=part.notes)
    return RawTable(shape, partial(_parse, part, header, named), work_dir=part.work_dir)


def _parse(part: RawTable, header: tuple[str, ...], named: str | None, ledger: Ledger) -> Iterator[RawBatch]:
    found = _LABEL.fullmatch(part.label)
    sheet = found["sheet"] if found else part.label
    for batch in part.batches():
        columns = [
            batch.columns.column(name)
            if name in part.header
            else pa.array([sheet if name == named else None] * batch.num_rows, pa.string())
            for name in header
        ]
        yield RawBatch(pa.RecordBatch.from_arrays(columns, names=list(header)), batch.lines)
    ledger.skipped.update(part.skipped)
    ledger.filled_down.update(part.filled_down)
    for reject in part.rejects:
        ledger.rejects.add(reject)
