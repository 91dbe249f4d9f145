"""Whom the deals of each value were won and lost against, counted from what the search has coded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from winloss.synthesize.attribute_tables import segment_of
from winloss.synthesize.coded import BLANK, UNKNOWN, Closed, Codes, read_marks, read_words

_KNOWN = ("competitor", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """Closed deals of one value of an attribute whose competitor is known: how many were closed, and won of these.

    `met` is by competitor, None where one was met that nobody names; `alone` are the deals in which none was met, and
    `untold` those of which nobody says whether one was met.
    """

    attribute: str
    value: str
    segment: str
    met: Mapping[str | None, tuple[int, int]]
    alone: tuple[int, int] = (0, 0)
    untold: tuple[int, int] = (0, 0)

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
    classes = len(names) + 2
    ended = (rivals + 1) * np.int32(2) + closed.won
    found = []
    for attribute in closed.attributes:
        lost, won = np.moveaxis(attribute.crossed(ended, 2 * classes)[2:].reshape(-1, classes, 2), -1, 0)
        for level, n, k in zip(attribute.levels, (lost + won).tolist(), won.tolist(), strict=True):
            segment = segment_of(level)
            if level.kind == "value" and segment:
                untold, *met, alone = zip(n, k, strict=True)
                by = {name: counts for name, counts in zip(names, met, strict=True) if counts[0]}
                found.append(
                    Against(
                        attribute=attribute.name,
                        value=level.label,
                        segment=segment,
                        met=by,
                        alone=alone,
                        untold=untold,
                    )
                )
    return tuple(found)


def _met(table: pa.Table) -> tuple[Codes, tuple[str | None, ...]]:
    """Codes of competitors, the last name None for one that is not named, behind it deals without any; BLANK otherwise."""
    n = table.num_rows
    kind, words = read_words(table["competitor_kind"], n), read_words(table["competitor"], n)
    some, none = (np.isin(kind.codes, [i for i, v in enumerate(kind.values) if v == said]) for said in _KNOWN)
    if "competitor_present" in table.column_names:
        some |= (kind.codes == UNKNOWN) & read_marks(table["competitor_present"], n)
    unnamed = len(words.values)
    named = np.where(words.codes >= 0, words.codes, unnamed)
    rivals = np.where(some, named, np.where(none, unnamed + 1, BLANK))
    return rivals.astype(np.int32), (*words.values, None)
