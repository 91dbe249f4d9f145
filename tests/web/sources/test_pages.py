"""Pages stay quick and usable: many columns, many uploads, nothing yet."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from exports import export
from web.sources.conftest import DEALS, Put, place, posted, work_off
from winloss.sources.files import FileSource
from winloss.sources.files.mapfile import targets_of
from winloss.web.sources import choices
from winloss.web.sources.models import Upload


def test_with_nothing_yet_the_pages_say_the_next_step(revops: Client) -> None:
    for address in ("/sources/uploads/", "/sources/versions/"):
        page = revops.get(address).content.decode()
        assert "/sources/uploads/new" in page
    assert "There is nothing to take back" in revops.get("/sources/versions/undo").content.decode()


def test_three_hundred_columns_stay_usable(revops: Client, put: Put) -> None:
    headers = ["Deal ID", "Stage", *(f"Field {n}" for n in range(298))]
    rows = [[str(n), "Won" if n % 2 else "Lost", *(f"v{(n * k) % 7}" for k in range(298))] for n in range(40)]
    upload = put(("wide.csv", "\n".join(",".join(row) for row in [headers, *rows])))
    begun = time.perf_counter()
    page = revops.get(f"/sources/uploads/{upload.id}/").content
    assert time.perf_counter() - begun < 2
    assert page.count(b"<select") > 300
    assert len(page) < 1_500_000
    data = posted(upload, **{f"column_{place(upload, 'Field 250')}": "region"})
    assert revops.post(f"/sources/uploads/{upload.id}/map", data).status_code == 302
    work_off()
    upload.refresh_from_db()
    assert upload.seen["columns"][place(upload, "Field 250")]["target"] == "region"


def test_the_list_asks_the_same_for_one_upload_as_for_many(revops: Client, put: Put) -> None:
    put(("deals.csv", DEALS))
    with CaptureQueriesContext(connection) as one:
        revops.get("/sources/uploads/")
    for number in range(6):
        put((f"deals{number}.csv", DEALS.replace("Alpha", f"Alpha {number}")))
    with CaptureQueriesContext(connection) as many:
        revops.get("/sources/uploads/")
    assert len(many) == len(one) <= 12


def test_every_target_can_be_chosen_and_no_other() -> None:
    for kind in ("deals", "accounts", "people", "spend", "leads", "touches", "deal_stage_changes", "debriefs"):
        own = choices.allowed(kind) - {choices.AS_READ, choices.IGNORE} - {value for value, _ in choices.USES}
        assert own == set(targets_of(kind)), kind


@pytest.mark.parametrize(
    "name", ["maven-crm", "it-school-crm/deals.csv", "pattern-miner", "salvirt-b2b", "skygeni-sales", "olist-funnel"]
)
def test_real_exports_are_shown_as_they_are_read(revops: Client, put: Put, name: str) -> None:
    found = export(*name.split("/"))
    paths = sorted(found.glob("*.csv")) if found.is_dir() else [found]
    paths = [path for path in paths if path.name != "deals_raw.csv"]
    upload = put(*paths)
    source = FileSource(paths, keep_rejects=False)
    told = source.inspect()
    assert len(upload.seen["columns"]) == len(told.columns)
    assert upload.seen["kinds"] == source.kinds
    page = revops.get(f"/sources/uploads/{upload.id}/").content.decode()
    shown = re.findall(r'<tr id="column-(\d+)"', page)
    assert sorted(map(int, shown)) == list(range(len(told.columns)))
    response = revops.post(f"/sources/uploads/{upload.id}/map", posted(upload))
    assert response.status_code == 302
    before = upload.seen
    work_off()
    upload.refresh_from_db()
    assert [(c["header"], c["target"], c["use"]) for c in upload.seen["columns"]] == [
        (c["header"], c["target"], c["use"]) for c in before["columns"]
    ]
    assert upload.seen["kinds"] == before["kinds"]
    assert upload.seen["tallies"] == before["tallies"]


def test_an_upload_being_read_is_followed(revops: Client, put: Put) -> None:
    upload = put(("deals.csv", DEALS), read=False)
    page = revops.get(f"/sources/uploads/{upload.id}/").content.decode()
    assert "hx-get" in page
    assert revops.get(f"/sources/uploads/{upload.id}/map.toml").status_code == 404
    assert revops.post(f"/sources/uploads/{upload.id}/import").status_code == 400
    assert Upload.objects.get().state == "received"


def test_the_page_of_the_how_to_names_what_the_pages_name() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "howto" / "upload.md").read_text("utf-8")
    for word in (
        "Upload and look",
        "Save and read again",
        "Import",
        "Take the last import back",
        "WINLOSS_WATCH_FOLDER",
    ):
        assert word in text
