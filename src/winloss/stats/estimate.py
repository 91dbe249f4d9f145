"""A number with what makes it believable: its interval, its n, its method; or why it cannot be given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A measured value, or the reason why none can be honestly given.

    Parameters
    ----------
    value
        The value; a share is 0–1. None exactly where `why` is set.
    low, high
        Bounds of the 95 % interval (or as `method` says); None where the value is a plain fact.
    n
        How many deals stand in the denominator.
    successes
        How many of them count, where the value is a share.
    method
        The interval's method: "Wilson", "Newcombe", "ratio", "bootstrap", …
    why
        Why there is no value.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    successes: int | None = None
    method: str = ""
    why: str = ""

    @classmethod
    def refused(cls, why: str, *, n: int = 0) -> Estimate:
        """An estimate that says why it is none."""
        return cls(value=None, n=n, why=why)

    @property
    def given(self) -> bool:
        return self.value is not None

    def to_json(self, *, successes_as: str | None = None) -> dict[str, Any]:
        """`{"value", "low", "high", "n"}` with the successes under `successes_as`, or `{"value": null, "why", "n"}`."""
        if self.value is None:
            return {"value": None, "why": self.why, "n": self.n}
        out: dict[str, Any] = {"value": self.value, "low": self.low, "high": self.high, "n": self.n}
        if successes_as is not None:
            out[successes_as] = self.successes
        if self.method:
            out["method"] = self.method
        return out
