"""How often a plain clustered test would find a planted cause, given its true size and the layout of the book.

The yardstick is Student's t on the true difference, with the fewest degrees of freedom that reps, accounts or months
leave (Satterthwaite's, were deals independent), at the level that the book's false discovery control left to that
search. Pairs must differ from both of their values as well. It is no upper bound: a report judges a comparison
that lies inside clusters inside them, and does better there; where it tells a cause in other words, it does worse.
"""

from __future__ import annotations

from collections.abc import Iterator

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt

from demo_books import Book, measured, parts
from winloss.demo import Cause
from winloss.stats.clustered import clustered_difference
from winloss.synthesize.family import RATE, STAKES, Search
from winloss.synthesize.finding import Finding
from winloss.synthesize.search import SearchResult
from winloss.tables.segment import Segment

Floats = npt.NDArray[np.float64]
PARENTS = {
    "rival_niche_wins": ("niche_in_healthcare", "niche_in_mid_market"),
    "helpful_content": ("helpful_elsewhere", "helpful_in_mid_market"),
}
"""Causes of two conditions, and those that look inside one of them."""


def powers_of(book: Book, result: SearchResult, firm: list[Finding]) -> dict[str, float]:
    """For each searched cause the chance (0-1) that the plain test of this module establishes it."""
    weight = _weights(result)
    edge = max((f.p / weight[_search_of(f.measure, f.segment)] for f in firm if f.p is not None), default=0.0)
    edge = max(edge, RATE / max(result.tested, 1))
    pairs = sum(_search_of(f.measure, f.segment) is Search.PAIR for f in firm)
    causes = [cause for cause in book.truth.causes if cause.searched]
    freedoms = _freedoms(book, causes)
    powers = {}
    for cause in causes:
        level = min(1.0, edge * weight[_search_of(cause.measure, cause.segment)])
        inside = (power(book.truth.cause(name), RATE / max(pairs, 1), np.inf) for name in PARENTS.get(cause.name, ()))
        powers[cause.name] = min(power(cause, level, freedoms[cause.name]), *inside, 1.0)
    return powers


def power(cause: Cause, level: float, freedom: float) -> float:
    """Chance that a two-sided t-test of the true difference finds it (0-1); 0 where a side is empty."""
    from scipy.stats import nct, norm, t

    if not cause.n_here or not cause.n_rest:
        return 0.0
    error = np.sqrt(cause.here * (1 - cause.here) / cause.n_here + cause.rest * (1 - cause.rest) / cause.n_rest)
    away = abs(cause.difference) / error
    if freedom > 1_000:
        return float(norm.sf(norm.isf(level / 2) - away))
    return float(nct.sf(t.isf(level / 2, freedom), freedom, away))


def _weights(result: SearchResult) -> dict[Search, float]:
    """What a p of each search is divided by; their mean over all comparisons is 1."""
    counts = {search: dict(result.tested_by).get(search.words, 0) for search in Search}
    staked = sum(STAKES[search] for search, count in counts.items() if count)
    return {
        search: STAKES[search] / staked * result.tested / count if count else 1.0 for search, count in counts.items()
    }


def _search_of(measure: str, segment: str) -> Search:
    fields = Segment.parse(segment).fields
    if measure.startswith("share_of_losses:competitor"):
        return Search.COMPETITOR
    if measure.startswith("share_of_losses:reason"):
        return Search.STAGE if fields == ("stage_reached",) else Search.REASON
    if measure != "win_rate":
        return Search.SEASON if "month" in measure else Search.TREND
    if fields == ("cycle_days",):
        return Search.CYCLE
    return (Search.SINGLE, Search.PAIR, Search.TRIPLE)[len(fields) - 1]


def _freedoms(book: Book, causes: list[Cause]) -> dict[str, float]:
    """For each cause the fewest degrees of freedom that reps, accounts or months leave, were deals independent."""
    deals = book.deals
    columns: dict[str, ir.BooleanValue] = {}
    for cause in causes:
        (here, rest), (base, _) = parts(deals, cause), measured(deals, cause.measure)
        columns |= {f"{cause.name}/1": base & here, f"{cause.name}/0": base & rest}
    kinds = {"rep": deals.owner_id, "account": deals.account_id, "month": deals.closed_on.strftime("%Y-%m")}
    frame = book.ask(deals.filter(deals.is_closed).select(**kinds, **columns))
    clusters = [np.unique(np.asarray(frame[kind].to_pylist()), return_inverse=True)[1] for kind in kinds]
    marks = {name: np.asarray(frame[name].to_pylist(), dtype=bool) for name in columns}
    return {
        cause.name: min(_freedom(cause, marks[f"{cause.name}/1"], marks[f"{cause.name}/0"], clusters), default=np.inf)
        for cause in causes
    }


def _freedom(
    cause: Cause, here: npt.NDArray[np.bool_], rest: npt.NDArray[np.bool_], clusters: list[npt.NDArray[np.intp]]
) -> Iterator[float]:
    if not here.any() or not rest.any():
        return
    for codes in clusters:
        n1, n0 = (np.bincount(codes[marks], minlength=codes.max() + 1).astype(float) for marks in (here, rest))
        yield float(clustered_difference(n1 * cause.here, n1, n0 * cause.rest, n0).freedom)
