"""Of what passed about reasons, competitors and times, what is worth a line; the rest says the same again.

An echo is: the other side of a value already listed; a value with nearly the same deals; a value that lies within a
listed one and does not differ from what else lies there (a campaign of a channel), or that holds a listed one and has
no difference without it; a share of one reason that is only the room which another takes or leaves. Echoes are named
beside what they repeat. Segments of won and lost deals have their own rule (`segments`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winloss.stats.exact import fisher_p
from winloss.synthesize.bits import Bits, count
from winloss.synthesize.family import Family, Search
from winloss.synthesize.survival import Reader

SAME_DEALS = 0.9
"""Two segments share this much of their deals (Jaccard): one is the other."""
WITHIN = 0.9
"""One segment lies within another: this share of its deals."""
STILL = 0.05
"""What is left must differ at this p to be news."""

MOST = {
    Search.REASON: 15,
    Search.COMPETITOR: 12,
    Search.STAGE: 6,
    Search.CYCLE: 3,
    Search.SEASON: 2,
    Search.TREND: 1,
}
"""How many of each kind are listed at most."""


@dataclass(frozen=True, slots=True)
class Selected:
    """Places of the family that are listed, and which other places each stands for."""

    listed: tuple[int, ...]
    absorbed: dict[int, tuple[int, ...]]
    unlisted: int


class _Chooser:
    def __init__(self, family: Family, reader: Reader, after: Selected | None) -> None:
        self.family, self.reader = family, reader
        self.difference = family.difference
        self.listed: list[int] = [*(after.listed if after else ())]
        self.absorbed = {by: [*echoes] for by, echoes in (after.absorbed if after else {}).items()}
        self.unlisted = after.unlisted if after else 0

    def offer(self, i: int) -> None:
        by = self._said_by(i)
        if by is not None:
            self.absorbed.setdefault(by, []).append(i)
        elif self._listed_of(i) >= MOST[self._search(i)]:
            self.unlisted += 1
        else:
            self.listed.append(i)

    def _search(self, i: int) -> Search:
        return Search(int(self.family.search[i]))

    def _listed_of(self, i: int) -> int:
        return sum(self._search(j) is self._search(i) for j in self.listed)

    def _said_by(self, i: int) -> int | None:
        """The listed place that says what `i` says, or None."""
        others = [j for j in self.listed if self._measure(j) == self._measure(i)]
        siblings = [j for j in others if self._attribute(j) == self._attribute(i)]
        if siblings and not self._differs_without(i, siblings):
            return siblings[0]
        for j in others:
            if j not in siblings and self._same_deals(i, j, SAME_DEALS):
                return j
        return self._room_of(i)

    def _measure(self, i: int) -> tuple[int, int]:
        return int(self.family.search[i]), int(self.family.target[i])

    def _attribute(self, i: int) -> tuple[int, int]:
        return int(self.family.search[i]), int(self.family.attribute[i, 0])

    def _counts(self, side: Bits, base: Bits, success: Bits) -> tuple[int, int, int, int]:
        one = base & side
        k1, n1 = count(one & success), count(one)
        return k1, n1, count(base & success) - k1, count(base) - n1

    def _differs(self, i: int, base: Bits) -> bool:
        """On `base` alone the difference stands, in the same direction."""
        k1, n1, k0, n0 = self._counts(self.reader.segment(self.family, i), base, self.reader.success(self.family, i))
        if n1 == 0 or n0 == 0:
            return False
        same_way = (k1 / n1 - k0 / n0) * self.difference[i] > 0
        return bool(same_way and fisher_p(k1, n1, k0, n0) <= STILL)

    def _differs_without(self, i: int, siblings: list[int]) -> bool:
        base = self.reader.base(self.family, i)
        for j in siblings:
            base = base & ~self.reader.segment(self.family, j)
        return self._differs(i, base)

    def _same_deals(self, i: int, j: int, least: float) -> bool:
        """Nearly the same deals, or nearly the other side of them with the opposite difference."""
        one = self.reader.segment(self.family, i) & self.reader.base(self.family, i)
        base = self.reader.base(self.family, j)
        other = self.reader.segment(self.family, j) & base
        if self.difference[i] * self.difference[j] < 0:
            other = base & ~other
        return _overlap(one, other) >= least

    def _room_of(self, i: int) -> int | None:
        """A share of one reason that is only the room which others leave, or take: without their losses it is gone.

        Shares of the same losses add up to 1. Where one takes more of one value's losses, all others have less of them,
        and more of the other values' by comparison.
        """
        if self._search(i) not in (Search.REASON, Search.COMPETITOR, Search.STAGE):
            return None
        others = [j for j in self.listed if self._attribute(j) == self._attribute(i) and not self._same_target(i, j)]
        here = [j for j in others if self.family.low[j, 0] == self.family.low[i, 0] and self.difference[j] > 0]
        for j in here if self.difference[i] < 0 else ():
            if not self._differs_beside(i, [j]):
                return j
        return (*here, *others)[0] if others and not self._differs_beside(i, others) else None

    def _same_target(self, i: int, j: int) -> bool:
        return bool(self.family.target[i] == self.family.target[j])

    def _differs_beside(self, i: int, others: list[int]) -> bool:
        """Whether it still differs among the losses that none of the others counts, and beside no listed value of its own."""
        base = self.reader.base(self.family, i)
        for j in self.listed:
            if self._attribute(j) == self._attribute(i) and self._same_target(i, j):
                base = base & ~self.reader.segment(self.family, j)
        for j in others:
            base = base & ~self.reader.success(self.family, j)
        return self._differs(i, base)

    def drop_nested(self) -> None:
        """Values that lie within a listed one (or its other side), or around it, and say no more than it."""
        for i in reversed([*self.listed]):
            others = [j for j in self.listed if j != i and self._measure(j) == self._measure(i)]
            by = next((j for j in others if self._nested(i, j)), None)
            if by is not None:
                self.listed.remove(i)
                self.absorbed.setdefault(by, []).extend([i, *self.absorbed.pop(i, [])])

    def _nested(self, i: int, j: int) -> bool:
        base = self.reader.base(self.family, i)
        one = self.reader.segment(self.family, i) & base
        other = self.reader.segment(self.family, j) & self.reader.base(self.family, j)
        if self.difference[i] * self.difference[j] < 0:
            other = self.reader.base(self.family, j) & ~other
        both = count(one & other)
        if both >= WITHIN * max(1, count(one)):
            return not self._differs(i, other)
        if both >= WITHIN * max(1, count(other)):
            return not self._differs(i, base & ~other)
        return False


def _overlap(one: Bits, other: Bits) -> float:
    either = count(one | other)
    return count(one & other) / either if either else 0.0


def select(family: Family, reader: Reader, places: NDArray[np.intp], *, after: Selected | None = None) -> Selected:
    """Go through `places` from the strongest to the weakest and list what is news.

    Of a reason's or competitor's values the higher share comes first. What was selected before (`after`) stays, and
    comes first.
    """
    chooser = _Chooser(family, reader, after)
    for i in sorted(places.tolist(), key=lambda i: _order(family, i)):
        chooser.offer(i)
    chooser.drop_nested()
    absorbed = {by: tuple(echoes) for by, echoes in chooser.absorbed.items()}
    return Selected(tuple(chooser.listed), absorbed, chooser.unlisted)


def _order(family: Family, i: int) -> tuple[float, bool, float, int]:
    of_losses = int(family.search[i]) in (Search.REASON, Search.COMPETITOR, Search.STAGE)
    return (float(family.p[i]), of_losses and bool(family.difference[i] < 0), float(family.n1[i]), i)
