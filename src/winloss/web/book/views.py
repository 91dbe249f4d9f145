"""Deals behind numbers, one deal, and saved segments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from winloss.errors import UserError
from winloss.report import figures
from winloss.tables.deals import DEALS
from winloss.tables.segment import Condition
from winloss.web.book import listing, queries, segmentbar, services
from winloss.web.book.fragments import page
from winloss.web.book.looking import Looking, asked_segment
from winloss.web.exports import csv_response
from winloss.web.people.rights import SIGNED_IN, Answer, Right, may, needs, of_deal

KEEP = ("sort", "q")
"""What lists of deals keep beside the segment."""


@needs(Right.DEALS)
@require_GET
def deals(request: HttpRequest) -> HttpResponse:
    """The deals of a segment, a page at a time."""
    looking = Looking.of(request, keep=KEEP)
    if looking is None:
        person: Any = request.user
        return render(request, "book/nothing.html", {"may_import": may(person, Right.IMPORT)})
    sort, words = _sort(request), request.GET.get("q", "").strip()[:100]
    shown = listing.page(looking, _number(request.GET.get("page")), sort=sort, words=words)
    services.told_of_deals(
        request.user,
        "see deals",
        segment=str(looking.segment),
        deals=len(shown.rows),
        version=looking.served.version,
    )
    query = _without(request.GET, "page", "choose")

    def context() -> dict[str, Any]:
        return {
            "looking": looking,
            "bar": looking.bar(),
            "shown": shown,
            "sort": sort,
            "sorts": listing.SORTS,
            "words": words,
            "query": query,
            "owners": looking.owners_named,
        }

    return page(request, looking, "book/deals.html", context, title="Deals", key=(shown.page, sort, words, query))


@needs(Right.DEALS)
@require_GET
def download(request: HttpRequest) -> HttpResponseBase:
    """The same deals as a CSV file."""
    looking = Looking.of(request, keep=KEEP)
    if looking is None:
        raise Http404
    places = listing.found(looking, sort=_sort(request), words=request.GET.get("q", "").strip()[:100])
    services.told_of_deals(
        request.user, "download deals", segment=str(looking.segment), deals=len(places), version=looking.served.version
    )
    names = [*_COLUMNS, *(["Rep"] if looking.owners_named else [])]
    return csv_response("deals", names, _cells(looking, places))


def _cells(looking: Looking, places: listing.Places) -> Iterator[list[Any]]:
    for deal in listing.every(looking, places):
        amount = None if deal.amount_cents is None else deal.amount_cents / 100
        cells: list[Any] = [deal.id, deal.name, deal.account, deal.outcome, deal.reason, deal.competitor, amount]
        cells += [deal.currency, deal.created_on, deal.closed_on, deal.deal_stage, deal.team]
        yield [*cells, *([deal.owner] if looking.owners_named else [])]


_COLUMNS = (
    *("Deal id", "Deal", "Account", "Outcome", "Reason", "Competitor", "Amount", "Currency", "Created on", "Closed on"),
    *("Deal stage", "Team"),
)


@needs(Right.DEALS)
@require_GET
def deal(request: HttpRequest, deal_id: str) -> HttpResponse:
    """Everything that is known of one deal."""
    looking = Looking.of(request)
    place = None if looking is None else listing.one(looking.served, deal_id)
    if looking is None or place is None:
        raise Http404
    told = listing.row(looking.served, place)
    person: Any = request.user
    answer = of_deal(person, owner=told.get("owner_id"), team=told.get("team"))
    if answer is Answer.HIDDEN:
        raise Http404
    if answer is Answer.FORBIDDEN:
        raise PermissionDenied("This deal belongs to a colleague of yours.")
    services.told_of_deal(person, deal_id, version=looking.served.version)
    return render(
        request,
        "book/deal.html",
        {
            "deal": listing.listed(looking, told),
            "facts": _facts(looking, told),
            "as_of_version": looking.served.version,
        },
    )


_HEAD = frozenset(
    ("deal_id", "deal_name", "account_name", "outcome", "reason", "competitor", "amount_cents", "currency", "owner_id")
)
_MACHINERY = frozenset(
    (
        *("is_closed", "is_won", "reason_given", "amount_known", "loss_reason_on_won", "notes", "competitor_raw"),
        *("competitor_present", "competitor_kind", "reason_source", "account_id"),
        *("closed_before_created", "stage_against_outcome"),
    )
)


def _facts(looking: Looking, told: dict[str, Any]) -> list[tuple[str, str]]:
    """The other columns that say something, in the words of the reader."""
    declared = {column.name for column in DEALS.columns}
    found = []
    for name, value in told.items():
        if value is None or value == "" or name in _HEAD | _MACHINERY:
            continue
        shown = figures.day(value) if name.endswith("_on") and name in declared else _written(value)
        found.append((looking.names.field(name), shown))
    return found


def _written(value: Any) -> str:
    """A whole number without a point, though its column holds fractions."""
    return f"{value:.15g}" if isinstance(value, float) else str(value).replace("_", " ")


@needs(SIGNED_IN)
@require_GET
def filter_by(request: HttpRequest) -> HttpResponse:
    """Put values that were ticked into the segment, and go back to the page."""
    segment = asked_segment(request.GET.get("segment", ""))
    field = request.GET.get("field", "")
    values = tuple(sorted({value for value in request.GET.getlist("value") if value}))
    segment = segmentbar.without(segment, field)
    if field == segmentbar.PERIOD and (first := request.GET.get("from")) and (last := request.GET.get("to_day")):
        values = ()
        segment = segmentbar.plus(segment, Condition(field, "between", tuple(sorted((first, last)))))
    if values:
        condition = Condition(field, "=" if len(values) == 1 else "in", values)
        segment = segmentbar.plus(segment, condition)
    asked_segment(str(segment))
    kept = [(name, value) for name in (*KEEP, segmentbar.TEAM) for value in request.GET.getlist(name) if value]
    return redirect(segmentbar.address(_to(request, request.GET.get("to", "")), segment, kept))


@needs(SIGNED_IN)
@require_GET
def segments(request: HttpRequest) -> HttpResponse:
    """The segments that were saved."""
    looking = Looking.of(request)
    saved = [
        {
            "one": one,
            "words": _in_words(looking, one.written),
            "mine": one.owner_id == request.user.pk,
            "removable": queries.may_remove(request.user, one) is Answer.YES,
            "to": segmentbar.address("/overview/", asked_segment(one.written)),
        }
        for one in queries.segments_of(request.user)
    ]
    return render(request, "book/segments.html", {"saved": saved})


def _in_words(looking: Looking | None, written: str) -> str:
    return written if looking is None else looking.names.segment(asked_segment(written))


@needs(SIGNED_IN)
@require_POST
def save_segment(request: HttpRequest) -> HttpResponse:
    """Keep a segment that the reader can open."""
    written = request.POST.get("segment", "")
    looking = Looking.of(request, segment=written)
    if looking is None:
        raise UserError("There is no deal to filter yet: import an export first.")
    _ = looking.inside  # says what its page would say of a field or value that is none
    saved = services.save_segment(
        request.user, name=request.POST.get("name", ""), written=written, shared=request.POST.get("shared") == "on"
    )
    return redirect(segmentbar.address(_to(request, request.POST.get("to", "")), asked_segment(saved.written)))


@needs(SIGNED_IN)
@require_POST
def remove_segment(request: HttpRequest, name: UUID) -> HttpResponse:
    saved, answer = queries.segment_to_remove(request.user, name)
    if saved is None or answer is Answer.HIDDEN:
        raise Http404
    if answer is Answer.FORBIDDEN:
        raise PermissionDenied("Whoever saved this segment can remove it, and so can RevOps.")
    services.remove_segment(request.user, saved)
    return redirect("book:segments")


def _to(request: HttpRequest, path: str) -> str:
    safe = path.startswith("/") and url_has_allowed_host_and_scheme(path, {request.get_host()})
    return path.split("?", maxsplit=1)[0] if safe else "/overview/"


def _sort(request: HttpRequest) -> str:
    sort = request.GET.get("sort", "")
    return sort if sort in listing.SORTS else "-closed"


def _number(written: str | None) -> int:
    return max(1, int(written)) if written and written.isascii() and written.isdigit() and len(written) < 9 else 1


def _without(query: QueryDict, *names: str) -> str:
    kept = query.copy()
    for name in names:
        kept.pop(name, None)
    return kept.urlencode()
