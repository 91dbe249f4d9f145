"""Uploads in a home folder of their own, and jobs done on the spot."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from winloss.web.book.studies import REFRESH
from winloss.web.jobs import registry
from winloss.web.jobs.models import Job, State
from winloss.web.sources.models import Upload

Put = Callable[..., Upload]

DEALS = (
    "Deal ID,Deal Name,Stage,Amount,Created,Closed,Owner,Loss Reason,Competitor,Tier\n"
    "1,Alpha,Won,1000,2026-01-02,2026-02-01,Ann Lee,,,Gold\n"
    "2,Beta,Lost,2000,2026-01-03,2026-02-02,Bo Ek,Too expensive,Globex,Silver\n"
    "3,Gamma,Lost,500,2026-01-04,2026-02-03,Ann Lee,Moon was full,Globex Corp,Gold\n"
    "4,Delta,Quux,700,2026-01-05,,Bo Ek,,,Silver\n"
)


@dataclass
class Said:
    """A job that remembers what it said."""

    job_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    told: list[tuple[str, int, int | None]] = field(default_factory=list)

    def progress(self, told: str, done: int, of: int | None = None) -> None:
        self.told.append((told, done, of))


def work_off() -> list[Job]:
    """Do every waiting job, and what they ask for, but the study of a version, which takes seconds; the jobs as they ended."""
    done = []
    waiting = Job.objects.filter(state=State.QUEUED).exclude(kind=REFRESH).order_by("made_at")
    while (job := waiting.first()) is not None:
        job.result = registry.handler(job.kind)(Said(), **job.args) or {}
        job.state = State.DONE
        job.save()
        done.append(job)
    return done


@pytest.fixture
def revops(signed_in: Callable[..., Client]) -> Client:
    return signed_in("revops")


@pytest.fixture
def put(revops: Client) -> Put:
    """Upload files by name and content, have them read, and give the upload."""

    def upload(*files: tuple[str, str | bytes] | Path, client: Client = revops, read: bool = True) -> Upload:
        response = client.post("/sources/uploads/new", {"files": as_files(files)})
        assert response.status_code == 302, response.content.decode()
        found = Upload.objects.get(id=response.headers["Location"].rstrip("/").rpartition("/")[2])
        if read:
            work_off()
            found.refresh_from_db()
        return found

    return upload


def as_files(files: Sequence[tuple[str, str | bytes] | Path]) -> list[Any]:
    return [
        SimpleUploadedFile(file.name, file.read_bytes())
        if isinstance(file, Path)
        else SimpleUploadedFile(file[0], file[1].encode() if isinstance(file[1], str) else file[1])
        for file in files
    ]


def posted(upload: Upload, **changes: str) -> dict[str, str]:
    """What the page of an upload posts where nothing but `changes` was touched."""
    from winloss.web.sources import mapping, queries
    from winloss.web.sources.forms import MappingForm

    form = MappingForm(upload.seen, upload.map_text, proposal=upload.proposal, codes=queries.codes())
    raw = form.raw
    data = {"revision": str(upload.revision), "then": "save"}
    data |= {f"column-{c.place}": c.shown for c in mapping.columns(upload.seen, raw)}
    data |= {f"outcome-{place}": mapping.outcome_shown(row) for place, row in mapping.outcomes(upload.seen)}
    return data | {name.replace("_", "-"): value for name, value in changes.items()}


def place(upload: Upload, header: str) -> int:
    """Where a column stands among all of the upload."""
    return next(i for i, row in enumerate(upload.seen["columns"]) if row["header"] == header)


def outcome(upload: Upload, value: str) -> int:
    """Where a value of status or deal stage stands."""
    return next(i for i, row in enumerate(upload.seen["outcomes"]) if row["value"] == value)
