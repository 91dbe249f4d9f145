"""What the library computes, on pages. Each answers one question, and its heading is the answer."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from itertools import islice
from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from winloss.refresh.serving import Served
from winloss.stats.shares import newcombe
from winloss.synthesize.glance import Glance
from winloss.tables.segment import Segment
from winloss.web.book import shelves
from winloss.web.book.fragments import page
from winloss.web.book.looking import Looking, of_more_than_two, of_one_or_two
from winloss.web.book.segmentbar import TEAM, plus
from winloss.web.people import reaches
from winloss.web.people.rights import Answer, Reach, Right, Role, may, needs, of_team
from winloss.web.report import links, results, services, teams
from winloss.web.report.shown import TOP, Numbers, scale


def _page(request: HttpRequest, template: str, title: str, **more: Any) -> HttpResponse:
    """A page of figures of the segment of its address."""
    looking = Looking.of(request)
    if looking is None:
        return _nothing(request)
    numbers = Numbers(looking, deals=may(_person(request), Right.DEALS))

    def context() -> dict[str, Any]:
        return {
            "looking": looking,
            "glance": looking.glance,
            "numbers": numbers,
            "bar": looking.bar(),
            "whole_rate": looking.glance.totals.win_rate.value,
        } | {name: make(looking, numbers) for name, make in more.items()}

    told = may(_person(request), Right.RESULTS) and results.written_at(looking.served.version)
    return page(request, looking, template, context, title=title, key=(numbers.deals, told))


def _nothing(request: HttpRequest) -> HttpResponse:
    return render(request, "report/nothing.html", {"may_import": may(_person(request), Right.IMPORT)})


def _person(request: HttpRequest) -> Any:
    return request.user


@needs(Right.PAGES)
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """How many deals closed, how many were won, how it goes, and what is said most."""

    def established(looking: Looking, _: Numbers) -> list[dict[str, Any]]:
        if looking.segment.conditions or not may(_person(request), Right.RESULTS):
            return []
        told = results.study(looking.served.version) or {}
        return [one for one in told.get("findings", ()) if one["status"] == "established"][:3]

    return _page(
        request,
        "report/overview.html",
        "Overview",
        reasons=lambda _, numbers: [row for row in numbers.reasons() if row.count][: TOP + 3],
        competitors=lambda _, numbers: numbers.named_competitors()[:TOP],
        periods=lambda _, numbers: list(islice(numbers.periods(), 12)),
        established=established,
    )


@needs(Right.PAGES)
@require_GET
def reasons(request: HttpRequest) -> HttpResponse:
    """Why deals were lost, and why they were won."""
    return _page(
        request,
        "report/reasons.html",
        "Reasons",
        losses=lambda _, numbers: numbers.reasons(),
        wins=lambda _, numbers: numbers.reasons(won=True),
    )


@needs(Right.PAGES)
@require_GET
def competitors(request: HttpRequest) -> HttpResponse:
    """Whom deals were won and lost against."""
    return _page(request, "report/competitors.html", "Competitors", rows=lambda _, numbers: numbers.competitors())


@needs(Right.PAGES)
@require_GET
def attributes(request: HttpRequest) -> HttpResponse:
    """The win rate by every value of every attribute."""
    return _page(
        request,
        "report/attributes.html",
        "Segments",
        tables=lambda looking, numbers: [(table, numbers.attribute(table)) for table in looking.tables],
        most=lambda looking, _: scale(looking.tables, looking.glance.totals.win_rate),
    )


@needs(Right.RESULTS)
@require_GET
def patterns(request: HttpRequest) -> HttpResponse:
    """What is established over the whole book, and what is not."""
    return _of_study(request, "report/patterns.html", "Patterns")


@needs(Right.RESULTS)
@require_GET
def quality(request: HttpRequest) -> HttpResponse:
    """How far the data can be trusted."""
    from winloss.web.sources import queries

    rejected = queries.rejected() if may(_person(request), Right.IMPORT) else []
    return _of_study(request, "report/quality.html", "Data quality", rejected=rejected)


@needs(Right.DOCUMENTS)
@require_GET
def documents(request: HttpRequest) -> HttpResponse:
    """The report as files."""
    looking = Looking.of(request)
    if looking is None:
        return _nothing(request)
    study, job = services.results_of(looking.served.version)
    if study is None:
        return _computing(request, looking, job)
    found = results.documents(looking.served.version)
    return render(request, "report/documents.html", {"looking": looking, "documents": found})


def _of_study(request: HttpRequest, template: str, title: str, **more: Iterable[Hashable]) -> HttpResponse:
    looking = Looking.of(request)
    if looking is None:
        return _nothing(request)
    study, job = services.results_of(looking.served.version)
    if study is None:
        return _computing(request, looking, job)
    numbers = Numbers(looking, deals=may(_person(request), Right.DEALS))
    key = (numbers.deals, results.written_at(looking.served.version), *map(tuple, more.values()))
    context = {"study": study, "looking": looking, "numbers": numbers, **more}
    return page(request, looking, template, lambda: context | _sorted(study), title=title, key=key)


def _computing(request: HttpRequest, looking: Looking, job: Any) -> HttpResponse:
    context = {"job": job, "studied": looking.served.version}
    return render(request, "report/computing.html", context, status=202)


def _sorted(study: dict[str, Any]) -> dict[str, Any]:
    by: dict[str, list[dict[str, Any]]] = {"established": [], "early_signal": [], "not_supported": []}
    for finding in study["findings"]:
        if finding["kind"] != "quality":
            by.setdefault(finding["status"], []).append(finding)
    return by


@needs(Right.DOCUMENTS)
@require_GET
def document(request: HttpRequest, version: int, name: str) -> HttpResponseBase:
    """One file of the report."""
    path = results.folder(version) / name
    if name not in results.MEANING or not path.is_file():
        raise Http404
    services.told_of_document(request.user, name, version=version)
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)


@needs(Right.PAGES)
@require_GET
def all_teams(request: HttpRequest) -> HttpResponse:
    """The teams whose dashboards the reader may open."""
    served = shelves.current()
    every = reaches.reaches_of_teams(_person(request))
    found = [{"team": one, "glance": _glance(request, served, reach)} for one, reach in every]
    told = {"teams": found, "may_people": may(_person(request), Right.PEOPLE), "left_out": _left_out(request, served)}
    return render(request, "report/teams.html", told)


def _glance(request: HttpRequest, served: Served | None, reach: Reach) -> Glance | None:
    """A team's figures; None where they would be those of one or two people."""
    if served is None or of_one_or_two(served, reach, _person(request)):
        return None
    return shelves.glance(served, reach, _ALL)


def _left_out(request: HttpRequest, served: Served | None) -> str:
    person = _person(request)
    if served is None:
        return ""
    looking = Looking(served=served, reach=person.reach(), segment=_ALL, owners_named=may(person, Right.OWNERS))
    return looking.left_out


@needs(Right.PAGES)
@require_GET
def team(request: HttpRequest, name: UUID) -> HttpResponse:
    """Where a team looks every day: the last 90 days beside those before, and why deals were lost."""
    one, person = reaches.team(name), _person(request)
    if one is None or of_team(person, own=person.team_id == name) is Answer.HIDDEN:
        raise Http404
    served = shelves.current()
    if served is None:
        return _nothing(request)
    of_more_than_two(served, one, person)
    board = teams.dashboard(served, reaches.reach_of_team(one))
    now, then = board.lately.by, board.before.by
    change = newcombe(now["won"].n, now.closed.n, then["won"].n, then.closed.n)
    numbers = _of_team(served, one, board, deals=may(person, Right.DEALS) and person.role != Role.REP)
    context = {
        "team": one,
        "board": board,
        "change": change,
        "numbers": numbers,
        "closed_to": numbers.to(plus(numbers.segment, links.CLOSED)),
        "won_to": numbers.to(plus(numbers.segment, links.WON)),
        "all_to": numbers.to(Segment((links.CLOSED,))),
    }
    return render(request, "report/team.html", context)


def _of_team(served: Served, one: Any, board: teams.Dashboard, *, deals: bool) -> Numbers:
    """The team's figures of the last 90 days, with the addresses of their deals."""
    looking = Looking(
        served=served,
        reach=reaches.reach_of_team(one),
        segment=teams.closed_between(*board.span) if board.span else _ALL,
        owners_named=False,
        path="/overview/",
        kept=((TEAM, str(one.pk)),),
        team=one.name,
    )
    return Numbers(looking, deals=deals)


_ALL = Segment()
