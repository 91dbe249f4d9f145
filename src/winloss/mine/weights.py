"""How the stake of false discovery control is divided over depths, before any p is known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from winloss.mine.table import Segments
from winloss.stats.multiplicity import shared_weights


def depth_weights(segments: Segments, shares: Mapping[int, float] | None = None) -> NDArray[np.float64]:
    """Weights (m,), mean 1, for `winloss.stats.multiplicity.benjamini_hochberg`.

    Without them a few hundred single conditions share one stake with a quarter of a million conjunctions, and one strong value of
    an attribute can drown among them.

    Parameters
    ----------
    segments
        Everything that was counted.
    shares
        What each depth gets of the whole stake; what depths without a segment would get goes to the others in
        proportion. Half of the depth before where None: 4/7, 2/7 and 1/7 at depth 3. Depths that are not named get
        nothing.
    """
    depth = segments.depth_of
    if len(depth) == 0:
        return np.ones(0)
    given = shares or {d: 0.5**d for d in range(1, segments.attribute.shape[1] + 1)}
    return shared_weights(depth, dict(given))
