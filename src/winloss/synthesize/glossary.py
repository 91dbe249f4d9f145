"""What the measures need to know of reasons: their words, whom they point at, when their deals come back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from winloss.capture.taxonomy import Taxonomy

OTHER, UNKNOWN, UNREAD = "other", "unknown", "unread"
"""Codes of the taxonomy for "another reason" and "nobody knows", and ours for a value that nobody could read."""

_LABELS = {OTHER: "Other reasons", UNKNOWN: "Reason unknown", UNREAD: "Reason not understood", None: "No reason given"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonWords:
    """One reason. `window` is the first and last day after the close on which asking again makes sense, or None."""

    code: str
    label: str
    points_at: str = ""
    content_gap: str = ""
    window: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Glossary:
    """All reasons by code."""

    reasons: Mapping[str, ReasonWords] = field(default_factory=dict)

    @classmethod
    def of(cls, taxonomy: Taxonomy) -> Self:
        """Take what the measures need from a taxonomy."""
        return cls.listing(
            ReasonWords(
                code=reason.code,
                label=reason.label,
                points_at=reason.points_at or "",
                content_gap=reason.content_gap or "",
                window=_window(reason.window_from_days, reason.window_to_days),
            )
            for reason in taxonomy.reasons
        )

    @classmethod
    def listing(cls, reasons: Iterable[ReasonWords]) -> Self:
        """A glossary of these reasons."""
        return cls({reason.code: reason for reason in reasons})

    def label(self, code: str | None) -> str:
        """What a reader sees for a code; the lumped and missing ones have their own words."""
        if code is None or code in _LABELS:
            return _LABELS[code]
        return self.reasons[code].label if code in self.reasons else code.replace("_", " ").capitalize()

    def points_at(self, code: str | None) -> str:
        """product, pricing, marketing, sales, buyer or qualification; "" where the reason points at nobody."""
        reason = self._named(code)
        return reason.points_at if reason else ""

    def content_gap(self, code: str | None) -> str:
        """The content that the reason says is missing, or ""."""
        reason = self._named(code)
        return reason.content_gap if reason else ""

    def _named(self, code: str | None) -> ReasonWords | None:
        return None if code is None or code in _LABELS else self.reasons.get(code)


def _window(first: int | None, last: int | None) -> tuple[int, int] | None:
    return None if first is None or last is None else (first, last)
