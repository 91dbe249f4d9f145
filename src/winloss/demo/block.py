"""A block of deals: their facts and fates, and what is named after them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from winloss.demo import cast
from winloss.demo.draw import Flags, Ints, Rng, generator
from winloss.demo.facts import Facts
from winloss.demo.fates import Fates
from winloss.demo.world import World

REP_DEBRIEFED = 0.55
"""Of closed deals whose reason is in the CRM."""
BUYER_DEBRIEFED = 0.25
"""Of those."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """Deals numbered from `first`, in order of creation."""

    world: World
    number: int
    first: int
    facts: Facts
    fates: Fates

    @property
    def size(self) -> int:
        return len(self.facts.account)

    @property
    def numbers(self) -> Ints:
        """The number of each deal over the whole company; the first is 1."""
        return np.arange(self.first, self.first + self.size)

    def rng(self, purpose: str) -> Rng:
        """The generator of one purpose in this block."""
        return generator(self.world.seed, purpose, self.number)

    @cached_property
    def debriefed(self) -> tuple[Flags, Flags]:
        """Deals for which the rep answered, and those for which the buyer did too."""
        rng = self.rng("debriefs")
        by_rep = self.fates.is_closed & self.fates.reason_given & (rng.random(self.size) < REP_DEBRIEFED)
        return by_rep, by_rep & (rng.random(self.size) < BUYER_DEBRIEFED)


def rep_name(number: int) -> str:
    """The name of the rep of that number (0-499); no two are the same."""
    first = cast.FIRST_NAMES[number % len(cast.FIRST_NAMES)]
    last = cast.LAST_NAMES[(number // len(cast.FIRST_NAMES) + number * 2) % len(cast.LAST_NAMES)]
    return f"{first} {last}"


def person_id(name: str) -> str:
    """Opaque id made from a name."""
    return "p_" + hashlib.sha256(" ".join(name.split()).casefold().encode()).hexdigest()[:12]
