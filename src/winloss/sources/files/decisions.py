"""How the values of each column are read as dates, money or numbers: decided when first asked for, then kept.

A column that does not show its own order of day and month, or its own decimal sign, takes that of the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from winloss.sources.files.profile import ColumnProfile
from winloss.sources.files.values import dates, figures, money, numbers

_NINES = str.maketrans("12345678", "99999999")
"""Of the digits, only a zero in front tells something of the decimal sign."""


class Decisions:
    """Decisions on the columns of one table, by position.

    Parameters
    ----------
    profiles
        The columns.
    orders
        Position → order of dates, where the map gives it.
    decimal
        The decimal sign, where the map gives it.
    """

    def __init__(
        self, profiles: Sequence[ColumnProfile], *, orders: Mapping[int, str] | None = None, decimal: str | None = None
    ) -> None:
        self._profiles = profiles
        self._orders = orders or {}
        self.decimal = decimal
        self._dates: dict[int, dates.DateDecision] = {}
        self._money: dict[int, money.MoneyDecision] = {}
        self._numbers: dict[int, numbers.NumberDecision] = {}
        self._order_hint: str | None = None
        self._decimal_hint: str | None = None

    def order(self, position: int) -> str | None:
        """The order of dates that the map gives a column."""
        return self._orders.get(position)

    def dates(self, position: int) -> dates.DateDecision:
        """How one column is read as dates."""
        if position not in self._dates:
            order, profile = self._orders.get(position), self._profiles[position]
            self._dates[position] = dates.decide(profile, order=order, hint=self._order_hint)
        return self._dates[position]

    def at_month_end(self, position: int) -> None:
        """Read months without a day in this column as their last day."""
        self._dates[position] = dates.at_month_end(self.dates(position))

    def money(self, position: int) -> money.MoneyDecision:
        """How one column is read as amounts."""
        if position not in self._money:
            profile = self._profiles[position]
            self._money[position] = money.decide(profile, decimal=self.decimal, hint=self._decimal_hint)
        return self._money[position]

    def numbers(self, position: int) -> numbers.NumberDecision:
        """How one column is read as plain numbers."""
        if position not in self._numbers:
            profile = self._profiles[position]
            self._numbers[position] = numbers.decide(profile, decimal=self.decimal, hint=self._decimal_hint)
        return self._numbers[position]

    def agree(self, *, date_columns: Sequence[int], figure_columns: Sequence[int]) -> None:
        """Let columns that settle their reading give a hint to those that do not.

        Parameters
        ----------
        date_columns, figure_columns
            Positions of the columns that hold dates, and amounts or numbers.
        """
        told = {position: self.dates(position) for position in date_columns}
        orders = Counter(d.order for d in told.values() if d.settled and d.order in {"dmy", "mdy"})
        self._order_hint = orders.most_common(1)[0][0] if orders else None
        signs = Counter(sign for position in figure_columns if (sign := self._sign(position)))
        self._decimal_hint = signs.most_common(1)[0][0] if signs else None
        self._dates = {position: decision for position, decision in self._dates.items() if decision.settled}
        if self._decimal_hint is not None:
            self._money.clear()
            self._numbers.clear()

    def _sign(self, position: int) -> str | None:
        """The decimal sign that the column's values show beyond doubt."""
        shapes = {value.translate(_NINES) for value in self._profiles[position].values}
        shown = {figures.evidence(shape) for shape in shapes} & {".", ","}
        return shown.pop() if len(shown) == 1 else None
