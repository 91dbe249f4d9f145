"""A search of segments in the terminal: readable at 80 columns and without colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from winloss.report import figures as fig
from winloss.report import wording
from winloss.stats.estimate import Estimate
from winloss.synthesize.exploration import Exploration, Explored, SearchedAttribute
from winloss.synthesize.finding import Status, Survival
from winloss.synthesize.study import LeftOut
from winloss.tables.deals import DEALS

WIDTH = 80
LINE = 33
"""Cells of a drawn interval."""
ALSO = 2
"""Segments that are named beside the one that says it; the others are counted."""
_NAMES_OF = {1: "with one condition", 2: "with two", 3: "with three"}


def summary(found: Exploration, console: Console, *, written: str = "") -> None:
    """Print what was found, then what was searched and what could have been seen.

    Parameters
    ----------
    found
        The answer.
    console
        Where it is printed; never wider than 80 columns.
    written
        The file that holds it; "" where there is none.
    """
    names = labels(found)
    parts: list[RenderableType] = [Text(headline(found), style="bold")]
    if found.whole.given:
        parts.append(Text(counted(found)))
    edge = reach([one.finding.difference for one in found.found])
    for one in found.found:
        parts += [Text(""), *_segment(one, found, names, edge)]
    parts += [Text(""), *_searched(found)]
    console.print(Group(*parts), width=min(console.width, WIDTH), highlight=False)
    if written:
        console.print(Text.assemble("\nOpen ", (written, "bold")), soft_wrap=True, highlight=False)


def labels(found: Exploration) -> dict[str, str]:
    """What a reader sees for each field and condition."""
    declared = {c.name: c.title for c in DEALS.columns}
    return declared | {c.name: c.label for c in found.left_out} | dict(found.labels)


def headline(found: Exploration) -> str:
    """What was asked, with its share over all deals."""
    if not found.heading:
        return found.power
    return f"{found.heading}: {fig.rate(found.whole)}"


def counted(found: Exploration) -> str:
    """How much is established, of how much."""
    firm = sum(one.finding.status is Status.ESTABLISHED for one in found.found)
    early = len(found.found) - firm
    looked = f"of {fig.count(found.tested)} looked at"
    if not found.tested:
        return "Nothing could be compared."
    told = [
        f"{fig.plural(firm, 'segment')} {'is' if firm == 1 else 'are'} established"
        if firm
        else "Nothing is established"
    ]
    told += [fig.plural(early, "early signal")] if early else []
    return f"{', '.join([*told, looked])}."


def _segment(one: Explored, found: Exploration, names: Mapping[str, str], edge: float) -> list[RenderableType]:
    finding, early = one.finding, one.finding.status is Status.EARLY_SIGNAL
    title = wording.segment(finding.segment, dict(names), found.currency)
    parts: list[RenderableType] = [
        Text.assemble("□ " if early else "■ ", (title, "bold"), "  early signal" if early else "")
    ]
    told = [shares(one)]
    if one.by_amount.given and one.by_amount_beside.given:
        told.append(f"By amount {weighed(one.by_amount)}, {_beside(one)} {weighed(one.by_amount_beside)}.")
    if finding.confounder is not None and finding.confounder.survival is not Survival.HOLDS:
        told.append(wording.confounder(finding))
    if finding.absorbed:
        told.append(also(finding.absorbed, dict(names), found.currency))
    gap = finding.difference or Estimate.refused("")
    parts.append(Text(f"  {line(gap, edge, early=early)}  {wording.difference(finding)}"))
    return [*parts, *(Padding(Text(sentence), (0, 0, 0, 2), expand=False) for sentence in told)]


def shares(one: Explored) -> str:
    """Counts and shares here and beside."""
    here, there = one.finding.here, one.finding.comparison
    beside = "" if there is None else f", {_beside(one)} {fig.share(there.value)} of {fig.count(there.n)}"
    return f"{fig.rate(here)}{beside}."


def weighed(share: Estimate) -> str:
    """`49.8 % (43.0–56.6 %)`."""
    return f"{fig.share(share.value)} ({fig.interval(share)})"


def _beside(one: Explored) -> str:
    return one.finding.compared_with


def also(absorbed: Sequence[str], names: dict[str, str], currency: str | None, *, told: int = ALSO) -> str:
    """What says the same or nothing beyond it: the strongest by name, the others counted."""
    named = [wording.segment(written, names, currency) for written in absorbed[:told]]
    more = len(absorbed) - len(named)
    return "also: " + "; ".join([*named, *([f"{fig.count(more)} more"] if more else [])])


def reach(gaps: Sequence[Estimate | None]) -> float:
    """How far the drawn lines go on either side of zero."""
    ends = [abs(end) for gap in gaps if gap for end in (gap.low, gap.high, gap.value) if end is not None]
    return max([*ends, 0.05])


def line(gap: Estimate, edge: float, *, early: bool = False, cells: int = LINE) -> str:
    """An interval as a line of `cells` characters from −`edge` to `edge`, its value a dot, zero a bar."""
    if gap.value is None or gap.low is None or gap.high is None:
        return " " * cells

    def at(value: float) -> int:
        return round((min(max(value / edge, -1), 1) + 1) / 2 * (cells - 1))

    drawn = [" "] * cells
    low, high = at(gap.low), at(gap.high)
    drawn[low : high + 1] = "─" * (high - low + 1)
    drawn[low], drawn[high] = "├", "┤"
    drawn[at(0.0)] = "│" if not low < at(0.0) < high else "┼"
    drawn[at(gap.value)] = "○" if early else "●"
    return "".join(drawn)


def _searched(found: Exploration) -> list[RenderableType]:
    told = [_attributes(found), *_rare(found.searched), *_left_out(found.left_out)]
    if found.not_listed or found.beyond:
        told.append(_unlisted(found))
    if found.amounts_why and found.found:
        told.append(f"Not by amount: {found.amounts_why}")
    return [Text(sentence, style="dim") for sentence in [*told, found.power] if sentence]


def _attributes(found: Exploration) -> str:
    if not found.searched:
        return "No attribute could be searched."
    counts = ", ".join(f"{fig.count(n)} {_NAMES_OF[conditions]}" for conditions, n in found.tested_by)
    least = f"; each of {found.floor} deals or more" if found.tested else ""
    names = ", ".join(a.label for a in found.searched)
    return f"Searched: {fig.plural(len(found.searched), 'attribute')} ({names}); {counts or 'no segment'}{least}."


def _rare(searched: Sequence[SearchedAttribute]) -> list[str]:
    rare = [
        f"{a.label} {fig.plural(a.rare, 'value')} of {fig.plural(a.rare_deals, 'deal')}" for a in searched if a.rare
    ]
    told = [f"Too rare for a segment, counted together: {'; '.join(rare)}."] if rare else []
    return [*told, *(f"{a.label}: {a.note}" for a in searched if a.note)]


def _left_out(left_out: Sequence[LeftOut]) -> list[str]:
    if not left_out:
        return []
    return ["Not searched: " + "; ".join(f"{out.label} ({out.why})" for out in left_out) + "."]


def _unlisted(found: Exploration) -> str:
    told = [f"{fig.plural(found.not_listed, 'more segment')} passed and not listed"] if found.not_listed else []
    if found.beyond:
        told.append(f"{fig.plural(found.beyond, 'segment')} beyond those that can be asked about reps and accounts")
    return f"There are {' and '.join(told)}."
