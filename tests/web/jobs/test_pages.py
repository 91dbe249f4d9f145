"""The pages of jobs: all of them for who looks after them, one's own for everybody else."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from winloss.web.jobs import services, worker
from winloss.web.jobs.models import Job, State
from winloss.web.people.rights import Role

pytestmark = pytest.mark.django_db
SignedIn = Callable[..., Client]
OTHERS = [role.value for role in Role if role is not Role.REVOPS]


@pytest.fixture(autouse=True)
def imports(kind: Callable[..., str]) -> str:
    return kind(lambda _running, **_args: {"deals": 12345, "rejected": 3}, name="import", label="Import of files")


def page(browser: Client, name: str, *args: Any, query: str = "", **further: Any) -> str:
    response = browser.get(reverse(name, args=args) + query, **further)
    assert response.status_code == 200, response.content[:400]
    return response.content.decode()


def text(html: str) -> str:
    return " ".join(html.split())


@pytest.mark.parametrize("role", OTHERS)
def test_only_who_looks_after_jobs_sees_all_of_them(signed_in: SignedIn, role: str) -> None:
    assert signed_in(role).get(reverse("jobs:list")).status_code == 403
    assert signed_in("revops").get(reverse("jobs:list")).status_code == 200


@pytest.mark.parametrize("name", ["list", "one", "progress"])
def test_who_is_not_signed_in_is_asked_to(client: Client, name: str) -> None:
    args = [] if name == "list" else [services.enqueue("import").pk]
    response = client.get(reverse(f"jobs:{name}", args=args))
    assert response.status_code == 302


@pytest.mark.parametrize("role", OTHERS)
@pytest.mark.parametrize("name", ["one", "progress"])
def test_ones_own_job_is_seen_by_everybody_and_that_of_others_is_hidden(
    signed_in: SignedIn, person: Any, role: str, name: str
) -> None:
    maker, stranger = person(role), person(role)
    to = reverse(f"jobs:{name}", args=[services.enqueue("import", by=maker).pk])
    assert signed_in(maker).get(to).status_code == 200
    assert signed_in(stranger).get(to).status_code == 404
    assert signed_in("revops").get(to).status_code == 200


@pytest.mark.parametrize("do", ["cancel", "retry"])
def test_a_job_is_changed_by_who_may_see_it_and_by_post_only(signed_in: SignedIn, person: Any, do: str) -> None:
    maker = person("rep")
    job = services.enqueue("import", by=maker)
    to = reverse(f"jobs:{do}", args=[job.pk])
    assert signed_in("rep").post(to).status_code == 404
    assert signed_in(maker).get(to).status_code == 405
    Job.objects.update(state=State.FAILED if do == "retry" else State.QUEUED)
    response = signed_in(maker).post(to)
    assert (response.status_code, response.headers["Location"]) == (302, reverse("jobs:one", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == {"cancel": State.CANCELLED, "retry": State.QUEUED}[do]


def test_a_change_without_the_forms_token_is_refused(person: Any) -> None:
    maker = person("rep")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(maker)
    job = services.enqueue("import", by=maker)
    assert browser.post(reverse("jobs:cancel", args=[job.pk])).status_code == 403
    job.refresh_from_db()
    assert job.state == State.QUEUED


def test_what_cannot_be_done_is_said_in_a_sentence(signed_in: SignedIn) -> None:
    job = services.enqueue("import")
    worker.run_waiting()
    browser = signed_in("revops")
    for do, sentence in (("cancel", "This job is over already"), ("retry", "there is nothing to try again")):
        response = browser.post(reverse(f"jobs:{do}", args=[job.pk]))
        assert response.status_code == 400
        assert sentence in response.content.decode()


def test_the_heading_says_what_is_going_on(signed_in: SignedIn) -> None:
    browser = signed_in("revops")
    assert "<h1>No job yet</h1>" in page(browser, "jobs:list")
    services.enqueue("import")
    assert "<h1>1 job waiting</h1>" in page(browser, "jobs:list")
    services.enqueue("import")
    services.claim("one")
    assert "<h1>1 job running, 1 waiting</h1>" in page(browser, "jobs:list")
    worker.run_waiting()
    Job.objects.update(state=State.FAILED)
    assert "<h1>Nothing is running; 2 failed and wait for a person</h1>" in page(browser, "jobs:list")
    Job.objects.update(state=State.DONE)
    assert "<h1>Nothing is running, and nothing failed</h1>" in page(browser, "jobs:list")


def test_the_list_says_kind_state_who_when_and_error_in_words(signed_in: SignedIn, person: Any) -> None:
    ada = person(
        "revops",
    )
    services.enqueue("import", by=ada)
    job = services.claim("one")
    assert job is not None
    services.fail(job, "The file has no column <script>: name it.")
    html = page(signed_in(ada), "jobs:list")
    for told in ("Import of files", "failed", ada.name, "The file has no column &lt;script&gt;: name it."):
        assert told in html
    assert "<script>:" not in html


def test_the_list_is_filtered_by_state_and_a_wrong_state_is_told(signed_in: SignedIn) -> None:
    browser = signed_in("revops")
    done = services.enqueue("import")
    worker.run_waiting()
    waiting = services.enqueue("import")
    html = page(browser, "jobs:list", query="?state=queued")
    assert str(waiting.pk) in html
    assert str(done.pk) not in html
    assert "No job is in this state" in page(browser, "jobs:list", query="?state=failed")
    response = browser.get(reverse("jobs:list") + "?state=nonsense")
    assert response.status_code == 400
    assert "no such state of jobs" in response.content.decode()


def test_regular_work_that_went_well_is_shown_on_demand(signed_in: SignedIn) -> None:
    browser = signed_in("revops")
    job = Job.objects.create(kind="import", key="every import 1", state=State.DONE, not_before=timezone.now())
    assert str(job.pk) not in page(browser, "jobs:list")
    html = page(browser, "jobs:list", query="?regular=1")
    assert str(job.pk) in html
    assert "regular work" in html


def test_long_lists_have_pages_and_a_wrong_page_shows_the_nearest(signed_in: SignedIn) -> None:
    browser = signed_in("revops")
    Job.objects.bulk_create(Job(kind="import", state=State.DONE, not_before=timezone.now()) for _ in range(60))
    assert "1–50 of 60" in page(browser, "jobs:list")
    for asked in ("2", "99"):
        assert "51–60 of 60" in page(browser, "jobs:list", query=f"?state=done&page={asked}")
    assert "1–50 of 60" in page(browser, "jobs:list", query="?page=x")


def test_the_list_asks_the_database_as_often_for_fifty_jobs_as_for_one(
    signed_in: SignedIn, person: Any, django_assert_max_num_queries: Any
) -> None:
    browser = signed_in("revops")
    makers = [person("rep") for _ in range(5)]
    Job.objects.bulk_create(Job(kind="import", made_by=makers[at % 5], not_before=timezone.now()) for at in range(50))
    with django_assert_max_num_queries(8):
        page(browser, "jobs:list")


def test_the_list_refreshes_itself_only_while_something_runs_or_is_due(signed_in: SignedIn) -> None:
    browser = signed_in("revops")
    services.enqueue("import", not_before=timezone.now() + dt.timedelta(hours=1))
    assert "hx-trigger" not in page(browser, "jobs:list")
    services.enqueue("import")
    html = page(browser, "jobs:list", query="?state=queued&regular=1")
    assert 'hx-get="/jobs/?state=queued&amp;regular=1" hx-trigger="every 2s"' in html
    moving = page(browser, "jobs:list", headers={"HX-Request": "true"})
    assert moving.lstrip().startswith('<div id="jobs"')
    assert "<html" not in moving


def test_a_job_in_another_page_shows_its_progress_until_it_ends(signed_in: SignedIn, person: Any) -> None:
    maker = person("rep")
    services.enqueue("import", by=maker)
    job = services.claim("one")
    assert job is not None
    services.renew(job, progress_told="Reading deals", progress_done=1200, progress_of=4800)
    browser = signed_in(maker)
    html = page(browser, "jobs:progress", job.pk, query="?then=/sources/")
    assert f'hx-get="/jobs/{job.pk}/progress?then=%2Fsources%2F" hx-trigger="every 2s"' in html
    assert 'value="25"' in html
    assert "Reading deals: 1,200 of 4,800" in html
    services.finish(job, {})
    html = page(browser, "jobs:progress", job.pk)
    assert "hx-trigger" not in html
    assert "done" in html


@pytest.mark.parametrize(
    ("then", "sent"),
    [("/sources/", "/sources/"), ("https://elsewhere.test/", None), ("//elsewhere.test", None), ("", None)],
)
def test_a_page_that_asked_to_is_gone_on_from_when_its_job_is_over(
    signed_in: SignedIn, person: Any, then: str, sent: str | None
) -> None:
    maker = person("rep")
    job = services.enqueue("import", by=maker)
    browser, to = signed_in(maker), reverse("jobs:progress", args=[job.pk])
    assert "HX-Redirect" not in browser.get(to, {"then": then}).headers
    worker.run_waiting()
    assert browser.get(to, {"then": then}).headers.get("HX-Redirect") == sent


def test_a_page_tells_all_of_one_job(signed_in: SignedIn, person: Any) -> None:
    job = services.enqueue("import", by=person("rep"))
    browser = signed_in("revops")
    assert "Import of files waits for its turn" in text(page(browser, "jobs:one", job.pk))
    worker.run_waiting()
    html = text(page(browser, "jobs:one", job.pk))
    assert "Import of files is done" in html
    assert "<dt>Deals</dt><dd>12,345</dd>" in html
    assert "Rep 0" in html
    assert "jobs/retry" not in html


def test_a_job_that_waits_for_its_next_try_can_be_tried_now(signed_in: SignedIn) -> None:
    services.enqueue("import")
    job = services.claim("one")
    assert job is not None
    services.again(job, "The CRM does not answer.")
    browser = signed_in("revops")
    html = text(page(browser, "jobs:one", job.pk))
    assert "did not work and is tried again" in html
    assert "The CRM does not answer." in html
    assert "Try now" in html
    browser.post(reverse("jobs:retry", args=[job.pk]))
    assert services.claim("two") == job


def test_a_job_that_is_not_there_is_not_found(signed_in: SignedIn) -> None:
    browser = signed_in("revops")
    assert browser.get(reverse("jobs:one", args=[uuid.uuid4()])).status_code == 404
    assert browser.get("/jobs/1/").status_code == 404
