"""Reports grouped by a column: rows of subtotals go, and a group that stands on its first row alone is filled down.

A column is a group's where every value of it stands once, on the first row of a block, and blank cells follow; and
where its name is that of a stage, an owner or the like, or subtotals stand between the blocks: ids and names of deals
are never filled down. A row of subtotals holds nothing but their words and figures, in half of its cells at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np
import pyarrow as pa

from winloss.sources.files.arrow import Array, array_of, filtered
from winloss.sources.files.arrow import kernels as pc
from winloss.sources.files.buffers import mask, written_out
from winloss.sources.files.profile import ColumnProfile
from winloss.sources.files.raw_table import Ledger, RawBatch, RawTable
from winloss.sources.files.signs import signs
from winloss.sources.files.synonyms import BARE, synonyms
from winloss.sources.files.tidy import FIGURE

_SORTED = re.compile(r"[↑↓]")
"""Salesforce marks a column by which a report is sorted or grouped."""
_GROUPS = frozenset(
    [
        "status",
        "deal_stage",
        "owner_name",
        "deal_type",
        "lead_source",
        "product",
        "industry",
        "country",
        "region",
        "team",
        "pipeline",
        "campaign",
        "size_band",
    ]
)
"""Targets by which reports are grouped, and which no deal has of its own."""
NARROW = 4
"""Tables of fewer columns are left as they are."""


@dataclass(frozen=True, slots=True)
class _Grouping:
    """Of one table: columns to fill down, and columns in which words of totals stand."""

    groups: tuple[int, ...]
    words: tuple[int, ...]


def ungrouped(part: RawTable, profiles: Sequence[ColumnProfile]) -> RawTable | None:
    """The table without its subtotals and with its groups on every row; None where there is nothing to do.

    Parameters
    ----------
    part
        A table that was read through.
    profiles
        Its columns, or those of all tables with the same columns.
    """
    names = [profile.header for profile in profiles]
    words = tuple(part.header.index(p.header) for p in profiles if _cased() & p.counts.keys())
    first = profiles[names.index(part.header[0])]
    if len(part.header) < NARROW or not (words or _may_be_group(first)):
        return None
    found = _Grouping(_groups(part, words), words)
    if not found.groups and not any(_summaries(raw, words).any() for raw in part.batches()):
        return None
    shape = replace(part.shape, notes=part.notes)
    return RawTable(shape, partial(_parse, part, found), work_dir=part.work_dir)


@cache
def _cased() -> frozenset[str]:
    """The words of subtotals as they are written, for a look into the values of a column."""
    words = signs().words.subtotals
    forms = (form for w in words for form in (w, w.title(), w.capitalize(), w.upper()))
    return frozenset(f"{form}{end}" for form in forms for end in ("", ":"))


def _may_be_group(profile: ColumnProfile) -> bool:
    return profile.distinct is not None and 0 < 2 * profile.filled <= profile.rows


def _groups(part: RawTable, words: tuple[int, ...]) -> tuple[int, ...]:
    """The columns from the left on that are groups', each filled wherever the one before it is."""
    found: list[int] = []
    above: np.ndarray | None = None
    for position in range(len(part.header) - 1):
        column, summed = _kept(part, position, words)
        starts = mask(column.is_valid())
        if not _is_group(part.header[position], column, starts, above, summed=summed):
            break
        found.append(position)
        above = starts
    return tuple(found)


def _kept(part: RawTable, position: int, words: tuple[int, ...]) -> tuple[Array, bool]:
    """A column without the rows of subtotals, and whether such rows stand before its end."""
    kept: list[Array] = []
    between = pending = False
    for raw in part.batches():
        gone = _summaries(raw, words)
        column = written_out(raw.columns.column(position))
        kept.append(column.filter(array_of(~gone)))
        rest = np.flatnonzero(~gone)
        between |= bool(len(rest) and (pending or (gone[: rest[-1]]).any()))
        pending |= bool(gone.any())
    return pa.concat_arrays(kept) if kept else pa.array([], pa.string()), between


def _is_group(header: str, column: Array, starts: np.ndarray, above: np.ndarray | None, *, summed: bool) -> bool:
    """Whether the values stand on the first rows of blocks alone."""
    blocks = int(starts.sum())
    if not blocks or not starts[0] or 2 * blocks > len(starts):
        return False
    marked = summed or _SORTED.search(header) is not None
    if not _groups_by_name(header) or (blocks < 2 and not marked):
        return False
    if above is None:
        return len(pc.unique(column.drop_null())) == blocks
    return bool(starts[above].all())


def _groups_by_name(header: str) -> bool:
    return any(m.target in _GROUPS and m.score >= BARE for m in synonyms().matches("deals", header))


def _summaries(raw: RawBatch, words: tuple[int, ...]) -> np.ndarray:
    """The rows of subtotals."""
    found = np.zeros(raw.num_rows, dtype=bool)
    if not words:
        return found
    known = pa.array(sorted(_cased()), pa.string())
    for position in words:
        found |= mask(pc.is_in(written_out(raw.columns.column(position)), known))
    for row in np.flatnonzero(found):
        found[row] = _is_summary([column[int(row)].as_py() for column in raw.columns.columns])
    return found


def _is_summary(cells: Sequence[str | None]) -> bool:
    filled = [cell.strip() for cell in cells if cell]
    words = signs().words.subtotals
    if len(filled) * 2 > len(cells) or filled[0].rstrip(": ").casefold() not in words:
        return False
    return all(cell.rstrip(": ").casefold() in words or FIGURE.fullmatch(cell) for cell in filled)


def _parse(part: RawTable, found: _Grouping, ledger: Ledger) -> Iterator[RawBatch]:
    ledger.skipped.update(part.skipped)
    for reject in part.rejects:
        ledger.rejects.add(reject)
    last: dict[int, Array] = {position: pa.nulls(1, pa.string()) for position in found.groups}
    for raw in part.batches():
        gone = _summaries(raw, found.words)
        ledger.skipped["summary"] += int(gone.sum())
        columns = filtered(raw.columns, ~gone)
        arrays = list(columns.columns)
        for position in found.groups:
            written = written_out(arrays[position])
            filled = pc.fill_null_forward(pa.concat_arrays([last[position], written]))
            ledger.filled_down[part.header[position]] += written.null_count
            last[position] = filled.slice(len(filled) - 1)
            arrays[position] = filled.slice(1)
        batch = pa.RecordBatch.from_arrays(arrays, names=list(part.header))
        if batch.num_rows:
            yield RawBatch(batch, raw.lines.filter(array_of(~gone)))
