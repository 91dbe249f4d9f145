"""Each attribute with all of its values: what a reader sees whether something was found or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winloss.stats.estimate import Estimate
from winloss.stats.exact import chi_square_p
from winloss.stats.shares import newcombe, wilson
from winloss.synthesize.coded import BLANK, UNKNOWN, Closed, Coded, Level
from winloss.synthesize.family import FLOOR, target_table
from winloss.synthesize.study import AttributeTable, LevelRow
from winloss.tables.segment import Condition, Segment

Counts = NDArray[np.int64]

_UNFILLED = (
    (UNKNOWN, "unknown", "Unknown"),
    (BLANK, "blank", "Blank"),
)


@dataclass(frozen=True, slots=True)
class _Sums:
    """Per value of an attribute, unknown and blank last: deals, won deals, cents of won deals."""

    n: Counts
    k: Counts
    won_cents: Counts


def table_of(closed: Closed, attribute: Coded, labels: Mapping[str, str], tested: int) -> AttributeTable:
    """Count every value; differences are from the rest of the filled values.

    Parameters
    ----------
    labels
        Reason codes to their labels.
    tested
        How many of its values were tested (30 deals on either side).
    """
    sums = _sums(closed, attribute)
    reasons = target_table(attribute, closed.lost_reason, len(closed.reasons)) if closed.reasons else None
    rows = [
        _row(closed, attribute, place, sums, _top(closed, reasons, place, labels))
        for place in range(len(attribute.levels))
    ]
    rows += [_unfilled(closed, attribute, sums, *kind) for kind in _UNFILLED if sums.n[kind[0]]]
    return AttributeTable(
        name=attribute.name,
        label=attribute.label,
        levels=tuple(rows),
        ordered=attribute.ordered,
        tested=tested,
        p=overall_p(sums.k[: len(attribute.levels)], sums.n[: len(attribute.levels)]),
        note=attribute.note,
    )


def overall_p(k: Counts, n: Counts) -> float | None:
    """Chi-square over the values; those with fewer than five expected wins or losses are taken together."""
    if n.sum() == 0 or k.sum() in (0, n.sum()):
        return None
    share = k.sum() / n.sum()
    small = n * min(share, 1 - share) < 5
    if small.sum() > 1:
        k, n = np.append(k[~small], k[small].sum()), np.append(n[~small], n[small].sum())
    return chi_square_p(k, n) if len(n) > 1 else None


def _sums(closed: Closed, attribute: Coded) -> _Sums:
    size = len(attribute.levels) + 2
    # Unknown is −2 and blank −1: they count from the end.
    places = np.where(attribute.codes >= 0, attribute.codes, attribute.codes + size)
    cents = np.where(closed.won, np.nan_to_num(closed.amounts), 0.0)
    return _Sums(
        np.bincount(places, minlength=size).astype(np.int64),
        np.bincount(places[closed.won], minlength=size).astype(np.int64),
        np.rint(np.bincount(places, weights=cents, minlength=size)).astype(np.int64),
    )


def _row(closed: Closed, attribute: Coded, place: int, sums: _Sums, top: tuple[str, Estimate | None]) -> LevelRow:
    level, filled = attribute.levels[place], len(attribute.levels)
    n, k = int(sums.n[place]), int(sums.k[place])
    rest_n, rest_k = int(sums.n[:filled].sum()) - n, int(sums.k[:filled].sum()) - k
    return LevelRow(
        value=level.label,
        kind=level.kind,
        segment=segment_of(level),
        closed=n,
        won=k,
        win_rate=wilson(k, n),
        difference=newcombe(k, n, rest_k, rest_n) if min(n, rest_n) >= FLOOR else _too_few(n),
        top_reason=top[0],
        top_reason_share=top[1],
        won_amount_cents=_cents(closed, sums, place),
    )


def _too_few(n: int) -> Estimate:
    return Estimate.refused(f"Fewer than {FLOOR} deals: shown, not compared.", n=n)


def _unfilled(closed: Closed, attribute: Coded, sums: _Sums, code: int, kind: str, word: str) -> LevelRow:
    n, k = int(sums.n[code]), int(sums.k[code])
    blank = kind == "blank"
    return LevelRow(
        value=word,
        kind=kind,
        segment=str(Segment((Condition(attribute.field, "blank"),))) if blank else "",
        closed=n,
        won=k,
        win_rate=wilson(k, n),
        difference=Estimate.refused("A missing value is no group of deals: shown, not compared.", n=n),
        won_amount_cents=_cents(closed, sums, code),
    )


def _cents(closed: Closed, sums: _Sums, place: int) -> int | None:
    known = closed.currency_single and not np.isnan(closed.amounts).all()
    return int(sums.won_cents[place]) if known else None


def segment_of(level: Level) -> str:
    """The text form of a value's segment; empty where no condition gives its deals."""
    return str(Segment((level.condition,))) if level.condition else ""


def _top(closed: Closed, reasons: Counts | None, place: int, labels: Mapping[str, str]) -> tuple[str, Estimate | None]:
    """The commonest reason among the value's losses with a reason given."""
    if reasons is None or reasons[place].sum() == 0:
        return "", None
    best = int(reasons[place][: len(closed.reasons)].argmax())
    count = int(reasons[place][best])
    if count == 0:
        return "", None
    code = closed.reasons[best]
    return labels.get(code, code), wilson(count, int(reasons[place].sum()))
