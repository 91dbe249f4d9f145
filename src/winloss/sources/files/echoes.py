"""Two columns that tell the same date: `created_on` and `created_at`."""

from __future__ import annotations

import numpy as np

from winloss.sources.files.cells import Cells, days_of
from winloss.sources.files.tabled import Tabled

ECHOED = frozenset({"created_on", "closed_on"})
"""Targets that a second column may tell as well."""
AGREE_FROM = 0.99
"""Share of the rows with both dates on which they must agree, to a day: time zones shift midnight."""


def same_days(one: int, other: int, tabled: Tabled) -> bool:
    """True where two columns of dates, by position, agree wherever both are filled, and somewhere both are."""
    both = agree = 0
    for _, raw in tabled.batches():
        cells = Cells(raw, tabled.readers)
        first, second = (days_of(cells.date(position)[0].values) for position in (one, other))
        known = (first >= 0) & (second >= 0)
        both += int(known.sum())
        agree += int((np.abs(first - second)[known] <= 1).sum())
        if agree < AGREE_FROM * both:
            return False
    return both > 0
