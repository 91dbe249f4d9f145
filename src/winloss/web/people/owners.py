"""Who somebody is in the deals: the book's table of people, by address, by id and by name."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from django.conf import settings

from winloss.errors import UserError, WinlossError


@dataclass(frozen=True, slots=True)
class Owner:
    """One row of the book's table of people."""

    person_id: str
    name: str
    email: str


def everybody() -> tuple[Owner, ...]:
    """All people of the book as it stands, by name; empty where there is no book yet, or it cannot be read now."""
    from winloss.store import Book

    try:
        with Book.open(settings.CONFIG.book).read(memory_limit=settings.CONFIG.engine_memory) as view:
            people = view.tables["people"].select("person_id", "name", "email")
            rows = view.ask(people.order_by(["name", "person_id"])).to_pylist()
    except WinlossError:
        return ()
    return tuple(Owner(row["person_id"], row["name"] or "", row["email"] or "") for row in rows)


def of_address(email: str, deal_name: str = "", *, among: tuple[Owner, ...] | None = None) -> str:
    """The opaque id of whoever has the address, or is called as RevOps wrote; "" where the book knows neither.

    Never by a name that somebody gives themself: whose deals one sees is nothing to choose.
    """
    known = everybody() if among is None else among
    for written in (email, deal_name):
        found = matching(written, among=known) if written else ()
        if len(found) == 1:
            return found[0].person_id
    return ""


def matching(written: str, *, among: tuple[Owner, ...]) -> tuple[Owner, ...]:
    """Those whom an id, an address or a name means; case, spaces and look of the letters do not matter."""
    from winloss.tables.people import opaque

    id_, folded = opaque(written.strip()), _fold(written)
    by_id = tuple(owner for owner in among if owner.person_id == id_)
    by_email = tuple(owner for owner in among if _fold(owner.email) == folded)
    return by_id or by_email or tuple(owner for owner in among if _fold(owner.name) == folded)


def named(written: str) -> str:
    """The id of exactly one person of the book; "" for nothing written.

    Raises
    ------
    UserError
        Where the book knows nobody, or several, by what was written.
    """
    if not written.strip():
        return ""
    known = everybody()
    found = matching(written, among=known)
    if len(found) == 1:
        return found[0].person_id
    if found:
        raise UserError("Several people in the deals are called so: write the address or the id instead.")
    if not known:
        raise UserError("There are no deals yet: import some, and say then who this is in them.")
    raise UserError("Nobody in the deals is called so: write the name or address as the CRM has it.")


def _fold(written: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", written).casefold().split())
