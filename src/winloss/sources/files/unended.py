"""Where a yes/no column "won" stands alone, which of its "no" are open deals: those without a closing date and a reason.

A "no" says not won, and no more. Only where the closing dates are filled on the won deals and on the lost ones alike
does a blank among them say that a deal has not ended.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from winloss.sources.files.cells import Cells
from winloss.sources.files.rowkinds import flag
from winloss.sources.files.tabled import Tabled

DATED_FROM = 0.95
"""Share of the won deals, and of the "no" with a date or a reason, that have a closing date."""
LOST_FROM = 0.1
"""Dated "no" for each won deal: below it the dates are kept for wins."""
_OTHERS = ("status", "deal_stage", "is_lost", "is_closed", "is_active", "lost_on")
_REASONS = ("reason", "loss_reason", "win_reason", "status_reason")


def blanks_are_open(columns: Mapping[str, int], tabled: Tabled, *, ticked: bool = False) -> bool:
    """True where the whole table shows that a "no" without a closing date and a reason is an open deal.

    Parameters
    ----------
    columns
        Target → position.
    tabled
        The deals; read through once where a column "won" and closing dates are all that tells.
    ticked
        True where a blank in the column "won" is a no.
    """
    if "is_won" not in columns or "closed_on" not in columns or any(target in columns for target in _OTHERS):
        return False
    won = dated_won = ended = dated = blank = 0
    for _, raw in tabled.batches():
        cells = Cells(raw, tabled.readers)
        said, closed = cells.codes(columns["is_won"], flag), cells.filled(columns["closed_on"])
        no, none = (said != 1 if ticked else said == 0), blanks(cells, columns)
        won += int((said == 1).sum())
        dated_won += int(((said == 1) & closed).sum())
        ended += int((no & ~none).sum())
        dated += int((no & closed).sum())
        blank += int((no & none).sum())
    return bool(blank and won and dated_won >= DATED_FROM * won and dated >= max(DATED_FROM * ended, LOST_FROM * won))


def blanks(cells: Cells, columns: Mapping[str, int]) -> np.ndarray:
    """Rows with neither a closing date nor a reason."""
    told = cells.filled(columns["closed_on"]).copy()
    for target in _REASONS:
        if target in columns:
            told |= cells.filled(columns[target])
    return ~told
