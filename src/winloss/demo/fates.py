"""How deals are decided: the model's own probabilities, and one draw from them.

Everything in `Facts` is given before: the outcome is drawn last, so that the probability of a win of a
closed deal is known exactly, and with it the true value of every planted cause.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from winloss.demo import cast, causes
from winloss.demo.draw import Flags, Floats, Ints, Rng, flags, logistic, pick, pick_each, shares_of
from winloss.demo.facts import EXPANSION, MID, PAID_SOCIAL, Arrays, Facts
from winloss.demo.world import FIRST_MONTH, LAST, MONTHS, World

WON, LOST, NO_DECISION, DISQUALIFIED, OPEN = range(5)
OUTCOMES = ("won", "lost", "no_decision", "disqualified", "open")
CONTRACT_STAGE = len(cast.OPEN_STAGES) - 1
RIVAL = list(cast.COMPETITORS).index(causes.RIVAL)
MESSAGING = cast.REASONS.index("messaging_content")
PRICE = cast.REASONS.index("price_value")
IMPLEMENTATION = cast.REASONS.index("implementation_risk")
QUALIFICATION = cast.REASONS.index("qualification")
HELPFUL = list(cast.CONTENTS).index(causes.HELPFUL_CONTENT)
WORKED_INDUSTRY = list(cast.INDUSTRIES).index(causes.WORKED_INDUSTRY)
WORKED_FROM = int(np.datetime64(causes.WORKED_FROM, "D").astype(np.int64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fates(Arrays):
    """How each deal ended, and how probable that was.

    `reason` is what the rep writes, `true_reason` what the buyer says; both are indices into `cast.REASONS`,
    drawn for every closed deal (of a won deal: why it was won). `reason_given`, `rival_recorded`: whether the
    CRM has it. `chance_won` is the probability of a win given all facts and the competitor; `chance_reason`
    those of each written reason, `chance_true_reason` of each true one and `chance_rival` of each competitor,
    all given that the deal was not won.
    """

    outcome: Ints
    rival: Ints
    stage: Ints
    reason: Ints
    true_reason: Ints
    reason_given: Flags
    rival_recorded: Flags
    amount_cents: Ints
    chance_won: Floats
    chance_reason: Floats
    chance_true_reason: Floats
    chance_rival: Floats

    @property
    def is_closed(self) -> Flags:
        return flags(self.outcome <= NO_DECISION)

    @property
    def is_lost(self) -> Flags:
        """Lost or ended without a decision."""
        return flags((self.outcome == LOST) | (self.outcome == NO_DECISION))

    def at(self, rows: npt.NDArray[np.generic]) -> Fates:
        """The fates at `rows`."""
        return Fates(**self.take(rows))  # type: ignore[arg-type]  # the same names and types

    @staticmethod
    def join(parts: list[Fates]) -> Fates:
        """All fates of `parts`, in order."""
        return Fates(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Fates)})


def decide(rng: Rng, world: World, facts: Facts) -> Fates:
    """Decide every deal."""
    count = len(facts.account)
    odds = _odds(world, facts)
    rival_effect = _rival_effects(world, facts)
    rival_prior = shares_of(_rival_weights(world, facts))
    rival = pick_each(rng, rival_prior)
    rows = np.arange(count)
    chance_won = logistic(odds + rival_effect[rows, rival])
    outcome = _outcomes(rng, facts, chance_won, rival)
    stage = pick(rng, causes.STAGE_WEIGHTS, count)
    stage = np.where(outcome == WON, CONTRACT_STAGE, stage)
    true_chance = _reason_chances(world, facts, outcome, stage, rival)
    written_chance = _written_chances(world, facts, true_chance)
    true_reason = pick_each(rng, true_chance)
    won_reason = pick(rng, cast.WON_WEIGHTS, count)
    true_reason = np.where(outcome == WON, won_reason, true_reason)
    late = facts.closed > LAST - 14
    given = rng.random(count) < np.where(late, causes.REASON_GIVEN_LATE, causes.REASON_GIVEN)
    return Fates(
        outcome=outcome,
        rival=rival,
        stage=stage,
        reason=np.where(outcome == WON, won_reason, _written(rng, world, facts, true_reason)),
        true_reason=true_reason,
        reason_given=given & (rng.random(count) < np.where(outcome == WON, 0.8, 1.0)),
        rival_recorded=rng.random(count) < causes.COMPETITOR_RECORDED,
        amount_cents=facts.amount_cents,
        chance_won=chance_won,
        chance_reason=written_chance,
        chance_true_reason=true_chance,
        chance_rival=shares_of(rival_prior * (1 - logistic(odds[:, None] + rival_effect))),
    )


def _odds(world: World, facts: Facts) -> Floats:
    """Log-odds of a win, but for the competitor."""
    own = world.rep_effect[facts.rep] + facts.account_effect
    if world.clustered:
        month = np.clip(facts.closed_month, 0, MONTHS - 1)
        return np.asarray(causes.CLUSTERED_BASE + own + world.month_effect[month], dtype=np.float64)
    odds = causes.BASE + own + np.array(causes.BAND_EFFECT)[facts.band]
    odds += causes.PAID_SOCIAL * (facts.source == PAID_SOCIAL)
    odds += causes.HELPFUL_IN_MID_MARKET * ((facts.content == HELPFUL) & (facts.segment == MID))
    odds += causes.QUARTER_END * is_quarter_end(facts)
    odds += causes.LONGER_THAN_USUAL * _longer(facts)
    odds += causes.EXPANSION * (facts.deal_type == EXPANSION)
    odds += causes.RETURNED * facts.is_return
    odds += causes.WORKED_BEFORE * before_the_action(facts)
    return np.asarray(odds, dtype=np.float64)


def is_quarter_end(facts: Facts) -> Flags:
    """Closing in the last month of a quarter."""
    return flags((facts.closed_month + FIRST_MONTH) % 3 == 2)


def before_the_action(facts: Facts) -> Flags:
    """In the industry of the action that worked, closing before it."""
    return flags((facts.industry == WORKED_INDUSTRY) & (facts.closed < WORKED_FROM))


def _longer(facts: Facts) -> Floats:
    days = np.maximum(facts.closed - facts.created, 1)
    return np.asarray(np.log(days / facts.usual_days), dtype=np.float64)


def _rival_effects(world: World, facts: Facts) -> Floats:
    """Log-odds that each competitor adds, deal × competitor."""
    effect = np.zeros((len(facts.account), len(cast.COMPETITORS)))
    if not world.clustered:
        effect[:, 1:] = causes.RIVAL_ELSEWHERE
        effect[facts.in_niche, RIVAL] = causes.RIVAL_IN_NICHE
    return effect


def _rival_weights(world: World, facts: Facts) -> Floats:
    weights = np.array(list(cast.COMPETITORS.values())) * world.rep_rivals[facts.rep]
    if not world.clustered:
        weights[facts.in_niche, RIVAL] *= causes.RIVAL_PRESENCE_IN_NICHE
    return np.asarray(weights, dtype=np.float64)


def _outcomes(rng: Rng, facts: Facts, chance_won: Floats, rival: Ints) -> Ints:
    won = rng.random(len(rival)) < chance_won
    stall = logistic(-1.0 + 0.7 * _longer(facts) - 0.8 * (rival > 0))
    stalled = rng.random(len(rival)) < stall
    outcome = np.where(won, WON, np.where(stalled, NO_DECISION, LOST))
    outcome = np.where(facts.is_junk, DISQUALIFIED, outcome)
    return np.where(facts.is_open, OPEN, outcome)


def _reason_chances(world: World, facts: Facts, outcome: Ints, stage: Ints, rival: Ints) -> Floats:
    """Probability of each true reason of a deal that is not won."""
    stalled = (outcome == NO_DECISION)[:, None]
    weights = np.where(stalled, np.array(cast.STALLED_WEIGHTS), np.array(cast.LOST_WEIGHTS))
    weights = weights * world.rep_reasons[facts.rep]
    if not world.clustered:
        weights[facts.in_niche & (rival == RIVAL), MESSAGING] *= causes.RIVAL_MESSAGING
        weights[before_the_action(facts), IMPLEMENTATION] *= causes.WORKED_IMPLEMENTATION
        weights[stage == CONTRACT_STAGE, PRICE] *= causes.NEGOTIATION_PRICE
        weights[stage == 0, QUALIFICATION] *= causes.DISCOVERY_QUALIFICATION
    return shares_of(weights)


def _hiding(world: World, facts: Facts) -> Floats:
    """Deal × reason: how probably the rep writes price instead."""
    hides = np.array([causes.PRICE_INSTEAD * (name in causes.PRICE_HIDES) for name in cast.REASONS])
    hiding = np.tile(hides, (len(facts.rep), 1))
    if world.clustered:
        return np.zeros_like(hiding)
    hiding[facts.rep == causes.STRAIGHT_LINER] = causes.STRAIGHT_LINES
    hiding[:, PRICE] = 0.0
    return hiding


def _written_chances(world: World, facts: Facts, true_chance: Floats) -> Floats:
    hidden = true_chance * _hiding(world, facts)
    written = true_chance - hidden
    written[:, PRICE] += hidden.sum(axis=1)
    return written


def _written(rng: Rng, world: World, facts: Facts, true_reason: Ints) -> Ints:
    hides = rng.random(len(true_reason)) < _hiding(world, facts)[np.arange(len(true_reason)), true_reason]
    return np.where(hides, PRICE, true_reason)
