"""Whom the deals were won and lost against.

The reason of a loss may name the competitor where its field does not; no reason of a win does. So such losses count as met
and lost, and in no win rate: those rest on what the field or a debrief says, which are asked of wins and losses alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from winloss.capture.competitors import COMPETITOR, MET, read_values
from winloss.stats.estimate import Estimate
from winloss.stats.shares import wilson
from winloss.synthesize import phrases
from winloss.synthesize.against import Against
from winloss.synthesize.coded import Marks
from winloss.synthesize.study import CompetitorRow, RivalShareRow
from winloss.synthesize.totals import FILLED_GAP, Money
from winloss.tables.segment import Segment

WATCH_SHARE, ACT_SHARE = 0.30, 0.40
LEAST_LOSSES = 30
_RIVALS_SHOWN = 20
_FEW = 30
"""With fewer deals on a side an uneven filling may be chance; it withholds only where a side has none at all."""
_NAMES = {"none": "No competitor", "unknown": "Unknown", "blank": "Not filled in"}
UNNAMED = "A competitor, not named"
SOME = "A competitor"
"""What the row is called where the data says only whether there was one, and names none."""
NO_NAMES = frozenset((UNNAMED, SOME))
_ENDED = {"won": "won", "lost": "lost or no-decision"}
CHOSEN_BY = frozenset(("competitor", "competitor_kind", "competitor_present"))
"""Fields that choose deals by their competitor."""
Answer = tuple[str, str | None]
"""A kind and, of a competitor that is named, its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Closed deals by whom they met.

    A row has `lost` and, among these, `lost_by_reason`: those whose reason alone says so. `asked` are deals closed, and
    won, by what the field or a debrief says by itself.
    """

    rows: tuple[Mapping[str, Any], ...]
    asked: Mapping[Answer, tuple[int, int]]

    @classmethod
    def read(cls, by_competitor: Iterable[Mapping[str, Any]]) -> Field:
        """Take the rows of `aggregate.competitors.by_competitor`."""
        rows: dict[Answer, dict[str, Any]] = {}
        asked: dict[Answer, tuple[int, int]] = {}
        for one in by_competitor:
            told = (one["competitor_kind"], one["competitor"])
            itself = _itself(one)
            before = asked.get(itself, (0, 0))
            asked[itself] = (before[0] + one["closed"], before[1] + one["won"])
            row = rows.setdefault(told, {"competitor_kind": told[0], "competitor": told[1], "lost_by_reason": 0})
            for name in ("closed", "won", "n_amount_lost", "amount_lost_cents"):
                row[name] = row.get(name, 0) + one[name]
            row["lost_by_reason"] += one["closed"] if told != itself else 0
        return cls(rows=tuple({**row, "lost": row["closed"] - row["won"]} for row in rows.values()), asked=asked)

    def sum(self, side: str, *kinds: str) -> int:
        """Deals of one side (closed, won, lost) whose field is of one of these kinds; of any where none is given."""
        return sum(row[side] for row in self.rows if not kinds or row["competitor_kind"] in kinds)

    @property
    def named(self) -> bool:
        return self.sum("closed", "competitor") > 0

    def met(self, side: str) -> int:
        """Deals of one side (won, lost) whose field or debrief says that a competitor was met."""
        return self._asked(side, COMPETITOR)

    def _asked(self, side: str, kind: str) -> int:
        return sum(won if side == "won" else n - won for (one, _), (n, won) in self.asked.items() if one == kind)

    @property
    def lost_by_reason(self) -> int:
        """Losses whose competitor the reason alone tells of."""
        return sum(row["lost_by_reason"] for row in self.rows)

    def naming(self, side: str) -> int:
        """Deals of one side that say which competitor was met."""
        return sum(row[side] for row in self.rows if row["competitor"])

    @property
    def flag_only(self) -> bool:
        """The data says whether a competitor was met (Yes or No), and never which one."""
        return self.named and not any(row["competitor"] for row in self.rows)

    def filled(self, side: str) -> float:
        """Share of one side whose competitor field says something; what the reason of a loss says is no filling of it."""
        whole = self.sum(side)
        return 1 - self._asked(side, "blank") / whole if whole else 0.0

    def rate(self, row: Mapping[str, Any]) -> tuple[int, int]:
        """Deals closed, and won, that the field or a debrief gives this row's answer."""
        return self.asked.get((row["competitor_kind"], row["competitor"]), (0, 0))

    def told_by_losses(self) -> int:
        """Losses that met a competitor whom nobody names, where no win says that it met one so."""
        unnamed = [row for row in self.rows if row["competitor_kind"] == COMPETITOR and not row["competitor"]]
        alone = not self.flag_only and not any(row["won"] for row in unnamed)
        return sum(row["lost"] for row in unnamed) if alone else 0


def _itself(row: Mapping[str, Any]) -> Answer:
    """What the field or a debrief says of these deals, as `asked` tells."""
    asked = row["asked"]
    return (COMPETITOR, None) if asked == MET else (asked, row["competitor"] if asked == COMPETITOR else None)


def why_withheld(field: Field) -> str:
    """Why no win rate against competitors can be given: the field is filled on losses and not on wins, or unevenly."""
    if not field.named or not field.sum("won") or not field.sum("lost"):
        return ""
    for side, other in (("won", "lost"), ("lost", "won")):
        if not field.met(side):
            did, do = ("is said to have met", "are") if field.flag_only else ("names", "do")
            n = field.sum(other, "competitor") if field.flag_only else field.naming(other)
            told = f"{n:,} of {field.sum(other):,} {_ENDED[other]} ones {do}"
            where = " but by its reason" if field.sum(side, "competitor") else ""
            none = phrases.count(field.sum(side), f"{_ENDED[side]} deal")
            return _withheld(f"None of {none} {did} a competitor{where}, {told}", field)
    won, lost = field.filled("won"), field.filled("lost")
    if abs(won - lost) >= FILLED_GAP and min(field.sum("won"), field.sum("lost")) >= _FEW:
        what = "Whether a competitor was met" if field.flag_only else "The competitor"
        told = f"{what} is filled on {phrases.percent(won)} of won and {phrases.percent(lost)} of lost or no-decision deals"
        return _withheld(told, field)
    return ""


def why_unnamed(field: Field) -> str:
    """Why no win rate can be given against a competitor that is not named: only losses tell of one, else ""."""
    lost = field.told_by_losses()
    if not lost or not field.sum("won"):
        return ""
    return (
        f"That a competitor was met and not named is said of {phrases.count(lost, 'lost or no-decision deal')} and of no won one: "
        "where only losses say so, as by their reason or stage, there is no win rate against it."
    )


def why_told(field: Field) -> str:
    """What a reader is told of win rates that are not given: of all competitors, else of the one that is not named."""
    return why_withheld(field) or why_unnamed(field)


def note(field: Field) -> str:
    """What is said beside win rates where the reasons of losses name competitors, else ""."""
    n = field.lost_by_reason
    if not n or not field.sum("won") or why_withheld(field):
        return ""
    few = (
        " Where they outnumber the others the rate is withheld."
        if any(_too_few(row, field) for row in field.rows)
        else ""
    )
    return (
        f"Of {phrases.count(n, 'lost or no-decision deal')} the reason alone tells of the competitor, as no reason of a win does: "
        f"they count as met and lost, but win rates go by the competitor field alone.{few}"
    )


def why_chosen(segment: Segment, of_reason: Marks, inside: Marks) -> str:
    """Why deals that a segment chooses by their competitor have no win rate, else "".

    Parameters
    ----------
    of_reason
        Lost deals of which the reason alone tells of the competitor.
    inside
        The deals of the segment.
    """
    by = [one for one in segment.conditions if one.field in CHOSEN_BY]
    # By name, only those of that name are too many; of those without one, or of a kind, any that the reason named are missed.
    named = all(one.field == COMPETITOR and one.kind != "blank" for one in by)
    n = int(np.count_nonzero(of_reason & inside if named else of_reason))
    if not by or not n:
        return ""
    return (
        f"Of {phrases.count(n, 'lost or no-decision deal')} the reason alone tells of the competitor, as no reason of a win does: deals that are "
        "chosen by their competitor have no fair win rate. The table of competitors gives it by the competitor field."
    )


def _too_few(row: Mapping[str, Any], field: Field) -> str:
    """Why no win rate against this competitor can be given: most of its deals are losses that their reason names."""
    n, of_reason = field.rate(row)[0], row["lost_by_reason"]
    if not of_reason or of_reason <= n:
        return ""
    left = f"{phrases.count(n, 'deal')} by the competitor field" if n else "none by the competitor field"
    return (
        f"{phrases.count(of_reason, 'lost or no-decision deal')} of it are told by the reason alone, as no win is, and {left}: "
        "too few are left for a win rate."
    )


def _withheld(told: str, field: Field) -> str:
    rate = "with a competitor" if field.flag_only else "against competitors"
    return f"{told}: a win rate {rate} would say who fills in the field."


def table(
    field: Field, purse: Money, by_size: Mapping[str | None, tuple[tuple[str, Estimate], ...]]
) -> tuple[CompetitorRow, ...]:
    """The competitors by deals, then None, Unknown and blank.

    Parameters
    ----------
    field
        The counts.
    purse
        Whether amounts can be added.
    by_size
        Win rate by deal-size band for each competitor's name.

    Returns
    -------
    tuple of CompetitorRow
        Empty where no deal names a competitor and none says there was none. `presence` is the share of closed deals
        whose competitor is known (a name or None); `share_of_losses` is of all losses, so that it adds up to 1.
        `win_rate` is of the deals that the field or a debrief gives the answer: of a competitor fewer than are closed
        by `lost_by_reason`, of Unknown and blank more, by those whose reason alone names one.
    """
    if not field.sum("closed", "competitor", "none"):
        return ()
    why = why_withheld(field)
    unnamed = why or why_unnamed(field)
    ordered = sorted(field.rows, key=_order)
    return tuple(
        _row(row, field, purse, why if row["competitor"] or row["competitor_kind"] != "competitor" else unnamed, sizes)
        for row in ordered
        for sizes in [by_size.get(row["competitor"], ())]
    )


def _order(row: Mapping[str, Any]) -> tuple[int, int, str]:
    kinds = ("competitor", "none", "unknown", "blank")
    return kinds.index(row["competitor_kind"]), -row["closed"], row["competitor"] or ""


def _row(
    row: Mapping[str, Any], field: Field, purse: Money, why: str, by_size: tuple[tuple[str, Estimate], ...]
) -> CompetitorRow:
    kind = row["competitor_kind"]
    known = kind in ("competitor", "none")
    (n, won), few = field.rate(row), _too_few(row, field)
    return CompetitorRow(
        name=row["competitor"] or _NAMES.get(kind, SOME if field.flag_only else UNNAMED),
        kind=kind,
        closed=row["closed"],
        won=row["won"],
        lost=row["lost"],
        presence=_presence(row, field, why) if known else Estimate.refused("It is not known who was met."),
        share_of_losses=_share(row["lost"], field.sum("lost"), "No loss yet."),
        win_rate=Estimate.refused(why or few, n=n) if why or few else _share(won, n, "No deal."),
        amount_lost_cents=row["amount_lost_cents"] if row["n_amount_lost"] and purse.adds else None,
        lost_by_reason=row["lost_by_reason"],
        by_size=() if why or few or kind != "competitor" else by_size,
    )


def _presence(row: Mapping[str, Any], field: Field, why: str) -> Estimate:
    known = field.sum("closed", "competitor", "none")
    return Estimate.refused(why, n=known) if why else _share(row["closed"], known, "No deal.")


def _share(k: int, n: int, why: str) -> Estimate:
    return wilson(k, n) if n else Estimate.refused(why)


def by_size(counted: Iterable[Against]) -> dict[str | None, tuple[tuple[str, Estimate], ...]]:
    """Win rate against each competitor (None: one that is not named) in each band of deal size."""
    bands = [one for one in counted if one.attribute == "deal_size"]
    names = dict.fromkeys(name for one in bands for name in one.asked)
    return {name: tuple((one.value, _rate(*one.asked.get(name, (0, 0)))) for one in bands) for name in names}


def _rate(closed: int, won: int) -> Estimate:
    return _share(won, closed, "No deal of this size.")


def naming_several(values: Mapping[str, int], field: Field) -> int:
    """Deals whose raw competitor names more than one; `values` are those of `aggregate.competitors.several`."""
    names = [row["competitor"] for row in field.rows if row["competitor"]]
    return sum(one.count for one in read_values(values, also=names).readings if one.others)


def rival_shares(parts: Iterable[Against], whole: Field) -> tuple[RivalShareRow, ...]:
    """Competitors that take more than 30 % (watch) or 40 % (act) of the losses of a segment.

    A competitor is listed where a segment has at least 30 losses whose competitor is known (a name or None), and the
    lower bound of its share is over the limit, not the share alone, and over its share of the whole book. A competitor
    that is met everywhere is so listed once, for the book (segment ""), and beside it only where it is met more. The level
    is never "act" where fewer than half of the segment's losses have an answer: the others may be unlike those few.

    Parameters
    ----------
    parts
        The values of all attributes.
    whole
        The whole book.
    """
    segments = list(parts)
    book = whole.sum("lost", "competitor", "none")
    found: list[RivalShareRow] = []
    for rival in (row for row in whole.rows if row["competitor"]):
        name, usual = rival["competitor"], rival["lost"] / book if book else 0.0
        everywhere = _listed("", name, rival["lost"], book, whole.sum("lost"))
        parted = [_listed(part.segment, name, part.lost(name), part.losses, part.all_losses) for part in segments]
        found += [row for row in parted if row and (row.share.low or 0.0) > usual]
        found += [everywhere] if everywhere else []
    found.sort(key=lambda row: (row.level != "act", -(row.share.low or 0.0), row.segment, row.competitor))
    return tuple(found[:_RIVALS_SHOWN])


def _listed(segment: str, competitor: str, k: int, n: int, losses: int) -> RivalShareRow | None:
    if n < LEAST_LOSSES:
        return None
    share = wilson(k, n)
    low = share.low or 0.0
    if low <= WATCH_SHARE:
        return None
    row = RivalShareRow(segment=segment, competitor=competitor, share=share, level="watch", losses=losses)
    return replace(row, level="act") if low > ACT_SHARE and not row.few_answered else row
