"""Random draws over arrays: one generator a block and purpose, so that nothing depends on the order of asking."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rng = np.random.Generator

PURPOSES = ("world", "deals", "fates", "returns", "words", "leads", "touches", "stages", "debriefs", "mess", "shuffle")


def generator(seed: int, purpose: str, block: int = 0) -> Rng:
    """The generator of one purpose in one block of a seed's company."""
    return np.random.default_rng([seed, PURPOSES.index(purpose), block])


def pick(rng: Rng, shares: Sequence[float], count: int) -> Ints:
    """`count` indices into `shares`, each as often as its share of the sum."""
    edges = np.cumsum(shares)
    return np.searchsorted(edges / edges[-1], rng.random(count), side="right").astype(np.int64)


def pick_each(rng: Rng, weights: Floats) -> Ints:
    """One column index for each row of `weights`, as often as its share of the row's sum."""
    edges = np.cumsum(weights, axis=1)
    aim = rng.random(len(weights)) * edges[:, -1]
    return np.asarray((aim[:, None] >= edges[:, :-1]).sum(axis=1), dtype=np.int64)


def flags(condition: object) -> Flags:
    """A comparison of arrays, typed."""
    return np.asarray(condition, dtype=np.bool_)


def logistic(logit: Floats) -> Floats:
    """Probability (0-1) of a log-odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-logit)), dtype=np.float64)


def shares_of(weights: Floats) -> Floats:
    """Rows of weights as probabilities that sum to 1."""
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float64)
