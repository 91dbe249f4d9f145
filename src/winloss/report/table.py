"""The deals behind the figures as CSV, one row a deal, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winloss.report.behind import COLUMNS, Behind
from winloss.synthesize.study import Study
from winloss.tables import CLOSED
from winloss.tables.escape import safe_cell
from winloss.tables.written import BEHIND, PROSPECTS

FINDINGS = "findings"
"""Ids of the findings that a deal stands behind, with spaces between."""
COUNTS_IN = "counts_in"
"""Which figures count the deal, with semicolons between: those that rest on what it lacks do not."""


def merged(behind: Mapping[str, Behind]) -> pa.Table:
    """Each deal once, with `FINDINGS` beside it, in the order of its first finding; columns `COLUMNS` as far as there."""
    parts = [
        listed.deals.append_column(FINDINGS, pa.array([listed.finding] * listed.listed))
        for listed in behind.values()
        if listed.listed
    ]
    if not parts:
        return pa.table({name: pa.nulls(0, pa.string()) for name in (*COLUMNS, FINDINGS)})
    rows = pa.concat_tables(parts, promote_options="default")
    rows = rows.append_column("row", pa.array(range(rows.num_rows), pa.int64()))
    by_deal = rows.group_by("deal_id", use_threads=False).aggregate([("row", "min"), (FINDINGS, "list")])
    by_deal = by_deal.sort_by("row_min")
    # The whole book is no finding: its id is blank.
    ids: Any = pc.utf8_trim_whitespace(pc.binary_join(by_deal[f"{FINDINGS}_list"], " "))
    return rows.take(by_deal["row_min"]).drop_columns([FINDINGS, "row"]).append_column(FINDINGS, ids)


def _texts(values: pa.ChunkedArray[Any] | pa.Array[Any]) -> list[str]:
    """A column as text, safe to open in a spreadsheet."""
    told: Any = values.cast(pa.string())
    texts: list[str] = told.fill_null("").to_pylist()
    # A cell that begins with a letter or digit stays as it is, and nearly all do.
    for i in np.flatnonzero(pc.match_substring_regex(told, "^[^0-9A-Za-z]").fill_null(False)).tolist():
        texts[i] = safe_cell(texts[i])
    return texts


def amounts(cents: Iterable[object]) -> list[str]:
    """A column of amounts in whole currency units with two decimals."""
    return [_amount(one) for one in cents]


def _amount(cents: object) -> str:
    if not isinstance(cents, int):
        return ""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def write(behind: Mapping[str, Behind], path: Path) -> int:
    """Write the table (UTF-8 with BOM, so that a spreadsheet reads it so) and give the number of deals."""
    deals = merged(behind)
    columns = [_column(deals, name) for name in (*COLUMNS, FINDINGS)]
    return _write([*columns, _counts_in(deals)], path)


def _counts_in(deals: pa.Table) -> list[str]:
    """The win rate of every closed deal; amounts, reasons and competitors where the deal has one."""
    has = {"amount_cents": "amounts", "reason": "reasons", "competitor": "competitors"}
    there = {name: deals[name].to_pylist() for name in ("outcome", *has) if name in deals.column_names}
    told = []
    for i in range(deals.num_rows):
        row = {name: values[i] for name, values in there.items()}
        parts = ["win rate"] if row.get("outcome") in CLOSED else []
        if (row.get("amount_cents") or 0) <= 0:
            row["amount_cents"] = None
        told.append("; ".join([*parts, *(what for name, what in has.items() if parts and row.get(name) is not None)]))
    return told


def _column(deals: pa.Table, name: str) -> list[str]:
    if name not in deals.column_names:
        return [""] * deals.num_rows
    return amounts(deals[name].to_pylist()) if name == "amount_cents" else _texts(deals[name])


def write_prospects(study: Study, path: Path) -> int:
    """Write every deal worth asking again, in the order of the report, and give their number."""
    due = study.recovery.prospects
    names, days = ("deal_id", "deal_name", "account", "reason"), ("closed_on", "window_from", "window_to")
    columns = [
        *(_texts(pa.array([getattr(one, name) for one in due])) for name in names),
        amounts(one.amount_cents for one in due),
        [one.currency or "" for one in due],
        *(_texts(pa.array([getattr(one, name) for one in due])) for name in days),
    ]
    return _write(columns, path, header=PROSPECTS)


def _write(columns: Sequence[list[str]], path: Path, *, header: tuple[str, ...] = BEHIND) -> int:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(zip(*columns, strict=True))
    return len(columns[0])
