"""The way in, health, the look, and pages for what went wrong."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from winloss.web.house import health, metrics
from winloss.web.house.context import THEMES
from winloss.web.people.rights import PUBLIC, SIGNED_IN, needs

_YEAR_S = 365 * 24 * 3600


@needs(SIGNED_IN)
@require_GET
def home(_request: HttpRequest) -> HttpResponse:
    return redirect("report:overview")


@needs(PUBLIC)
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether pages can be served; with `?worker=1` also whether a worker lives. 503 where not."""
    told = health.check()
    if "worker" in request.GET:
        told["ok"] = told["ok"] and told["worker"]
    return JsonResponse(told, status=200 if told["ok"] else 503)


@needs(PUBLIC)
@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """`/metrics`, for this machine and for whoever knows the token; for others there is no such page."""
    if not metrics.may_read(request):
        raise Http404
    return HttpResponse(metrics.text(), content_type=metrics.CONTENT_TYPE)


@needs(PUBLIC)
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep how the reader wants pages to look: light, dark, or as their system does."""
    chosen = request.POST.get("theme", "")
    to = request.POST.get("to", "/")
    safe = url_has_allowed_host_and_scheme(to, {request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(to if safe else "/")
    if chosen in THEMES:
        response.set_cookie("theme", chosen, max_age=_YEAR_S, samesite="Lax", secure=request.is_secure())
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001  # Django's
    return render(request, "house/fault.html", {"sentence": "This request cannot be read."}, status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    told = str(exception) or "Your role does not include this. Whoever runs winloss in your company can change that."
    return render(request, "house/fault.html", {"sentence": told, "title": "Not for your role"}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001  # Django's
    told = "There is nothing at this address."
    return render(request, "house/fault.html", {"sentence": told, "title": "Not found"}, status=404)


def defect(request: HttpRequest) -> HttpResponse:
    told = "winloss met a defect of its own. Nothing was changed; the log of the server shows where."
    return render(request, "house/fault.html", {"sentence": told, "title": "A defect"}, status=500)
