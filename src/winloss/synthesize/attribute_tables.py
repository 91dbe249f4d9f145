"""Each attribute with all of its values: what a reader sees whether something was found or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winloss.stats.estimate import Estimate
from winloss.stats.exact import chi_square_p
from winloss.stats.shares import newcombe, wilson
from winloss.synthesize.coded import BLANK, UNKNOWN, Closed, Coded, Codes, Floats, Level
from winloss.synthesize.family import FLOOR
from winloss.synthesize.study import AttributeTable, LevelRow
from winloss.tables.segment import Condition, Segment

Counts = NDArray[np.int64]

_UNFILLED = (
    (UNKNOWN, "unknown", "Unknown"),
    (BLANK, "blank", "Blank"),
)


@dataclass(frozen=True, slots=True)
class _Sums:
    """Per value of an attribute, unknown and blank last: deals, won deals, cents of won deals, losses by reason."""

    n: Counts
    k: Counts
    won_cents: Counts
    reasons: Counts


def tables_of(closed: Closed, labels: Mapping[str, str], tested: Sequence[int] = ()) -> tuple[AttributeTable, ...]:
    """Count every value of every attribute; differences are from the rest of the filled values.

    Parameters
    ----------
    labels
        Reason codes to their labels.
    tested
        Per attribute, how many of its values were tested (30 deals on either side); none where empty.
    """
    endings = _Endings.of_closed(closed)
    return tuple(
        _table(closed, attribute, endings.sums(attribute), labels, n)
        for attribute, n in zip(closed.attributes, tested or [0] * len(closed.attributes), strict=True)
    )


def _table(closed: Closed, attribute: Coded, sums: _Sums, labels: Mapping[str, str], tested: int) -> AttributeTable:
    rows = [_row(closed, attribute, place, sums, labels) for place in range(len(attribute.levels))]
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


@dataclass(frozen=True, slots=True)
class _Endings:
    """How each closed deal ended, as one small number: lost without a reason, for each reason, for any other, won."""

    of: Codes
    count: int
    won: NDArray[np.int64]
    """Places of won deals of known amount, and their cents."""
    cents: Floats

    @classmethod
    def of_closed(cls, closed: Closed) -> _Endings:
        others = len(closed.reasons)
        of = np.minimum(closed.lost_reason, others) + 1
        of[closed.won] = others + 2
        won = np.flatnonzero(closed.won & ~np.isnan(closed.amounts))
        return cls(of.astype(np.int32), others + 3, won, closed.amounts[won])

    def sums(self, attribute: Coded) -> _Sums:
        counts = _last_first(attribute.crossed(self.of, self.count))
        cents = np.bincount(attribute.codes[self.won] + 2, self.cents, minlength=len(counts))
        return _Sums(counts.sum(1), counts[:, -1], _last_first(np.rint(cents).astype(np.int64)), counts[:, 1:-1])


def _last_first(rows: Counts) -> Counts:
    """Unknown (−2) and blank (−1) behind the values: they count from the end."""
    return np.concatenate([rows[2:], rows[:2]])


def _row(closed: Closed, attribute: Coded, place: int, sums: _Sums, labels: Mapping[str, str]) -> LevelRow:
    top = _top(closed, sums.reasons[place], labels)
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


def _top(closed: Closed, reasons: Counts, labels: Mapping[str, str]) -> tuple[str, Estimate | None]:
    """The commonest reason among losses with a reason given, counted by reason; the last: any other."""
    best = int(reasons[:-1].argmax()) if closed.reasons else 0
    count = int(reasons[best])
    if not closed.reasons or not count:
        return "", None
    code = closed.reasons[best]
    return labels.get(code, code), wilson(count, int(reasons.sum()))
