"""What a search of segments is asked for: won, lost for a reason, lost to a competitor, closed lately.

Each is a share: deals of a denominator, some of which count. The same search answers all of them, on a `Closed` that holds
the denominator alone and in which `won` marks what counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from winloss.errors import UserError
from winloss.synthesize.attributes import FEWEST_FILLED
from winloss.synthesize.coded import (
    BLANK,
    Closed,
    Clusters,
    Coded,
    Marks,
    clusters,
    day_number,
    read_days,
    read_words,
)
from winloss.synthesize.leaks import TELLS_ALL, separation
from winloss.synthesize.measured import WON, Measured, for_reason, lately, to_competitor
from winloss.synthesize.study import LeftOut

KINDS = ("won", "reason:CODE", "competitor:NAME", "recent", "recent:DAYS")
RECENT_DAYS = 90
BEFORE_DAYS = 365
"""What closed lately is compared with what closed at most so many days before."""
FEWEST_DAYS, MOST_DAYS = 28, 365


@dataclass(frozen=True, slots=True)
class Asked:
    """An outcome as it was asked for: its kind, and the reason, the competitor or the days."""

    kind: str = "won"
    name: str = ""

    @classmethod
    def parse(cls, written: str) -> Asked:
        """Read `won`, `reason:CODE`, `competitor:NAME`, `recent` or `recent:DAYS`; UserError says what there is."""
        kind, _, name = (part.strip() for part in written.partition(":"))
        if kind == "recent":
            return cls(kind, str(_days(name)))
        if (kind == "won" and not name) or (kind in ("reason", "competitor") and name):
            return cls(kind, name)
        raise UserError(f"No outcome is called {written!r}: choose {', '.join(KINDS[:-1])} or {KINDS[-1]}.")

    @property
    def days(self) -> int:
        return int(self.name or RECENT_DAYS)


def _days(written: str) -> int:
    if not written:
        return RECENT_DAYS
    if not written.isdecimal() or not FEWEST_DAYS <= int(written) <= MOST_DAYS:
        raise UserError(f"recent:{written} asks for no whole number of days from {FEWEST_DAYS} to {MOST_DAYS}.")
    return int(written)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The deals of the denominator, and what counts.

    Parameters
    ----------
    closed
        The deals of the denominator alone; `won` marks those that count. It knows no reasons and competitors.
    kept
        Which of the closed deals these are.
    heading
        What is asked, for a reader: "Won of closed deals".
    weeks
        The week of each deal, for outcomes that are a matter of time.
    left_out
        Attributes that cannot be compared by this outcome.
    """

    measured: Measured
    closed: Closed
    kept: Marks
    heading: str
    weeks: Clusters | None = None
    left_out: tuple[LeftOut, ...] = ()


def question(
    asked: Asked, table: pa.Table, closed: Closed, labels: Mapping[str, str], as_of: dt.date | None
) -> Question:
    """The deals of an outcome.

    Parameters
    ----------
    table, closed
        The closed deals, as `aggregate.attributes.closed_deals` answers, and coded.
    labels
        Reason codes to labels.
    as_of
        The last day of what is recent; the last closing where None.

    Raises
    ------
    UserError
        Where no loss has the reason or competitor; it lists those that are there.
    """
    if asked.kind == "reason":
        return _of_reason(asked, table, closed, labels)
    if asked.kind == "competitor":
        return _of_competitor(asked, table, closed)
    if asked.kind == "recent":
        return _of_recent(asked, table, closed, as_of)
    every = np.ones(closed.n, bool)
    return Question(
        measured=WON, closed=limited(closed, every, closed.won), kept=every, heading="Won of all closed deals"
    )


def _of_reason(asked: Asked, table: pa.Table, closed: Closed, labels: Mapping[str, str]) -> Question:
    words = read_words(table["reason"], table.num_rows)
    named = [f"{code} {labels.get(code, '')}".strip() for code in words.values]
    place = _chosen(asked.name, words.values, [labels.get(code, code) for code in words.values])
    lost = (words.codes == place) & ~closed.won if place is not None else np.zeros(closed.n, bool)
    if place is None or not lost.any():
        raise UserError(f"No deal is lost for {asked.name!r}. {_there('reasons', named)}")
    code = words.values[place]
    measured = for_reason(code, labels.get(code, code.replace("_", " ")))
    every = np.ones(closed.n, bool)
    heading = f"Lost for {measured.target}, of all closed deals"
    return _checked(measured, limited(closed, every, lost), every, heading)


def _of_competitor(asked: Asked, table: pa.Table, closed: Closed) -> Question:
    words = read_words(table["competitor"], table.num_rows)
    kinds = read_words(table["competitor_kind"], table.num_rows)
    told = np.isin(kinds.codes, [i for i, kind in enumerate(kinds.values) if kind in ("competitor", "none")])
    place = _chosen(asked.name, words.values, words.values)
    kept = told & ~closed.won
    success = kept & (words.codes == place) if place is not None else np.zeros(closed.n, bool)
    if place is None or not success.any():
        raise UserError(f"No deal is lost to {asked.name!r}. {_there('competitors', words.values)}")
    measured = to_competitor(words.values[place])
    heading = f"Lost to {measured.target}, of losses of which something is said of a competitor"
    return _checked(measured, limited(closed, kept, success), kept, heading)


def _of_recent(asked: Asked, table: pa.Table, closed: Closed, as_of: dt.date | None) -> Question:
    days = read_days(table["closed_on"], table.num_rows)
    last = day_number(as_of) if as_of else int(days.max(initial=0))
    ago = np.where(days > np.iinfo(np.int64).min, last - days, -1)
    kept = (ago >= 0) & (ago < asked.days + BEFORE_DAYS)
    recent = kept & (ago < asked.days)
    # Weeks are counted from either side of the boundary, so that none lies on both.
    week = np.where(recent, ago // 7, (ago - asked.days) // 7 + asked.days).astype(np.int32)
    measured = lately(asked.days)
    held = limited(closed, kept, recent)
    held = replace(held, dimensions=tuple(d for d in held.dimensions if d.word != "months"))
    weeks = clusters("weeks", np.where(kept, week, BLANK).astype(np.int32)[kept])
    heading = f"Closed in the last {asked.days} days, against the {BEFORE_DAYS} days before"
    return replace(_checked(measured, held, kept, heading), weeks=weeks)


def _chosen(written: str, names: Sequence[str], labels: Sequence[str]) -> int | None:
    """The place of what was written among names or labels, whatever its case."""
    wanted = written.casefold()
    for shown in (names, labels):
        for place, one in enumerate(shown):
            if one.casefold() == wanted:
                return place
    return None


def _there(what: str, names: Sequence[str]) -> str:
    if not names:
        return f"The deals name no {what}."
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f"The {what} of these deals are: {', '.join(names[:20])}{more}."


def limited(closed: Closed, kept: Marks, success: Marks) -> Closed:
    """The deals that are kept, `won` where they are a success; without reasons, competitors, stages and cycles."""
    at = slice(None) if kept.all() else kept
    blank = np.full(int(kept.sum()), BLANK, np.int32)
    dimensions = closed.dimensions if kept.all() else [clusters(d.word, d.codes[kept]) for d in closed.dimensions]
    return replace(
        closed,
        won=success[at],
        attributes=tuple(replace(a, codes=a.codes[at]) for a in closed.attributes),
        lost_reason=blank,
        reasons=(),
        lost_rival=blank,
        rivals=(),
        stage=None,
        cycle=None,
        months=closed.months[at],
        amounts=closed.amounts[at],
        dimensions=tuple(d for d in dimensions if d is not None),
        owners=closed.owners[at],
    )


def _checked(measured: Measured, closed: Closed, kept: Marks, heading: str) -> Question:
    """Without the attributes that have nothing to compare here, or that all but say the outcome."""
    out = [(a, why) for a in closed.attributes if closed.n and (why := _why_not(a, closed.won))]
    gone = {a.name for a, _ in out}
    return Question(
        measured=measured,
        closed=replace(closed, attributes=tuple(a for a in closed.attributes if a.name not in gone)),
        kept=kept,
        heading=heading,
        left_out=tuple(LeftOut(name=a.name, label=a.label, why=why) for a, why in out),
    )


def _why_not(attribute: Coded, success: Marks) -> str:
    n = attribute.counts()
    if n.sum() < FEWEST_FILLED:
        return f"it is filled on only {int(n.sum())} of these deals"
    if (n > 0).sum() < 2:
        return "all these deals have the same value"
    apart = separation(attribute.counts(success), n)
    if apart >= TELLS_ALL:
        return f"its values all but say the outcome: they tell which is which {100 * apart:.0f} times in 100"
    return ""
