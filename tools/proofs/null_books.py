"""Nothing is found where nothing is, and what is planted is found.

Books of two years in which reps, accounts and months differ and no attribute matters: at most one in twenty may hold
anything established. The same books with a planted difference of 15 points on 300 of 3,000 deals: it is found, its interval
covers the truth, and nothing else is named.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from books import Planted, book
from resolved import on_duckdb
from winloss.synthesize.finding import Finding, Status
from winloss.synthesize.search import search

PLANTED = Planted(share=0.1, points=-0.15)
SEGMENT = 'persona = "Buyer 0"'
MAY_FIND = 0.05
FOUND = 0.8
"""What its size lets be found at least."""


@dataclass
class Tally:
    """What was found over many books."""

    books: int = 0
    held: int = 0
    early: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    established: int = 0
    shown: int = 0
    covered: int = 0


def findings_of(seed: int, planted: Planted | None = None, deals: int | None = None) -> tuple[Finding, ...]:
    """Every finding of one invented book."""
    expression, ask = on_duckdb(book(seed, deals=deals, planted=planted))
    return search(expression, ask=ask).findings


def null_books(n: int, *, first: int = 0) -> Tally:
    """Books without any effect of an attribute."""
    tally = Tally(books=n)
    for seed in range(first, first + n):
        found = findings_of(seed)
        firm = [f for f in found if f.status is Status.ESTABLISHED]
        tally.held += bool(firm)
        tally.early += any(f.status is Status.EARLY_SIGNAL for f in found)
        tally.kinds.update(str(f.kind) for f in firm)
    return tally


def planted_books(n: int, *, first: int = 10_000) -> Tally:
    """Books with one planted difference; `held` counts those in which anything else is established."""
    tally = Tally(books=n)
    for seed in range(first, first + n):
        found = findings_of(seed, PLANTED, 3_000)
        hits = [f for f in found if f.segment == SEGMENT]
        firm = [f for f in found if f.status is Status.ESTABLISHED]
        tally.established += any(f.status is Status.ESTABLISHED for f in hits)
        tally.shown += bool(hits)
        tally.covered += any(_covers(f) for f in hits)
        others = [f for f in firm if SEGMENT not in f.segment]
        tally.held += bool(others)
        tally.kinds.update(str(f.kind) for f in others)
    return tally


def _covers(finding: Finding) -> bool:
    d = finding.difference
    return d is not None and d.low is not None and d.high is not None and d.low <= PLANTED.points <= d.high


def most(n: int) -> int:
    """The most books of `n` that may hold something, where one in twenty does: the 99 % point of the binomial."""
    from scipy.stats import binom

    return int(binom.ppf(0.99, n, MAY_FIND))


def fewest(n: int, share: float) -> int:
    """The fewest of `n` where `share` is true: the 1 % point of the binomial."""
    from scipy.stats import binom

    return int(binom.ppf(0.01, n, share)) if n else 0


def main(n: int) -> bool:
    """Run `n` books of each kind and print the table."""
    null, planted = null_books(n), planted_books(n)
    print(
        "| books | anything established | of these kinds | an early signal | the planted one established | shown | covered |"
    )
    print("|---|---|---|---|---|---|---|")
    print(f"| {n} without an effect | {null.held} (at most {most(n)}) | {_kinds(null)} | {null.early} | | | |")
    print(
        f"| {n} with one planted | {planted.held} beside it | {_kinds(planted)} | | {planted.established} "
        f"| {planted.shown} | {planted.covered} of {planted.shown} |"
    )
    enough = planted.established >= fewest(n, FOUND) and planted.covered >= fewest(planted.shown, 0.95)
    return null.held <= most(n) and enough


def _kinds(tally: Tally) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in sorted(tally.kinds.items())) or "none"


if __name__ == "__main__":
    sys.exit(0 if main(int(sys.argv[1]) if len(sys.argv) > 1 else 200) else 1)
