"""What people do with uploads: give files, correct and save the map, land, try again, take back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from winloss.errors import UserError
from winloss.web.audit.services import record
from winloss.web.jobs.models import Job
from winloss.web.jobs.models import State as JobState
from winloss.web.jobs.services import enqueue, renewed, retry
from winloss.web.sources import mapping, places, queries, reading
from winloss.web.sources.models import File, SavedMapping, State, Upload
from winloss.web.sources.receiving import Received, media_of

INSPECT, IMPORT, UNDO, LOOK = "inspect upload", "import upload", "undo import", "look at folder"
_LANDABLE = (State.INSPECTED, State.UNDONE, State.LANDED)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of files that were given: their upload, and whether it was there before."""

    upload: Upload
    known: bool


def receive(files: Sequence[Received], folder: Path, *, by: Any = None, watched: bool = False) -> Receipt:
    """Keep files for good and have them read; the same content is kept once.

    Parameters
    ----------
    files
        Files that came in whole, all of them in `folder`, each written through to the disk.
    folder
        Becomes the folder of the originals.
    by
        Who gave them; None for the watched folder.

    Raises
    ------
    UserError
        Where there is no file, or one that cannot hold deals; nothing is kept then.
    """
    if not files:
        raise UserError("No file was chosen: choose the export of your deals.")
    media = {file.path.name: media_of(file.path, file.size or 0) for file in files}
    digest = sha256("\n".join(sorted(file.sha256 for file in files)).encode()).hexdigest()
    if (known := queries.of_digest(digest)) is not None:
        return Receipt(known, known=True)
    upload = Upload(id=uuid.uuid4(), digest=digest, made_by=by, watched=watched)
    places.keep(folder, upload.id)
    try:
        _register(upload, files, media, by)
    except IntegrityError:
        places.forget(upload.id)
        if (known := queries.of_digest(digest)) is None:
            raise
        return Receipt(known, known=True)  # the same files came twice at the same moment
    except BaseException:
        places.forget(upload.id)
        raise
    return Receipt(upload, known=False)


@transaction.atomic
def _register(upload: Upload, files: Sequence[Received], media: dict[str, str], by: Any) -> None:
    upload.save(force_insert=True)
    File.objects.bulk_create(
        File(upload=upload, name=f.path.name, size=f.size or 0, sha256=f.sha256, media=media[f.path.name])
        for f in files
    )
    told = {"files": [f.sha256 for f in files], "bytes": sum(f.size or 0 for f in files), "watched": upload.watched}
    record("upload", actor=_id(by), of=f"upload {upload.id}", told=told)
    _have_read(upload, by)


def _have_read(upload: Upload, by: Any) -> None:
    job = enqueue(
        INSPECT,
        {"upload": str(upload.id), "revision": upload.revision},
        key=f"{INSPECT} {upload.id} {upload.revision}",
        by=by,
    )
    Upload.objects.filter(id=upload.id).update(job=job)


def _id(by: Any) -> str:
    return str(by.pk) if by is not None else ""


# The map


def save_map(upload: Upload, text: str, *, revision: int, by: Any, how: str = "hand") -> None:
    """Put a corrected map in force, keep it for the next upload with the same columns, and read the files by it again.

    Parameters
    ----------
    text
        TOML; "" lets winloss decide anew.
    revision
        The one that whoever saves has seen.
    how
        "hand", or "file" where it came as a file.

    Raises
    ------
    UserError
        Where the map is wrong, somebody else saved another meanwhile, or the files are being worked on.
    """
    if text:
        reading.map_from(text, queries.terms())
    with transaction.atomic():
        changed = Upload.objects.filter(id=upload.id, revision=revision, state__in=(*_LANDABLE, State.FAILED)).update(
            map_text=text, map_from=how if text else "", revision=F("revision") + 1, state=State.RECEIVED, problem=""
        )
        if not changed:
            raise UserError("Somebody changed this upload meanwhile, or it is being read: look at it again, then save.")
        upload.refresh_from_db()
        if text and upload.seen:
            remember(upload, text, by)
        told = {"map": sha256(text.encode()).hexdigest(), "revision": upload.revision}
        record("save mapping", actor=_id(by), of=f"upload {upload.id}", told=told)
        _have_read(upload, by)


def remember(upload: Upload, text: str, by: Any) -> None:
    """Keep the map for the next upload with the same columns."""
    headers = {file["label"]: reading.fingerprint(file["headers"]) for file in upload.seen["files"]}
    main = mapping.primary(upload.seen) or next(iter(headers), "")
    if not main:
        return
    SavedMapping.objects.update_or_create(
        fingerprint=headers[main],
        defaults={"name": main[:200], "labels": headers, "text": text, "saved_by": by},
    )


def forget_map(map_id: uuid.UUID, *, by: Any) -> None:
    """Let a saved map go; uploads that were read by it keep theirs."""
    with transaction.atomic():
        count, _ = SavedMapping.objects.filter(id=map_id).delete()
        if count:
            record("forget mapping", actor=_id(by), of=f"mapping {map_id}")


def map_in_force(upload: Upload) -> str:
    """The map by which the files are read, in full, as TOML."""
    given = reading.parsed(upload.map_text, "The map") if upload.map_text else {}
    return mapping.text_of(mapping.in_full(upload.seen, given), upload.seen)


# Landing


def land(upload: Upload, *, by: Any = None) -> None:
    """Have the files imported into the book, read as they were shown.

    Raises
    ------
    UserError
        Where they cannot be landed as they are, and why.
    """
    if upload.state in _LANDABLE and upload.seen.get("blocked"):
        raise UserError(upload.seen["blocked"])
    if upload.state not in _LANDABLE or not upload.seen:
        raise UserError("These files are being worked on: wait until that has ended.")
    text = map_in_force(upload)
    with transaction.atomic():
        changed = Upload.objects.filter(id=upload.id, revision=upload.revision, state__in=_LANDABLE).update(
            state=State.LANDING, map_text=text, landing=F("landing") + 1, base_version=None, problem=""
        )
        if not changed:
            raise UserError("Somebody changed this upload meanwhile: look at it again, then import it.")
        upload.refresh_from_db()
        remember(upload, text, by)
        _have_landed(upload, by)


def _have_landed(upload: Upload, by: Any) -> None:
    args = {"upload": str(upload.id), "landing": upload.landing, "by": _id(by)}
    job = enqueue(IMPORT, args, key=f"{IMPORT} {upload.id} {upload.landing}", by=by)
    Upload.objects.filter(id=upload.id).update(job=job)


def stuck(upload: Upload) -> bool:
    """Whether something should be done with it and nothing does it: its job failed or was cancelled."""
    ended = upload.job is None or upload.job.state in (JobState.FAILED, JobState.CANCELLED)
    return queries.works(upload) and ended


def try_again(upload: Upload, *, by: Any) -> None:
    """Have done what failed; UserError where nothing did."""
    with transaction.atomic():
        found = Upload.objects.select_for_update(of=("self",)).select_related("job").get(id=upload.id)
        if found.state == State.LANDING and stuck(found):
            found.landing += 1  # the version it began from stays: what the failed try landed is found again
            found.save(update_fields=["landing"])
            _have_landed(found, by)
        elif found.state == State.FAILED or stuck(found):
            found.revision += 1
            found.state, found.problem = State.RECEIVED, ""
            found.save(update_fields=["revision", "state", "problem"])
            _have_read(found, by)
        else:
            raise UserError("Nothing failed here: there is nothing to try again.")


def removable(upload: Upload) -> bool:
    """Whether nothing of it is in the book, and nothing works on it."""
    rests = upload.state in (State.INSPECTED, State.FAILED) or (upload.state == State.RECEIVED and stuck(upload))
    return rests and upload.version is None and not upload.landed_run


def remove(upload: Upload, *, by: Any) -> None:
    """Take an upload that was never imported away, and its files with it; UserError where it was, or is being worked on."""
    if not removable(upload):
        raise UserError("Only an upload that was never imported and that nothing works on can be removed.")
    files = list(upload.files.all())
    with transaction.atomic():
        mine = Upload.objects.filter(id=upload.id, revision=upload.revision, state=upload.state, landing=upload.landing)
        if not mine.update(
            revision=F("revision") + 1, state=State.FAILED
        ):  # from here on nobody else can begin with it
            raise UserError("Somebody changed this upload meanwhile: look at it again, then remove it.")
        told = {"files": len(files), "bytes": sum(file.size for file in files)}
        record("remove upload", actor=_id(by), of=f"upload {upload.id}", told=told)
        Upload.objects.filter(id=upload.id).delete()
    places.forget(upload.id)


def undo(version: int, *, by: Any) -> Job:
    """Have the last import taken back, provided that `version` is still in force when it is done.

    Where that failed, or was cancelled, it is tried again. A book that was put back from a backup counts its versions on
    from there: one of the same number that was made at another time is another one.
    """
    made_at = queries.made_at(version)
    args = {"version": version, "made_at": made_at, "by": _id(by)}
    job = enqueue(UNDO, args, key=f"{UNDO} {version} {made_at}", by=by)
    if job.state in (JobState.FAILED, JobState.CANCELLED) and by is not None:
        retry(job, by=by)
        job.refresh_from_db()
    # Done, and asked for all the same: the book was put back as it was before.
    return renewed(job)


def downloaded_rejects(upload: Upload, *, by: Any) -> None:
    rows = sum(row.get("rejected", 0) for row in upload.counts.values())
    record("download rejects", actor=_id(by), of=f"upload {upload.id}", told={"rows": rows})
