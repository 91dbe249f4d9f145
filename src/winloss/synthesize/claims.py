"""The sentence of a finding: counts first, blameless, with the rest beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from winloss.synthesize import phrases
from winloss.synthesize.coded import Closed, Coded, Level
from winloss.synthesize.family import SEGMENTS, Family, Search
from winloss.synthesize.measured import WON, Measured, apart, counted
from winloss.synthesize.seasons import Course

_AND_OVER = " and over"
_ORDINALS = ("first", "second", "third")


@dataclass(frozen=True, slots=True)
class Wording:
    """What sentences need beside the counts."""

    closed: Closed
    labels: Mapping[str, str]
    course: Course | None
    measured: Measured = WON

    def target(self, family: Family, i: int) -> str:
        """The reason's label, or the competitor's name."""
        if family.search[i] == Search.COMPETITOR:
            return str(self.closed.rivals[family.target[i]])
        code = self.closed.reasons[family.target[i]]
        return self.labels.get(code, code.replace("_", " "))

    def claim(self, family: Family, i: int) -> str:
        search = Search(int(family.search[i]))
        k1, n1, k0, n0 = (int(column[i]) for column in (family.k1, family.n1, family.k0, family.n0))
        if search is Search.TREND:
            return self._trend(k1, n1, k0, n0)
        if search in SEGMENTS:
            return self.measured.claim(self.where(family, i), k1, n1, k0, n0)
        more, there = apart(k1, n1, k0, n0), f"{phrases.percent(k0 / n0)} of {n0:,}"
        here = counted(k1, n1)
        if search is Search.SEASON:
            month = _ORDINALS[int(family.low[i, 0])]
            return f"Deals closed in the {month} month of a quarter are won {here}, {more} the other months ({there})."
        if search is Search.CYCLE:
            return f"Deals that took {self._cycle(family, i)} are won {here}, {more} the rest ({there})."
        return self._on_losses(family, i, search, f"{more} the rest ({there})")

    def _on_losses(self, family: Family, i: int, search: Search, beside: str) -> str:
        k, n = int(family.k1[i]), int(family.n1[i])
        counted = f"{k:,} of {phrases.count(n, 'loss', 'losses')}"
        share, target = phrases.percent(k / n), self.target(family, i)
        if search is Search.STAGE and self.closed.stage is not None:
            stage = self.closed.stage.levels[family.low[i, 0]].label
            return f"{target} is the reason of {counted} that reached {stage} ({share}), {beside}."
        if search is Search.COMPETITOR:
            return f"{target} is named in {counted} with {self.where(family, i)} ({share}), {beside}."
        return f"{target} is the reason of {counted} with {self.where(family, i)} ({share}), {beside}."

    def where(self, family: Family, i: int) -> str:
        """`industry Healthcare and size band 50-149`."""
        return phrases.listed(
            [f"{in_sentence(attribute.label)} {level.label}" for attribute, level in self.conditions(family, i)]
        )

    def conditions(self, family: Family, i: int) -> list[tuple[Coded, Level]]:
        """The attributes and values (or runs of them) of a segment."""
        rows = (family.attribute[i].tolist(), family.low[i].tolist(), family.high[i].tolist())
        chosen = [(self.closed.attributes[a], low, high) for a, low, high in zip(*rows, strict=True) if a >= 0]
        return [(attribute, attribute.run(low, high)) for attribute, low, high in chosen]

    def _cycle(self, family: Family, i: int) -> str:
        cycle = self.closed.cycle
        if cycle is None:
            return ""
        label = cycle.levels[family.low[i, 0]].label
        if label.endswith(_AND_OVER):
            return f"{label.removesuffix(_AND_OVER)} days or more"
        return f"{label} {'day' if label == '1' else 'days'}"

    def _trend(self, k1: int, n1: int, k0: int, n0: int) -> str:
        moved = "rose" if k1 / n1 > k0 / n0 else "fell"
        monthly = "" if self.course is None else f", about {abs(100 * self.course.slope.slope):.1f} points a month"
        return (
            f"The win rate {moved} from {phrases.percent(k0 / n0)} ({k0:,} of {n0:,}, earlier half of the months) "
            f"to {phrases.percent(k1 / n1)} ({k1:,} of {n1:,}, later half){monthly}."
        )


def in_sentence(label: str) -> str:
    """A label inside a sentence: its first letter small, unless it is an abbreviation or a name of two capitals."""
    first = label.split(" ", maxsplit=1)[0]
    return label if not first[1:].islower() else label[0].lower() + label[1:]
