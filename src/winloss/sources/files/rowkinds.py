"""The kind of every deal of a batch: won, lost, no decision, disqualified, open or unclassified.

Decided from the status, then the flags, then the dates won and lost, then the deal stage:

- a status nobody can classify is passed over only for a deal stage that says how the deal ended;
- flags: won; lost; closed and not won is lost; not closed is open; archived (not active) and not won is lost;
- where a yes/no column "won" stands alone, no is lost; open, where the closing dates say so (`unended`);
- a deal that is marked as deleted is disqualified, whatever else is said of it;
- a plain lost is made finer by a deal stage that says no decision or disqualified.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from winloss.sources.files.arrow import Array, encoded
from winloss.sources.files.outcomes import vocabulary
from winloss.tables import OUTCOMES

CODES = {kind: code for code, kind in enumerate(OUTCOMES)}
NONE = -1
"""Nothing is said."""
WON, LOST, NO_DECISION = CODES["won"], CODES["lost"], CODES["no_decision"]
DISQUALIFIED, OPEN, UNCLASSIFIED = CODES["disqualified"], CODES["open"], CODES["unclassified"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What a batch says of how its deals ended; an array each, None where no column says it.

    `status` and `stage` are codes (`CODES`, -1 where blank); flags are 1, 0 and -1 for blank; `won_day` and
    `lost_day` are days, -1 where blank.
    """

    rows: int
    status: np.ndarray | None = None
    stage: np.ndarray | None = None
    is_won: np.ndarray | None = None
    is_lost: np.ndarray | None = None
    is_closed: np.ndarray | None = None
    is_active: np.ndarray | None = None
    is_deleted: np.ndarray | None = None
    won_day: np.ndarray | None = None
    lost_day: np.ndarray | None = None
    unended: np.ndarray | None = None
    """True where a "no" that stands alone is an open deal."""

    @property
    def alone(self) -> bool:
        """True where a column "won" is all there is."""
        others = (self.status, self.stage, self.is_lost, self.is_closed, self.is_active, self.lost_day)
        return self.is_won is not None and all(sign is None for sign in others)


def kinds(signs: Signs) -> np.ndarray:
    """One code a row, never -1."""
    stage = _or_nothing(signs.stage, signs.rows)
    kind = _or_nothing(signs.status, signs.rows).copy()
    for said in (_by_flags(signs, stage), _by_dates(signs)):
        _fill(kind, said)
    ended = (stage == WON) | (stage == LOST) | (stage == NO_DECISION) | (stage == DISQUALIFIED)
    kind[(kind == UNCLASSIFIED) & ended] = NONE
    _fill(kind, stage)
    finer = (kind == LOST) & ((stage == NO_DECISION) | (stage == DISQUALIFIED))
    kind[finer] = stage[finer]
    if signs.won_day is not None or signs.lost_day is not None:
        kind[(kind == NONE) & (stage == NONE)] = OPEN if signs.status is None else UNCLASSIFIED
    kind[kind == NONE] = UNCLASSIFIED
    if signs.is_deleted is not None:
        kind[signs.is_deleted == 1] = DISQUALIFIED
    return kind


def _or_nothing(codes: np.ndarray | None, rows: int) -> np.ndarray:
    return np.full(rows, NONE, dtype=np.int8) if codes is None else codes


def _fill(kind: np.ndarray, said: np.ndarray) -> None:
    blank = kind == NONE
    kind[blank] = said[blank]


def _by_flags(signs: Signs, stage: np.ndarray) -> np.ndarray:
    said = np.full(signs.rows, NONE, dtype=np.int8)
    if signs.is_active is not None:
        said[(signs.is_active == 0) & (stage != WON)] = LOST
    if signs.is_closed is not None:
        said[signs.is_closed == 0] = OPEN
        if signs.is_won is not None:
            said[(signs.is_closed == 1) & (signs.is_won == 0)] = LOST
    if signs.is_won is not None and signs.is_lost is not None:
        said[(signs.is_won == 0) & (signs.is_lost == 0) & (said == NONE)] = OPEN
    if signs.is_won is not None:
        said[signs.is_won == 1] = WON
        if signs.alone:
            said[signs.is_won == 0] = LOST
            if signs.unended is not None:
                said[(signs.is_won == 0) & signs.unended] = OPEN
    if signs.is_lost is not None:
        said[signs.is_lost == 1] = LOST
    return said


def _by_dates(signs: Signs) -> np.ndarray:
    said = np.full(signs.rows, NONE, dtype=np.int8)
    won = _or_never(signs.won_day, signs.rows)
    lost = _or_never(signs.lost_day, signs.rows)
    said[won >= 0] = WON
    said[(lost >= 0) & (lost > won)] = LOST
    return said


def flag(value: str) -> int:
    """1 for yes, 0 for no, -1 for neither."""
    said = vocabulary().flag(value)
    return NONE if said is None else int(said)


def _or_never(days: np.ndarray | None, rows: int) -> np.ndarray:
    return np.full(rows, -1, dtype=np.int64) if days is None else days


def named(codes: np.ndarray) -> Array:
    """The names of codes, encoded; null for -1."""
    return encoded(codes, OUTCOMES)


def is_closed(codes: np.ndarray) -> np.ndarray:
    """True for won, lost and no decision."""
    return np.isin(codes, (WON, LOST, NO_DECISION))


def has_ended(codes: np.ndarray) -> np.ndarray:
    """True for closed and disqualified deals: those whose closing date is no expectation."""
    return np.isin(codes, (WON, LOST, NO_DECISION, DISQUALIFIED))
