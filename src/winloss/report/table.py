"""The deals behind the findings as CSV, one row a deal and finding, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
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


def _texts(values: Iterable[object]) -> list[str]:
    """A column as text, safe to open in a spreadsheet."""
    return ["" if value is None else safe_cell(str(value)) for value in values]


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
    listed = list(merged(behind))
    columns = [(amounts if name == "amount_cents" else _texts)(row.get(name) for row, _ in listed) for name in COLUMNS]
    return _write([*columns, [" ".join(ids) for _, ids in listed]], path)


def write_prospects(study: Study, path: Path) -> int:
    """Write every deal worth asking again, by value, and give their number."""
    due = study.recovery.prospects
    names, days = ("deal_id", "deal_name", "account", "reason"), ("closed_on", "window_from", "window_to")
    columns = [
        *(_texts(getattr(one, name) for one in due) for name in names),
        amounts(one.amount_cents for one in due),
        [study.currency or ""] * len(due),
        *(_texts(getattr(one, name) for one in due) for name in days),
    ]
    return _write(columns, path, header=PROSPECTS)


def _write(columns: Sequence[list[str]], path: Path, *, header: tuple[str, ...] = BEHIND) -> int:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(zip(*columns, strict=True))
    return len(columns[0])
