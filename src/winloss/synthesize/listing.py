"""From a place in the family to a finding: figures, interval, confounder, caveats, sentence."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from winloss.stats.estimate import Estimate
from winloss.stats.multiplicity import selected_level
from winloss.stats.power import deals_needed, detectable_difference
from winloss.stats.shares import newcombe, newcombe_bounds, percent_of_level, wilson
from winloss.synthesize import phrases
from winloss.synthesize.attribute_tables import overall_p
from winloss.synthesize.bits import count
from winloss.synthesize.claims import Wording, in_sentence
from winloss.synthesize.coded import Closed, Coded, Level
from winloss.synthesize.confounders import Strata
from winloss.synthesize.family import FEW_A_MONTH, FLOOR, RATE, SEGMENTS, Family, Search, too_few, value_level
from winloss.synthesize.finding import Confounder, Finding, Kind, Status, Survival
from winloss.synthesize.lines import Line
from winloss.synthesize.measured import WON, Measured
from winloss.synthesize.seasons import Course
from winloss.synthesize.survival import Reader, Sides, Survived, bounds_in_clusters
from winloss.tables.segment import Condition, Segment

_CHANNELS = frozenset(("lead_source", "campaign"))
_ASKED = ("industry", "region", "product", "lead_source", "size_band", "employees", "deal_size")
"""Attributes that readers ask about: where nothing is found, that is said."""
_KINDS = {
    Search.REASON: Kind.REASON,
    Search.COMPETITOR: Kind.COMPETITOR,
    Search.STAGE: Kind.DEAL_STAGE,
    Search.CYCLE: Kind.CYCLE,
    Search.SEASON: Kind.SEASON,
    Search.TREND: Kind.TREND,
}
_UNSURE = {
    Survival.WEAKENS: "{label} held fixed, {left}.",
    Survival.VANISHES: "{label} held fixed, nothing firm is left of it.",
    Survival.REVERSES: "{label} held fixed, it points the other way.",
}


def finding_id(kind: str, measure: str, segment: str) -> str:
    """Ten hex digits that stay the same from run to run."""
    return hashlib.sha256(f"{kind}|{measure}|{segment}".encode()).hexdigest()[:10]


def kind_of(names: Iterable[str]) -> Kind:
    """Content before channel before segment."""
    fields = set(names)
    if "content" in fields:
        return Kind.CONTENT
    return Kind.CHANNEL if fields & _CHANNELS else Kind.SEGMENT


@dataclass(frozen=True, slots=True)
class Lister:
    """Writes findings of one book."""

    closed: Closed
    survived: Survived
    reader: Reader
    labels: Mapping[str, str]
    course: Course | None
    per_month: float | None
    measured: Measured = WON
    strata: Strata = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "strata", Strata(self.reader))

    @property
    def family(self) -> Family:
        return self.survived.family

    def finding(self, line: Line) -> Finding:
        """The finding of a line."""
        i, status, echoes = line.place, line.status, line.echoes
        family, search = self.family, Search(int(self.family.search[i]))
        sides = None if search is Search.TREND else self.reader.sides(family, i)
        level = self._level(i)
        confounder = self._confounder(i, sides)
        segment, measure, kind = str(self.segment(i)), self.measure(i), self.kind(i)
        k1, n1, k0, n0 = self._counts(i)
        return Finding(
            id=finding_id(str(kind), measure, segment),
            kind=kind,
            segment=segment,
            claim=self.wording.claim(family, i),
            measure=measure,
            here=wilson(k1, n1, level),
            comparison=wilson(k0, n0, level),
            compared_with=self._beside(search),
            difference=self._difference(i, sides, level),
            method=self._method(search),
            p=line.p,
            q=line.q,
            status=status,
            confounder=confounder,
            caveats=tuple(self._caveats(i, search, confounder, echoes)),
            what_would_firm_it=self._firmer(line) if status is Status.EARLY_SIGNAL else "",
            stake_cents=self._stake(i, search),
            covers=self._covers(i, search),
            absorbed=tuple(str(self.segment(j)) for j in echoes),
        )

    @property
    def wording(self) -> Wording:
        return Wording(self.closed, self.labels, self.course, self.measured)

    def _counts(self, i: int) -> tuple[int, int, int, int]:
        """Successes and deals of both shares that are told."""
        f = self.family
        return self.measured.shares(int(f.k1[i]), int(f.n1[i]), int(f.k0[i]), int(f.n0[i]))

    def _beside(self, search: Search) -> str:
        if search is Search.TREND:
            return "the earlier half of the months"
        return "the other months" if search is Search.SEASON else self.measured.beside

    def _level(self, i: int) -> float:
        """Selected at 5 % (or 20 %, early signals): intervals miss at most that often among those selected."""
        q, weight = self.family.q, float(self.family.weights[i])
        selected = int((q <= max(RATE, float(q[i]))).sum())
        return selected_level(max(selected, 1), len(q), weight=weight)

    def _difference(self, i: int, sides: Sides | None, level: float) -> Estimate:
        """Newcombe's interval, as wide as that of any cluster where it is wider."""
        counts = self._counts(i)
        plain = newcombe(*counts, level)
        low, high = (float(x) for x in newcombe_bounds(*counts, level=level))
        if sides is not None:
            wide_low, wide_high = self._bounds(sides, level)
            low, high = min(low, wide_low), max(high, wide_high)
        words = "Newcombe" + (", widened for clusters" if self.closed.dimensions and sides is not None else "")
        method = words if level == 1 - RATE else f"{words}, {percent_of_level(level)} (adjusted for selection)"
        return Estimate(value=plain.value, low=low, high=high, n=plain.n, method=method)

    def _bounds(self, sides: Sides, level: float) -> tuple[float, float]:
        return bounds_in_clusters(self.reader, sides, level)

    def _method(self, search: Search) -> str:
        if search is Search.TREND:
            return "slope of monthly shares, autocorrelation allowed for"
        kinds = phrases.listed([d.word for d in self.closed.dimensions])
        return f"Fisher's exact test; cluster-robust over {kinds} (CR2)" if kinds else "Fisher's exact test"

    def levels(self, i: int) -> tuple[tuple[Coded, Level], ...]:
        """The attributes and values that make the segment."""
        f, search = self.family, Search(int(self.family.search[i]))
        if search in (Search.SEASON, Search.TREND):
            return ()
        one = {Search.STAGE: self.closed.stage, Search.CYCLE: self.closed.cycle}.get(search)
        if one is not None:
            return ((one, one.levels[f.low[i, 0]]),)
        return tuple((attribute, level) for attribute, level in self.wording.conditions(f, i))

    def segment(self, i: int) -> Segment:
        conditions: list[Condition] = [level.condition for _, level in self.levels(i) if level.condition]
        return Segment(tuple(conditions))

    def kind(self, i: int) -> Kind:
        search = Search(int(self.family.search[i]))
        return _KINDS.get(search) or kind_of(attribute.name for attribute, _ in self.levels(i))

    def measure(self, i: int) -> str:
        f, search = self.family, Search(int(self.family.search[i]))
        if search is Search.COMPETITOR:
            return f"share_of_losses:competitor:{self.closed.rivals[f.target[i]]}"
        if search in (Search.REASON, Search.STAGE):
            return f"share_of_losses:reason:{self.closed.reasons[f.target[i]]}"
        if search is Search.SEASON:
            return f"win_rate:month_in_quarter:{int(f.low[i, 0]) + 1}"
        return "win_rate:by_month" if search is Search.TREND else self.measured.name

    def _confounder(self, i: int, sides: Sides | None) -> Confounder | None:
        if sides is None:
            return None
        own = frozenset(attribute.name for attribute, _ in self.levels(i))
        return self.strata.strongest(sides, own)

    def _covers(self, i: int, search: Search) -> int:
        if search is Search.TREND:
            return int(self.family.n1[i] + self.family.n0[i])
        return count(self.reader.segment(self.family, i))

    def _stake(self, i: int, search: Search) -> int | None:
        if search is Search.TREND or not self.closed.currency_single:
            return None
        amounts = self.closed.amounts[self.reader.marks(self.reader.segment(self.family, i))]
        known = ~np.isnan(amounts)
        # Amounts that most deals lack (or all losses) would say what is recorded, not what is at stake.
        if not len(known) or known.mean() < 0.8:
            return None
        return round(float(amounts[known].sum()))

    def _caveats(self, i: int, search: Search, confounder: Confounder | None, echoes: Sequence[int]) -> Iterable[str]:
        if confounder is not None and confounder.survival in _UNSURE:
            left = _left(confounder, float(self.family.difference[i]))
            yield _UNSURE[confounder.survival].format(label=confounder.label, left=left)
        yield from self._about_book(search)
        if search is Search.CYCLE:
            yield "How long a deal took is known at its end only: this describes, it does not explain."
        if search in SEGMENTS:
            yield from self._about_filling(i)
        if search in (Search.REASON, Search.STAGE, Search.COMPETITOR):
            yield from self._about_losses(i, search)
        if echoes:
            yield f"Not listed, because it says the same or nothing beyond it: {_named(self, i, echoes)}."

    def _about_book(self, search: Search) -> Iterable[str]:
        kinds = {d.word for d in self.closed.dimensions}
        if self.per_month is None:
            yield "The deals carry no closing date: judged by their number alone."
        if not kinds & {"reps", "accounts"} and search not in (Search.TREND, Search.SEASON):
            yield "Neither rep nor account is known: deals count as independent of each other."

    def _about_filling(self, i: int) -> Iterable[str]:
        share = (self.family.n1[i] + self.family.n0[i]) / self.closed.n
        if share < 0.9:
            names = phrases.listed([in_sentence(attribute.label) for attribute, _ in self.levels(i)])
            yield f"Known on {phrases.percent(share)} of the closed deals only ({names})."

    def _about_losses(self, i: int, search: Search) -> Iterable[str]:
        """The losses of the segment that are not in its n, which a reader would count from the tables."""
        losses = count(self.reader.segment(self.family, i) & ~self.reader.won)
        beside = losses - int(self.family.n1[i])
        if beside:
            why = "nothing is said of a competitor" if search is Search.COMPETITOR else "no reason is given"
            yield f"Not counted: {beside:,} of {phrases.count(losses, 'loss', 'losses')} here, where {why}."

    def _firmer(self, line: Line) -> str:
        """How many deals on each side would show a difference of this size, or what else is missing."""
        f, i = self.family, line.place
        if f.q[i] <= RATE and line.q > RATE:
            q = math.ceil(1000 * line.q) / 1000  # Up, so that it never reads as the q that is enough.
            return (
                f"A q of at most {100 * RATE:.0f} % among the patterns listed, too; there it is {phrases.percent(q)}. "
                "More such deals would lower it, if the difference stays as large."
            )
        if f.q[i] <= RATE:
            return f"At least {FEW_A_MONTH} closed deals a month; there are {_a_month(self.per_month)}."
        if self.survived.plain.q[i] <= RATE:
            return "More reps, accounts or months with the same difference: so far a few of them may be the cause."
        share, difference = float(f.k0[i] / f.n0[i]), float(f.difference[i])
        needed = deals_needed(share, difference, level=RATE * float(f.weights[i]) / len(f))
        more = None if needed is None else max(needed - int(f.n1[i]), 10)
        return "" if more is None else f"About {more:,} more such deals, if the difference stays as large."


def _left(confounder: Confounder, crude: float) -> str:
    """What a weaker finding keeps; one that keeps its size is weaker in that chance may have made it."""
    if confounder.shrinks(crude):
        return f"it shrinks to {phrases.points(confounder.difference)}"
    return "it keeps its size, but it cannot be told from chance any more"


def _echo(lister: Lister, of: int, i: int) -> str:
    """The segment of an echo; before it the reason or competitor where it is another than the finding's."""
    family = lister.family
    where = lister.wording.where(family, i)
    same = family.search[i] not in (Search.REASON, Search.COMPETITOR) or family.target[i] == family.target[of]
    return where if same else f"{lister.wording.target(family, i)} with {where}"


def _named(lister: Lister, of: int, echoes: Sequence[int]) -> str:
    named = [_echo(lister, of, i) for i in echoes[:3] if lister.family.search[i] <= Search.COMPETITOR]
    more = len(echoes) - len(named)
    if not named:
        return phrases.count(len(echoes), "other comparison")
    return phrases.listed([*named, *([f"{more} more"] if more else [])])


def unsupported(
    closed: Closed, survived: Survived, listed: Sequence[Finding], echoes: Iterable[int] = ()
) -> list[Finding]:
    """For each attribute that readers ask about and in which nothing was found: that, and what could have been seen.

    In the attributes of `echoes` something was found; it is named beside the finding that says it already.
    """
    told = {field for finding in listed if finding.segment for field in Segment.parse(finding.segment).fields}
    singles = [i for i in echoes if survived.family.search[i] == Search.SINGLE]
    told |= {closed.attributes[survived.family.attribute[i, 0]].field for i in singles}
    return [
        _unsupported(closed, survived, attribute)
        for attribute in closed.attributes
        if attribute.name in _ASKED and attribute.field not in told
    ]


def _unsupported(closed: Closed, survived: Survived, attribute: Coded) -> Finding:
    k, n = attribute.counts(closed.won), attribute.counts()
    p = overall_p(k, n)
    measure = f"win_rate:by:{attribute.name}"
    here = wilson(int(k.sum()), int(n.sum()))
    return Finding(
        id=finding_id(Kind.SEGMENT, measure, ""),
        kind=kind_of((attribute.name,)),
        segment="",
        claim=_nothing_found(attribute, k, n, p),
        measure=measure,
        here=here,
        method="chi-square over all values",
        p=p,
        status=Status.NOT_SUPPORTED,
        caveats=_why_not(p, survived),
        covers=int(n.sum()),
    )


def _why_not(p: float | None, survived: Survived) -> tuple[str, ...]:
    if p is None or p > RATE:
        return ()
    compared = phrases.count(len(survived.family), "comparison")
    return (
        f"Its values differ more than chance allows independent deals, not more than {compared} and clusters allow.",
    )


def _nothing_found(attribute: Coded, k: NDArray[np.int64], n: NDArray[np.int64], p: float | None) -> str:
    enough = n >= FLOOR
    name = in_sentence(attribute.label)
    if enough.sum() < 2:
        return f"No value of {name} but one has {FLOOR} closed deals: nothing can be compared yet."
    rates = k[enough] / n[enough]
    middle = int(np.median(n[enough]))
    seen = detectable_difference(middle, int(n.sum()) - middle, float(k.sum() / n.sum()))
    could = (
        "" if seen is None else f"; {phrases.points(seen)} on {middle:,} deals would have been seen four times in five"
    )
    chance = "" if p is None else f", chi-square p {'< 0.001' if p < 0.001 else f'= {p:.2g}'}"
    if p is not None and p <= RATE:
        could = "; reps, accounts or months that differ, or the number of comparisons, may make that"
    return (
        f"No difference by {name} stands: {int(enough.sum())} values with {FLOOR} deals or more are won "
        f"{phrases.percent(rates.min())} to {phrases.percent(rates.max())}{chance}{could}."
    )


def few_told(per_month: float | None) -> str:
    """Why nothing can be established where too few deals close a month; else ""."""
    if not too_few(per_month):
        return ""
    return f"Nothing can be established here: {_a_month(per_month)} deals close a month, and it takes {FEW_A_MONTH}."


def _a_month(per_month: float | None) -> str:
    """Rounded down, so that just below 20 never reads as 20."""
    return f"{math.floor(10 * (per_month or 0)) / 10:.1f}"


def power_of(closed: Closed, family: Family, per_month: float | None = None) -> str:
    """How large a difference from the rest a value needs to be established in this book, or why nothing can be."""
    level, share, few = value_level(family, per_month), float(closed.won.mean()), too_few(per_month)
    if share in (0, 1):
        return "All closed deals ended alike: no win rate could be compared."
    if level is None:
        return f"No value has {FLOOR} deals on either side: no value could be compared."
    shown = []
    for n1 in (50, 100, 300, 1000):
        seen = detectable_difference(n1, closed.n - n1, share, level=level) if closed.n - n1 >= n1 else None
        if seen is not None:
            shown.append(f"{phrases.points(seen)} on {n1:,} deals")
    if not shown:
        reach = "show even an early signal" if few else "establish any difference"
        return phrases.sentences(few_told(per_month), f"The book is too small to {reach} after so many comparisons.")
    would = "show as an early signal" if few else "be established here"
    return phrases.sentences(
        few_told(per_month),
        f"Four times in five, a value would {would} that differs from the rest by {phrases.listed(shown)} "
        "(it takes more where reps or accounts differ).",
    )
