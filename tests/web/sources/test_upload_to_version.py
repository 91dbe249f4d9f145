"""From an export to a version of the book: upload, read, correct, land, take back."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from exports import export
from web.sources.conftest import DEALS, Put, Said, outcome, place, posted, work_off
from winloss import refresh
from winloss.errors import SourceError, UserError
from winloss.store import Book
from winloss.web.audit.models import Event
from winloss.web.jobs import registry
from winloss.web.jobs.models import Job
from winloss.web.people.models import User
from winloss.web.sources import places, queries, services, work
from winloss.web.sources.models import SavedMapping, Upload

Save = Callable[..., Upload]


@pytest.fixture
def save(revops: Client) -> Save:
    """Save the page of an upload with some fields changed, and have it read again."""

    def post(upload: Upload, **changes: str) -> Upload:
        response = revops.post(f"/sources/uploads/{upload.id}/map", posted(upload, **changes))
        assert response.status_code == 302, response.content.decode()
        work_off()
        upload.refresh_from_db()
        return upload

    return post


def told(upload: Upload) -> dict[str, Any]:
    return json.loads(json.dumps(upload.seen["mapping"]))  # type: ignore[no-any-return]  # plain values


def test_an_upload_is_read_in_a_job_and_shown(revops: Client, put: Put) -> None:
    upload = put(("deals.csv", DEALS), read=False)
    assert upload.state == "received"
    assert not upload.seen
    assert b"Reading deals.csv" in revops.get(f"/sources/uploads/{upload.id}/").content
    work_off()
    page = revops.get(f"/sources/uploads/{upload.id}/").content.decode()
    assert "4 deals: 1 won, 2 lost, 1 not clear" in page
    assert "Moon was full" in page
    assert "Say below what it means: Quux." in page


def test_originals_lie_on_the_disk_with_their_digests(put: Put) -> None:
    upload = put(("deals.csv", DEALS), ("accounts.csv", "Account,Industry\nAlpha,Tools\n"), read=False)
    folder = places.files_of(upload.id)
    assert {path.name for path in folder.iterdir()} == {"deals.csv", "accounts.csv"}
    assert (folder / "deals.csv").read_text() == DEALS
    (deals, _) = upload.files.all()
    assert (deals.size, deals.media) == (len(DEALS), "delimited")
    assert deals.sha256 == hashlib.sha256(DEALS.encode()).hexdigest()
    assert not any((places.root() / "incoming").iterdir())


def test_a_corrected_column_lands_as_corrected(revops: Client, put: Put, save: Save) -> None:
    upload = put(("deals.csv", DEALS))
    tier = place(upload, "Tier")
    assert upload.seen["columns"][tier]["use"] == "attribute"
    save(upload, **{f"column_{tier}": "size_band", f"outcome_{outcome(upload, 'Quux')}": "open"})
    assert (upload.state, upload.complete, upload.map_from) == ("inspected", True, "hand")
    assert upload.seen["columns"][tier]["target"] == "size_band"
    save(upload, then="land")
    assert (upload.state, upload.version, upload.fresh) == ("landed", 1, True)
    assert upload.counts["deals"]["new"] == 4
    page = revops.get(f"/sources/uploads/{upload.id}/").content.decode()
    assert "Imported as version 1" in page
    with Book.open(places.root().parent / "book").read() as view:
        rows = view.ask(view.tables["deals"].order_by("deal_id")).to_pylist()
    assert [row["size_band"] for row in rows] == ["Gold", "Silver", "Gold", "Silver"]
    assert [row["stage_kind"] for row in rows] == ["won", "lost", "lost", "open"]


def test_every_correction_reaches_the_map(put: Put, save: Save) -> None:
    upload = put(("deals.csv", DEALS))
    reason = next(i for i, row in enumerate(upload.seen["reasons"]) if row["value"] == "Moon was full")
    rival = next(i for i, row in enumerate(upload.seen["competitors"]) if row["value"] == "Globex Corp")
    columns = {place(upload, "Tier"): "use:leak", place(upload, "Deal Name"): "ignore"}
    save(
        upload,
        **{f"column_{where}": becomes for where, becomes in columns.items()},
        **{f"reason_{reason}": "price_value", f"competitor_{rival}": "none"},
        decimal=",",
        currency="EUR",
        order="ymd",
    )
    mapping = told(upload)
    assert mapping["columns"]["Tier"] == {"use": "leak"}
    assert mapping["columns"]["Deal Name"] == "ignore"
    assert mapping["reasons"] == {"Moon was full": "price_value"}
    assert mapping["competitors"]["Globex Corp"] == "none"
    assert mapping["money"] == {"decimal": ",", "currency": "EUR"}
    assert mapping["dates"]["order"] == "ymd"


def test_what_was_not_touched_stays_as_it_was_decided(put: Put, save: Save) -> None:
    upload = put(("deals.csv", DEALS))
    before = told(upload)
    save(upload)
    after = told(upload)
    assert after["columns"] == before["columns"]
    assert after["outcomes"] == before["outcomes"]


def test_a_reason_once_told_can_be_taken_back(put: Put, save: Save) -> None:
    upload = put(("deals.csv", DEALS))
    save(upload, reason_0="price_value")
    assert told(upload)["reasons"] == {"Moon was full": "price_value"}
    save(upload, reason_0="")
    assert "reasons" not in told(upload)


def test_two_columns_cannot_be_the_same(revops: Client, put: Put) -> None:
    upload = put(("deals.csv", DEALS))
    tier = place(upload, "Tier")
    data = posted(upload, **{f"column_{tier}": "amount"})
    response = revops.post(f"/sources/uploads/{upload.id}/map", data)
    assert response.status_code == 400
    page = response.content.decode()
    assert "Amount is Amount already: only one column can be." in page
    upload.refresh_from_db()
    assert upload.revision == 0


def test_of_two_who_save_the_second_is_told(revops: Client, put: Put, save: Save) -> None:
    upload = put(("deals.csv", DEALS))
    stale = posted(upload, **{f"column_{place(upload, 'Tier')}": "ignore"})
    save(upload, **{f"column_{place(upload, 'Tier')}": "size_band"})
    response = revops.post(f"/sources/uploads/{upload.id}/map", stale)
    assert response.status_code == 400
    assert "Somebody saved another map meanwhile" in response.content.decode()


def test_a_file_that_tells_no_outcome_is_shown_to_be_told_of(revops: Client, put: Put, save: Save) -> None:
    rows = "".join(f"{n},Deal {n},{'zappo' if n % 2 else 'yippo'},{n * 10}\n" for n in range(1, 30))
    upload = put(("odd.csv", "Key,Title,Foo,Worth\n" + rows))
    assert upload.seen["blocked"]
    page = revops.get(f"/sources/uploads/{upload.id}/").content.decode()
    assert "How did the deals in odd.csv end?" in page
    assert "zappo" in page
    response = revops.post(f"/sources/uploads/{upload.id}/import")
    assert response.status_code == 400
    save(upload, **{f"column_{place(upload, 'Foo')}": "deal_stage", f"column_{place(upload, 'Key')}": "deal_id"})
    assert not upload.seen["blocked"]
    save(upload, **{f"outcome_{outcome(upload, v)}": k for v, k in {"zappo": "won", "yippo": "lost"}.items()})
    assert upload.seen["kinds"] == {"won": 15, "lost": 14}


def test_the_next_upload_with_the_same_columns_takes_the_map_by_itself(put: Put, save: Save) -> None:
    first = put(("deals.csv", DEALS), ("accounts.csv", "Deal Name,Sector\nAlpha,Tools\nBeta,Toys\n"))
    sector = place(first, "Sector")
    save(first, **{f"column_{place(first, 'Tier')}": "size_band", f"column_{sector}": "use:free text"})
    assert SavedMapping.objects.count() == 1
    more = DEALS + "5,Epsilon,Won,10,2026-03-01,2026-04-01,Bo Ek,,,Gold\n"
    second = put(("deals-march.csv", more), ("companies.csv", "Deal Name,Sector\nAlpha,Tools\nBeta,Soap\n"))
    assert second.map_from == "saved"
    assert second.seen["columns"][place(second, "Tier")]["target"] == "size_band"
    assert second.seen["columns"][place(second, "Sector")]["use"] == "free text"
    assert "companies.csv" in second.map_text


def test_a_map_among_the_files_is_used_and_can_be_downloaded(revops: Client, put: Put) -> None:
    upload = put(("deals.csv", DEALS), ("map.toml", '[columns]\nTier = "region"\n[outcomes]\nQuux = "no_decision"\n'))
    assert upload.map_from == "file"
    assert upload.seen["columns"][place(upload, "Tier")]["target"] == "region"
    response = revops.get(f"/sources/uploads/{upload.id}/map.toml")
    assert 'Tier = "region"' in response.content.decode()
    assert 'Quux = "no_decision"' in response.content.decode()


def test_a_downloaded_map_gives_the_same_when_uploaded(revops: Client, put: Put, save: Save) -> None:
    upload = put(("deals.csv", DEALS))
    save(upload, **{f"column_{place(upload, 'Tier')}": "size_band"})
    text = revops.get(f"/sources/uploads/{upload.id}/map.toml").content
    before = told(upload)
    revops.post(f"/sources/uploads/{upload.id}/map/anew", {"revision": upload.revision})
    work_off()
    upload.refresh_from_db()
    assert upload.seen["columns"][place(upload, "Tier")]["use"] == "attribute"
    from django.core.files.uploadedfile import SimpleUploadedFile

    sent = {"map": SimpleUploadedFile("map.toml", text), "revision": upload.revision}
    assert revops.post(f"/sources/uploads/{upload.id}/map/file", sent).status_code == 302
    work_off()
    upload.refresh_from_db()
    assert told(upload) == before
    assert upload.map_from == "file"


def test_rates_among_the_files_are_used(put: Put, save: Save) -> None:
    deals = "Deal ID,Stage,Amount,Currency,Closed\n1,Won,100,USD,2026-01-02\n2,Lost,100,EUR,2026-01-02\n"
    upload = put(("deals.csv", deals), ("rates.csv", "currency,rate,date,base\nUSD,0.5,2025-01-01,EUR\n"))
    assert [problem["code"] for problem in upload.seen["problems"]] == ["converted_currency"]
    save(upload, then="land")
    with Book.open(places.root().parent / "book").read() as view:
        rows = view.ask(view.tables["deals"].order_by("deal_id")).to_pylist()
    assert [(row["amount_cents"], row["currency"]) for row in rows] == [(5000, "EUR"), (10000, "EUR")]


def test_a_landing_done_twice_lands_once(put: Put, save: Save) -> None:
    upload = put(("deals.csv", DEALS))
    services.land(upload)
    args = Job.objects.get(kind=services.IMPORT).args
    handler = registry.handler(services.IMPORT)
    first = handler(Said(), **args)
    assert handler(Said(), **args) == {"version": 1}
    assert first is not None
    assert first["version"] == 1
    assert len(Book.open(places.root().parent / "book").log()) == 1
    assert Event.objects.filter(action="import").count() == 1


def test_a_landing_killed_before_it_was_recorded_is_found_again(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = put(("deals.csv", DEALS))
    services.land(upload)
    args = Job.objects.get(kind=services.IMPORT).args
    handler = registry.handler(services.IMPORT)

    class Killed(BaseException):
        pass

    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(work, "_record_landing", killed)
        with pytest.raises(Killed):
            handler(Said(), **args)
    upload.refresh_from_db()
    assert (upload.state, upload.version) == ("landing", None)
    other = put(("other.csv", DEALS.replace("Won", "Lost").replace("1,Alpha", "9,Omega")))
    services.land(other)
    handler(Said(), **Job.objects.filter(kind=services.IMPORT).latest("made_at").args)
    assert handler(Said(), **args) is not None
    upload.refresh_from_db()
    other.refresh_from_db()
    assert (upload.state, upload.version, upload.fresh, upload.counts["deals"]["new"]) == ("landed", 1, True, 4)
    assert other.version == 2
    assert [told.version for told in Book.open(places.root().parent / "book").log()] == [2, 1]


def test_a_locked_book_is_tried_again(put: Put) -> None:
    upload = put(("deals.csv", DEALS))
    services.land(upload)
    args = Job.objects.get(kind=services.IMPORT).args
    book = Book.create(places.root().parent / "book")
    handler = registry.handler(services.IMPORT)
    with book.landing(), pytest.raises(SourceError) as raised:
        handler(Said(), **args)
    assert not raised.value.permanent
    upload.refresh_from_db()
    assert upload.state == "landing"
    assert handler(Said(), **args) is not None
    upload.refresh_from_db()
    assert upload.version == 1


def test_the_same_rows_in_another_file_make_no_version(put: Put, save: Save) -> None:
    first = put(("deals.csv", DEALS))
    save(first, then="land")
    second = put(("deals.csv", DEALS.replace("Alpha", '"Alpha"')))
    save(second, then="land")
    assert (second.version, second.fresh) == (1, False)
    assert second.counts["deals"]["unchanged"] == 4


def test_rows_that_cannot_be_read_are_downloaded_without_formulas(revops: Client, put: Put, save: Save) -> None:
    upload = put(("deals.csv", DEALS + "=cmd|' /C calc'!A0,Zeta,Won,abc,2026-01-01,2026-02-01,Bo Ek,,,Gold\n"))
    amount = f"column_{place(upload, 'Amount')}"
    save(upload, **{amount: "amount"})
    save(upload, then="land")
    assert upload.counts["deals"]["rejected"] == 1
    response = revops.get(f"/sources/uploads/{upload.id}/rejects.csv")
    body = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]  # of a file
    assert "abc" in body
    assert "\n=" not in body
    assert ",=" not in body
    assert "attachment" in response.headers["Content-Disposition"]
    assert Event.objects.filter(action="download rejects").get().told == {"rows": 1}


def test_undo_takes_back_what_was_shown_and_nothing_else(revops: Client, put: Put, save: Save) -> None:
    first, second = (
        put(("deals.csv", DEALS)),
        put(("more.csv", DEALS.replace("Alpha", "Omega").replace("\n1,", "\n7,"))),
    )
    save(first, then="land")
    save(second, then="land")
    page = revops.get("/sources/versions/undo").content.decode()
    assert "Take version 2 back?" in page
    assert revops.post("/sources/versions/undo", {"version": "1"}).status_code == 400
    assert revops.post("/sources/versions/undo", {"version": "2"}).status_code == 302
    args = Job.objects.get(kind=services.UNDO).args
    handler = registry.handler(services.UNDO)
    assert handler(Said(), **args) == {"version": 3, "taken_back": 2}
    assert handler(Said(), **args) == {"version": 3, "taken_back": 2}
    second.refresh_from_db()
    first.refresh_from_db()
    assert (first.state, second.state) == ("landed", "undone")
    assert Event.objects.filter(action="undo import").count() == 1
    assert "Version 3 of the book is in force" in revops.get("/sources/versions/").content.decode()
    services.land(second)
    work_off()
    second.refresh_from_db()
    assert (second.state, second.version) == ("landed", 4)


def test_an_undo_that_failed_is_tried_again_when_it_is_asked_for_again(revops: Client, put: Put, save: Save) -> None:
    save(put(("deals.csv", DEALS)), then="land")
    revops.post("/sources/versions/undo", {"version": "1"})
    asked = Job.objects.filter(kind=services.UNDO)
    asked.update(state="failed", attempts=5, last_error="The book was locked.")
    assert revops.post("/sources/versions/undo", {"version": "1"}).status_code == 302
    job = asked.get()
    assert (job.state, job.attempts, job.last_error) == ("queued", 0, "")
    work_off()
    assert Book.open(places.root().parent / "book").manifest().version == 2


def put_back(kept: Path, *, of_another_time: bool) -> None:
    """Put the book back as it was kept; of another time where another import of the same number stands in it."""
    book = places.root().parent / "book"
    shutil.rmtree(book)
    if not of_another_time:
        shutil.copytree(kept, book)
        return
    file = kept.parent / "other.csv"
    file.write_text(DEALS.replace("\n1,", "\n8,").replace("Quux", "Won"), "utf-8")
    refresh.import_files(Book.create(book), [file], options=refresh.ImportOptions())


@pytest.mark.parametrize("of_another_time", [False, True])
def test_an_undo_of_before_a_restore_does_not_stand_in_the_way(
    revops: Client, put: Put, save: Save, tmp_path: Path, of_another_time: bool
) -> None:
    save(put(("deals.csv", DEALS)), then="land")
    shutil.copytree(places.root().parent / "book", tmp_path / "kept")
    revops.post("/sources/versions/undo", {"version": "1"})
    work_off()
    put_back(tmp_path / "kept", of_another_time=of_another_time)
    assert Book.open(places.root().parent / "book").manifest().version == 1
    assert revops.post("/sources/versions/undo", {"version": "1"}).status_code == 302
    work_off()
    assert Book.open(places.root().parent / "book").manifest().version == 2
    assert Job.objects.filter(kind=services.UNDO).count() == 1 + of_another_time
    assert Event.objects.filter(action="undo import").count() == 2


def test_an_undo_that_waited_through_a_restore_takes_nothing_else_back(
    revops: Client, put: Put, save: Save, tmp_path: Path
) -> None:
    save(put(("deals.csv", DEALS)), then="land")
    revops.post("/sources/versions/undo", {"version": "1"})
    asked = Job.objects.get(kind=services.UNDO)
    (tmp_path / "kept").mkdir()
    put_back(tmp_path / "kept", of_another_time=True)
    with pytest.raises(UserError, match="Version 1 is another one than was looked at"):
        registry.handler(services.UNDO)(Said(), **asked.args)
    Job.objects.filter(pk=asked.pk).update(state="failed")
    assert queries.undo_job() is None
    assert Book.open(places.root().parent / "book").manifest().version == 1


def test_undo_is_refused_where_the_book_moved_on(put: Put, save: Save) -> None:
    first, second = put(("deals.csv", DEALS)), put(("more.csv", DEALS.replace("\n1,", "\n7,")))
    save(first, then="land")
    services.undo(1, by=None)
    args = Job.objects.get(kind=services.UNDO).args
    services.land(second)
    registry.handler(services.IMPORT)(Said(), **Job.objects.filter(kind=services.IMPORT).latest("made_at").args)
    with pytest.raises(UserError, match="version 2 is in force, not 1"):
        registry.handler(services.UNDO)(Said(), **args)
    assert Book.open(places.root().parent / "book").manifest().version == 2


def test_versions_tell_what_each_brought(revops: Client, put: Put, save: Save) -> None:
    assert "The book is empty" in revops.get("/sources/versions/").content.decode()
    upload = put(("deals.csv", DEALS))
    save(upload, then="land")
    page = revops.get("/sources/versions/").content.decode()
    assert "Version 1 of the book is in force" in page
    assert "deals: 4 new" in page
    one = revops.get("/sources/versions/1/").content.decode()
    assert "Version 1 holds 4 rows" in one
    assert "Manifest(" not in one
    assert revops.get("/sources/versions/2/").status_code == 404
    assert revops.get("/sources/versions/?before=x").status_code == 404


def test_what_people_do_is_recorded_without_names(put: Put, save: Save) -> None:
    upload = put(("secret-name.csv", DEALS))
    save(upload, **{f"column_{place(upload, 'Tier')}": "size_band"})
    save(upload, then="land")
    events = list(Event.objects.order_by("id"))
    assert [event.action for event in events] == ["upload", "save mapping", "import"]
    who = str(User.objects.get().pk)
    assert {event.actor for event in events} == {who}
    assert "secret-name" not in json.dumps([event.told for event in events])


def test_a_job_that_failed_is_told_and_can_be_tried_again(revops: Client, put: Put) -> None:
    upload = put(("deals.csv", DEALS), read=False)
    Job.objects.update(state="failed", last_error="The disk was full.")
    page = revops.get(f"/sources/uploads/{upload.id}/").content.decode()
    assert "The disk was full." in page
    assert "Try again" in page
    assert revops.post(f"/sources/uploads/{upload.id}/again").status_code == 302
    work_off()
    upload.refresh_from_db()
    assert upload.state == "inspected"
    assert revops.post(f"/sources/uploads/{upload.id}/again").status_code == 400


def test_an_original_that_is_gone_is_told(revops: Client, put: Put) -> None:
    upload = put(("deals.csv", DEALS), read=False)
    (places.files_of(upload.id) / "deals.csv").unlink()
    work_off()
    page = revops.get(f"/sources/uploads/{upload.id}/").content.decode()
    assert "deals.csv is not on the disk any more" in page


@pytest.mark.slow
def test_a_real_export_of_four_files_lands_as_the_command_line_lands_it(put: Put, save: Save) -> None:
    names = ("sales_pipeline.csv", "accounts.csv", "products.csv", "sales_teams.csv")
    upload = put(*(export("maven-crm", name) for name in names))
    assert upload.seen["kinds"] == {"won": 4238, "lost": 2473, "open": 2089}
    assert {join["right"] for join in upload.seen["joins"]} == set(names[1:])
    save(upload, **{f"column_{place(upload, 'series')}": "ignore"})
    save(upload, then="land")
    assert upload.counts["deals"]["new"] == 8800
    manifest = Book.open(places.root().parent / "book").manifest()
    assert "x_series" not in [column.name for column in manifest.custom["deals"]]
    assert "x_revenue" in [column.name for column in manifest.custom["deals"]]


def test_a_real_workbook_with_an_outcome_nobody_knows_waits_for_a_person(put: Put, save: Save) -> None:
    upload = put(export("it-school-crm", "deals.xlsx"), export("it-school-crm", "spend.xlsx"))
    assert upload.seen["kinds"]["unclassified"] == 1
    assert upload.complete is False
    after = save(upload, **{f"outcome_{outcome(upload, 'Free Education')}": "won"})
    assert (after.complete, after.seen["kinds"]["won"]) == (True, 859)


def test_an_upload_that_was_never_imported_can_be_removed(revops: Client, put: Put) -> None:
    for name, content, state in (("deals.csv", DEALS, "inspected"), ("deals.xlsx", b"PK\x03\x04 cut off", "failed")):
        upload = put((name, content))
        assert upload.state == state
        address = f"/sources/uploads/{upload.id}/remove"
        assert address in revops.get(f"/sources/uploads/{upload.id}/").content.decode()
        assert revops.post(address).status_code == 302
        assert not Upload.objects.exists()
        assert not places.files_of(upload.id).parent.exists()
        assert revops.get(f"/sources/uploads/{upload.id}/").status_code == 404
        event = Event.objects.get(action="remove upload", of=f"upload {upload.id}")
        assert event.told == {"files": 1, "bytes": len(content)}
    assert put(("deals.csv", DEALS)).state == "inspected"


def test_what_was_imported_or_is_being_read_is_not_removed(revops: Client, put: Put) -> None:
    upload = put(("deals.csv", DEALS), read=False)
    assert revops.post(f"/sources/uploads/{upload.id}/remove").status_code == 400
    work_off()
    revops.post(f"/sources/uploads/{upload.id}/import")
    work_off()
    page = revops.get(f"/sources/uploads/{upload.id}/").content.decode()
    assert "Imported as version 1" in page
    assert "Remove this upload" not in page
    assert revops.post(f"/sources/uploads/{upload.id}/remove").status_code == 400
    assert Upload.objects.count() == 1


def test_a_job_of_an_upload_that_was_removed_does_nothing(revops: Client, put: Put) -> None:
    upload = put(("deals.csv", DEALS), read=False)
    Job.objects.update(state="cancelled")
    assert revops.post(f"/sources/uploads/{upload.id}/remove").status_code == 302
    assert work.inspect(str(upload.id), upload.revision, lambda *_: None) == {"superseded": True}


def test_a_file_with_a_header_alone_needs_somebody_and_is_not_imported(revops: Client, put: Put) -> None:
    upload = put(("deals.csv", DEALS.splitlines()[0] + "\n"))
    page = revops.get(f"/sources/uploads/{upload.id}/").content.decode()
    assert "<h1>deals.csv holds no deals</h1>" in page
    assert "It holds no deal" in page
    assert "needs you" in page
    assert 'value="land"' not in page
    assert revops.post(f"/sources/uploads/{upload.id}/import").status_code == 400
    assert not (Path(places.root()).parent / "book").exists()


def test_rows_that_cannot_be_read_are_told_before_the_import(revops: Client, put: Put) -> None:
    rows = [f"{n},Deal,Won,100,2026-01-02,2026-02-{1 + n:02},Ann Lee,,,Gold" for n in range(20)]
    rows[7] = rows[7].replace("2026-02-08", "2026-02-3x")
    rows[9] = rows[9].replace("2026-02-10", "soon")
    upload = put(("deals.csv", "\n".join([DEALS.splitlines()[0], *rows]) + "\n"))
    page = unescape(revops.get(f"/sources/uploads/{upload.id}/").content.decode())
    assert "2 rows will be set aside: no closing date that can be read (column Closed)." in page
    assert "For example 2026-02-3x, soon." in page
    assert "Lines 9, 11." in page
    assert upload.complete
    services.land(upload)
    work_off()
    upload.refresh_from_db()
    assert upload.counts["deals"]["rejected"] == 2
