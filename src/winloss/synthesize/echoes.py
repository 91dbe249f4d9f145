"""Of all that passed, what is worth a line of its own; the rest says the same again and is named beside it.

An echo is: the other side of a value already listed; a value with nearly the same deals; a value that lies within a
listed one and does not differ from what else lies there (a campaign of a channel), or that holds a listed one and has
no difference without it; a value whose whole difference lies in a listed pair; a pair that adds nothing outside of a listed one; a lower share of one reason that is
only the room another takes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winloss.stats.exact import fisher_p
from winloss.stats.strata import within_p
from winloss.synthesize.bits import Bits, count
from winloss.synthesize.coded import Coded
from winloss.synthesize.family import FLOOR, Family, Search
from winloss.synthesize.survival import Reader

SAME_DEALS = 0.9
"""Two segments share this much of their deals (Jaccard): one is the other."""
SAME_PAIR = 0.8
WITHIN = 0.9
"""One segment lies within another: this share of its deals."""
STILL = 0.05
"""What is left must differ at this p to be news."""
_AFFIRMATIVE = frozenset(("yes", "true", "1", "y", "ja", "oui", "si", "sí", "sim", "да", "x", "t"))

MOST = {
    Search.SINGLE: 25,
    Search.PAIR: 12,
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
        same_measure = [j for j in self.listed if self._measure(j) == self._measure(i)]
        if self._search(i) is Search.PAIR:
            return self._pair_said_by(i, same_measure)
        return self._value_said_by(i, same_measure)

    def _measure(self, i: int) -> tuple[int, int]:
        search = self._search(i)
        return (0 if search is Search.PAIR else int(search), int(self.family.target[i]))

    def _value_said_by(self, i: int, others: list[int]) -> int | None:
        siblings = [
            j for j in others if self._search(j) is not Search.PAIR and self._attribute(j) == self._attribute(i)
        ]
        if siblings and not self._differs_without(i, siblings):
            return siblings[0]
        for j in others:
            if j not in siblings and self._search(j) is not Search.PAIR and self._same_deals(i, j, SAME_DEALS):
                return j
        return self._room_of(i)

    def _attribute(self, i: int) -> tuple[int, int]:
        return int(self.family.search[i]), int(self.family.first[i])

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

    def _holds(self, pair: int, i: int) -> bool:
        family = self.family
        value = (family.first[i], family.level1[i])
        return value in ((family.first[pair], family.level1[pair]), (family.second[pair], family.level2[pair]))

    def _touches(self, pair: int, i: int) -> bool:
        """The value, or the other side of it, is part of the pair."""
        return self.family.first[i] in (self.family.first[pair], self.family.second[pair])

    def _lives_in(self, i: int, pair: int) -> bool:
        """Outside of a listed pair too little is left of a value's difference, and enough deals to say so."""
        side, success = self.reader.segment(self.family, i), self.reader.success(self.family, i)
        base = self.reader.base(self.family, i) & ~self.reader.segment(self.family, pair)
        k1, n1, k0, n0 = self._counts(side, base, success)
        if min(n1, n0) < FLOOR or self._differs(i, base):
            return False
        return bool((k1 / n1 - k0 / n0) / self.difference[i] < 0.5)

    def _room_of(self, i: int) -> int | None:
        """A lower share of one reason, where another reason of the same deals takes more and explains it."""
        if self._search(i) not in (Search.REASON, Search.COMPETITOR, Search.STAGE) or self.difference[i] > 0:
            return None
        for j in self.listed:
            same = self._attribute(j) == self._attribute(i) and self.family.level1[j] == self.family.level1[i]
            if same and self.difference[j] > 0:
                base = self.reader.base(self.family, i) & ~self.reader.success(self.family, j)
                if not self._differs(i, base):
                    return j
        return None

    def _pair_said_by(self, i: int, others: list[int]) -> int | None:
        mine = self.reader.segment(self.family, i)
        pairs = [j for j in others if self._search(j) is Search.PAIR]
        outside = self.reader.base(self.family, i)
        for j in pairs:
            theirs = self.reader.segment(self.family, j)
            if _overlap(mine, theirs) >= SAME_PAIR:
                return j
            outside = outside & ~theirs
        touching = [j for j in pairs if (mine & self.reader.segment(self.family, j)).any()]
        left = count(outside & mine)
        if touching and (left < FLOOR or not self._differs(i, outside)):
            return touching[0]
        for j in others:
            if self._search(j) is not Search.SINGLE:
                continue
            if self._same_deals(i, j, SAME_PAIR) or not (self._holds(i, j) or self._differs_inside(i, j)):
                return j
        return None

    def _differs_inside(self, i: int, j: int) -> bool:
        """With the listed segment `j` held fixed the pair still differs."""
        base, mine = self.reader.base(self.family, i), self.reader.segment(self.family, i)
        theirs, success = self.reader.segment(self.family, j), self.reader.success(self.family, i)
        inside = np.array(self._counts(mine, base & theirs, success))
        whole = np.array([getattr(self.family, name)[i] for name in ("k1", "n1", "k0", "n0")])
        k1, n1, k0, n0 = np.stack([inside, whole - inside], axis=1)
        return bool(within_p(k1, n1, k0, n0) <= STILL)

    def drop_nested(self) -> None:
        """Values that lie within a listed one (or its other side), or around it, and say no more than it."""
        for i in reversed([i for i in self.listed if self._search(i) is not Search.PAIR]):
            others = [
                j
                for j in self.listed
                if j != i and self._search(j) is not Search.PAIR and self._measure(j) == self._measure(i)
            ]
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

    def drop_diluted(self) -> None:
        """Single values listed before a pair that turns out to hold their whole difference."""
        for j in [j for j in self.listed if self._search(j) is Search.PAIR]:
            for i in [i for i in self.listed if self._search(i) is Search.SINGLE]:
                if self._touches(j, i) and self._lives_in(i, j):
                    self.listed.remove(i)
                    self.absorbed.setdefault(j, []).extend([i, *self.absorbed.pop(i, [])])


def _overlap(one: Bits, other: Bits) -> float:
    either = count(one | other)
    return count(one & other) / either if either else 0.0


def select(family: Family, reader: Reader, places: NDArray[np.intp], *, after: Selected | None = None) -> Selected:
    """Go through `places` from the strongest to the weakest, pairs after all others, and list what is news.

    Of the two values of a yes-or-no attribute the yes is listed; of two others the rarer; of a reason's or
    competitor's the higher share. What was selected before (`after`) stays, and comes first.
    """
    chooser = _Chooser(family, reader, after)
    for i in sorted(places.tolist(), key=lambda i: (family.search[i] == Search.PAIR, _order(family, reader, i))):
        chooser.offer(i)
    chooser.drop_nested()
    if after is None:
        chooser.drop_diluted()
    absorbed = {by: tuple(echoes) for by, echoes in chooser.absorbed.items()}
    return Selected(tuple(chooser.listed), absorbed, chooser.unlisted)


def _order(family: Family, reader: Reader, i: int) -> tuple[float, float, float, int]:
    search = Search(int(family.search[i]))
    p = float(family.p[i])
    if search in (Search.REASON, Search.COMPETITOR, Search.STAGE):
        return (p, float(family.difference[i] < 0), float(family.n1[i]), i)
    if search is not Search.SINGLE:
        return (p, 0.0, float(family.n1[i]), i)
    attribute = reader.closed.attributes[family.first[i]]
    if not _two_sided(attribute):
        return (p, 0.0, float(family.n1[i]), i)
    both = (family.search == search) & (family.first == family.first[i]) & (family.level1 < 2)
    affirmative = attribute.levels[family.level1[i]].label.strip().casefold() in _AFFIRMATIVE
    return (float(family.p[both].min()), float(not affirmative), float(family.n1[i]), i)


def _two_sided(attribute: Coded) -> bool:
    """Two values make up all but 5 % of the filled deals."""
    if attribute.ordered:
        return False
    counts = attribute.counts()
    return bool(counts[:2].sum() >= 0.95 * counts.sum())
