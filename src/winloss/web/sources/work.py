"""What jobs do with uploads: read them, land them, take the last landing back. Each may run twice and has one effect."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from filelock import Timeout

from winloss.errors import DataError, SourceError, UserError
from winloss.web.audit.models import Event
from winloss.web.audit.services import record
from winloss.web.book import studies
from winloss.web.sources import mapping, places, queries, reading, services
from winloss.web.sources.models import State, Upload

if TYPE_CHECKING:
    from winloss.refresh import Imported
    from winloss.sources.files.tabled import Tell
    from winloss.store import Manifest

Result = dict[str, Any]
_NEEDS_PERSON = frozenset({"unclassified_outcome", "map_column_absent", "file_not_joined", "map_unusable"})
_REJECTED_SHARE = 0.1
"""Where more of the rows cannot be read, the export has changed and somebody should look."""
_RETRIED = "The book is being written by somebody else: the import waits and is tried again."


# Reading


def inspect(upload_id: str, revision: int, tell: Tell) -> Result:
    """Read the files of an upload and keep what was told; where the map was saved anew meanwhile, nothing."""
    upload = queries.one_or_none(upload_id)
    if upload is None or upload.revision != revision or upload.state != State.RECEIVED:
        return {"superseded": True}
    try:
        found = _seen(upload, tell)
    except (UserError, DataError) as error:
        return _failed(upload, revision, str(error))
    except SourceError as error:
        if not error.permanent:
            raise
        return _failed(upload, revision, str(error))
    with transaction.atomic():  # a watched upload is read and asked to be landed, or neither
        kept = Upload.objects.filter(id=upload.id, revision=revision, state=State.RECEIVED).update(
            state=State.INSPECTED, problem="", **found
        )
        if kept and upload.watched and not upload.landing and found["complete"] and found["map_from"] == "saved":
            services.land(queries.one(upload.id))
    return {"columns": len(found["seen"]["columns"]), "complete": found["complete"]}


def _failed(upload: Upload, revision: int, why: str) -> Result:
    Upload.objects.filter(id=upload.id, revision=revision, state=State.RECEIVED).update(
        state=State.FAILED, problem=why, complete=False
    )
    return {"problem": True}


def _seen(upload: Upload, tell: Tell) -> dict[str, Any]:
    """The fields of an upload that a reading fills."""
    files = reading.sort_out(paths(upload))
    terms = queries.terms()
    with _work() as work:
        place = Path(work)
        proposal = upload.proposal
        if not proposal or not upload.map_text:
            proposal = reading.read(
                files.tables, mapping=None, rates=files.rates, terms=terms, work_dir=place, tell=tell
            )
        text, came = _map_for(upload, files, proposal)
        seen, trouble = proposal, ""
        if text:
            try:
                given = reading.map_from(text, terms)
                seen = reading.read(
                    files.tables, mapping=given, rates=files.rates, terms=terms, work_dir=place, tell=tell
                )
            except UserError as error:
                if upload.revision:
                    raise  # somebody has just said so, and is told
                trouble, text, came = str(error), "", ""
    if trouble:
        said = f"The map could not be used, so winloss decided anew: {trouble}"
        seen = {**seen, "problems": [_problem("map_unusable", said), *seen["problems"]]}
    return {
        "proposal": _trimmed(proposal),
        "seen": seen,
        "map_text": text,
        "map_from": came,
        "complete": complete(seen),
    }


def _trimmed(proposal: Mapping[str, Any]) -> dict[str, Any]:
    """Of what winloss would decide by itself, what the page tells beside a correction."""
    keys = ("file", "header", "target", "use", "why")
    return {"columns": [{key: row[key] for key in keys} for row in proposal["columns"]]}


def _work() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="winloss-", ignore_cleanup_errors=True)


def _problem(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "message": message, "count": 1, "column": None, "examples": [], "lines": []}


def _map_for(upload: Upload, files: reading.Sorted, proposal: Mapping[str, Any]) -> tuple[str, str]:
    """The map by which to read, and where it came from: what a person said, a file beside the deals, or a saved one."""
    if upload.map_text:
        return upload.map_text, upload.map_from
    if upload.revision:
        return "", ""  # somebody let winloss decide anew
    if files.map is not None:
        return files.map.read_text("utf-8-sig", errors="replace"), "file"
    tables = {file["label"]: reading.fingerprint(file["headers"]) for file in proposal["files"]}
    main = mapping.primary(proposal)
    saved = queries.saved_for([tables[label] for label in dict.fromkeys([main, *tables]) if label in tables])
    if saved is None:
        return "", ""
    now = {print_: label for label, print_ in tables.items()}
    labels = {label: now[print_] for label, print_ in saved.labels.items() if print_ in now}
    raw = mapping.relabelled(reading.parsed(saved.text, "The saved map"), labels)
    raw["files"] = {label: rows for label, rows in raw.get("files", {}).items() if label in tables}
    return mapping.text_of({name: rows for name, rows in raw.items() if rows}, proposal), "saved"


def paths(upload: Upload) -> list[Path]:
    """The originals of an upload, in the order they were given; SourceError where one is gone."""
    folder = places.files_of(upload.id)
    found = [folder / file.name for file in upload.files.all()]
    if gone := [path.name for path in found if not path.is_file()]:
        raise SourceError(f"{gone[0]} is not on the disk any more: restore it from a backup, or upload it again.")
    return found


def complete(seen: Mapping[str, Any]) -> bool:
    """Whether nothing waits for a person."""
    rows = sum(tally["rows"] for tally in seen["tallies"].values())
    rejected = sum(tally["rejected"] for tally in seen["tallies"].values())
    asked = any(problem["code"] in _NEEDS_PERSON for problem in seen["problems"])
    return not (seen["blocked"] or asked or rejected > _REJECTED_SHARE * rows)


# Landing


def import_upload(upload_id: str, landing: int, by: str, tell: Tell) -> Result:
    """Land the files of an upload in the book, once for each time it was asked.

    Raises
    ------
    SourceError
        Transient, where another process writes the book.
    """
    from winloss.store import Book

    upload = queries.one_or_none(upload_id)
    if upload is None or upload.landed_run >= landing or upload.landing != landing:
        return {"version": upload.version if upload else None}
    try:
        book = Book.create(settings.CONFIG.book)
        found = _landed_before(upload)
        if found is None:
            done = _import(upload, book, tell)
            found = done.manifest, done.fresh, _counts(done), done.intake.rejects
    except DataError as error:
        return _refused(upload, landing, str(error))
    except UserError as error:
        if isinstance(error.__cause__, Timeout):
            raise SourceError(_RETRIED, permanent=False) from error
        return _refused(upload, landing, str(error))
    told, fresh, counts, rejects = found
    _record_landing(upload, landing, by, told, fresh=fresh, counts=counts, rejects=rejects)
    return {"version": told.version, "fresh": fresh, "tables": counts}


def _landed_before(upload: Upload) -> tuple[Manifest, bool, dict[str, Any], Path | None] | None:
    """The version that an earlier try of this landing made before it was killed, with its counts."""
    current = queries.manifest().version
    if upload.base_version is None:
        Upload.objects.filter(id=upload.id).update(base_version=current)
        return None
    claimed = set(Upload.objects.filter(version__gt=upload.base_version).values_list("version", flat=True))
    for number in range(upload.base_version + 1, current + 1):
        try:
            told = queries.manifest(number)
        except UserError:  # pruned meanwhile
            continue
        entry = told.sources.get(upload.seen["source"])
        mine = entry is not None and entry.version == number and number not in claimed
        if mine and entry is not None and reading.digest(entry.told) == upload.seen["digest"]:
            rejects = entry.told.get("rejects")
            return told, True, queries.counts(told), Path(rejects) if rejects else None
    return None


def _import(upload: Upload, book: Any, tell: Tell) -> Imported:
    from winloss import refresh

    files = reading.sort_out(paths(upload))
    rejects = places.rejects_of(upload.id)
    shutil.rmtree(rejects, ignore_errors=True)
    with _work() as work:
        map_path = Path(work) / "map.toml"
        map_path.write_text(upload.map_text, "utf-8")
        reading.map_from(upload.map_text, queries.terms())
        options = refresh.ImportOptions(mapping=map_path, rates=files.rates, rejects_dir=rejects)
        return refresh.import_files(book, files.tables, options=options, progress=tell)


def _counts(done: Imported) -> dict[str, Any]:
    return {
        name: {**dataclasses.asdict(landed), "rejected": done.intake.tallies[name].rejected}
        if name in done.intake.tallies
        else dataclasses.asdict(landed)
        for name, landed in done.landed.items()
    }


@transaction.atomic
def _record_landing(
    upload: Upload,
    landing: int,
    by: str,
    told: Manifest,
    *,
    fresh: bool,
    counts: dict[str, Any],
    rejects: Path | None,
) -> None:
    recorded = Upload.objects.filter(id=upload.id, landing=landing, landed_run__lt=landing).update(
        state=State.LANDED,
        landed_run=landing,
        version=told.version,
        fresh=fresh,
        counts=counts,
        rejects=rejects.name if rejects else "",
        landed_at=timezone.now(),
        problem="",
    )
    if recorded:
        numbers = {name: {k: v for k, v in row.items() if isinstance(v, int)} for name, row in counts.items()}
        said = {"version": told.version, "fresh": fresh, "tables": numbers}
        record("import", actor=by, of=f"upload {upload.id}", told=said)
        studies.ask_for(told.version)


def _refused(upload: Upload, landing: int, why: str) -> Result:
    """Nothing was landed: the upload waits as it was, and says why."""
    Upload.objects.filter(id=upload.id, landing=landing, landed_run__lt=landing).update(
        state=State.INSPECTED, problem=why
    )
    return {"problem": True}


# Taking back


def undo(version: int, by: str, *, made_at: str = "") -> Result:
    """Take back the last import while `version` is in force; where that was done already, nothing.

    Parameters
    ----------
    made_at
        When that version was made, as text; "" where nobody said.

    Raises
    ------
    UserError
        Where another version is in force by now, or nothing can be taken back.
    SourceError
        Transient, where another process writes the book.
    """
    from winloss.store import Book

    if made_at not in ("", queries.made_at(version)):
        raise UserError(
            f"Version {version} is another one than was looked at, as where a backup was put back: open its versions and "
            "look again."
        )
    taken = queries.manifest(version).content_of
    after = _undone(version, taken)
    if after is None:
        try:
            after = Book.open(settings.CONFIG.book).undo(made_at=timezone.now(), of=version)
        except UserError as error:
            if isinstance(error.__cause__, Timeout):
                raise SourceError(_RETRIED, permanent=False) from error
            raise
    _record_undo(version, taken, after, by)
    return {"version": after.version, "taken_back": taken}


def _undone(version: int, taken: int) -> Manifest | None:
    """What an earlier try of this undo made before it was killed."""
    if queries.manifest().version <= version:
        return None
    after = queries.manifest(version + 1)
    return after if after.note == f"undo of {taken}" else None


@transaction.atomic
def _record_undo(version: int, taken: int, after: Manifest, by: str) -> None:
    of, made_at = f"version {version}", queries.made_at(after.version)
    if Event.objects.filter(action="undo import", of=of, told__made_at=made_at).exists():
        return
    Upload.objects.filter(version=taken, state__in=_STANDING).update(state=State.UNDONE)
    record("undo import", actor=by, of=of, told={"taken_back": taken, "version": after.version, "made_at": made_at})
    studies.ask_for(after.version)


_STANDING: Sequence[str] = (State.LANDED, State.INSPECTED)
