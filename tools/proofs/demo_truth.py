"""The demo's planted causes are found and covered, and its twins hold nothing.

Each seed makes three books of 2,000 to 5,000 deals: the company, its shuffled twin and its clustered twin.

1. 95 % intervals of every planted cause, found or not, cover its true value as often as they should. Deals of
   unequal chances spread a little less than a binomial, so they should a little more often than 95 %; the
   table says how often, and the bound is 3.5 standard errors of so many books and one point for the lumps of counts.
2. Causes of a kind that a report searches are established as often as their size lets them be, or oftener. `power` is
   how often a plain clustered test of the true difference would find them (tests/demo_power.py says how that is reckoned).
   "Nearly" counts an established finding that shares a condition and a quarter of the deals as well: of several ways
   to say one thing a report keeps the strongest. It may fall 3.5 standard errors and 10 points short of the power.
3. Of so many books of each twin no more hold anything established than chance lets through at p = .01 where the
   rate is 5 %: 18 of 200.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, fields
from multiprocessing import get_context
from pathlib import Path

import numpy as np

if str(Path(__file__).resolve().parents[2] / "tests") not in sys.path:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from demo_books import CUSTOM, SIZES, Book, Seen, opened, seen
from demo_power import powers_of
from winloss.capture.taxonomy import shipped
from winloss.demo import Cause, Twin, invent
from winloss.stats.shares import newcombe, normal_quantile, wilson
from winloss.synthesize.finding import Finding
from winloss.synthesize.search import SearchOptions, SearchResult, search
from winloss.tables.segment import Segment

RATE, BOUND_P = 0.05, 0.01
SLACK_SD, LUMPS = 3.5, 0.01
NEAR = 0.25
POWER_SLACK = 0.10
"""What a normal approximation of a chain of tests may be off by."""


@dataclass(slots=True)
class Line:
    """What was seen of one cause over all books: one entry a book."""

    here: list[float] = field(default_factory=list)
    rest: list[float] = field(default_factory=list)
    n_here: list[int] = field(default_factory=list)
    covered: list[bool] = field(default_factory=list)
    should: list[float] = field(default_factory=list)
    difference_covered: list[bool] = field(default_factory=list)
    difference_should: list[float] = field(default_factory=list)
    found: list[bool] = field(default_factory=list)
    near: list[bool] = field(default_factory=list)
    power: list[float] = field(default_factory=list)
    searched: bool = True

    def extend(self, other: Line) -> None:
        """Add what was seen in other books."""
        self.searched = other.searched
        for name, seen_before in ((f.name, getattr(self, f.name)) for f in fields(self) if f.name != "searched"):
            seen_before.extend(getattr(other, name))

    @property
    def coverage_holds(self) -> bool:
        return _near(self.covered, self.should) and _near(self.difference_covered, self.difference_should)

    @property
    def power_holds(self) -> bool:
        expected = float(np.mean(self.power))
        slack = SLACK_SD * np.sqrt(expected * (1 - expected) / len(self.near)) + POWER_SLACK
        return not self.searched or bool(np.mean(self.near) >= expected - slack)


def main(n: int = 200) -> bool:
    """Look at `n` seeds; print the tables; whether all three hold."""
    lines: dict[str, Line] = defaultdict(Line)
    twins = dict.fromkeys(Twin, 0)
    # Processes that begin afresh: a forked one would share the engine's threads.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as hands:
        for number, (seen_here, held) in enumerate(hands.map(_looked, range(1, n + 1)), start=1):
            for name, line in seen_here.items():
                lines[name].extend(line)
            for twin in Twin:
                twins[twin] += held[twin]
            print(f"\r{number} of {n} seeds", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    _print_causes(lines)
    bound = most_books(n)
    _print_twins(twins, n, bound)
    return all(line.coverage_holds and line.power_holds for line in lines.values()) and max(twins.values()) <= bound


def _looked(seed: int) -> tuple[dict[str, Line], dict[Twin, bool]]:
    """What one seed shows of each cause, and which of its twins hold anything established."""
    size = SIZES[seed % len(SIZES)]
    lines: dict[str, Line] = defaultdict(Line)
    with opened(invent(size, seed=seed)) as book:
        _add(lines, book)
    held = {}
    for twin in Twin:
        with opened(invent(size, seed=seed, twin=twin)) as book:
            held[twin] = bool(established(searched(book)))
    return lines, held


def searched(book: Book) -> SearchResult:
    """Everything a report would test in the book."""
    labels = {reason.code: reason.label for reason in shipped().reasons}
    return search(book.deals, ask=book.ask, custom=CUSTOM, taxonomy_labels=labels, options=SearchOptions())


def established(result: SearchResult) -> list[Finding]:
    """The findings that are established."""
    return [finding for finding in result.findings if finding.status == "established"]


def most_books(n: int) -> int:
    """The largest number of `n` books that a rate of 5 % reaches with a chance over 1 %: 18 of 200."""
    from scipy.stats import binom

    return int(binom.ppf(1 - BOUND_P, n, RATE))


def _add(lines: dict[str, Line], book: Book) -> None:
    result = searched(book)
    firm = established(result)
    powers = powers_of(book, result, firm)
    for shown in seen(book):
        cause, line = shown.cause, lines[shown.cause.name]
        line.searched = cause.searched
        line.here.append(cause.here)
        line.rest.append(cause.rest)
        line.n_here.append(cause.n_here)
        _add_coverage(line, shown)
        line.found.append(is_found(cause, firm))
        line.near.append(is_told(book, cause, firm))
        line.power.append(powers.get(cause.name, 0.0))


def is_found(cause: Cause, firm: list[Finding]) -> bool:
    """An established finding of the same measure and segment, in the same direction."""
    return any(f.segment == cause.segment for f in _alike(cause, firm))


def is_told(book: Book, cause: Cause, firm: list[Finding]) -> bool:
    """Found, or named beside an established finding that says the same or all of it, or told nearly.

    Nearly: by an established finding that shares a condition and at least a quarter of the deals.
    """
    if any(cause.segment in f.absorbed for f in firm if f.measure == cause.measure):
        return True
    mine = Segment.parse(cause.segment)
    near = [
        theirs
        for f in _alike(cause, firm)
        if set((theirs := Segment.parse(f.segment)).conditions) & set(mine.conditions)
    ]
    return is_found(cause, firm) or any(_overlap(book, mine, theirs) >= NEAR for theirs in near)


def _alike(cause: Cause, firm: list[Finding]) -> Iterator[Finding]:
    for f in firm:
        if f.measure == cause.measure and f.difference and (f.difference.value or 0) * cause.difference > 0:
            yield f


def _overlap(book: Book, one: Segment, other: Segment) -> float:
    """Deals in both by deals in either (0-1)."""
    a, b = one.predicate(book.deals), other.predicate(book.deals)
    counts = book.ask(book.deals.aggregate(both=(a & b).cast("int64").sum(), any=(a | b).cast("int64").sum()))
    row = counts.to_pylist()[0]
    return float(row["both"] / row["any"])


def _add_coverage(line: Line, shown: Seen) -> None:
    cause = shown.cause
    one = wilson(shown.k_here, shown.n_here)
    two = newcombe(shown.k_here, shown.n_here, shown.k_rest, shown.n_rest)
    line.covered.append(one.low is not None and one.high is not None and one.low <= cause.here <= one.high)
    line.difference_covered.append(
        two.low is not None and two.high is not None and two.low <= cause.difference <= two.high
    )
    here, rest = _variance(cause.here, cause.n_here), _variance(cause.rest, cause.n_rest)
    both = np.sqrt((here * cause.spread_here**2 + rest * cause.spread_rest**2) / (here + rest))
    line.should.append(_inside(cause.spread_here))
    line.difference_should.append(_inside(float(both)))


def _variance(share: float, n: int) -> float:
    return share * (1 - share) / n


def _inside(spread: float) -> float:
    """How often a 95 % interval covers where the share spreads by so much of a binomial's."""
    from scipy.special import ndtr

    return float(2 * ndtr(normal_quantile(0.95) / spread) - 1)


def _near(covered: list[bool], should: list[float]) -> bool:
    expected = float(np.mean(should))
    return bool(
        abs(np.mean(covered) - expected) <= SLACK_SD * np.sqrt(expected * (1 - expected) / len(covered)) + LUMPS
    )


def _print_causes(lines: dict[str, Line]) -> None:
    print(
        "| cause | true here | true rest | deals here | covered | should be | difference covered | should be | a line | or told by one | power |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for name, line in lines.items():
        print("| " + " | ".join(_cells(name, line)) + " |")


def _cells(name: str, line: Line) -> Iterator[str]:
    yield name.replace("_", " ")
    for share in (line.here, line.rest):
        yield f"{100 * np.mean(share):.1f} %"
    yield f"{np.mean(line.n_here):.0f}"
    for covered, should in ((line.covered, line.should), (line.difference_covered, line.difference_should)):
        yield f"{100 * np.mean(covered):.1f} %"
        yield f"{100 * np.mean(should):.1f} %"
    yield f"{sum(line.found)} of {len(line.found)}" if line.searched else "not searched"
    yield f"{sum(line.near)} of {len(line.near)}" if line.searched else ""
    yield f"{100 * np.mean(line.power):.0f} %" if line.searched else ""


def _print_twins(twins: dict[Twin, int], n: int, bound: int) -> None:
    print("\n| twin | books that hold anything established | at most |")
    print("|---|--:|--:|")
    for twin, books in twins.items():
        print(f"| {twin} | {books} of {n} | {bound} |")


if __name__ == "__main__":
    sys.exit(0 if main(int(sys.argv[1]) if len(sys.argv) > 1 else 200) else 1)
