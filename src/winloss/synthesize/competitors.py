"""Whom the deals were won and lost against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from winloss.capture.competitors import read_values
from winloss.stats.estimate import Estimate
from winloss.stats.shares import wilson
from winloss.synthesize import phrases
from winloss.synthesize.against import Against
from winloss.synthesize.study import CompetitorRow, RivalShareRow
from winloss.synthesize.totals import FILLED_GAP, Money

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Closed deals by what their competitor field says."""

    rows: tuple[Mapping[str, Any], ...]

    @classmethod
    def read(cls, by_competitor: Iterable[Mapping[str, Any]]) -> Field:
        """Take the rows of `aggregate.competitors.by_competitor`."""
        return cls(rows=tuple({**row, "lost": row["closed"] - row["won"]} for row in by_competitor))

    def sum(self, side: str, *kinds: str) -> int:
        """Deals of one side (closed, won, lost) whose field is of one of these kinds; of any where none is given."""
        return sum(row[side] for row in self.rows if not kinds or row["competitor_kind"] in kinds)

    @property
    def named(self) -> bool:
        return self.sum("closed", "competitor") > 0

    def naming(self, side: str) -> int:
        """Deals of one side that say which competitor was met."""
        return sum(row[side] for row in self.rows if row["competitor"])

    @property
    def flag_only(self) -> bool:
        """The data says whether a competitor was met (Yes or No), and never which one."""
        return self.named and not any(row["competitor"] for row in self.rows)

    def filled(self, side: str) -> float:
        """Share of one side whose competitor field says something."""
        whole = self.sum(side)
        return 1 - (self.sum(side, "blank") + self.told_by_losses(side)) / whole if whole else 0.0

    def told_by_losses(self, side: str) -> int:
        """Deals of which something else than the field says that a competitor was met, as the reason of a loss does.

        Only losses can say it that way, so it is no filling that wins could have had.
        """
        unnamed = [row for row in self.rows if row["competitor_kind"] == "competitor" and not row["competitor"]]
        alone = not self.flag_only and not any(row["won"] for row in unnamed)
        return sum(row[side] for row in unnamed) if alone else 0


def why_withheld(field: Field) -> str:
    """Why no win rate against competitors can be given: the field is filled on losses and not on wins, or unevenly."""
    if not field.named or not field.sum("won") or not field.sum("lost"):
        return ""
    for side, other in (("won", "lost"), ("lost", "won")):
        if not field.sum(side, "competitor"):
            did, do = ("is said to have met", "are") if field.flag_only else ("names", "do")
            n = field.sum(other, "competitor") if field.flag_only else field.naming(other)
            told = f"{n:,} of {field.sum(other):,} {_ENDED[other]} ones {do}"
            none = phrases.count(field.sum(side), f"{_ENDED[side]} deal")
            return _withheld(f"None of {none} {did} a competitor, {told}", field)
    won, lost = field.filled("won"), field.filled("lost")
    if abs(won - lost) >= FILLED_GAP and min(field.sum("won"), field.sum("lost")) >= _FEW:
        what = "Whether a competitor was met" if field.flag_only else "The competitor"
        told = f"{what} is filled on {phrases.percent(won)} of won and {phrases.percent(lost)} of lost or no-decision deals"
        return _withheld(told, field)
    return ""


def why_unnamed(field: Field) -> str:
    """Why no win rate can be given against a competitor that is not named: only losses tell of one, else ""."""
    lost = field.told_by_losses("lost")
    if not lost or not field.sum("won"):
        return ""
    return (
        f"That a competitor was met and not named is said of {phrases.count(lost, 'lost or no-decision deal')} and of no won one: "
        "where only losses say so, as by their reason or stage, there is no win rate against it."
    )


def why_told(field: Field) -> str:
    """What a reader is told of win rates that are not given: of all competitors, else of the one that is not named."""
    return why_withheld(field) or why_unnamed(field)


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
    return CompetitorRow(
        name=row["competitor"] or _NAMES.get(kind, SOME if field.flag_only else UNNAMED),
        kind=kind,
        closed=row["closed"],
        won=row["won"],
        lost=row["lost"],
        presence=_presence(row, field, why) if known else Estimate.refused("It is not known who was met."),
        share_of_losses=_share(row["lost"], field.sum("lost"), "No loss yet."),
        win_rate=Estimate.refused(why, n=row["closed"]) if why else _share(row["won"], row["closed"], "No deal."),
        amount_lost_cents=row["amount_lost_cents"] if row["n_amount_lost"] and purse.adds else None,
        by_size=() if why or kind != "competitor" else by_size,
    )


def _presence(row: Mapping[str, Any], field: Field, why: str) -> Estimate:
    known = field.sum("closed", "competitor", "none")
    return Estimate.refused(why, n=known) if why else _share(row["closed"], known, "No deal.")


def _share(k: int, n: int, why: str) -> Estimate:
    return wilson(k, n) if n else Estimate.refused(why)


def by_size(counted: Iterable[Against]) -> dict[str | None, tuple[tuple[str, Estimate], ...]]:
    """Win rate against each competitor (None: one that is not named) in each band of deal size."""
    bands = [one for one in counted if one.attribute == "deal_size"]
    names = dict.fromkeys(name for one in bands for name in one.met)
    return {name: tuple((one.value, _rate(*one.met.get(name, (0, 0)))) for one in bands) for name in names}


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
