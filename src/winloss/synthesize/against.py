"""Whom the deals of each value were won and lost against, counted from what the search has coded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from winloss.synthesize.attribute_tables import segment_of
from winloss.synthesize.coded import BLANK, UNKNOWN, Closed, Coded, Codes, Marks, read_marks, read_words

_KNOWN = ("competitor", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """Closed deals of one value of an attribute whose competitor is known: how many were closed, and won of these.

    `met` is by competitor, None where one was met that nobody names; `alone` are the deals in which none was met, and
    `untold` those of which nobody says whether one was met. `asked` is as `met`, without losses that only their reason
    says so of: of bands of deal size alone, whose win rates are shown.
    """

    attribute: str
    value: str
    segment: str
    met: Mapping[str | None, tuple[int, int]]
    alone: tuple[int, int] = (0, 0)
    untold: tuple[int, int] = (0, 0)
    asked: Mapping[str | None, tuple[int, int]] = field(default_factory=dict)

    def lost(self, competitor: str) -> int:
        closed, won = self.met.get(competitor, (0, 0))
        return closed - won

    @property
    def losses(self) -> int:
        """Losses whose competitor is known."""
        return sum(closed - won for closed, won in (*self.met.values(), self.alone))

    @property
    def all_losses(self) -> int:
        """With those of which nobody says."""
        closed, won = self.untold
        return self.losses + closed - won


def by_value(table: pa.Table, closed: Closed) -> tuple[Against, ...]:
    """Count every value that a segment gives.

    Parameters
    ----------
    table
        The answer to `aggregate.attributes.closed_deals`.
    closed
        The same deals, coded.
    """
    if "competitor_kind" not in table.column_names:
        return ()
    rivals, names = _met(table)
    by_field = _by_field(table, rivals, len(names) - 1)
    found = []
    for attribute in closed.attributes:
        asked = _crossed(attribute, by_field, names, closed.won) if attribute.name == "deal_size" else []
        for place, (level, (untold, *met, alone)) in enumerate(
            zip(attribute.levels, _crossed(attribute, rivals, names, closed.won), strict=True)
        ):
            segment = segment_of(level)
            if level.kind == "value" and segment:
                found.append(
                    Against(
                        attribute=attribute.name,
                        value=level.label,
                        segment=segment,
                        met=_named(names, met),
                        alone=alone,
                        untold=untold,
                        asked=_named(names, asked[place][1:-1]) if asked else {},
                    )
                )
    return tuple(found)


def _crossed(attribute: Coded, rivals: Codes, names: tuple[str | None, ...], won: Marks) -> list[list[tuple[int, int]]]:
    """Of each level, deals closed and won: of which nobody says, against each of `names`, against nobody."""
    classes = len(names) + 2
    ended = (rivals + 1) * np.int32(2) + won
    lost, wins = np.moveaxis(attribute.crossed(ended, 2 * classes)[2:].reshape(-1, classes, 2), -1, 0)
    return [list(zip(n, k, strict=True)) for n, k in zip((lost + wins).tolist(), wins.tolist(), strict=True)]


def _named(names: tuple[str | None, ...], counts: list[tuple[int, int]]) -> dict[str | None, tuple[int, int]]:
    return {name: one for name, one in zip(names, counts, strict=True) if one[0]}


def _by_field(table: pa.Table, rivals: Codes, unnamed: int) -> Codes:
    """The same codes without what only the reason of a loss tells: BLANK, or one that is not named where one was met."""
    if "competitor_asked" not in table.column_names:
        return rivals
    asked = read_words(table["competitor_asked"], table.num_rows)
    unsaid, met = (
        np.isin(asked.codes, [i for i, value in enumerate(asked.values) if value in kinds])
        for kinds in (("unknown", "blank"), ("met",))
    )
    return np.where(unsaid, BLANK, np.where(met, unnamed, rivals)).astype(np.int32)


def told_by_reason(table: pa.Table) -> Marks:
    """Losses of which the reason alone tells that a competitor was met."""
    n = table.num_rows
    if "competitor_asked" not in table.column_names:
        return np.zeros(n, bool)
    words = [read_words(table[name], n) for name in ("competitor_asked", "competitor_kind")]
    asked, kind = (
        np.isin(one.codes, [i for i, value in enumerate(one.values) if value in ("competitor", "met", "none")])
        for one in words
    )
    return ~asked & (kind | _present(table))


def _present(table: pa.Table) -> Marks:
    n = table.num_rows
    there = "competitor_present" in table.column_names
    return read_marks(table["competitor_present"], n) if there else np.zeros(n, bool)


def _met(table: pa.Table) -> tuple[Codes, tuple[str | None, ...]]:
    """Codes of competitors, the last name None for one that is not named, behind it deals without any; BLANK otherwise."""
    n = table.num_rows
    kind, words = read_words(table["competitor_kind"], n), read_words(table["competitor"], n)
    some, none = (np.isin(kind.codes, [i for i, v in enumerate(kind.values) if v == said]) for said in _KNOWN)
    some |= (kind.codes == UNKNOWN) & _present(table)
    unnamed = len(words.values)
    named = np.where(words.codes >= 0, words.codes, unnamed)
    rivals = np.where(some, named, np.where(none, unnamed + 1, BLANK))
    return rivals.astype(np.int32), (*words.values, None)
