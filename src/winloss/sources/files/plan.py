"""What was decided about the deals' columns and those joined to them, ready for every batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from winloss.sources.files.arrow import Array
from winloss.sources.files.rates import Rates
from winloss.tables import TABLES
from winloss.tables.custom import CustomColumn, Use

TYPES: dict[Use, pa.DataType] = {Use.NUMBER: pa.float64(), Use.DATE: pa.date32()}


def type_of(use: Use) -> pa.DataType:
    """What a custom column of this use is in the book."""
    return TYPES.get(use, pa.string())


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomPlan:
    """One custom column filled from the deals' own file; `person` where its values become opaque ids."""

    position: int
    column: CustomColumn
    person: bool = False


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
    scales: Mapping[int, int] = field(default_factory=dict)
    currencies: Mapping[int, str] = field(default_factory=dict)
    rates: Rates | None = None
    stage_closes: bool = False
    """True where some deal stages say that a deal is over: then an open deal stage on a closed deal is a contradiction."""
    wants_leads: bool = False

    @property
    def custom(self) -> tuple[CustomColumn, ...]:
        """Every custom column that is landed, the deals' own first."""
        return (*(plan.column for plan in self.customs), *self.joined_customs)

    @property
    def schema(self) -> pa.Schema:
        """The declared columns of deals and the custom ones behind them."""
        declared = list(TABLES["deals"].schema)
        return pa.schema(declared + [pa.field(c.name, type_of(c.use)) for c in self.custom])
