"""What was computed of each version beside its counts: the study as JSON, and the documents to take along.

It lies in the results folder, one folder a version and what its figures rest on; any of it may be deleted and is computed
again.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from winloss import refresh, report
from winloss.store import Book
from winloss.web.book import basis, shelves

KEPT = 3
"""Versions whose results are kept."""
_FOLDER = re.compile(r"v(?P<version>\d+)(-[0-9a-f]+)?")
STEM = "winloss-report"
FORMATS = ("json", "html", "md", "xlsx")
MEANING = {
    f"{STEM}.html": "The report as one page: for the screen, and to print",
    f"{STEM}.xlsx": "The report as a workbook: every table, and the deals behind each finding",
    f"{STEM}.md": "The report as text",
    f"{STEM}.json": "The report as JSON, for programs",
    f"{STEM}.deals.csv": "Every closed deal, with the findings it stands behind and the figures that count it",
    f"{STEM}.recovery.csv": "Every lost deal worth asking again",
}


def folder(version: int) -> Path:
    """Where the results of a version lie, as deals are left out and quarters begin now."""
    place: Path = settings.CONFIG.results
    return place / f"v{version}-{basis.key()}"


def study(version: int) -> dict[str, Any] | None:
    """The study of a version as in `docs/reference/report-json.md`; None where it is not computed yet."""
    path = folder(version) / f"{STEM}.json"
    try:
        return _read(str(path), path.stat().st_mtime_ns)
    except (OSError, ValueError):  # not there, or damaged: it is made again
        return None


def written_at(version: int) -> int:
    """When the study of a version was written, in nanoseconds since 1970; 0 where it is not there."""
    try:
        return (folder(version) / f"{STEM}.json").stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=2)
def _read(path: str, _written: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return found


def documents(version: int) -> list[tuple[str, str, int]]:
    """Name, meaning and size in bytes of each document of a version."""
    place = folder(version)
    return [(name, says, (place / name).stat().st_size) for name, says in MEANING.items() if (place / name).is_file()]


shelves.let_go_too(_read.cache_clear)


def compute(version: int, say: Any) -> dict[str, Any]:
    """Study a version and write all documents; whole or not at all, and once however often it is asked.

    Parameters
    ----------
    say
        Told how far it is: `say(words, done, of)`.
    """
    place = folder(version)
    if study(version) is not None:
        return {"version": version}
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".v{version}-", dir=place.parent))
    try:
        _write(version, draft, say)
        if place.exists():
            shutil.rmtree(place)
        draft.replace(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _tidy(place.parent)
    return {"version": version}


def _write(version: int, draft: Path, say: Any) -> None:
    shelves.opened(version)  # keeps beside the book what every server process will read
    say("studying the deals", 0, len(FORMATS) + 1)
    report.prepare(FORMATS)
    with Book.open(settings.CONFIG.book).read(version, memory_limit=settings.CONFIG.engine_memory) as view:
        done = refresh.study_of(view, options=basis.options(view), name="book")
        for i, name in enumerate(FORMATS, start=1):
            say(f"writing the report ({name})", i, len(FORMATS) + 1)
            report.write(
                done.study, draft / f"{STEM}.{name}", format=name, deals=done.deals_of, prospects=done.prospects
            )


def _tidy(place: Path) -> None:
    there = [(int(named["version"]), one) for one in place.iterdir() if (named := _FOLDER.fullmatch(one.name))]
    now = f"-{basis.key()}"
    there.sort(key=lambda of: (of[1].name.endswith(now), of[0]))  # what rests on other settings goes first
    for _, one in there[:-KEPT]:
        shutil.rmtree(one, ignore_errors=True)
