"""Which lost deals are worth asking again on the day of the study."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import ibis.expr.types as ir

from winloss.aggregate import recovery as aggregate
from winloss.errors import UserError
from winloss.synthesize.asking import Ask, row, rows
from winloss.synthesize.glossary import Glossary
from winloss.synthesize.remedies import AT_A_TERMINAL, Remedies
from winloss.synthesize.study import Prospect, Recovery
from winloss.synthesize.totals import Money

SHOWN = 25
_SHOWN_OF = (
    "deal_id",
    "deal_name",
    "account_name",
    "account_id",
    "owner_id",
    "closed_on",
    "reason",
    "amount_cents",
    "amount_known",
    "currency",
)
OVERRIDE_LASTS_DAYS = 90
"""A window set by hand opens after so many days as were given and stays open for three months, as the shipped ones do."""


def windows(glossary: Glossary, window_days: int | None = None) -> dict[str, tuple[int, int]]:
    """First and last day after the close on which each reason's deals are due.

    Parameters
    ----------
    glossary
        Reasons with their windows; one without a window (no need, junk) never comes back.
    window_days
        Opens every window after this many days instead, for 90 days, that of deals without a reason too.

    Raises
    ------
    UserError
        Where `window_days` is less than 1.
    """
    own = {code: reason.window for code, reason in glossary.reasons.items() if reason.window is not None}
    if window_days is None:
        return own
    if window_days < 1:
        raise UserError(f"A window opens 1 day after the close or later, not {window_days}: give --window 90.")
    given = (window_days, window_days + OVERRIDE_LASTS_DAYS)
    return dict.fromkeys((*own, ""), given)


def recovery(
    deals: ir.Table,
    *,
    ask: Ask,
    glossary: Glossary,
    as_of: dt.date | None,
    purse: Money,
    window_days: int | None = None,
    remedies: Remedies = AT_A_TERMINAL,
) -> Recovery:
    """The deals to ask again, by value, or by date where amounts cannot be compared.

    See `aggregate.recovery.prospects` for which those are.
    """
    due = windows(glossary, window_days)
    if as_of is None:
        return Recovery(why_none="No closed deal says when it closed, so nobody can tell whose time has come.")
    expression = aggregate.prospects(deals, due, as_of)
    ordered = aggregate.by_value if purse.adds else aggregate.by_date
    first = ordered(aggregate.with_totals(expression), limit=SHOWN)
    listed = rows(ask, first.select(*_SHOWN_OF, "n", "n_amount", "all_cents"))
    if not listed:
        return Recovery(why_none=_why_none(due, ask, deals, remedies))
    return Recovery(
        prospects=tuple(_prospects(listed, due, glossary, purse.currency)),
        dated=not purse.adds,
        total=listed[0]["n"],
        total_cents=listed[0]["all_cents"] if listed[0]["n_amount"] and purse.adds else None,
    )


def every(
    deals: ir.Table,
    *,
    ask: Ask,
    glossary: Glossary,
    as_of: dt.date | None,
    window_days: int | None = None,
    currency: str | None = None,
    dated: bool = False,
) -> tuple[Prospect, ...]:
    """All prospects by value, or by date where `dated`, for an export; those of `recovery` are the first of them."""
    if as_of is None:
        return ()
    due = windows(glossary, window_days)
    ordered = aggregate.by_date if dated else aggregate.by_value
    listed = ordered(aggregate.prospects(deals, due, as_of)).select(*_SHOWN_OF)
    return tuple(_prospects(rows(ask, listed), due, glossary, currency))


def _why_none(due: Mapping[str, tuple[int, int]], ask: Ask, deals: ir.Table, remedies: Remedies) -> str:
    if "" in due:
        return "No lost or no-decision deal closed in the days asked for."
    lost = deals.filter(deals.is_closed & ~deals.is_won)
    if not row(ask, lost.aggregate(n=lost.reason.count()))["n"]:
        return f"No lost or no-decision deal has a reason that was understood{remedies.ask_all}."
    return "No lost or no-decision deal has a reason whose window is open on this day."


def _prospects(
    listed: Iterable[Mapping[str, Any]], due: Mapping[str, tuple[int, int]], glossary: Glossary, currency: str | None
) -> Iterable[Prospect]:
    for one in listed:
        first, last = due[one["reason"] or ""]
        yield Prospect(
            deal_id=one["deal_id"],
            deal_name=one["deal_name"] or "",
            account=one["account_name"] or one["account_id"] or "",
            owner_id=one["owner_id"] or "",
            closed_on=one["closed_on"],
            reason=glossary.label(one["reason"]),
            amount_cents=one["amount_cents"] if one["amount_known"] else None,
            currency=one["currency"] or currency,
            window_from=one["closed_on"] + dt.timedelta(days=first),
            window_to=one["closed_on"] + dt.timedelta(days=last),
        )
