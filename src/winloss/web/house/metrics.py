"""Figures for Prometheus: what was answered, what waits, who works, which version of the book is in force.

Requests are counted by all processes of one `winloss serve` together; everything else is asked when somebody reads it.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CollectorRegistry, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from winloss.errors import WinlossError
from winloss.web.house import health
from winloss.web.jobs import queries as jobs

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_OWN = CollectorRegistry()
_DURATION = Histogram(
    "winloss_request_duration_seconds",
    "Seconds from a request to its answer, by name of the page and status.",
    ("route", "status"),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2.5, 5, 10),
    registry=_OWN,
)
_THIS_MACHINE = ("127.0.0.1", "::1")
_PASSED_ON = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


def measured(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, the outermost: counts and times every request."""

    def respond(request: HttpRequest) -> HttpResponse:
        begun_s = time.perf_counter()
        response = get_response(request)
        _DURATION.labels(_route(request), str(response.status_code)).observe(time.perf_counter() - begun_s)
        return response

    return respond


def _route(request: HttpRequest) -> str:
    if request.resolver_match is not None:
        return request.resolver_match.view_name or "unnamed"
    return "static" if request.path.startswith("/static/") else "none"


def may_read(request: HttpRequest) -> bool:
    """Who asks from this machine itself, and who knows the token. Behind a proxy everybody seems to be on this machine."""
    config = settings.CONFIG
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if config.metrics_token and scheme.lower() == "bearer":
        return secrets.compare_digest(token.strip().encode(), config.metrics_token.encode())
    passed_on = config.behind_proxy or any(name in request.META for name in _PASSED_ON)
    return request.META.get("REMOTE_ADDR") in _THIS_MACHINE and not passed_on


def text() -> bytes:
    """Everything, as Prometheus reads it."""
    requests = _OWN
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        requests = CollectorRegistry()
        multiprocess.MultiProcessCollector(requests)  # type: ignore[no-untyped-call]  # the library's
    standing = CollectorRegistry()
    standing.register(_Standing())
    return generate_latest(requests) + generate_latest(standing)


class _Standing(Collector):
    """What stands in the database and the book at this moment."""

    def collect(self) -> Iterable[Any]:
        try:
            found = list(_of_jobs())
        except Error:
            found = []
        yield _gauge("winloss_database_up", "Whether the database answers.", float(bool(found)))
        yield from found
        yield from _of_book()


def _of_jobs() -> Iterable[GaugeMetricFamily]:
    now = timezone.now()
    counts = GaugeMetricFamily("winloss_jobs", "Jobs, by kind and state.", labels=("kind", "state"))
    for kind, state, number in jobs.by_kind_and_state():
        counts.add_metric((kind, state), number)
    yield counts
    told = "Seconds that the job that is due longest has been due for."
    yield _gauge("winloss_oldest_waiting_job_seconds", told, jobs.oldest_waiting_s(now))
    yield _gauge("winloss_workers", "Workers that gave a sign of life within a lease.", jobs.workers_alive(now))
    age_s = jobs.heartbeat_age_s(now)
    if age_s is not None:
        yield _gauge("winloss_worker_heartbeat_age_seconds", "Seconds since a worker last gave a sign of life.", age_s)


def _of_book() -> Iterable[GaugeMetricFamily]:
    try:
        manifest = health.book()
    except (WinlossError, OSError):
        yield _gauge("winloss_book_up", "Whether the book opens.", 0)
        return
    yield _gauge("winloss_book_up", "Whether the book opens.", 1)
    deals = manifest.tables.get("deals") if manifest else None
    yield _gauge("winloss_book_version", "The version of the book in force.", manifest.version if manifest else 0)
    yield _gauge("winloss_book_deals", "Deals in that version.", deals.rows if deals else 0)


def _gauge(name: str, told: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, told, value=value)
