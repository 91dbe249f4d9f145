"""Who answered a debrief, in the words of a file."""

from __future__ import annotations

from collections.abc import Mapping

from winloss.sources.files.words import plain

_ROLES = {
    "rep": (
        "rep|reps|sales rep|sales representative|account executive|ae|sales|seller|salesperson|owner|deal owner|verkaufer|vertrieb"
        "|vertriebler|commercial|vendeur|vendedor|comercial|verkoper|venditore|commerciale"
    ),
    "manager": (
        "manager|sales manager|team lead|head of sales|vertriebsleiter|leiter|responsable|responsable commercial|gerente"
        "|jefe de ventas|gestor|leidinggevende|responsabile"
    ),
    "buyer": (
        "buyer|customer|client|prospect|champion|decision maker|kunde|kaufer|einkaufer|acheteur|cliente|comprador|klant|koper"
        "|acquirente|compratore"
    ),
}
_ROLE_OF = {word: role for role, words in _ROLES.items() for word in words.split("|")}


def role_of(written: str) -> str | None:
    """`rep`, `manager` or `buyer`; None where `written` is none of them.

    >>> role_of("Sales Rep"), role_of("Kunde"), role_of("CFO")
    ('rep', 'buyer', None)
    """
    return _ROLE_OF.get(plain(written))


def tells_roles(counts: Mapping[str, int]) -> bool:
    """True where nearly all values are roles, a rep's or a buyer's among them."""
    roles = {value: role_of(value) for value in counts}
    known = sum(n for value, n in counts.items() if roles[value] is not None)
    return known > 0 and known >= 0.8 * sum(counts.values()) and bool({"rep", "buyer"} & set(roles.values()))
