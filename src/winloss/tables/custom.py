"""Columns that no declaration knows: what each is called, holds and is used for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum

PREFIX = "x_"
"""A custom column of a table of the book is called `x_` and a slug of its header."""

BLANK_IS_NO = "a box, so a blank is a no"
"""How the why of a column ends that holds nothing but ticks and blanks in its source."""
NOT_TICKED = "no"
"""What stands in such a column where the source is blank."""


class Use(StrEnum):
    """What an unmapped column of a source becomes."""

    ATTRIBUTE = "attribute"
    """Text of few values: joins the comparison of segments."""
    NUMBER = "number"
    """A measured number: joins it in bands of equal count."""
    DATE = "date"
    IDENTIFIER = "identifier"
    FREE_TEXT = "free text"
    LEAK = "leak"
    """Set while selling or at the close (probability, forecast, score): kept, never offered as an explanation."""
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomColumn:
    """One custom column of a table of the book.

    `name` begins with `x_`; `label` is the source's header; `why` says in a clause why it is used so.
    A column of use number is float64 in the book, date is date32, all others are text.
    Ignored columns are not landed.
    """

    name: str
    label: str
    use: Use
    why: str = ""

    @property
    def box(self) -> bool:
        """True where the source holds nothing but ticks and blanks."""
        return self.why.endswith(BLANK_IS_NO)

    def to_dict(self) -> dict[str, str]:
        """Plain values, for a manifest."""
        return {key: str(value) for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, row: dict[str, str]) -> CustomColumn:
        """The opposite of `to_dict`."""
        return cls(name=row["name"], label=row["label"], use=Use(row["use"]), why=row.get("why", ""))
