"""What pages ask of uploads, maps and versions of the book."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Sum
from django.http import Http404

from winloss.errors import UserError
from winloss.web.jobs.models import Job
from winloss.web.jobs.models import State as JobState
from winloss.web.sources import places
from winloss.web.sources.models import SavedMapping, State, Upload, Watched
from winloss.web.sources.reading import Terms

if TYPE_CHECKING:
    from winloss.store import Manifest

A_PAGE = 25
_SHOWN = ("new", "changed", "unchanged", "rejected", "folded")


def page(number: str | None) -> Page[Upload]:
    """Uploads, newest first, with their files and who gave them."""
    found = Upload.objects.select_related("made_by", "job").prefetch_related("files")
    return Paginator(found, A_PAGE).get_page(number)


def one(upload_id: uuid.UUID) -> Upload:
    """Http404 where there is none."""
    found = Upload.objects.select_related("made_by", "job").prefetch_related("files").filter(id=upload_id).first()
    if found is None:
        raise Http404
    return found


def one_or_none(upload_id: str) -> Upload | None:
    return Upload.objects.prefetch_related("files").filter(id=upload_id).first()


def of_digest(digest: str) -> Upload | None:
    return Upload.objects.filter(digest=digest).first()


def waiting() -> int:
    """How many uploads wait for a person: read and not imported, or not readable."""
    return Upload.objects.filter(state__in=(State.INSPECTED, State.FAILED)).count()


def saved() -> Sequence[SavedMapping]:
    return list(SavedMapping.objects.select_related("saved_by"))


def saved_for(fingerprints: Sequence[str]) -> SavedMapping | None:
    """The map of the first of some tables that has one."""
    found = {one.fingerprint: one for one in SavedMapping.objects.filter(fingerprint__in=fingerprints)}
    return next((found[name] for name in fingerprints if name in found), None)


def watched() -> Sequence[Watched]:
    return list(Watched.objects.select_related("upload"))


def rejects(upload: Upload) -> Path | None:
    """The file of rejected rows, None where there is none any more."""
    path = places.rejects_of(upload.id) / upload.rejects
    return path if upload.rejects and path.is_file() else None


def rejected(most: int = 5) -> list[tuple[uuid.UUID, str]]:
    """The last imported uploads some of whose rows could not be read: id and the name of the first file."""
    found = Upload.objects.filter(state=State.LANDED).exclude(rejects="").prefetch_related("files")[:most]
    return [(one.id, next((file.name for file in one.files.all()), "an upload")) for one in found if rejects(one)]


def bytes_held() -> int:
    """What the originals of all uploads take, in bytes."""
    found = Upload.objects.aggregate(held=Sum("files__size"))["held"]
    return int(found or 0)


# The book


def manifest(version: int | None = None) -> Manifest:
    """A version of the book; the empty one where there is no book yet.

    Raises
    ------
    UserError
        Where there is no such version, or it cannot be read.
    """
    from winloss.store import Book, Manifest

    if version is None and not (settings.CONFIG.book / "CURRENT").exists() and not _has_versions():
        return Manifest()
    return Book.open(settings.CONFIG.book).manifest(version)


def _has_versions() -> bool:
    return any((settings.CONFIG.book / "manifests").glob("*.json"))


def terms() -> Terms:
    """How the book in force reads reasons and competitors."""
    from winloss import refresh
    from winloss.capture import picklist

    told = manifest()
    taxonomy = refresh.taxonomy_of(told)
    return Terms(taxonomy, picklist.in_force(told.settings, taxonomy), told.settings.get("competitors") or {})


def codes() -> list[tuple[str, str]]:
    """The reasons in force: code and label."""
    return [(reason.code, reason.label) for reason in terms().taxonomy.reasons if reason.in_force]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of the book as a page shows it. `undoes` is the version that it took back."""

    manifest: Manifest
    current: bool
    upload: Upload | None = None
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    rows: int = 0

    @property
    def number(self) -> int:
        return self.manifest.version

    @property
    def repeats(self) -> int | None:
        """The version whose content this one has again, 0 for the empty book; None where it has its own."""
        return None if self.manifest.content_of == self.manifest.version else self.manifest.content_of


def version(number: int) -> Version:
    """Http404 where the book has no such version."""
    try:
        current = manifest()
        told = current if current.version == number else manifest(number)
    except UserError:
        raise Http404 from None
    if number < 1:
        raise Http404
    return _version(told, current.version, _uploads([number]))


def versions(before: int | None, most: int = A_PAGE) -> tuple[list[Version], int | None]:
    """Versions from the newest down, at most `most`, and where the next page begins; None where it is the last."""
    current = manifest().version
    top = min(before, current) if before is not None else current
    found: list[Manifest] = []
    for number in range(top, max(top - most, 0), -1):
        try:
            found.append(manifest(number))
        except UserError:  # pruned: so are all before it
            top = 0
            break
    last = found[-1].version if found else 0
    uploads = _uploads([told.version for told in found])
    shown = [_version(told, current, uploads) for told in found]
    return shown, last - 1 if last > 1 and len(found) == most and top else None


def _uploads(numbers: Sequence[int]) -> dict[int, Upload]:
    found = Upload.objects.filter(version__in=numbers).select_related("made_by").order_by("landed_at")
    return {upload.version or 0: upload for upload in found if upload.fresh}


def _version(told: Manifest, current: int, uploads: dict[int, Upload]) -> Version:
    return Version(
        manifest=told,
        current=told.version == current,
        upload=uploads.get(told.version),
        counts=counts(told),
        rows=sum(entry.rows for entry in told.tables.values()),
    )


def counts(told: Manifest) -> dict[str, dict[str, int]]:
    """Table → what became of the rows that the version's own import brought: new, changed, unchanged, rejected, folded."""
    found: dict[str, dict[str, int]] = {}
    for source in told.sources.values():
        if source.version != told.version:
            continue
        tallies: dict[str, Any] = source.told.get("tallies") or {}
        for table, landed in source.landed.items():
            rejected = (tallies.get(table) or {}).get("rejected", 0)
            found[table] = {name: rejected if name == "rejected" else getattr(landed, name) for name in _SHOWN}
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """What taking the last import back would change: rows of each table now and afterwards."""

    current: Manifest
    taken_back: Manifest
    after: Manifest
    rows: list[tuple[str, int, int]]
    upload: Upload | None


def undoing() -> Undoing | None:
    """None where nothing stands that could be taken back, or the version before it was pruned."""
    current = manifest()
    if current.parent is None or not current.version:
        return None
    try:
        after = manifest(current.parent)
        taken = manifest(current.content_of)
    except UserError:
        return None
    names = [*dict.fromkeys([*current.tables, *after.tables])]
    rows = [(name, _rows(current, name), _rows(after, name)) for name in names]
    upload = _uploads([current.content_of]).get(current.content_of)
    return Undoing(current=current, taken_back=taken, after=after, rows=rows, upload=upload)


def undoes(upload: Upload) -> bool:
    """Whether taking the last import back would take back this upload."""
    return upload.state == State.LANDED and bool(upload.fresh) and manifest().content_of == upload.version


def undo_job() -> Job | None:
    """The last undo that was asked for, while it runs or where it failed for the version in force."""
    found = Job.objects.filter(kind="undo import").order_by("-made_at").first()
    if found is None or found.state in (JobState.DONE, JobState.CANCELLED):
        return None
    return None if found.state == JobState.FAILED and not _in_force(found.args) else found


def _in_force(args: dict[str, Any]) -> bool:
    current = manifest()
    return bool(args["version"] == current.version and args.get("made_at", "") in ("", _written(current)))


def made_at(version: int) -> str:
    """When a version was made, as text; "" where that is not known. UserError where there is no such version."""
    return _written(manifest(version))


def _written(told: Manifest) -> str:
    return told.made_at.isoformat() if told.made_at else ""


def _rows(told: Manifest, table: str) -> int:
    return told.tables[table].rows if table in told.tables else 0


def works(upload: Upload) -> bool:
    """Whether something is being done with it right now."""
    return upload.state in (State.RECEIVED, State.LANDING)
