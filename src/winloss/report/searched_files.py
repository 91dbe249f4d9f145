"""A search of segments as JSON (`winloss.segments/1`), CSV, and as a picture.

JSON is described by `schema/winloss.segments-1.json`. Shares are 0–1, amounts whole hundredths, dates ISO 8601; what cannot be
given is `{"value": null, "why": …}`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from winloss.errors import UserError
from winloss.report.document import estimate, plain
from winloss.stats.estimate import Estimate
from winloss.synthesize.exploration import Exploration, Explored
from winloss.tables.escape import safe_cell

SCHEMA = "winloss.segments/1"
ENDINGS = (".svg", ".png", ".json", ".csv")
COLUMNS = (
    *("status", "segment", "measure", "covers"),
    *("successes", "n", "share", "share_low", "share_high"),
    *("beside_successes", "beside_n", "beside_share", "difference", "difference_low", "difference_high"),
    *("p", "q", "share_by_amount", "beside_share_by_amount", "survives", "survives_within", "claim", "also"),
)
"""Columns of the CSV, one row a segment; `also` are the segments it stands for, the strongest first."""


def document(found: Exploration, book: Mapping[str, Any], *, excluded: Sequence[str] = ()) -> dict[str, Any]:
    """The whole search as plain JSON values."""
    return {
        "schema": SCHEMA,
        "book": plain(book),
        "as_of": plain(found.as_of),
        "currency": found.currency,
        "excluded": list(excluded),
        "measure": found.measure,
        "heading": found.heading,
        "whole": estimate(found.whole),
        "segments": [_segment(one) for one in found.found],
        "tested": found.tested,
        "tested_by": [{"conditions": conditions, "segments": n} for conditions, n in found.tested_by],
        "depth": found.depth,
        "floor": found.floor,
        "power": found.power,
        "searched": plain(found.searched),
        "left_out": plain(found.left_out),
        "not_listed": found.not_listed,
        "beyond": found.beyond,
        "per_month": plain(found.per_month),
        "amounts_why": found.amounts_why,
    }


def _segment(one: Explored) -> dict[str, Any]:
    told: dict[str, Any] = plain(one.finding)
    told["absorbed_count"] = len(one.finding.absorbed)
    told["by_amount"] = {"here": estimate(one.by_amount), "comparison": estimate(one.by_amount_beside)}
    return told


def dumps(told: Mapping[str, Any]) -> str:
    """JSON text, two spaces deep, ending in a line feed."""
    return json.dumps(told, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def check_path(out: Path, *, one: bool = False) -> None:
    """UserError where nothing can be written in the form that the ending names; of one segment only JSON can."""
    there = (".json",) if one else ENDINGS
    if out.suffix.lower() not in there:
        what = "One segment is" if one else "Segments are"
        raise UserError(f"{what} not written as {out.suffix or out.name!r}: choose {', '.join(there)}.")


def write(found: Exploration, told: Mapping[str, Any], out: Path) -> None:
    """Write the search in the form that the ending of `out` names; UserError where it cannot be written."""
    ending = out.suffix.lower()
    if ending == ".json":
        put(out, dumps(told))
    elif ending == ".csv":
        put(out, table(found), encoding="utf-8-sig")
    else:
        from winloss.report.spread import picture_file

        put(out, picture_file(found, ending))


def put(out: Path, content: str | bytes, *, encoding: str = "utf-8") -> None:
    """Write a file, and the folder it lies in."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error.strerror or error}. Choose another path.") from error


def table(found: Exploration) -> str:
    """One row a segment, safe to open in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in found.found:
        writer.writerow(["" if cell is None else safe_cell(str(cell)) for cell in _row(one)])
    return text.getvalue()


def _row(one: Explored) -> tuple[object, ...]:
    f = one.finding
    none = Estimate.refused("")
    beside, gap = f.comparison or none, f.difference or none
    survives = ("", "") if f.confounder is None else (f.confounder.survival, f.confounder.label)
    return (
        *(f.status, f.segment, f.measure, f.covers),
        *(f.here.successes, f.here.n, f.here.value, f.here.low, f.here.high),
        *(beside.successes, beside.n, beside.value, gap.value, gap.low, gap.high),
        *(f.p, f.q, one.by_amount.value, one.by_amount_beside.value),
        *(*survives, f.claim, "; ".join(f.absorbed)),
    )
