"""Which comparisons become lines of the report: what says something of its own, and is firm among so many lines.

Where one strong effect is found in a thousand ways, 5 % of false discoveries are fifty comparisons, each a line of its own.
So the rate is controlled over lines: a line stands where its p, times all that was looked at (over its stake), over the
number of lines as strong, is at most the rate.

Source: Katsevich, Sabatti & Bogomolov, J. Am. Stat. Assoc. 118 (2023) 165–176, doi 10.1080/01621459.2021.1920958
("focused Benjamini–Hochberg"); the filter here is greedy, which no proof of theirs covers.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from winloss.synthesize.coded import Coded
from winloss.synthesize.echoes import select
from winloss.synthesize.family import EARLY_RATE, RATE, SEGMENTS, Family, Search
from winloss.synthesize.finding import Status
from winloss.synthesize.segments import Segmented
from winloss.synthesize.survival import Reader, beyond_parents

Places = NDArray[np.intp]

MOST_FIRM = 60
"""Established lines at most, segments before reasons and competitors."""
MOST_EARLY = 10
_AFFIRMATIVE = frozenset(("yes", "true", "1", "y", "ja", "oui", "si", "sí", "sim", "да", "x", "t"))


@dataclass(frozen=True, slots=True)
class Line:
    """A comparison that is listed: its place in the family, its status, p and q as a line, and the places it stands for."""

    place: int
    status: Status
    p: float
    q: float
    echoes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of the report; `unlisted` passed as well."""

    listed: tuple[Line, ...]
    unlisted: int

    @property
    def echoes(self) -> Iterator[int]:
        return itertools.chain.from_iterable(line.echoes for line in self.listed)


def lines(family: Family, reader: Reader, segmented: Segmented, status: dict[int, Status]) -> Lines:
    """Established lines first, then early signals: one that an established line says already is none."""
    firm, early = (
        np.array(sorted(i for i, s in status.items() if s is wanted), np.intp)
        for wanted in (Status.ESTABLISHED, Status.EARLY_SIGNAL)
    )
    of_deals = np.isin(family.search, SEGMENTS)
    said = select(family, reader, firm[~of_deals[firm]])
    own = _own(family, reader, segmented, firm[of_deals[firm]], Status.ESTABLISHED)
    other = [_line(family, i, Status.ESTABLISHED, said.absorbed.get(i, ())) for i in said.listed]
    stand, fell = _stand(family, [*own, *other])
    hinted = select(family, reader, early[~of_deals[early]], after=said)
    also = [
        _line(family, i, Status.EARLY_SIGNAL, hinted.absorbed.get(i, ())) for i in hinted.listed[len(said.listed) :]
    ]
    signals = [*fell, *_signals(family, reader, segmented, stand, early[of_deals[early]]), *also]
    return _capped(stand, sorted(signals, key=lambda line: line.p), hinted.unlisted)


def _line(family: Family, i: int, status: Status, echoes: Sequence[int]) -> Line:
    return Line(i, status, float(family.p[i]), float(family.q[i]), tuple(echoes))


def _own(family: Family, reader: Reader, segmented: Segmented, at: Places, status: Status) -> list[Line]:
    """Segments of won and lost deals that say something of their own, with their echoes.

    Those that clusters cannot tell from one of their parents leave, and the others are asked again without them.
    """
    mirrors = _mirrors(family, reader, at)
    own = segmented.own(family, at)
    while not (news := beyond_parents(family, reader, segmented, np.array([i for i, _ in own], np.intp))).all():
        dull = [i for (i, _), differs in zip(own, news, strict=True) if not differs]
        at = at[~np.isin(at, dull)]
        own = segmented.own(family, at)
    swapped = {i: mirrors[i] for i, _ in own if i in mirrors}
    found = []
    for i, echoes in own:
        line = swapped.get(i, i)
        others = [j for j in (i, *echoes) if j != line and j not in swapped.values()]
        found.append(_line(family, line, status, sorted(others, key=lambda j: _beside(family, line, j))))
    return found


def _beside(family: Family, line: int, echo: int) -> tuple[bool, float]:
    """Echoes that point the same way first, the strongest of them first."""
    one, other = (family.k1[i] / family.n1[i] - family.k0[i] / family.n0[i] for i in (line, echo))
    return bool(one * other < 0), float(family.p[echo])


def _stand(family: Family, found: list[Line]) -> tuple[list[Line], list[Line]]:
    """Lines that stand among all lines, and those that are signals at most."""
    if not found:
        return [], []
    expected = np.array([line.p / family.weights[line.place] for line in found]) * len(family)
    order = np.argsort(expected, kind="stable")
    steps = expected[order] / np.arange(1, len(expected) + 1)
    q = np.empty(len(found))
    q[order] = np.minimum.accumulate(steps[::-1])[::-1]
    told = [replace(line, q=min(max(line.q, float(of)), 1.0)) for line, of in zip(found, q, strict=True)]
    fell = [replace(line, status=Status.EARLY_SIGNAL) for line in told if RATE < line.q <= EARLY_RATE]
    return [line for line in told if line.q <= RATE], fell


def _signals(family: Family, reader: Reader, segmented: Segmented, stand: list[Line], early: Places) -> Iterator[Line]:
    """Early segments that say something of their own beside all that is established."""
    firm = np.array([line.place for line in stand if family.search[line.place] in SEGMENTS], np.intp)
    both = np.concatenate([firm, early])
    for line in _own(family, reader, segmented, both, Status.EARLY_SIGNAL):
        if line.place in early and not np.isin(firm, line.echoes).any():
            yield line


def _capped(stand: list[Line], signals: list[Line], unlisted: int) -> Lines:
    spare = max(0, len(stand) - MOST_FIRM) + max(0, len(signals) - MOST_EARLY)
    return Lines((*stand[:MOST_FIRM], *signals[:MOST_EARLY]), unlisted + spare)


def _mirrors(family: Family, reader: Reader, at: Places) -> dict[int, int]:
    """The less telling side of attributes with two values, where both passed: the no of yes and no, else the commoner.

    Each with the side that is listed in its place.
    """
    sides: dict[int, list[int]] = {}
    for i in at[family.search[at] == Search.SINGLE].tolist():
        sides.setdefault(int(family.attribute[i, 0]), []).append(i)
    found = {}
    for a, both in sides.items():
        attribute = reader.closed.attributes[a]
        if len(both) == 2 and _two_sided(attribute):
            said, other = sorted(both, key=lambda i: (not _affirms(attribute, int(family.low[i, 0])), family.n1[i]))
            found[other] = said
    return found


def _affirms(attribute: Coded, level: int) -> bool:
    return attribute.levels[level].label.strip().casefold() in _AFFIRMATIVE


def _two_sided(attribute: Coded) -> bool:
    """Two values make up all but 5 % of the filled deals."""
    if attribute.ordered:
        return False
    counts = attribute.counts()
    return bool(counts[:2].sum() >= 0.95 * counts.sum())
