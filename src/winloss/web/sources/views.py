"""Pages of uploads: give files, correct how they are read, import them, take an import back, and the versions of the book."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import UnreadablePostError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winloss.errors import UserError
from winloss.web.people.rights import Right, needs
from winloss.web.sources import places, queries, services
from winloss.web.sources.forms import MappingForm
from winloss.web.sources.receiving import Received, Receiver

_MAP_BYTES = 1 << 20


@needs(Right.IMPORT)
@require_GET
def uploads(request: HttpRequest) -> HttpResponse:
    found = queries.page(request.GET.get("page"))
    config = settings.CONFIG
    told = {
        "page": found,
        "maps": queries.saved(),
        "watched": queries.watched() if config.watch_folder is not None else [],
        "watching": config.watch_folder is not None,
        "watch_missing": config.watch_folder is not None and not config.watch_folder.is_dir(),
        "every_minutes": config.watch_every_minutes,
        "held": queries.bytes_held(),
        "stuck": {upload.id for upload in found.object_list if services.stuck(upload)},
        "waiting": queries.waiting(),
    }
    return render(request, "sources/list.html", told)


# Giving files


@csrf_exempt  # asked again in `_receive`: before it, nothing may read the body
@needs(Right.IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponseBase:
    """Choose files; they are written to where they will stay while they come."""
    if request.method != "POST":
        return _upload_page(request)
    with places.incoming() as folder:
        receiver = Receiver(request, folder / "files", most_mb=settings.CONFIG.upload_most_mb)
        (folder / "files").mkdir(mode=0o700)
        request.upload_handlers = [receiver]
        return cast("HttpResponseBase", _receive(request, receiver))


@csrf_protect
def _receive(request: HttpRequest, receiver: Receiver) -> HttpResponse:
    try:
        files = [file for file in request.FILES.getlist("files") if isinstance(file, Received)]
    except UnreadablePostError:
        return _upload_page(request, error="The upload broke off: try it again. Nothing was kept.", status=400)
    if receiver.refused:
        return _upload_page(request, error=receiver.refused, status=413 if receiver.too_large else 400)
    try:
        receipt = services.receive(files, receiver.folder, by=request.user)
    except UserError as error:
        return _upload_page(request, error=str(error), status=400)
    if receipt.known:
        return _upload_page(request, known=receipt.upload)
    return redirect("sources:one", receipt.upload.id)


def _upload_page(request: HttpRequest, *, error: str = "", known: Any = None, status: int = 200) -> HttpResponse:
    told = {"error": error, "known": known, "most_mb": settings.CONFIG.upload_most_mb}
    return render(request, "sources/upload.html", told, status=status)


# One upload


@needs(Right.IMPORT)
@require_GET
def one(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    return _page(request, upload_id)


def _page(
    request: HttpRequest, upload_id: uuid.UUID, *, form: MappingForm | None = None, error: str = ""
) -> HttpResponse:
    """An upload as it stands; `form` is one with errors."""
    found = queries.one(upload_id)
    works = queries.works(found)
    if form is None and found.seen and not works:
        form = _form(found)
    told = {
        "upload": found,
        "form": form,
        "job": found.job,
        "works": works,
        "stuck": services.stuck(found),
        "then": reverse("sources:one", args=[found.id]),
        "error": error,
        "undoing": queries.undoes(found),
        "removable": services.removable(found),
        "bytes": sum(file.size for file in found.files.all()),
    }
    return render(request, "sources/one.html", told, status=400 if error or (form and form.errors) else 200)


def _form(found: Any, data: Any = None) -> MappingForm:
    return MappingForm(found.seen, found.map_text, proposal=found.proposal, codes=queries.codes(), data=data)


@needs(Right.IMPORT)
@require_POST
def save(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """Save what was corrected, or import what was not."""
    found = queries.one(upload_id)
    if not found.seen:
        raise UserError("These files were not read yet: wait until that has ended.")
    form = _form(found, request.POST)
    revision = _number(request.POST.get("revision"))
    if revision != found.revision:
        return _page(request, upload_id, error=_CHANGED)
    if not form.is_valid:
        return _page(request, upload_id, form=form, error=_WRONG)
    landing = request.POST.get("then") == "land"
    try:
        if landing and not form.changed:
            services.land(found, by=request.user)
        else:
            services.save_map(found, form.text(), revision=revision, by=request.user)
    except UserError as error:
        return _page(request, upload_id, form=form, error=str(error))
    if landing and found.state == "received":
        messages.info(
            request, "Your corrections are saved and the files are being read by them. Look once more, then import."
        )
    return redirect("sources:one", upload_id)


_CHANGED = "Somebody saved another map meanwhile. This is how it stands now: correct it again, then save."
_WRONG = "Some fields cannot be saved as they are: each says why."


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else -1


@needs(Right.IMPORT)
@require_POST
def land(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    services.land(queries.one(upload_id), by=request.user)
    return redirect("sources:one", upload_id)


@needs(Right.IMPORT)
@require_POST
def again(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    services.try_again(queries.one(upload_id), by=request.user)
    return redirect("sources:one", upload_id)


@needs(Right.IMPORT)
@require_POST
def remove(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    services.remove(queries.one(upload_id), by=request.user)
    messages.info(request, "The upload and its files are gone. Nothing of it was in the book.")
    return redirect("sources:list")


@needs(Right.IMPORT)
@require_POST
def anew(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """Let winloss decide by itself again."""
    revision = _number(request.POST.get("revision"))
    services.save_map(queries.one(upload_id), "", revision=revision, by=request.user)
    return redirect("sources:one", upload_id)


@needs(Right.IMPORT)
@require_POST
def take_map(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """A map that comes as a file."""
    found, file = queries.one(upload_id), request.FILES.get("map")
    if file is None or not file.size:
        raise UserError("No map was chosen: choose a .toml file, such as the one that can be downloaded here.")
    if file.size > _MAP_BYTES:
        raise UserError("This file is larger than 1 MB and no map: choose a .toml file.")
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError("This file is no text in UTF-8 and no map: choose a .toml file.") from None
    revision = _number(request.POST.get("revision"))
    services.save_map(found, text.replace("\0", ""), revision=revision, by=request.user, how="file")
    return redirect("sources:one", upload_id)


@needs(Right.IMPORT)
@require_GET
def map_file(_request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    found = queries.one(upload_id)
    if not found.seen:
        raise Http404
    response = HttpResponse(services.map_in_force(found), content_type="application/toml; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="map.toml"'
    return response


@needs(Right.IMPORT)
@require_GET
def rejects(request: HttpRequest, upload_id: uuid.UUID) -> FileResponse:
    """The rows that could not be read; what a spreadsheet would run was made harmless when they were written."""
    found = queries.one(upload_id)
    path = queries.rejects(found)
    if path is None:
        raise Http404
    services.downloaded_rejects(found, by=request.user)
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name, content_type="text/csv; charset=utf-8")


@needs(Right.IMPORT)
@require_POST
def forget_map(request: HttpRequest, map_id: uuid.UUID) -> HttpResponse:
    services.forget_map(map_id, by=request.user)
    messages.info(request, "The saved map is gone. The next upload with these columns is decided anew.")
    return redirect("sources:list")


# The versions of the book


@needs(Right.IMPORT)
@require_GET
def versions(request: HttpRequest) -> HttpResponse:
    before = request.GET.get("before")
    if before is not None and _number(before) < 1:
        raise Http404
    found, more = queries.versions(_number(before) if before is not None else None)
    told = {
        "versions": found,
        "more": more,
        "first": before is None,
        "undoing": queries.undoing(),
        "job": queries.undo_job(),
        "then": reverse("sources:versions"),
    }
    return render(request, "sources/versions.html", told)


@needs(Right.IMPORT)
@require_GET
def version(request: HttpRequest, number: int) -> HttpResponse:
    return render(request, "sources/version.html", {"one": queries.version(number)})


@needs(Right.IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest) -> HttpResponse:
    """What taking the last import back would change; then, by POST, it is done."""
    found = queries.undoing()
    if request.method == "POST":
        if found is None or _number(request.POST.get("version")) != found.current.version:
            raise UserError("The book has changed since you looked: open its versions and look again.")
        services.undo(found.current.version, by=request.user)
        return redirect("sources:versions")
    return render(request, "sources/undo.html", {"undoing": found})
