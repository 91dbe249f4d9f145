"""What comes in is bounded, kept whole or not at all, and parsed by nobody who answers requests."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from depth import cases
from web.sources.conftest import DEALS, Put, as_files, work_off
from winloss.web.audit.models import Event
from winloss.web.jobs.models import Job
from winloss.web.people.models import User
from winloss.web.sources import places
from winloss.web.sources.models import Upload

NEW = "/sources/uploads/new"


@pytest.fixture
def small(settings: Any) -> None:
    """A limit of 1 MB."""
    settings.CONFIG = settings.CONFIG.model_copy(update={"upload_most_mb": 1})


def nothing_kept() -> bool:
    left = [path for path in places.root().rglob("*") if path.is_file()] if places.root().exists() else []
    return not left and not Upload.objects.exists() and not Job.objects.exists()


def test_a_file_over_the_limit_is_refused_while_it_comes(revops: Client, small: None) -> None:
    response = revops.post(NEW, {"files": as_files([("deals.csv", b"x" * ((1 << 20) + 1))])})
    assert response.status_code == 413
    assert "deals.csv is larger than 1 MB" in response.content.decode()
    assert nothing_kept()


def test_a_file_of_the_limit_is_taken(revops: Client, small: None) -> None:
    assert revops.post(NEW, {"files": as_files([("deals.csv", b"a,b\n" * (1 << 18))])}).status_code == 302


def test_one_file_too_large_keeps_none_of_the_others(revops: Client, small: None) -> None:
    files = as_files([("deals.csv", DEALS), ("big.csv", b"x" * ((1 << 20) + 1))])
    assert revops.post(NEW, {"files": files}).status_code == 413
    assert nothing_kept()


def test_too_many_files_are_refused(revops: Client) -> None:
    response = revops.post(NEW, {"files": as_files([(f"{n}.csv", f"a\n{n}\n") for n in range(21)])})
    assert response.status_code == 400
    assert "At most 20 files" in response.content.decode()
    assert nothing_kept()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "empty.csv is empty (0 bytes)"),
        ("shot.csv", b"\x89PNG\r\n\x1a\n" + b"0" * 90, "shot.csv is a picture (PNG)"),
        ("page.xls", b"<html><body><table></table></body></html>", "page.xls is a web page"),
        ("report.pdf", b"%PDF-1.7 " + b"0" * 90, "report.pdf is a PDF document"),
        ("program.exe", b"MZ\x90\x00" + b"\0" * 90, "program.exe is a program"),
    ],
)
def test_what_holds_no_deals_is_told_at_once(revops: Client, name: str, content: bytes, said: str) -> None:
    response = revops.post(NEW, {"files": as_files([(name, content)])})
    assert response.status_code == 400
    assert said in response.content.decode()
    assert nothing_kept()


def test_no_file_is_told(revops: Client) -> None:
    response = revops.post(NEW, {})
    assert response.status_code == 400
    assert "No file was chosen" in response.content.decode()
    assert nothing_kept()


def test_a_body_that_is_no_form_is_a_bad_request(revops: Client) -> None:
    response = revops.post(NEW, b"\0\1\2--", content_type="multipart/form-data; boundary=x")
    assert response.status_code == 400
    assert nothing_kept()


def _bomb() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (70 << 20))
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("bomb.xlsx", _bomb, "unpacks to"),
        ("bomb.csv.gz", lambda: gzip.compress(b"\0" * (260 << 20), 1), "bomb.csv.gz"),
        ("torn.xlsx", lambda: b"PK\x03\x04" + b"\x07" * 5000, "damaged"),
        ("zip.xlsx", lambda: _zip_of("deals.csv", DEALS), "unpack it"),
    ],
)
def test_bombs_and_damage_are_met_in_the_worker_and_told(
    revops: Client, put: Put, name: str, content: Callable[[], bytes], said: str
) -> None:
    upload = put((name, content()))
    assert upload.state == "failed"
    page = revops.get(f"/sources/uploads/{upload.id}/")
    assert page.status_code == 200
    assert said in upload.problem
    assert f"{name} cannot be read" in page.content.decode()


def _zip_of(name: str, content: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, content)
    return held.getvalue()


def test_the_same_content_is_recognised_whatever_it_is_called(revops: Client, put: Put) -> None:
    first = put(("deals.csv", DEALS), ("b.csv", "Deal Name,Sector\nAlpha,Tools\n"))
    files = as_files([("b2.csv", "Deal Name,Sector\nAlpha,Tools\n"), ("other.csv", DEALS)])
    response = revops.post(NEW, {"files": files})
    assert response.status_code == 200
    page = response.content.decode()
    assert "These files are here already" in page
    assert f"/sources/uploads/{first.id}/" in page
    assert Upload.objects.count() == 1
    assert Event.objects.filter(action="upload").count() == 1
    assert {path.name for path in places.root().iterdir()} == {str(first.id), "incoming"}


def test_two_files_of_one_name_are_both_kept(put: Put) -> None:
    upload = put(("deals.csv", DEALS), ("DEALS.csv", DEALS.replace("Alpha", "Omega").replace("\n1,", "\n8,")))
    assert [file.name for file in upload.files.all()] == ["deals.csv", "DEALS (2).csv"]
    assert upload.seen["tallies"]["deals"]["rows"] == 8


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("..\\..\\deals.csv", "deals.csv"),
        ("a\r\nX-Evil: 1.csv", "aX-Evil_ 1.csv"),
        ("\u202evsc.slaed.csv", "vsc.slaed.csv"),
        ("<script>alert(1)<\u2215script>.csv", "_script_alert(1)_\u2215script_.csv"),
        ("." * 300 + ".csv", "csv"),
        ("é" * 300 + ".csv", "é" * 58 + ".csv"),
        ("\0", "file"),
        ("CON", "CON"),
    ],
)
def test_names_are_made_harmless_and_stay_readable(given_name: str, kept: str) -> None:
    assert places.safe_name(given_name) == kept


@given(st.text(max_size=400))
def test_no_name_leaves_the_folder(name: str) -> None:
    kept = places.safe_name(name)
    assert kept not in {"", ".", ".."}
    assert "/" not in kept
    assert "\\" not in kept
    assert "\0" not in kept
    assert len(kept.encode()) <= places.LONGEST_NAME
    assert kept.isprintable()
    assert Path("uploads", kept).parent == Path("uploads")


def test_a_hostile_name_is_shown_escaped(revops: Client, put: Put) -> None:
    upload = put(("<img src=x onerror=alert(1)>&\"'.csv", DEALS))
    for page in (f"/sources/uploads/{upload.id}/", "/sources/uploads/"):
        shown = revops.get(page).content.decode()
        assert "<img src=x" not in shown
        assert "onerror=alert(1)_&amp;" in shown


def test_stored_text_of_a_file_is_shown_escaped(revops: Client, put: Put) -> None:
    evil = '<script>alert("x")</script>'
    rows = f"Deal ID,Stage,{evil.replace(',', '')},Loss Reason,Competitor\n1,Won,{evil},,\n2,Lost,{evil},{evil},{evil}\n3,{evil},a,,\n"
    upload = put(("deals.csv", rows.replace('"', "'")))
    shown = revops.get(f"/sources/uploads/{upload.id}/").content.decode()
    assert "<script>alert(" not in shown
    assert "&lt;script&gt;alert(" in shown


def test_a_request_from_elsewhere_keeps_nothing(person: Callable[..., Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("revops"))
    assert client.post(NEW, {"files": as_files([("deals.csv", DEALS)])}).status_code == 403
    assert nothing_kept()


def test_the_own_page_may_send(person: Callable[..., Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("revops"))
    client.get(NEW)
    token = client.cookies["csrftoken"].value
    sent = {"csrfmiddlewaretoken": token, "files": as_files([("deals.csv", DEALS)])}
    assert client.post(NEW, sent).status_code == 302
    assert Upload.objects.count() == 1


def test_an_upload_is_acknowledged_only_after_it_is_kept(revops: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OSError("no space left")

    revops.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr(places, "keep", broken)
        assert revops.post(NEW, {"files": as_files([("deals.csv", DEALS)])}).status_code == 500
    assert nothing_kept()


ADDRESSES = (
    "uploads/",
    "uploads/new",
    "uploads/{id}/",
    "uploads/{id}/map.toml",
    "uploads/{id}/rejects.csv",
    "versions/",
)
POSTS = (
    "uploads/new",
    "uploads/{id}/map",
    "uploads/{id}/import",
    "uploads/{id}/again",
    "versions/undo",
    "maps/{id}/forget",
)


@pytest.mark.parametrize("role", ["rep", "manager", "marketing", "viewer"])
def test_only_who_may_import_sees_any_of_it(put: Put, signed_in: Callable[..., Client], role: str) -> None:
    upload, other = put(("deals.csv", DEALS), read=False), signed_in(role)
    for address in ADDRESSES:
        assert other.get(f"/sources/{address.format(id=upload.id)}").status_code == 403, address
    for address in POSTS:
        assert other.post(f"/sources/{address.format(id=upload.id)}").status_code == 403, address
    assert other.post(NEW, {"files": as_files([("x.csv", DEALS + "9,x\n")])}).status_code == 403
    assert Upload.objects.count() == 1


def test_a_stranger_is_asked_who_they_are(client: Client, person: Callable[..., User]) -> None:
    person("viewer")
    for address in ADDRESSES:
        response = client.get(f"/sources/{address.format(id='00000000-0000-4000-8000-000000000000')}")
        assert response.status_code == 302
        assert "/accounts/login/" in response.headers["Location"]


def test_an_upload_that_is_not_there_is_not_found(revops: Client) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    for address in ("uploads/{id}/", "uploads/{id}/map.toml", "uploads/{id}/rejects.csv"):
        assert revops.get(f"/sources/{address.format(id=nobody)}").status_code == 404
    for address in ("uploads/{id}/map", "uploads/{id}/import", "uploads/{id}/again"):
        assert revops.post(f"/sources/{address.format(id=nobody)}").status_code == 404


VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["deal_id", "amount", "use:attribute", "use:", "ignore", "won", "unclassified", "\0", "-1", "9" * 30]
    ),
)
NAMES = st.one_of(
    st.builds(
        "{}-{}".format,
        st.sampled_from(["column", "order", "outcome", "reason", "competitor", "kind", "on-deals", "on-file"]),
        st.integers(-1, 12),
    ),
    st.sampled_from(["order", "decimal", "currency", "revision", "then", "csrfmiddlewaretoken"]),
    st.text(min_size=1, max_size=20),
)


@settings(max_examples=cases(4, 60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.dictionaries(NAMES, VALUES, max_size=12), right=st.booleans())
def test_no_form_breaks_the_page(revops: Client, put: Put, data: dict[str, str], right: bool) -> None:
    upload = Upload.objects.first() or put(("deals.csv", DEALS))
    if right:
        data["revision"] = str(upload.revision)
    response = revops.post(f"/sources/uploads/{upload.id}/map", data)
    assert response.status_code in {302, 400}
    work_off()
    assert revops.get(f"/sources/uploads/{upload.id}/").status_code == 200
    upload.refresh_from_db()
    assert upload.state in {"inspected", "landed"}


@settings(max_examples=cases(4, 60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(str.encode),
        st.sampled_from(
            [
                b"[columns]\nTier = 5",
                b"[columns]\nTier = 'nowhere'",
                b"[outcomes]\nWon = 'maybe'",
                b"[competitors]\nGlobex = 7",
                b"[competitors]\nGlobex = [1]",
                b"[reasons]\n'Too expensive' = 'no_such_code'",
                b"[files]\nx = 3",
                b"columns = 3",
                b"[dates]\norder = 'xyz'",
                b"[dates]\ncolumns = 4",
                b"[dates.columns]\nTier = 'dmy'",
                b"[money]\ncurrency = 'XXQ'",
                b"[values]\nTier = 'a'",
                b"[files.'deals.csv']\nkind = 'spend'",
                b"[files.'deals.csv']\nkind = 'ignore'",
                b"[files.'deals.csv'.columns]\nTier = 'region'",
                b"[columns]\nStage = 'ignore'",
                b"[columns]\nTier = {use = ['x']}",
                b"a = " + b"[" * 3000,
            ]
        ),
    )
)
def test_no_map_breaks_the_page(revops: Client, put: Put, text: bytes) -> None:
    upload = Upload.objects.first() or put(("deals.csv", DEALS))
    revops.post(f"/sources/uploads/{upload.id}/map/anew", {"revision": upload.revision})
    work_off()
    upload.refresh_from_db()
    sent = {"map": SimpleUploadedFile("map.toml", text), "revision": str(upload.revision)}
    response = revops.post(f"/sources/uploads/{upload.id}/map/file", sent)
    assert response.status_code in {302, 400}
    work_off()
    upload.refresh_from_db()
    assert upload.state in {"inspected", "failed"}
    assert revops.get(f"/sources/uploads/{upload.id}/").status_code == 200
    assert revops.get(f"/sources/uploads/{upload.id}/map.toml").status_code == 200


@settings(max_examples=cases(4, 60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(st.tuples(st.text(min_size=1, max_size=30), st.binary(max_size=300)), max_size=3))
def test_no_file_breaks_the_upload(revops: Client, files: list[tuple[str, bytes]]) -> None:
    response = revops.post(NEW, {"files": as_files(files)})
    assert response.status_code in {200, 302, 400}
    work_off()
    assert revops.get("/sources/uploads/").status_code == 200
    for upload in Upload.objects.all():
        assert upload.state in {"inspected", "failed"}
        assert revops.get(f"/sources/uploads/{upload.id}/").status_code == 200
