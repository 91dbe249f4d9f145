"""What was decided about the deals' columns and those joined to them, ready for every batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import pyarrow as pa

from winloss.sources.files.arrow import Array
from winloss.sources.files.rates import Rates
from winloss.tables import TABLES
from winloss.tables.custom import CustomColumn, Use

TYPES: dict[Use, pa.DataType] = {Use.NUMBER: pa.float64(), Use.DATE: pa.date32()}

ALWAYS = frozenset({"deal_id", "stage_kind", "source_file", "source_line"})
_CLOSING = ("closed_on", "closed_at")
_MONEY = ("amount_cents", "currency")
AMOUNTS = ("estimated_amount", "amount", "actual_amount")
"""Targets of amounts; of each deal the first that is given counts."""
BY_OUTCOME = ("lost_amount", "open_amount")
"""Targets of amounts that hold those of lost and of open deals, beside a column of those that were won."""
FILLS: dict[str, tuple[str, ...]] = {
    "deal_stage": ("deal_stage", "deal_stage_kind", "stage_reached"),
    "created_on": ("created_on", "created_at"),
    "closed_on": _CLOSING,
    "won_on": _CLOSING,
    "lost_on": _CLOSING,
    "amount": _MONEY,
    "actual_amount": _MONEY,
    "estimated_amount": _MONEY,
    "lost_amount": _MONEY,
    "open_amount": _MONEY,
    "currency": (),
    "account_name": ("account_name", "account_id"),
    "owner_name": ("owner_id",),
    "reason": ("reason_raw",),
    "status_reason": ("reason_raw",),
    "loss_reason": ("loss_reason_raw",),
    "win_reason": ("win_reason_raw",),
    "competitor": ("competitor_raw",),
}
"""Target → the columns of deals that it fills, where they are not called the same."""


def type_of(use: Use) -> pa.DataType:
    """What a custom column of this use is in the book."""
    return TYPES.get(use, pa.string())


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomPlan:
    """One custom column filled from the deals' own file; `person` where its values become opaque ids, `box` where a blank is a no."""

    position: int
    column: CustomColumn
    person: bool = False
    box: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinPlan:
    """One file joined to the deals.

    `places` is the deals' value → row of the partner; None where the values are too many, then they are looked up
    in `keys`. `columns` is name in the deals → the partner's values.
    """

    label: str
    on_left: str
    on_right: str
    position: int
    places: Mapping[str, int] | None
    keys: Array
    columns: Mapping[str, Array]
    repeated: int = 0
    form: str | None = None
    """In which form ids meet, where the two files write them in two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DealsPlan:
    """How the deals are converted: target → column, the custom columns, the joins, the money."""

    label: str
    columns: Mapping[str, int]
    outcomes: Mapping[str, str] = field(default_factory=dict)
    customs: tuple[CustomPlan, ...] = ()
    joins: tuple[JoinPlan, ...] = ()
    joined_customs: tuple[CustomColumn, ...] = ()
    currency: str | None = None
    echoes: Mapping[str, int] = field(default_factory=dict)
    """Target → a second column that tells the same dates: serves where the first is blank, and for the time."""
    scales: Mapping[int, int | Fraction] = field(default_factory=dict)
    currencies: Mapping[int, str] = field(default_factory=dict)
    rates: Rates | None = None
    stage_closes: bool = False
    """True where some deal stages say that a deal is over: then an open deal stage on a closed deal is a contradiction."""
    stage_closes_lost: bool = False
    """True where some of them are not those of wins: where none is, lost deals keep their last open deal stage."""
    blanks_are_open: bool = False
    """True where a "no" in a column "won" that stands alone is an open deal if it has no closing date and no reason."""
    blanks_are_no: frozenset[str] = frozenset()
    """Yes/no targets whose column holds nothing but yes and blanks, as boxes do that are ticked or not."""
    wants_leads: bool = False

    @property
    def custom(self) -> tuple[CustomColumn, ...]:
        """Every custom column that is landed, the deals' own first."""
        return (*(plan.column for plan in self.customs), *self.joined_customs)

    @property
    def filled(self) -> frozenset[str]:
        """The declared columns that these files have something to say of, blank or not."""
        own = {name for target in self.columns for name in FILLS.get(target, (target,))}
        return frozenset(own | {name for join in self.joins for name in join.columns} | ALWAYS)

    @property
    def schema(self) -> pa.Schema:
        """The declared columns that are filled, in their order, and the custom ones behind them.

        What the files do not have is left out: in a book, the values that stand there stay.
        """
        declared = [field for field in TABLES["deals"].schema if field.name in self.filled]
        return pa.schema(declared + [pa.field(c.name, type_of(c.use)) for c in self.custom])
