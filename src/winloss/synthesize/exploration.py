"""What a search of segments for one outcome found, and what it searched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from winloss.stats.estimate import Estimate
from winloss.synthesize.coded import Coded
from winloss.synthesize.family import DEPTH, FLOOR
from winloss.synthesize.finding import Finding
from winloss.synthesize.study import LeftOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Explored:
    """One listed segment: the finding, and its share by amount here and beside (or why there is none)."""

    finding: Finding
    by_amount: Estimate
    by_amount_beside: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedAttribute:
    """An attribute that was searched; `rare` values of `rare_deals` deals were too few for a segment of their own."""

    name: str
    label: str
    values: int
    ordered: bool = False
    rare: int = 0
    rare_deals: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """The answer to one question.

    Parameters
    ----------
    measure, heading
        What is measured, as in findings and for a reader.
    whole
        The share over the whole denominator.
    found
        Established, then early signals; inside each by the deals at stake.
    tested, tested_by
        Segments that were compared, in all and by their number of conditions.
    floor
        The fewest deals of a segment.
    power
        What could have been seen.
    searched, left_out
        Attributes that were searched; columns that were not, and why.
    not_listed, beyond
        Segments that passed beyond the lines that are listed; those that were too many to be asked about clusters.
    amounts_why
        Why nothing is told by amount; "" where it is.
    currency
        The only currency of the amounts, or None.
    labels
        What a reader sees for each field, and for the text form of each condition.
    """

    measure: str
    heading: str
    whole: Estimate
    found: tuple[Explored, ...] = ()
    tested: int = 0
    tested_by: tuple[tuple[int, int], ...] = ()
    floor: int = FLOOR
    depth: int = DEPTH
    power: str = ""
    searched: tuple[SearchedAttribute, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    not_listed: int = 0
    beyond: int = 0
    per_month: float | None = None
    amounts_why: str = ""
    currency: str | None = None
    as_of: dt.date | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


def labels_of(attributes: Sequence[Coded]) -> dict[str, str]:
    """What a reader sees for each attribute, and for the text form of each of its values and runs of neighbours."""
    return {written: label for attribute in attributes for written, label in _labels(attribute)}


def _labels(attribute: Coded) -> Iterator[tuple[str, str]]:
    yield attribute.field, attribute.label
    yield attribute.name, attribute.label
    count = len(attribute.levels)
    for low in range(count):
        for high in range(low, count if attribute.ordered else low + 1):
            run = attribute.run(low, high)
            if run.condition is not None:
                yield str(run.condition), f"{attribute.label} {run.label}"
