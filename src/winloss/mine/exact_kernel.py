"""Fisher's exact p in machine code: one table at a time, a few logarithms and a short sum each. Needs numba.

Importing this compiles nothing; the first call does, and keeps what it made on disk.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

_F = TypeVar("_F", bound=Callable[..., object])
_compiled = cast("Callable[[_F], _F]", numba.njit(nogil=True, cache=True, error_model="numpy"))

_SLACK = 1e-7
"""As in `winloss.stats.exact`: two tables count as equally likely within this relative difference."""
_ENOUGH = 1e-13
"""A tail is summed until what is left is less than this share of it."""
_NOTHING = -760.0
"""The exponential of this is 0."""
_FAR = 3.0
"""Up to so many standard deviations the middle is summed (1 − p), beyond them the tails."""
_SURELY = 1.0 + 1e-6
"""What is larger by this factor is larger, whatever was rounded."""
_FEW = 64
"""So many counts from the mode a product is quicker than logarithms."""
_SMALL = 16
_STIRLING = tuple(
    0.0 if n == 0 else math.lgamma(n + 1.0) - (n + 0.5) * math.log(n) + n - 0.5 * math.log(2 * math.pi)
    for n in range(_SMALL)
)
_TWO_PI = 2 * math.pi


@_compiled
def _stirling(n: int) -> float:
    """What Stirling's formula lacks of the logarithm of n!."""
    if n < _SMALL:
        return _STIRLING[n]
    over = 1.0 / n
    square = over * over
    return over * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188)))))


@_compiled
def _root(n: int) -> float:
    return _TWO_PI * n if n > 0 else 1.0


@_compiled
def _surprise(seen: float, apart: float, expected: float) -> float:
    return seen * math.log1p(apart / expected) if seen > 0 else 0.0


@_compiled
def _log_probability(x: int, n1: int, n0: int, won: int) -> float:
    """Of `x` successes among `n1`, given `won` of `n1 + n0`.

    Stirling's formula with its remainder; the large parts are the deviance of the table, which has no cancellation, so
    that it is as good at 10 million deals as at ten.

    Source: Loader, Fast and accurate computation of binomial probabilities, 2000 (as in R's dhyper).
    """
    n, lost = n1 + n0, n1 + n0 - won
    b, c = n1 - x, won - x
    d = n0 - c
    apart = float(x * n - n1 * won) / n
    m1, m0, w, v = n1 / n, n0 / n, float(won), float(lost)
    deviance = _surprise(x, apart, m1 * w) + _surprise(b, -apart, m1 * v)
    deviance += _surprise(c, -apart, m0 * w) + _surprise(d, apart, m0 * v)
    rest = _stirling(n1) + _stirling(n0) + _stirling(won) + _stirling(lost) - _stirling(n)
    rest -= _stirling(x) + _stirling(b) + _stirling(c) + _stirling(d)
    roots = (_root(n1) / _root(x)) * (_root(n0) / _root(b)) * (_root(won) / _root(c)) * (_root(lost) / _root(d))
    return rest - deviance + 0.5 * math.log(roots / _root(n))


@_compiled
def _middle(seen: int, n1: int, n0: int, won: int) -> float:
    """Sum of the tables likelier than the one seen (right of the mode), in units of it."""
    low = max(0, won - n0)
    gap = float(n0 - won)
    total, term, x = 0.0, 1.0, float(seen)
    while x > low:
        term *= x * (gap + x) / ((n1 - x + 1.0) * (won - x + 1.0))
        if term <= 1.0 + _SLACK:
            break
        total += term
        x -= 1.0
    return total


@_compiled
def _up(start: int, n1: int, n0: int, won: int) -> float:
    """Sum of the probabilities from `start` upward, in units of the first."""
    gap, high = float(n0 - won), min(n1, won)
    total, term, x = 1.0, 1.0, float(start)
    while x < high:
        ratio = (n1 - x) * (won - x) / ((x + 1.0) * (gap + x + 1.0))
        term *= ratio
        total += term
        x += 1.0
        if term * ratio < _ENOUGH * total * (1.0 - ratio):
            break
    return total


@_compiled
def _down(start: int, n1: int, n0: int, won: int) -> float:
    gap, low = float(n0 - won), max(0, won - n0)
    total, term, x = 1.0, 1.0, float(start)
    while x > low:
        ratio = x * (gap + x) / ((n1 - x + 1.0) * (won - x + 1.0))
        term *= ratio
        total += term
        x -= 1.0
        if term * ratio < _ENOUGH * total * (1.0 - ratio):
            break
    return total


@_compiled
def _as_unlikely(x: int, log_seen: float, n1: int, n0: int, won: int) -> bool:
    return _log_probability(x, n1, n0, won) <= log_seen + _SLACK


@_compiled
def _other_side(seen: int, log_seen: float, n1: int, n0: int, won: int, mode: int) -> int:
    """The largest count left of the mode that is no likelier than the one seen; below the support where there is none.

    Newton's steps on the logarithm from the mirror image of the one seen, kept between the support and the mode by halving.
    """
    low = max(0, won - n0)
    inside, outside = low - 1, mode
    gap = float(n0 - won)
    x = 2 * mode - seen
    while outside - inside > 1:
        if x <= inside or x >= outside:
            x = (inside + outside) // 2
        log_x = _log_probability(x, n1, n0, won)
        if log_x <= log_seen + _SLACK:
            inside = x
        else:
            outside = x
        slope = math.log((n1 - x) * float(won - x) / ((x + 1.0) * (gap + x + 1.0)))
        step = (log_seen + _SLACK - log_x) / slope if slope > 0 else 0.0
        x += math.floor(step) if step < 0 or step >= 1 else (1 if inside == x else 0)
    return inside


@_compiled
def _at_least(seen: int, probability: float, n1: int, n0: int, won: int, steps: int) -> float:
    """Less than the probability from `seen` on: of some `steps` as if each fell by as much as the last one does."""
    steps = min(steps, min(n1, won) - seen)
    x = seen + steps - 1.0
    ratio = (n1 - x) * (won - x) / ((x + 1.0) * (float(n0 - won) + x + 1.0))
    return probability * (1.0 - ratio ** (steps + 1)) / (1.0 - ratio) if steps > 0 else probability


@_compiled
def _likely(seen: int, n1: int, n0: int, won: int, mode: int, variance: float) -> float:
    """Less than the probability of `seen`: from the least that the mode can have, without a logarithm.

    A number that is spread evenly over the unit around a count has a density that is nowhere above the mode's probability, and of
    such densities the uniform one has the least variance: that of the count is at least (1 / probability² − 1) / 12.
    """
    probability = 1.0 / math.sqrt(1.0 + 12.0 * variance)
    gap, x = float(n0 - won), float(mode)
    while x < seen:
        probability *= (n1 - x) * (won - x) / ((x + 1.0) * (gap + x + 1.0))
        x += 1.0
    return probability


@_compiled
def _p_near(seen: int, n1: int, n0: int, won: int, mode: int, variance: float, limit: float) -> float:
    """The p of a count near the mode, or less, but above `limit`."""
    steps = int(math.sqrt(variance)) + 1
    if limit < 1.0 and seen - mode <= _FEW:
        n = float(n1 + n0)
        least = _at_least(seen, _likely(seen, n1, n0, won, mode, variance * n / (n - 1.0)), n1, n0, won, steps)
        if least > limit * _SURELY:
            return least
    probability = math.exp(_log_probability(seen, n1, n0, won))
    if limit < 1.0:
        least = _at_least(seen, probability, n1, n0, won, steps)
        if least > limit * _SURELY:
            return least
    return min(1.0, max(1.0 - probability * _middle(seen, n1, n0, won), probability))


@_compiled
def _p(k1: int, n1: int, k0: int, n0: int, limit: float) -> float:
    n, won = n1 + n0, k1 + k0
    if n1 <= 0 or n0 <= 0 or won <= 0 or won >= n:
        return 1.0
    seen = k1
    if seen < (n1 + 1) * (won + 1) // (n + 2):
        seen, won = n1 - k1, n - won
    mode = (n1 + 1) * (won + 1) // (n + 2)
    if seen <= mode:
        return 1.0
    share = won / n
    apart = seen - n1 * share
    variance = n1 * share * (1.0 - share) * (n0 / n)
    if apart * apart < _FAR * _FAR * variance:
        return _p_near(seen, n1, n0, won, mode, variance, limit)
    log_seen = _log_probability(seen, n1, n0, won)
    if log_seen < _NOTHING:
        return 0.0
    total = _up(seen, n1, n0, won)
    other = _other_side(seen, log_seen, n1, n0, won, mode)
    p = math.exp(log_seen + math.log(total))
    if other >= max(0, won - n0):
        p += math.exp(_log_probability(other, n1, n0, won) + math.log(_down(other, n1, n0, won)))
    return min(1.0, p)


@_compiled
def fill_p(k1: Counts, n1: Counts, k0: Counts, n0: Counts, limit: Floats, p: Floats) -> None:
    """Two-sided p of each table into `p`, where it is surely above `limit` something between the two; all of one length."""
    for i in range(len(p)):
        p[i] = _p(k1[i], n1[i], k0[i], n0[i], limit[i])
