"""The invented company: made block by block, so that ten million deals need no more memory than a hundred thousand.

A block's deals depend on the seed, the number of deals and the block's number alone: asking for pages of
another size, or for one table without the others, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from winloss.demo import causes, fates, marketing, pages
from winloss.demo.block import Block
from winloss.demo.draw import generator
from winloss.demo.facts import Facts, come_back, draw
from winloss.demo.fates import Fates
from winloss.demo.truth import Tally, Truth
from winloss.demo.world import Twin, World, build
from winloss.errors import UserError
from winloss.tables import TABLES

BLOCK = 65_536
"""Deals in a block."""
DEALS, SEED = 4_000, 1
_SHUFFLED = ("outcome", "rival", "reason", "true_reason", "reason_given", "rival_recorded", "amount_cents")
_ALONE = ("amount_cents",)
"""Amounts go with size and size with winning: moved along with the outcome they would go with it still."""

Packed = dict[str, npt.NDArray[np.generic]]


@dataclass(frozen=True, kw_only=True)
class Company:
    """One invented company. Nothing is made before it is asked for.

    Parameters
    ----------
    deals
        How many deals, open ones included; 1 or more.
    seed
        Two companies of one seed, number of deals and twin are the same to the last letter.
    twin
        None for the company with its causes.
    """

    deals: int = DEALS
    seed: int = SEED
    twin: Twin | None = None

    def __post_init__(self) -> None:
        if self.deals < 1 or self.seed < 0:
            raise UserError("The demo company needs at least one deal and a seed of 0 or more: choose larger numbers.")

    @cached_property
    def world(self) -> World:
        return build(self.seed, deals=self.deals, twin=self.twin)

    @property
    def blocks(self) -> Iterator[Block]:
        """All deals, a block at a time."""
        starts = self._starts
        for number in range(len(starts)):
            yield self._dealt(self._drawn(number))

    @cached_property
    def truth(self) -> Truth:
        """Every planted cause with its true size in this book; a twin has none."""
        tally = Tally(self.world)
        if self.twin is None:
            for block in self.blocks:
                tally.add(block)
        return tally.truth()

    def pages(self, table: str, *, rows: int = BLOCK) -> Iterator[pa.RecordBatch]:
        """The rows of one table in pages of at most `rows`; KeyError where no table is called so."""
        for whole in self._whole_pages(table):
            for start in range(0, whole.num_rows, rows):
                yield whole.slice(start, rows)

    def table(self, name: str) -> pa.Table:
        """One whole table."""
        return pa.Table.from_batches(self.pages(name), schema=pages.schema(name))

    def _whole_pages(self, table: str) -> Iterator[pa.RecordBatch]:
        if table in pages.OF_COMPANY:
            yield pages.OF_COMPANY[table](self.world)
        elif table == "spend":
            yield marketing.spend(self.world, deals=self.deals)
        else:
            make = pages.OF_BLOCK[TABLES[table].name]
            for block in self.blocks:
                yield make(block)

    @property
    def _starts(self) -> range:
        return range(0, self.deals, BLOCK)

    def _drawn(self, number: int) -> Block:
        """A block as the model draws it, before any shuffling."""
        count = min(BLOCK, self.deals - number * BLOCK)
        facts, decided = _with_returns(self.world, number, count)
        order = np.argsort(facts.created, kind="stable")
        first = number * BLOCK + 1
        return Block(world=self.world, number=number, first=first, facts=facts.at(order), fates=decided.at(order))

    def _dealt(self, block: Block) -> Block:
        """The block as the company shows it: in the shuffled twin with the fates of other deals."""
        if self.twin is not Twin.SHUFFLED:
            return block
        starts, packed = self._permuted
        closed = np.flatnonzero(block.fates.is_closed)
        here = slice(starts[block.number], starts[block.number] + len(closed))
        changed = {}
        for name in _SHUFFLED:
            values = np.array(getattr(block.fates, name))
            values[closed] = packed[name][here]
            changed[name] = values
        return replace(block, fates=replace(block.fates, **changed))

    @cached_property
    def _permuted(self) -> tuple[list[int], Packed]:
        """Where each block's closed deals begin, and all their fates in one random order, amounts in another."""
        parts = [_pack(self._drawn(number).fates) for number in range(len(self._starts))]
        sizes = [len(part["outcome"]) for part in parts]
        rng = generator(self.seed, "shuffle")
        order, other = rng.permutation(sum(sizes)), rng.permutation(sum(sizes))
        starts = [0, *np.cumsum(sizes)[:-1].tolist()]
        whole = {name: np.concatenate([part[name] for part in parts]) for name in _SHUFFLED}
        return starts, {name: values[other if name in _ALONE else order] for name, values in whole.items()}


def invent(deals: int = DEALS, *, seed: int = SEED, twin: str | Twin | None = None) -> Company:
    """The demo company; UserError where the twin is unknown or the numbers are too small.

    Examples
    --------
    >>> invent(500, seed=7).table("deals").num_rows
    500
    """
    try:
        chosen = None if twin is None else Twin(twin)
    except ValueError:
        raise UserError(f"The demo company has no twin called {twin!r}: choose shuffled or clustered.") from None
    return Company(deals=deals, seed=seed, twin=chosen)


def _pack(decided: Fates) -> Packed:
    closed = decided.is_closed
    small = {name: getattr(decided, name)[closed] for name in _SHUFFLED}
    return {name: values if name == "amount_cents" else values.astype(np.int8) for name, values in small.items()}


def _with_returns(world: World, number: int, count: int) -> tuple[Facts, Fates]:
    """`count` deals, of which at most a share are of accounts that come back after a loss.

    The places that no return takes are filled by other new deals, drawn beforehand: whether they stand in
    the book depends on no outcome of theirs.
    """
    facts = draw(generator(world.seed, "deals", number), world, count, first_account=number * BLOCK)
    rng = generator(world.seed, "fates", number)
    decided = fates.decide(rng, world, facts)
    slots = int(count * causes.RETURN_SLOTS)
    back = _returns(world, number, facts, decided, slots=slots)
    kept = np.arange(count - len(back.account))
    parts = [facts.at(kept), back]
    return Facts.join(parts), Fates.join([decided.at(kept), fates.decide(rng, world, back)])


def _returns(world: World, number: int, facts: Facts, decided: Fates, *, slots: int) -> Facts:
    rng = generator(world.seed, "returns", number)
    share = np.array(causes.RETURN_SHARE)[decided.true_reason]
    comes = decided.is_lost & (rng.random(len(share)) < share)
    comes[len(share) - slots :] = False
    rows = rng.permutation(np.flatnonzero(comes))
    back = come_back(rng, facts.at(rows), decided.true_reason[rows])
    return back.at(np.arange(min(slots, len(back.account))))
