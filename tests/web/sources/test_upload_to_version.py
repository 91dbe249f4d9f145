"""From an export to a version of the book: upload, read, correct, land."""

from __future__ import annotations

from django.test import Client

from web.sources.conftest import DEALS, Put, outcome, place, posted, work_off
from winloss.web.sources.models import SavedMapping, Upload


def test_an_upload_is_read_in_a_job_and_shown(revops: Client, put: Put) -> None:
    upload = put(("deals.csv", DEALS), read=False)
    assert upload.state == "received"
    page = revops.get(f"/sources/uploads/{upload.id}/")
    assert b"Reading deals.csv" in page.content
    work_off()
    page = revops.get(f"/sources/uploads/{upload.id}/")
    assert page.status_code == 200
    told = page.content.decode()
    assert "4 deals: 1 won, 2 lost" in told
    assert "Moon was full" in told
    assert "Say below what it means: Quux." in told


def test_a_corrected_column_lands_as_corrected(revops: Client, put: Put) -> None:
    upload = put(("deals.csv", DEALS))
    tier = place(upload, "Tier")
    assert upload.seen["columns"][tier]["use"] == "attribute"
    data = posted(upload, **{f"column_{tier}": "size_band", f"outcome_{outcome(upload, 'Quux')}": "open"})
    response = revops.post(f"/sources/uploads/{upload.id}/map", data)
    assert response.status_code == 302
    work_off()
    upload.refresh_from_db()
    assert upload.state == "inspected"
    assert upload.complete
    assert upload.seen["columns"][tier]["target"] == "size_band"
    assert SavedMapping.objects.count() == 1
    response = revops.post(f"/sources/uploads/{upload.id}/map", posted(upload, then="land"))
    assert response.status_code == 302
    work_off()
    upload.refresh_from_db()
    assert (upload.state, upload.version, upload.fresh) == ("landed", 1, True)
    assert upload.counts["deals"]["new"] == 4
    page = revops.get(f"/sources/uploads/{upload.id}/").content.decode()
    assert "Imported as version 1" in page
    assert Upload.objects.count() == 1
