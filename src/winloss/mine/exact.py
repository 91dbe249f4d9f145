"""Fisher's exact p for hundreds of thousands of segments at once.

With numba in machine code on all cores, without it by `winloss.stats.exact`: the same numbers.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec

import numpy as np
from numpy.typing import ArrayLike, NDArray

from winloss.stats.exact import fisher_p

Floats = NDArray[np.float64]

_PART = 8_192
"""Tables that one thread takes at a time."""


@cache
def has_numba() -> bool:
    return find_spec("numba") is not None


def exact_p(
    k1: ArrayLike,
    n1: ArrayLike,
    k0: ArrayLike,
    n0: ArrayLike,
    *,
    limit: ArrayLike = 1.0,
    threads: int | None = None,
    engine: str | None = None,
) -> Floats:
    """Two-sided p of Fisher's exact test that `k1/n1` and `k0/n0` are one share; broadcast over arrays.

    Parameters
    ----------
    k1, n1
        Successes and deals of each segment, whole, `0 <= k1 <= n1`.
    k0, n0
        The same of the rest it is compared with.
    limit
        Of a p above this only that it is above it has to be right: anything between the two may stand for it.
    threads
        At most so many; all cores where None.
    engine
        "numba", "numpy", or None for the quickest there is.

    Returns
    -------
    NDArray
        The sum of the probabilities of all tables with the same margins that are no likelier than the one seen
        (within 1e-7). 1 where a side is empty or no share can differ, 0 below about 1e-323.

    Raises
    ------
    ValueError
        An engine of another name, or more successes than deals.

    Notes
    -----
    Relative error under 1e-10 up to a million deals. Both tails are summed where they are small, else the middle
    between them. Source: Fisher, Statistical Methods for Research Workers, 5th ed. 1934, § 21.02.

    Examples
    --------
    >>> float(exact_p(8, 10, 1, 6).round(6))
    0.034965
    """
    if engine not in (None, "numba", "numpy"):
        raise ValueError(f"no engine is called {engine}")
    if engine == "numpy" or (engine is None and not has_numba()):
        return fisher_p(k1, n1, k0, n0)
    from winloss.mine.exact_kernel import fill_p

    given = np.broadcast_arrays(*(np.asarray(a, np.int64) for a in (k1, n1, k0, n0)))
    above = np.array(np.broadcast_to(np.asarray(limit, float), given[0].shape)).ravel()
    seen, deals, seen_rest, deals_rest = (np.ascontiguousarray(a.ravel()) for a in given)
    if ((seen < 0) | (seen > deals) | (seen_rest < 0) | (seen_rest > deals_rest)).any():
        raise ValueError("successes are 0 or more, and not more than deals")
    p = np.empty(len(seen))
    parts = [slice(start, start + _PART) for start in range(0, len(p), _PART)]

    def fill(part: slice) -> None:
        fill_p(seen[part], deals[part], seen_rest[part], deals_rest[part], above[part], p[part])

    workers = min(threads or os.cpu_count() or 1, len(parts))
    if workers <= 1:
        fill(slice(None))
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(fill, parts))
    return p.reshape(given[0].shape)
