"""What the adopted picklist covers of the reasons that closed deals carry, and what falls outside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from winloss.capture.picklist import Picklist
from winloss.stats.estimate import Estimate
from winloss.stats.shares import wilson
from winloss.synthesize.glossary import OTHER, UNKNOWN, UNREAD, Glossary
from winloss.synthesize.reasons import Side
from winloss.synthesize.study import PicklistCover


def cover(picklist: Picklist | None, sides: Sequence[Side], glossary: Glossary) -> PicklistCover | None:
    """Count the closed deals with a reason by whether the list names it; None where no list is adopted.

    A reason is covered where an entry has its code, whichever words the deal's reason had. Other and Unknown are
    answers of every list: they are counted apart and cover nothing.
    """
    if picklist is None:
        return None
    counts: Counter[str] = Counter()
    for side in sides:
        counts.update({code: bar.n for code, bar in side.bars.items() if code is not None})
    named = {entry.code for entry in picklist.entries} - {OTHER, UNKNOWN}
    given = counts.total()
    outside = [(glossary.label(c), n) for c, n in counts.items() if c not in {*named, OTHER, UNKNOWN, UNREAD}]
    return PicklistCover(
        adopted_on=picklist.adopted_on,
        covered=wilson(sum(counts[code] for code in named), given)
        if given
        else Estimate.refused("No closed deal carries a reason."),
        other_or_unknown=counts[OTHER] + counts[UNKNOWN],
        not_understood=counts[UNREAD],
        outside=tuple(sorted(outside, key=lambda row: (-row[1], row[0]))),
    )
