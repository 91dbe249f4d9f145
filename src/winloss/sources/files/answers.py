"""Who answered a debrief, in the words of a file."""

from __future__ import annotations

from collections.abc import Mapping

from winloss.sources.files.signs import signs
from winloss.sources.files.words import plain


def role_of(written: str) -> str | None:
    """`rep`, `manager` or `buyer`; None where `written` is none of them.

    >>> role_of("Sales Rep"), role_of("Kunde"), role_of("CFO")
    ('rep', 'buyer', None)
    """
    return signs().roles.get(plain(written))


def tells_roles(counts: Mapping[str, int]) -> bool:
    """True where nearly all values are roles, a rep's or a buyer's among them."""
    roles = {value: role_of(value) for value in counts}
    known = sum(n for value, n in counts.items() if roles[value] is not None)
    return known > 0 and known >= 0.8 * sum(counts.values()) and bool({"rep", "buyer"} & set(roles.values()))
