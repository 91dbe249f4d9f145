"""What the company leaves out is in no page and no result, and each says so; what cannot be left out is told of."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from winloss.errors import UserError
from winloss.tables.segment import Segment
from winloss.web import config
from winloss.web.book import basis, shelves, studies
from winloss.web.house import doctor
from winloss.web.jobs import worker
from winloss.web.jobs.models import Job, State
from winloss.web.people.models import Team
from winloss.web.people.rights import Reach
from winloss.web.report import results

RENEWALS = "deal_type = Renewal"
SAID = "Left out of every page: Deal type Renewal."
Browser = Callable[..., Client]


def text(response: Any) -> str:
    return unescape(response.content.decode())


def deals(segment: str = "") -> int:
    served = shelves.current()
    assert served is not None
    return shelves.glance(served, Reach(everything=True), Segment.parse(segment)).deals


@pytest.fixture(autouse=True)
def _nothing_held() -> None:
    shelves.forget_all()


@pytest.fixture
def leave_out(settings: Any) -> Callable[..., None]:
    def leave(*segments: str, **more: Any) -> None:
        settings.CONFIG = settings.CONFIG.model_copy(update={"exclude": list(segments), **more})

    return leave


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('["deal_type  =  Renewal"]', [RENEWALS]),
        ('["deal_type in (b, a)", "deal_type = Renewal", "deal_type = Renewal"]', [RENEWALS, "deal_type in (a, b)"]),
        ("[]", []),
    ],
)
def test_segments_to_leave_out_are_read(monkeypatch: pytest.MonkeyPatch, written: str, read: list[str]) -> None:
    monkeypatch.setenv("WINLOSS_EXCLUDE", written)
    assert config.read().exclude == read


def test_segments_to_leave_out_are_read_from_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINLOSS_HOME", str(home))
    (home / config.FILE).write_text('exclude = ["deal_type = Renewal", \'industry = "Real Estate"\']\n', "utf-8")
    assert config.read().exclude == [RENEWALS, 'industry = "Real Estate"']


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ('["deal_type is Renewal"]', "The segment 'deal_type is Renewal' was not understood: expected 'blank'"),
        ('[""]', "An empty segment is every deal"),
        ("[3]", "Input should be a valid string"),
        ("deal_type = Renewal", "it is a list, written as JSON"),
    ],
)
def test_a_segment_that_cannot_be_read_is_told_with_its_setting(
    monkeypatch: pytest.MonkeyPatch, written: str, says: str
) -> None:
    monkeypatch.setenv("WINLOSS_EXCLUDE", written)
    with pytest.raises(UserError, match="setting exclude") as told:
        config.read()
    assert says in str(told.value)
    assert "Value error" not in str(told.value)


@pytest.mark.usefixtures("book")
def test_what_is_left_out_is_in_no_figure_and_no_list(signed_in: Browser, leave_out: Callable[..., None]) -> None:
    every, renewals = deals(), deals(RENEWALS)
    browser = signed_in("revops")
    assert "Left out" not in text(browser.get("/overview/"))
    leave_out(RENEWALS)
    assert (deals(), deals(RENEWALS)) == (every - renewals, 0)
    assert f"<h1>{every - renewals} deals</h1>" in text(browser.get("/deals/"))
    assert browser.get("/api/v1/figures").json()["excluded"] == [RENEWALS]


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("role", ["revops", "viewer"])
def test_pages_say_which_deals_are_left_out(
    signed_in: Browser, leave_out: Callable[..., None], north: Team, role: str
) -> None:
    leave_out(RENEWALS)
    browser = signed_in(role)
    pages = ["/overview/", "/reasons/", "/competitors/", "/attributes/", "/teams/", f"/teams/{north.id}/"]
    assert [page for page in pages if SAID not in text(browser.get(page))] == []
    assert role == "viewer" or SAID in text(browser.get("/deals/"))


@pytest.mark.usefixtures("book", "db")
def test_results_are_of_the_deals_that_are_left(signed_in: Browser, leave_out: Callable[..., None]) -> None:
    every, renewals = deals("is_closed = true"), deals(f"{RENEWALS} and is_closed = true")
    browser = signed_in("revops")
    results.compute(1, lambda *_: None)
    assert results.study(1)["totals"]["win_rate"]["n"] == every  # type: ignore[index]
    leave_out(RENEWALS)
    assert browser.get("/patterns/").status_code == 202
    assert browser.get("/report/1/winloss-report.md").status_code == 404
    worker.run_waiting()
    study = results.study(1)
    assert study is not None
    assert (study["excluded"], study["totals"]["win_rate"]["n"]) == ([RENEWALS], every - renewals)
    for page in ("/patterns/", "/quality/", "/report/"):
        assert SAID in text(browser.get(page)), page
    leave_out(RENEWALS, fiscal_year_start_month=2)
    assert browser.get("/patterns/").status_code == 202
    leave_out()
    assert SAID not in text(browser.get("/patterns/"))


@pytest.mark.usefixtures("book")
def test_another_fiscal_year_is_another_reading(leave_out: Callable[..., None]) -> None:
    first = shelves.current()
    leave_out(fiscal_year_start_month=2)
    second = shelves.current()
    assert first is not None
    assert second is not None
    assert (first.around.fiscal_year_start_month, second.around.fiscal_year_start_month) == (1, 2)
    assert first.key != second.key


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("dael_type = Renewal", "No field is called 'dael_type': did you mean 'deal_type'?"),
        ("outcome = Loss", "No outcome is called 'Loss': did you mean 'lost'?"),
        ("closed_on between 2026-01-02 and 2026-01-01", "write the smaller first"),
    ],
)
def test_what_cannot_be_left_out_is_one_sentence(
    signed_in: Browser, leave_out: Callable[..., None], written: str, says: str
) -> None:
    leave_out(RENEWALS, written)
    response = signed_in("revops").get("/overview/")
    assert response.status_code == 503
    assert f"The setting exclude (WINLOSS_EXCLUDE) leaves out the deals of {written}" in text(response)
    assert says in text(response)


@pytest.mark.usefixtures("book")
def test_pages_the_job_and_the_doctor_tell_the_same(signed_in: Browser, leave_out: Callable[..., None]) -> None:
    leave_out("dael_type = Renewal")
    browser, says = signed_in("revops"), "did you mean 'deal_type'?"
    for page in ("/patterns/", "/deals/", "/teams/", "/report/", "/segments/", "/api/v1/figures"):
        response = browser.get(page)
        assert (response.status_code, says in text(response)) == (503, True), page
    assert browser.get(reverse("sources:list")).status_code == 200
    studies.ask_for(1)
    worker.run_waiting()
    job = Job.objects.get()
    assert (job.state, says in job.last_error) == (State.FAILED, True)
    (answer,) = [one for one in doctor.book() if one.asked == "left out"]
    assert (str(answer.state), says in answer.found) == ("bad", True)


@pytest.mark.usefixtures("book")
def test_a_book_that_a_setting_closes_is_opened_once(
    signed_in: Browser, leave_out: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []
    read = shelves._open

    def counted(place: Path, number: int) -> Any:
        tried.append(number)
        return read(place, number)

    monkeypatch.setattr(shelves, "_open", counted)
    leave_out("dael_type = Renewal")
    browser = signed_in("revops")
    assert [browser.get("/overview/").status_code for _ in range(3)] == [503, 503, 503]
    assert tried == [1]
    leave_out(RENEWALS)
    assert browser.get("/overview/").status_code == 200


@pytest.mark.usefixtures("book", "db")
@pytest.mark.parametrize(("written", "applies"), [("account_name = Zoe", True), ("acount = Zoe", False)])
def test_health_tells_of_a_setting_that_cannot_be_applied_and_names_nobody(
    client: Client, leave_out: Callable[..., None], written: str, applies: bool
) -> None:
    assert client.get("/healthz").json()["exclude"] is None
    leave_out(written)
    if applies:
        shelves.current()
    else:
        shelves.open_soon()  # as each process of the server does
    response = client.get("/healthz")
    told = response.json()
    assert (response.status_code, told["ok"], told["exclude"]) == (200 if applies else 503, applies, applies)
    assert "Zoe" not in response.content.decode()
    assert ("`winloss doctor` says why" in told.get("told", "")) is not applies


@pytest.mark.usefixtures("book")
def test_the_server_tells_of_it_at_its_start(leave_out: Callable[..., None], caplog: pytest.LogCaptureFixture) -> None:
    leave_out("dael_type = Renewal")
    shelves.open_soon()
    (line,) = caplog.messages
    assert line.startswith("The setting exclude (WINLOSS_EXCLUDE) leaves out the deals of dael_type = Renewal")


@pytest.mark.usefixtures("book")
def test_a_corrected_setting_needs_nobody_to_try_the_job_again(
    signed_in: Browser, leave_out: Callable[..., None]
) -> None:
    leave_out("dael_type = Renewal")
    studies.ask_for(1)
    worker.run_waiting()
    leave_out(RENEWALS)
    assert signed_in("revops").get("/patterns/").status_code == 202
    assert [job.state for job in Job.objects.order_by("made_at")] == [State.FAILED, State.QUEUED]


@pytest.mark.usefixtures("book")
def test_leaving_out_every_deal_is_told_and_nobody_is_asked_to_import(
    signed_in: Browser, leave_out: Callable[..., None]
) -> None:
    leave_out("is_closed = true", "is_closed = false")
    response = signed_in("revops").get("/overview/")
    assert response.status_code == 503
    assert "leaves out every deal of the book" in text(response)


@pytest.mark.usefixtures("book")
def test_the_doctor_tells_what_is_left_out(leave_out: Callable[..., None]) -> None:
    assert [one.asked for one in doctor.book()] == ["book"]
    leave_out(RENEWALS)
    (_, answer) = doctor.book()
    assert (str(answer.state), answer.found) == ("ok", f"the deals of {RENEWALS}, of every page and result")


def test_old_results_go_before_those_of_other_settings_are_kept(home: Path, leave_out: Callable[..., None]) -> None:
    for name in ("v1", "v9-0123456789ab", f"v2-{basis.key()}", f"v3-{basis.key()}", f"v4-{basis.key()}"):
        (home / "results" / name).mkdir(parents=True)
    results._tidy(home / "results")
    assert sorted(one.name for one in (home / "results").iterdir()) == [f"v{n}-{basis.key()}" for n in (2, 3, 4)]
