"""The same figures for programs: JSON over HTTP, for who is signed in or carries a token.

Every operation names the right it needs; what a person may not see on a page they cannot read here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Query, Schema
from ninja.errors import HttpError, ValidationError
from ninja.security import HttpBearer, SessionAuth
from pydantic import Field

from winloss import __version__
from winloss.errors import SettingError, UserError
from winloss.stats.estimate import Estimate
from winloss.web.book import listing, services
from winloss.web.book.looking import Looking
from winloss.web.people import tokens
from winloss.web.people.rights import Answer, Right, may, of_deal

MOST = 1000


def needing(right: Right) -> list[Callable[[HttpRequest], Any]]:
    """Who may call an operation: a token's person, or somebody signed in, whose role has the right; else 401 or 403."""

    def allowed(person: Any) -> Any:
        if not may(person, right):
            raise HttpError(403, "Your role does not include this.")
        return person

    class Bearer(HttpBearer):
        def authenticate(self, request: HttpRequest, token: str) -> Any:  # noqa: ARG002  # read from the request
            person = tokens.person_of(request)
            if person is None:
                return None
            request.user = person
            return allowed(person)

    class Signed(SessionAuth):
        def authenticate(self, request: HttpRequest, key: str | None) -> Any:  # noqa: ARG002  # the library's
            return allowed(request.user) if request.user.is_authenticated else None

    return [Bearer(), Signed()]


api = NinjaAPI(title="winloss", version=__version__, urls_namespace="api", docs_url=None, openapi_url="/openapi.json")


class Told(Schema):
    """Why a request cannot be answered."""

    detail: str


ANSWERS: dict[int, Any] = {200: dict[str, Any], 400: Told, 401: Told, 403: Told, 404: Told, 503: Told}
"""What every operation answers."""


class Asked(Schema):
    """Which deals."""

    segment: str = Field("", max_length=2000, description="A segment in its text form; all deals where empty.")


class AskedDeals(Asked):
    """Which deals, and which of them."""

    sort: str = Field("-closed", max_length=20, description=f"One of {', '.join(listing.SORTS)}.")
    limit: int = Field(100, ge=1, le=MOST, description="Deals at most.")
    offset: int = Field(0, ge=0, le=100_000_000, description="Deals to pass over.")


@api.exception_handler(UserError)
def cannot(request: HttpRequest, error: UserError) -> HttpResponse:
    """What the caller can mend, as one sentence."""
    return api.create_response(request, {"detail": str(error)}, status=503 if isinstance(error, SettingError) else 400)


@api.exception_handler(ValidationError)
def unread(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What was sent and cannot be read, as one sentence."""
    first = error.errors[0]
    said = f"{first['loc'][-1]}: {first['msg']}."
    return api.create_response(request, {"detail": said}, status=400)


def _looking(request: HttpRequest, segment: str) -> Looking:
    get = request.GET.copy()
    get["segment"] = segment
    request.GET = get  # type: ignore[assignment]  # a copy that may be written to
    looking = Looking.of(request)
    if looking is None:
        raise HttpError(404, "Nothing was imported yet.")
    return looking


def _shares(rows: Any, **as_: str) -> list[dict[str, Any]]:
    """Rows of a study as plain values."""
    return [
        {
            name: value.to_json(successes_as=as_.get(name)) if isinstance(value, Estimate) else value
            for name, value in one
        }
        for one in ([(name, getattr(row, name)) for name in row.__slots__] for row in rows)
    ]


@api.get("/figures", auth=needing(Right.PAGES), response=ANSWERS)
def figures(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """Counts by outcome, win rates with their intervals, amounts and days, of a segment."""
    looking = _looking(request, asked.segment)
    glance = looking.glance
    [totals] = _shares([glance.totals], win_rate="won", competitive_win_rate="won")
    return {
        "segment": str(looking.segment),
        "version": looking.served.version,
        "as_of": looking.served.around.as_of.day,
        "excluded": [str(segment) for segment in looking.served.excluded],
        "currency": glance.currency,
        "deals": {name: part.n for name, part in glance.by.of.items()},
        **totals,
        "rest": glance.rest.to_json(successes_as="won"),
        "difference": glance.difference.to_json(),
    }


@api.get("/reasons", auth=needing(Right.PAGES), response=ANSWERS)
def reasons(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """Why deals of a segment were lost, and why won."""
    glance = _looking(request, asked.segment).glance
    return {"lost": _shares(glance.loss_reasons), "won": _shares(glance.win_reasons), "flip": glance.reason_flip}


@api.get("/competitors", auth=needing(Right.PAGES), response=ANSWERS)
def competitors(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """Whom deals of a segment were won and lost against."""
    glance = _looking(request, asked.segment).glance
    return {
        "competitors": _shares(glance.competitors),
        "withheld": glance.competitor_why,
        "note": glance.competitor_note,
    }


@api.get("/attributes", auth=needing(Right.PAGES), response=ANSWERS)
def attributes(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """The win rate of every value of every attribute, within a segment."""
    return {
        "attributes": [
            {
                "name": table.name,
                "label": table.label,
                "ordered": table.ordered,
                "levels": _shares(level for level in table.levels if level.closed),
            }
            for table in _looking(request, asked.segment).tables
        ]
    }


@api.get("/deals", auth=needing(Right.DEALS), response=ANSWERS)
def deals(request: HttpRequest, asked: Query[AskedDeals]) -> dict[str, Any]:
    """Deals of a segment, at most a thousand a call."""
    if asked.sort not in listing.SORTS:
        raise UserError(f"Deals are sorted by one of {', '.join(listing.SORTS)}.")
    looking = _looking(request, asked.segment)
    places = listing.found(looking, sort=asked.sort)
    chosen = places[asked.offset : asked.offset + asked.limit]
    services.told_of_deals(
        request.user, "see deals", segment=str(looking.segment), deals=len(chosen), version=looking.served.version
    )
    return {"total": len(places), "deals": [_deal(one) for one in listing.every(looking, chosen)]}


@api.get("/deals/{deal_id}", auth=needing(Right.DEALS), response=ANSWERS)
def deal(request: HttpRequest, deal_id: str) -> dict[str, Any]:
    """One deal."""
    looking = _looking(request, "")
    place = listing.one(looking.served, deal_id)
    told = {} if place is None else listing.row(looking.served, place)
    person: Any = request.user
    answer = of_deal(person, owner=told.get("owner_id"), team=told.get("team")) if told else Answer.HIDDEN
    if answer is not Answer.YES:
        hidden = answer is Answer.HIDDEN
        raise HttpError(404 if hidden else 403, "No such deal." if hidden else "This deal belongs to a colleague.")
    services.told_of_deal(person, deal_id, version=looking.served.version)
    return _deal(listing.listed(looking, told))


def _deal(one: listing.Listed) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__ if name != "owner" or one.owner}
