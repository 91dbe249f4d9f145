"""What is really going on: every planted cause with its true value in the deals of one book.

A true value is an expectation: the mean, over the deals that stand in the denominator, of the probability
that the model gave each of them. What a book shows differs from it by chance alone, so an interval may be
held against it. A cause that is only an association (a confounded asset) has a true difference as well,
and `causal` is False.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from winloss.demo import cast, causes
from winloss.demo.block import Block, person_id, rep_name
from winloss.demo.draw import Flags, Floats, flags
from winloss.demo.facts import EXPANSION, HEALTHCARE, MID, MISSING, PAID_SOCIAL, Facts
from winloss.demo.fates import (
    CONTRACT_STAGE,
    HELPFUL,
    PRICE,
    RIVAL,
    WORKED_FROM,
    WORKED_INDUSTRY,
    Fates,
    is_quarter_end,
)
from winloss.demo.world import World
from winloss.tables.segment import Condition, Segment

WIN_RATE = "win_rate"
QUARTER_END = "win_rate:month_in_quarter:3"
REASON = "share_of_losses:reason:"
COMPETITOR = "share_of_losses:competitor:"
BY_BUYER = ":buyer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One planted cause, true in one book.

    Parameters
    ----------
    name, story
        A short name, and what is going on, in a sentence.
    segment
        Text form of `tables.segment.Segment`; "" is every deal.
    compared_with
        The segment it is held against; "" is the rest of the deals in which the segment's fields are filled.
    measure
        As in findings: win_rate (won of closed), win_rate:month_in_quarter:3 (of those closed in the last month
        of a quarter, held against the other months), share_of_losses:reason:CODE (of the losses and no-decisions
        whose reason is in the CRM), share_of_losses:competitor:NAME (of those whose competitor is).
    here, rest
        True values (0-1) in the segment and in what it is compared with; nan where no deal stands there.
    n_here, n_rest
        Deals in the denominators.
    spread_here, spread_rest
        Standard deviation of the observed share by that of a binomial with the same n and mean (0-1):
        deals of unequal chances spread a little less.
    causal
        False where the difference is real and the segment is not why.
    searched
        Whether a report looks for differences of this kind.
    """

    name: str
    story: str
    segment: str
    measure: str
    here: float
    rest: float
    n_here: int
    n_rest: int
    spread_here: float
    spread_rest: float
    compared_with: str = ""
    causal: bool = True
    searched: bool = True

    @property
    def difference(self) -> float:
        """Here minus rest (-1 to 1)."""
        return self.here - self.rest


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnTime:
    """When accounts come back that were lost for a reason: true median in days, and how many did in the book."""

    reason: str
    median_days: int
    share: float
    """Of the losses of that reason, how many come back one day (0-1)."""
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """All that is planted in one book."""

    causes: tuple[Cause, ...]
    returns: tuple[ReturnTime, ...] = ()
    straight_liner: str = ""
    """The opaque id of the rep who writes one reason nearly always."""

    def cause(self, name: str) -> Cause:
        """The cause called `name`; KeyError where there is none."""
        for cause in self.causes:
            if cause.name == name:
                return cause
        raise KeyError(name)

    def to_json(self) -> dict[str, Any]:
        """Plain values; null where no deal stands in a denominator."""
        return {
            "causes": [{key: _plain(value) for key, value in asdict(cause).items()} for cause in self.causes],
            "returns": [asdict(entry) for entry in self.returns],
            "straight_liner": self.straight_liner,
        }


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plant:
    """How to recognise a cause: the deals in it, and those it may be compared with."""

    name: str
    story: str
    segment: str
    measure: str
    inside: Callable[[Facts, Fates], Flags]
    outside: Callable[[Facts, Fates], Flags] | None = None
    filled: Callable[[Facts, Fates], Flags] = lambda facts, _: np.ones(len(facts.account), dtype=np.bool_)
    compared_with: str = ""
    causal: bool = True
    searched: bool = True


def _band(name: str) -> Callable[[Facts, Fates], Flags]:
    index = list(cast.BANDS).index(name)
    return lambda facts, _: facts.band == index


def _content(name: str) -> Callable[[Facts, Fates], Flags]:
    index = list(cast.CONTENTS).index(name)
    return lambda facts, _: facts.content == index


def _shown(facts: Facts, _: Fates) -> Flags:
    return flags(facts.industry_shown != MISSING)


def _industry(index: int) -> Callable[[Facts, Fates], Flags]:
    return lambda facts, _: facts.industry_shown == index


def _niche(facts: Facts, _: Fates) -> Flags:
    return flags((facts.industry_shown == HEALTHCARE) & (facts.segment == MID))


def _content_filled(facts: Facts, _: Fates) -> Flags:
    return flags(facts.content != MISSING)


_USELESS = list(cast.INDUSTRIES).index(causes.USELESS_INDUSTRY)
_USELESS_FROM = int(np.datetime64(causes.USELESS_FROM, "D").astype(np.int64))
_OTHER_SEGMENTS = f"{cast.SEGMENT_COLUMN} in ({', '.join(sorted({*cast.SEGMENTS} - {cast.MID_MARKET}))})"
_OTHER_INDUSTRIES = Segment(
    (
        Condition("industry", "in", tuple(sorted({*cast.INDUSTRIES} - {"Healthcare"}))),
        Condition(cast.SEGMENT_COLUMN, "=", (cast.MID_MARKET,)),
    )
)
_OTHER_CONTENT = Segment(
    (
        Condition("content", "in", tuple(sorted({*cast.CONTENTS} - {causes.HELPFUL_CONTENT}))),
        Condition(cast.SEGMENT_COLUMN, "=", (cast.MID_MARKET,)),
    )
)
_HELPED = f'content = "{causes.HELPFUL_CONTENT}" and {cast.SEGMENT_COLUMN} = {cast.MID_MARKET}'
_NICHE = f"industry = Healthcare and {cast.SEGMENT_COLUMN} = {cast.MID_MARKET}"


def _since(industry: str, start: object) -> str:
    return f"closed_on between {start} and {cast.LAST_DAY} and industry = {industry}"


def _until(industry: str, start: np.datetime64) -> str:
    return f"closed_on between {cast.FIRST_DAY} and {start - np.timedelta64(1, 'D')} and industry = {industry}"


PLANTS: tuple[_Plant, ...] = (
    _Plant(
        name="rival_niche_wins",
        story=f"{causes.RIVAL} is met in most mid-market healthcare deals and wins them.",
        segment=_NICHE,
        measure=WIN_RATE,
        inside=_niche,
        filled=_shown,
    ),
    _Plant(
        name="niche_in_healthcare",
        story="Inside healthcare it is the mid-market that is won less often.",
        segment=_NICHE,
        measure=WIN_RATE,
        inside=_niche,
        outside=lambda facts, _: flags((facts.industry_shown == HEALTHCARE) & (facts.segment != MID)),
        compared_with=f"industry = Healthcare and {_OTHER_SEGMENTS}",
        searched=False,
    ),
    _Plant(
        name="niche_in_mid_market",
        story="Inside the mid-market it is healthcare that is won less often.",
        segment=_NICHE,
        measure=WIN_RATE,
        inside=_niche,
        outside=lambda facts, _: flags((facts.industry_shown != HEALTHCARE) & (facts.segment == MID)),
        filled=_shown,
        compared_with=str(_OTHER_INDUSTRIES),
        searched=False,
    ),
    _Plant(
        name="rival_niche_share",
        story=f"{causes.RIVAL} stands in most losses of mid-market healthcare.",
        segment=_NICHE,
        measure=COMPETITOR + causes.RIVAL,
        inside=_niche,
        filled=_shown,
        searched=False,
    ),
    _Plant(
        name="rival_healthcare_share",
        story=f"{causes.RIVAL} stands in many losses of healthcare.",
        segment="industry = Healthcare",
        measure=COMPETITOR + causes.RIVAL,
        inside=_industry(HEALTHCARE),
        filled=_shown,
    ),
    _Plant(
        name="rival_niche_messaging",
        story=f"What {causes.RIVAL} wins on in mid-market healthcare is messaging.",
        segment=_NICHE,
        measure=REASON + "messaging_content",
        inside=_niche,
        filled=_shown,
        searched=False,
    ),
    _Plant(
        name="healthcare_messaging",
        story="Messaging is the reason of more losses in healthcare than elsewhere.",
        segment="industry = Healthcare",
        measure=REASON + "messaging_content",
        inside=_industry(HEALTHCARE),
        filled=_shown,
    ),
    _Plant(
        name="rival_wins",
        story=f"Against {causes.RIVAL} fewer deals are won than otherwise.",
        segment=f"competitor = {causes.RIVAL}",
        measure=WIN_RATE,
        inside=lambda _, fates: (fates.rival == RIVAL) & fates.rival_recorded,
        filled=lambda _, fates: fates.rival_recorded,
        searched=False,
    ),
    _Plant(
        name="paid_social",
        story="Paid social brings many leads and few wins.",
        segment='lead_source = "Paid social"',
        measure=WIN_RATE,
        inside=lambda facts, _: facts.source == PAID_SOCIAL,
    ),
    _Plant(
        name="real_buyers",
        story="Buyers of 50-149 employees are won most often.",
        segment="size_band = 50-149",
        measure=WIN_RATE,
        inside=_band("50-149"),
    ),
    _Plant(
        name="stated_target",
        story="The company's target, 200-499 employees, is won less often than the rest.",
        segment="size_band = 200-499",
        measure=WIN_RATE,
        inside=_band("200-499"),
    ),
    _Plant(
        name="helpful_content",
        story=f"The {causes.HELPFUL_CONTENT} truly helps with mid-market buyers.",
        segment=_HELPED,
        measure=WIN_RATE,
        inside=lambda facts, _: (facts.content == HELPFUL) & (facts.segment == MID),
        filled=_content_filled,
    ),
    _Plant(
        name="helpful_elsewhere",
        story=f"The {causes.HELPFUL_CONTENT} does nothing for small and large buyers.",
        segment=_HELPED,
        measure=WIN_RATE,
        inside=lambda facts, _: (facts.content == HELPFUL) & (facts.segment == MID),
        outside=lambda facts, _: (facts.content == HELPFUL) & (facts.segment != MID),
        compared_with=f'content = "{causes.HELPFUL_CONTENT}" and {_OTHER_SEGMENTS}',
        searched=False,
    ),
    _Plant(
        name="helpful_in_mid_market",
        story="Other content does nothing for mid-market buyers.",
        segment=_HELPED,
        measure=WIN_RATE,
        inside=lambda facts, _: (facts.content == HELPFUL) & (facts.segment == MID),
        outside=lambda facts, _: (facts.content != HELPFUL) & (facts.segment == MID),
        filled=_content_filled,
        compared_with=str(_OTHER_CONTENT),
        searched=False,
    ),
    _Plant(
        name="flattered_content",
        story=f"The {causes.FLATTERED_CONTENT} looks helpful, because buyers of 50-149 employees pick it.",
        segment=f'content = "{causes.FLATTERED_CONTENT}"',
        measure=WIN_RATE,
        inside=_content(causes.FLATTERED_CONTENT),
        filled=_content_filled,
        causal=False,
    ),
    _Plant(
        name="quarter_end",
        story="More deals are won in the last month of a quarter.",
        segment="",
        measure=QUARTER_END,
        inside=lambda facts, _: is_quarter_end(facts),
    ),
    _Plant(
        name="expansion",
        story="Customers who expand are won more often than new business.",
        segment="deal_type = Expansion",
        measure=WIN_RATE,
        inside=lambda facts, _: facts.deal_type == EXPANSION,
    ),
    _Plant(
        name="price_at_negotiation",
        story="Price is named for more of the losses that had reached Negotiation.",
        segment="stage_reached = Negotiation",
        measure=REASON + "price_value",
        inside=lambda _, fates: fates.stage == CONTRACT_STAGE,
    ),
    _Plant(
        name="logistics_implementation",
        story="Implementation is named for more losses in Logistics, because of the time before the action.",
        segment="industry = Logistics",
        measure=REASON + "implementation_risk",
        inside=_industry(WORKED_INDUSTRY),
        filled=_shown,
    ),
    _Plant(
        name="action_that_worked",
        story="A guided start for Logistics began on 1 July 2025 and removed what had held it back.",
        segment=_since("Logistics", causes.WORKED_FROM),
        measure=WIN_RATE,
        inside=lambda facts, _: (facts.industry_shown == WORKED_INDUSTRY) & (facts.closed >= WORKED_FROM),
        outside=lambda facts, _: (facts.industry_shown == WORKED_INDUSTRY) & (facts.closed < WORKED_FROM),
        compared_with=_until("Logistics", np.datetime64(causes.WORKED_FROM)),
        searched=False,
    ),
    _Plant(
        name="action_that_did_not",
        story="A discount for Retail began on 1 April 2025 and changed nothing.",
        segment=_since("Retail", causes.USELESS_FROM),
        measure=WIN_RATE,
        inside=lambda facts, _: (facts.industry_shown == _USELESS) & (facts.closed >= _USELESS_FROM),
        outside=lambda facts, _: (facts.industry_shown == _USELESS) & (facts.closed < _USELESS_FROM),
        compared_with=_until("Retail", np.datetime64(causes.USELESS_FROM)),
        causal=False,
        searched=False,
    ),
)


class Tally:
    """Adds up, block by block, what the causes of a company truly come to."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sums = {plant.name: np.zeros((2, 3)) for plant in PLANTS}
        self.buyer = np.zeros((2, 3))
        self.liner = np.zeros((2, 3))
        self.seen = np.zeros(len(cast.REASONS), dtype=np.int64)
        self.blocks = 0

    def add(self, block: Block) -> None:
        """Count one block in."""
        self.blocks += 1
        for plant in PLANTS:
            self.sums[plant.name] += _sums(plant, block)
        self._add_buyers(block)
        self._add_liner(block)
        came = block.facts.return_of_reason
        self.seen += np.bincount(came[came >= 0], minlength=len(cast.REASONS))

    def truth(self) -> Truth:
        """What was counted; nothing where no block was."""
        if not self.blocks:
            return Truth(causes=())
        found = [_cause(plant, self.sums[plant.name]) for plant in PLANTS]
        return Truth(
            causes=(*found, self._price_by_buyers(), self._straight_lines()),
            returns=tuple(self._returns()),
            straight_liner=person_id(rep_name(causes.STRAIGHT_LINER)),
        )

    def _add_buyers(self, block: Block) -> None:
        asked = block.debriefed[1] & block.fates.is_lost
        self.buyer[0] += _moments(block.fates.chance_true_reason[asked, PRICE])
        self.buyer[1] += _moments(block.fates.chance_reason[asked, PRICE])

    def _add_liner(self, block: Block) -> None:
        base = block.fates.is_lost & block.fates.reason_given
        his = block.facts.rep == causes.STRAIGHT_LINER
        self.liner[0] += _moments(block.fates.chance_reason[base & his, PRICE])
        self.liner[1] += _moments(block.fates.chance_reason[base & ~his, PRICE])

    def _price_by_buyers(self) -> Cause:
        return _valued(
            self.buyer,
            name="price_by_buyers",
            story="Reps write price for more losses than the buyers of the same deals do.",
            segment="",
            measure=REASON + "price_value" + BY_BUYER,
            compared_with="what reps write of the same deals",
            searched=False,
        )

    def _straight_lines(self) -> Cause:
        return _valued(
            self.liner,
            name="straight_liner",
            story="One rep writes price for nearly every loss.",
            segment=f"owner_id = {person_id(rep_name(causes.STRAIGHT_LINER))}",
            measure=REASON + "price_value",
            searched=False,
        )

    def _returns(self) -> Iterator[ReturnTime]:
        rows = zip(cast.REASONS, causes.RETURN_MEDIAN_DAYS, causes.RETURN_SHARE, self.seen.tolist(), strict=True)
        for reason, days, share, seen in rows:
            if share:
                yield ReturnTime(reason=reason, median_days=days, share=share, seen=seen)


def _sums(plant: _Plant, block: Block) -> Floats:
    base, chance = _measured(plant.measure, block.fates)
    inside = plant.inside(block.facts, block.fates)
    outside = plant.outside(block.facts, block.fates) if plant.outside else ~inside
    base = base & plant.filled(block.facts, block.fates)
    return np.stack([_moments(chance[base & inside]), _moments(chance[base & outside])])


def _measured(measure: str, fates: Fates) -> tuple[Flags, Floats]:
    """The deals in a measure's denominator, and each deal's chance to count."""
    if measure in (WIN_RATE, QUARTER_END):
        return fates.is_closed, fates.chance_won
    if measure.startswith(REASON):
        return fates.is_lost & fates.reason_given, fates.chance_reason[:, cast.REASONS.index(measure[len(REASON) :])]
    rival = list(cast.COMPETITORS).index(measure[len(COMPETITOR) :])
    return fates.is_lost & fates.rival_recorded, fates.chance_rival[:, rival]


def _moments(chance: Floats) -> Floats:
    """Count, sum of chances, sum of variances."""
    return np.array([len(chance), chance.sum(), (chance * (1 - chance)).sum()])


def _cause(plant: _Plant, sums: Floats) -> Cause:
    return _valued(
        sums,
        name=plant.name,
        story=plant.story,
        segment=plant.segment,
        measure=plant.measure,
        compared_with=plant.compared_with,
        causal=plant.causal,
        searched=plant.searched,
    )


def _valued(
    sums: Floats,
    *,
    name: str,
    story: str,
    segment: str,
    measure: str,
    compared_with: str = "",
    causal: bool = True,
    searched: bool = True,
) -> Cause:
    (here, spread_here), (rest, spread_rest) = (_value(*row.tolist()) for row in sums)
    return Cause(
        name=name,
        story=story,
        segment=segment,
        measure=measure,
        here=here,
        rest=rest,
        n_here=int(sums[0, 0]),
        n_rest=int(sums[1, 0]),
        spread_here=spread_here,
        spread_rest=spread_rest,
        compared_with=compared_with,
        causal=causal,
        searched=searched,
    )


def _value(count: float, total: float, variance: float) -> tuple[float, float]:
    """Mean chance, and the spread of the observed share by that of a binomial."""
    if not count:
        return float("nan"), float("nan")
    mean = total / count
    return mean, float(np.sqrt(variance / (count * mean * (1 - mean))))
