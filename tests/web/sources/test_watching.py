"""The watched folder: what is finished and new is taken once; nothing in doubt is imported without a person."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from web.sources.conftest import DEALS, Put, Said, work_off
from winloss.web.jobs import registry
from winloss.web.sources import places, services, watching
from winloss.web.sources.models import SavedMapping, Upload, Watched

KNOWN = DEALS.replace("Quux", "Open")
LATER_S = 3600.0


@pytest.fixture
def folder(tmp_path: Path, settings: Any, db: None) -> Path:
    place = tmp_path / "watched"
    place.mkdir()
    settings.CONFIG = settings.CONFIG.model_copy(update={"watch_folder": place})
    return place


def now_of(path: Path) -> float:
    """The instant of the last change of a file or of what lies in a folder, in seconds since 1970."""
    return max(entry.stat().st_ctime for entry in (path, *path.rglob("*")))


def look(folder: Path, after_s: float = 61) -> dict[str, Any]:
    return watching.look(now_of(folder) + after_s)


def approve(put: Put, client: Client) -> None:
    """Somebody has imported an export with these columns before."""
    first = put(("first.csv", KNOWN))
    client.post(f"/sources/uploads/{first.id}/import")
    work_off()


def test_an_export_nobody_has_seen_waits_for_a_person(folder: Path) -> None:
    (folder / "deals.csv").write_text(KNOWN)
    assert look(folder)["taken"] == 1
    work_off()
    upload = Upload.objects.get()
    assert (upload.state, upload.watched, upload.map_from) == ("inspected", True, "")


def test_an_export_of_known_columns_lands_by_itself(folder: Path, put: Put, revops: Client) -> None:
    approve(put, revops)
    (folder / "deals.csv").write_text(KNOWN + "5,Epsilon,Won,10,2026-03-01,2026-04-01,Bo Ek,,,Gold\n")
    assert look(folder)["taken"] == 1
    work_off()
    upload = Upload.objects.get(watched=True)
    assert (upload.state, upload.version, upload.map_from) == ("landed", 2, "saved")
    assert upload.counts["deals"]["new"] == 1


def test_one_with_an_outcome_nobody_knows_waits(folder: Path, put: Put, revops: Client) -> None:
    approve(put, revops)
    (folder / "deals.csv").write_text(DEALS)
    look(folder)
    work_off()
    assert Upload.objects.get(watched=True).state == "inspected"
    assert b"needs you" in revops.get("/sources/uploads/").content


def test_one_whose_rows_cannot_be_read_any_more_waits(folder: Path, put: Put, revops: Client) -> None:
    approve(put, revops)
    (folder / "deals.csv").write_text(KNOWN.replace(",2026-01-0", ",the 2026-01-0"))
    look(folder)
    work_off()
    assert Upload.objects.get(watched=True).state == "inspected"


def test_a_file_that_is_still_written_is_left_alone(folder: Path) -> None:
    (folder / "deals.csv").write_text(KNOWN)
    assert look(folder, 59) == {"taken": 0, "known": 0, "waiting": 1, "refused": 0}
    assert not Upload.objects.exists()
    assert look(folder, 61)["taken"] == 1


def test_a_copy_with_an_old_date_is_judged_by_when_it_came(folder: Path) -> None:
    (folder / "deals.csv").write_text(KNOWN)
    os.utime(folder / "deals.csv", (1, 1))
    assert look(folder, 30)["waiting"] == 1


def test_a_file_of_the_future_is_taken_all_the_same(folder: Path) -> None:
    (folder / "deals.csv").write_text(KNOWN)
    ahead = (folder / "deals.csv").stat().st_ctime + 10 * 365 * 86400
    os.utime(folder / "deals.csv", (ahead, ahead))
    assert look(folder)["taken"] == 1


def test_the_same_content_is_never_taken_twice(folder: Path) -> None:
    (folder / "deals.csv").write_text(KNOWN)
    look(folder)
    assert look(folder) == dict.fromkeys(("taken", "known", "waiting", "refused"), 0)
    os.utime(folder / "deals.csv", (1, 1))
    assert look(folder)["known"] == 1
    (folder / "deals.csv").rename(folder / "renamed.csv")
    assert look(folder)["known"] == 1
    assert Upload.objects.count() == 1


def test_what_a_person_uploaded_is_not_taken_again(folder: Path, put: Put) -> None:
    put(("deals.csv", KNOWN))
    (folder / "deals.csv").write_text(KNOWN)
    assert look(folder)["known"] == 1
    assert Upload.objects.count() == 1


def test_files_of_a_folder_belong_together_and_folders_do_not(folder: Path) -> None:
    (folder / "deals.csv").write_text(KNOWN)
    (folder / "accounts.csv").write_text("Deal Name,Sector\nAlpha,Tools\nBeta,Toys\n")
    (folder / "other crm").mkdir()
    (folder / "other crm" / "deals.csv").write_text(KNOWN.replace("Alpha", "Omega"))
    assert look(folder)["taken"] == 2
    assert sorted(upload.files.count() for upload in Upload.objects.all()) == [1, 2]


def test_links_hidden_files_and_half_downloads_are_left_alone(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(KNOWN)
    (folder / "deals.csv").symlink_to(secret)
    (folder / "linked").symlink_to(tmp_path)
    for name in (".deals.csv", "~$deals.xlsx", "deals.csv.part", "deals.csv.crdownload", "notes.md"):
        (folder / name).write_text(KNOWN)
    (folder / "pipe.csv").unlink(missing_ok=True)
    os.mkfifo(folder / "pipe.csv")
    assert look(folder) == dict.fromkeys(("taken", "known", "waiting", "refused"), 0)


def test_a_folder_with_an_odd_name_is_taken(folder: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(folder) + b"/crm-\xff"))
    odd.mkdir()
    (odd / "deals.csv").write_text(KNOWN)
    assert look(folder)["taken"] == 1
    assert Watched.objects.get().place == "crm-?"


def test_what_cannot_be_read_is_told_once_on_the_page(folder: Path, revops: Client) -> None:
    (folder / "deals.csv").write_bytes(b"%PDF-1.7 nothing")
    assert look(folder)["refused"] == 1
    assert look(folder)["refused"] == 0
    assert "deals.csv is a PDF document" in revops.get("/sources/uploads/").content.decode()
    assert Watched.objects.get().upload is None


def test_without_a_folder_nothing_is_looked_at(settings: Any, db: None) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"watch_folder": None})
    assert watching.look() == dict.fromkeys(("taken", "known", "waiting", "refused"), 0)
    settings.CONFIG = settings.CONFIG.model_copy(update={"watch_folder": Path("/not/there")})
    assert registry.handler(services.LOOK)(Said()) == dict.fromkeys(("taken", "known", "waiting", "refused"), 0)


def test_a_folder_that_is_not_there_is_told(revops: Client, settings: Any) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"watch_folder": Path("/not/there")})
    assert "The folder that is set is not there" in revops.get("/sources/uploads/").content.decode()


def test_landing_by_itself_survives_being_read_twice(folder: Path, put: Put, revops: Client) -> None:
    approve(put, revops)
    (folder / "deals.csv").write_text(KNOWN.replace("Alpha", "Omega"))
    look(folder)
    upload = Upload.objects.get(watched=True)
    args = {"upload": str(upload.id), "revision": 0}
    registry.handler(services.INSPECT)(Said(), **args)
    registry.handler(services.INSPECT)(Said(), **args)
    work_off()
    upload.refresh_from_db()
    assert (upload.state, upload.landing, upload.version) == ("landed", 1, 2)


def test_a_forgotten_map_lands_nothing_by_itself(folder: Path, put: Put, revops: Client) -> None:
    approve(put, revops)
    saved = SavedMapping.objects.get()
    assert revops.post(f"/sources/maps/{saved.id}/forget").status_code == 302
    (folder / "deals.csv").write_text(KNOWN.replace("Alpha", "Omega"))
    look(folder)
    work_off()
    assert Upload.objects.get(watched=True).state == "inspected"


def test_what_was_never_acknowledged_is_swept_a_day_after(put: Put) -> None:
    upload = put(("deals.csv", KNOWN), read=False)
    left = places.root() / "incoming" / "abandoned"
    left.mkdir(parents=True)
    now = left.stat().st_mtime
    assert watching.sweep(now + 3600) == 0
    assert watching.sweep(now + 25 * 3600) == 1
    assert not left.exists()
    assert places.files_of(upload.id).exists()
