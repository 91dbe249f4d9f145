"""The deals behind the findings as CSV, one row a deal and finding, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from winloss.report.behind import COLUMNS, Behind, Row
from winloss.synthesize.study import Study
from winloss.tables.escape import safe_cell
from winloss.tables.written import BEHIND, PROSPECTS


def merged(behind: Mapping[str, Behind]) -> Iterator[tuple[Row, tuple[str, ...]]]:
    """Each deal once, with the ids of all findings it stands behind, in the order of its first finding."""
    rows: dict[object, Row] = {}
    findings: dict[object, list[str]] = {}
    for listed in behind.values():
        for row in listed.rows:
            key = row.get("deal_id")
            rows.setdefault(key, row)
            findings.setdefault(key, []).append(listed.finding)
    for key, row in rows.items():
        yield row, tuple(findings[key])


def cells(row: Row) -> list[str]:
    """The columns of one deal as text, amounts in whole currency units with two decimals."""
    return [_amount(row.get(name)) if name == "amount_cents" else _text(row.get(name)) for name in COLUMNS]


def _text(value: object) -> str:
    return "" if value is None else safe_cell(str(value))


def _amount(cents: object) -> str:
    if not isinstance(cents, int):
        return ""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def write(behind: Mapping[str, Behind], path: Path) -> int:
    """Write the table (UTF-8 with BOM, so that a spreadsheet reads it so) and give the number of deals."""
    return _write(((*cells(row), " ".join(ids)) for row, ids in merged(behind)), path)


def write_prospects(study: Study, path: Path) -> int:
    """Write every deal worth asking again, by value, and give their number."""
    lines = (
        (
            *map(_text, (p.deal_id, p.deal_name, p.account, p.reason)),
            _amount(p.amount_cents),
            study.currency or "",
            *map(_text, (p.closed_on, p.window_from, p.window_to)),
        )
        for p in study.recovery.prospects
    )
    return _write(lines, path, header=PROSPECTS)


def _write(lines: Iterable[tuple[str, ...]], path: Path, *, header: tuple[str, ...] = BEHIND) -> int:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(header)
        n = 0
        for line in lines:
            writer.writerow(line)
            n += 1
    return n
