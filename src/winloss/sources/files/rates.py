"""Rates that a person gives: amounts are turned into one currency by them, and by nothing else.

A rates file is CSV with the columns `currency`, `rate`, `date` and `base`, or TOML:

    base = "EUR"
    [[rate]]
    currency = "USD"
    rate = 0.92
    date = 2024-06-30

`rate` is how many units of `base` one unit of `currency` is worth on `date`. A deal takes the latest rate on or
before the day it closed (or was created); where all are later, the earliest.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from winloss.errors import UserError

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates into `base`: currency → days (sorted, since 1970) and the rate of each."""

    base: str
    days: Mapping[str, np.ndarray]
    rates: Mapping[str, np.ndarray]

    def convert(self, cents: np.ndarray, currency: str, days: np.ndarray) -> np.ndarray:
        """Hundredths of `currency` as hundredths of `base`, rounded half to even.

        Parameters
        ----------
        cents
            Amounts.
        currency
            One that `self` knows.
        days
            The day of each amount since 1970; a negative one takes the latest rate.
        """
        known = self.days[currency]
        wanted = np.where(days < 0, known[-1], days)
        places = np.maximum(np.searchsorted(known, wanted, side="right") - 1, 0)
        found: np.ndarray = np.rint(cents * self.rates[currency][places]).astype(np.int64)
        return found

    def knows(self, currency: str) -> bool:
        return currency in self.rates

    def said(self, currency: str) -> str:
        """The rates of one currency in a clause: `1 USD = 0.92 EUR of 2024-06-30`."""
        pairs = zip(self.rates[currency], self.days[currency], strict=True)
        shown = [
            f"1 {currency} = {rate:g} {self.base} of {date.fromordinal(_EPOCH.toordinal() + int(day))}"
            for rate, day in pairs
        ]
        return shown[0] if len(shown) == 1 else f"{len(shown)} rates, the last {shown[-1]}"


def read_rates(path: Path) -> Rates:
    """The rates at `path`; UserError says what is wrong."""
    try:
        text = path.read_text("utf-8-sig")
        rows, base = _toml(text) if path.suffix.lower() == ".toml" else _csv(text)
        return _rates(rows, base)
    except OSError as error:
        why = error.strerror or "it cannot be opened"
    except UnicodeDecodeError:
        why = "it is not UTF-8"
    except KeyError as error:
        why = f"it has no {error.args[0]!r}"
    except (ValueError, TypeError, AttributeError) as error:
        why = str(error)
    raise UserError(
        f"The rates {path} cannot be read ({why}); give a CSV with the columns currency, rate, date and base."
    )


def _toml(text: str) -> tuple[list[dict[str, Any]], str]:
    raw = tomllib.loads(text)
    return list(raw["rate"]), str(raw["base"])


def _csv(text: str) -> tuple[list[dict[str, Any]], str]:
    rows: list[dict[str, Any]] = [
        {str(key).strip().lower(): (value or "").strip() for key, value in row.items()}
        for row in csv.DictReader(text.splitlines())
    ]
    if not rows:
        raise ValueError("it holds no rates")
    bases = {row["base"].upper() for row in rows}
    if len(bases) != 1:
        raise ValueError(f"the base must be one currency, not {sorted(bases)}")
    return rows, bases.pop()


def _rate(written: Any) -> float:
    try:
        rate = float(written)
    except (TypeError, ValueError):
        raise ValueError(f"the rate {written!r} is no number") from None
    if not 0 < rate < 1e9:
        raise ValueError(f"a rate must be above 0, not {written}")
    return rate


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise ValueError(f"the date {written!r} is not written as 2024-06-30") from None


def _rates(rows: Iterable[Mapping[str, Any]], base: str) -> Rates:
    found: dict[str, dict[int, float]] = {}
    for row in rows:
        rate = _rate(row["rate"])
        given = row["date"]
        day = given if isinstance(given, date) else _day(str(given))
        found.setdefault(str(row["currency"]).strip().upper(), {})[(day - _EPOCH).days] = rate
    if not found:
        raise ValueError("it holds no rates")
    found.setdefault(base.upper(), {0: 1.0})
    return Rates(
        base=base.upper(),
        days={code: np.array(sorted(rates), dtype=np.int64) for code, rates in found.items()},
        rates={code: np.array([rates[day] for day in sorted(rates)]) for code, rates in found.items()},
    )
