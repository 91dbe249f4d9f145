"""What is done in the background: all of it for those who look after it, one's own for everybody."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from winloss.errors import UserError
from winloss.web.jobs import queries, services, words
from winloss.web.people.rights import SIGNED_IN, Answer, Right, may, needs, of_job

_PAGE = 50
_STATES = {
    "": "All",
    "running": "Running",
    "queued": "Waiting",
    "failed": "Failed",
    "done": "Done",
    "cancelled": "Cancelled",
}


@needs(Right.JOBS)
@require_GET
def all_jobs(request: HttpRequest) -> HttpResponse:
    """The list, of one state or of all; a page that refreshes itself asks for its moving part only."""
    state, regular = request.GET.get("state", ""), "regular" in request.GET
    if state not in _STATES:
        raise UserError("There is no such state of jobs: choose one of those above the list.")
    counts = queries.counts(regular=regular)
    shown = {
        "page": Paginator(queries.listed(state=state, regular=regular), _PAGE).get_page(request.GET.get("page")),
        "heading": words.heading(counts),
        "moving": queries.any_moving(timezone.now()),
        "filters": _filters(counts, state, regular=regular),
        "state": state,
        "regular": regular,
        "counts": counts,
        "query": _query(state, regular=regular),
    }
    return render(request, "jobs/moving.html" if request.htmx else "jobs/list.html", shown)  # type: ignore[attr-defined]


@needs(SIGNED_IN)
@require_GET
def one(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """One job, for who asked for it and for those who look after jobs."""
    job = _asked(request, job_id)
    shown = {"job": job, "result": _told(job.result), "watches_all": may(request.user, Right.JOBS)}  # type: ignore[arg-type]
    return render(request, "jobs/moving_one.html" if request.htmx else "jobs/one.html", shown)  # type: ignore[attr-defined]


@needs(SIGNED_IN)
@require_GET
def progress(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The moving part of one job, for pages of others. Once it is over, the page goes to `then` where it asked to."""
    job, then = _asked(request, job_id), request.GET.get("then", "")
    response = render(request, "jobs/progress.html", {"job": job, "then": then})
    here = url_has_allowed_host_and_scheme(then, {request.get_host()}, require_https=request.is_secure())
    if then and here and not job.is_moving:
        response["HX-Redirect"] = then
    return response


@needs(SIGNED_IN)
@require_POST
def cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    job = _asked(request, job_id)
    services.cancel(job, by=request.user)
    messages.success(request, f"{job.label} is cancelled.")
    return redirect("jobs:one", job_id)


@needs(SIGNED_IN)
@require_POST
def retry(request: HttpRequest, job_id: UUID) -> HttpResponse:
    job = _asked(request, job_id)
    services.retry(job, by=request.user)
    messages.success(request, f"{job.label} is tried again.")
    return redirect("jobs:one", job_id)


def _asked(request: HttpRequest, job_id: UUID) -> Any:
    job = queries.one(job_id)
    if job is None or of_job(request.user, made_by=job.made_by_id) is Answer.HIDDEN:  # type: ignore[arg-type]
        raise Http404
    return job


def _filters(counts: dict[str, int], chosen: str, *, regular: bool) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "count": counts[state] if state else sum(counts.values()),
            "to": f"{reverse('jobs:list')}{_query(state, regular=regular)}",
            "active": state == chosen,
        }
        for state, label in _STATES.items()
    ]


def _query(state: str, *, regular: bool) -> str:
    asked = {name: value for name, value in (("state", state), ("regular", "1" if regular else "")) if value}
    return f"?{urlencode(asked)}"


def _told(result: dict[str, Any]) -> list[tuple[str, str]]:
    """What a handler said when it was done, as far as it is numbers and words."""
    plain = [(key, value) for key, value in result.items() if isinstance(value, str | int | float)]
    return [(key.replace("_", " "), f"{value:,}" if isinstance(value, int | float) else value) for key, value in plain]
