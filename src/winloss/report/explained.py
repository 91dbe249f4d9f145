"""One segment on demand: in the terminal, and as JSON (`winloss.segment/1`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from winloss.report import figures as fig
from winloss.report import wording
from winloss.report.document import plain
from winloss.report.searched import WIDTH
from winloss.stats.estimate import Estimate
from winloss.synthesize.claims import in_sentence
from winloss.synthesize.finding import Survival
from winloss.synthesize.neighbours import Neighbour
from winloss.synthesize.why import Part, Quarter, Why
from winloss.tables.deals import DEALS

SCHEMA = "winloss.segment/1"
BAR = 12
_KINDS = {"without": "without", "next": "instead", "with": "and"}
_ENDS = {
    Survival.HOLDS: "the difference holds",
    Survival.WEAKENS: "the difference is weaker or less sure",
    Survival.VANISHES: "no difference is left that can be told from chance",
    Survival.REVERSES: "the difference turns round",
}


def document(told: Why, book: Mapping[str, Any]) -> dict[str, Any]:
    """The segment as plain JSON values."""
    whole: dict[str, Any] = plain(told)
    del whole["labels"]
    outcomes = [{"outcome": name, "here": here, "beside": beside} for name, here, beside in told.outcomes]
    confounder = None if told.confounder is None else told.confounder.to_json()
    return {"schema": SCHEMA, "book": plain(book), **whole, "outcomes": outcomes, "confounder": confounder}


def summary(told: Why, console: Console) -> None:
    """Print everything; never wider than 80 columns."""
    names = {c.name: c.title for c in DEALS.columns} | dict(told.labels)
    title = wording.segment(told.segment, names, told.currency)
    parts: list[RenderableType] = [Text(title, style="bold"), Text(_share(told))]
    parts += [Text(sentence) for sentence in (_amount(told), _survives(told)) if sentence]
    parts += [_outcomes(told)]
    parts += _parts("Why they were lost", told.reasons) + _parts("Competitors in losses", told.competitors)
    parts += _quarters(told.quarters)
    parts += _neighbours(told.neighbours, names, told.currency)
    parts += _largest(told)
    parts.append(Text("\nA segment that was asked for: intervals are plain 95 %, and nothing here has a status."))
    console.print(Group(*parts), width=min(console.width, WIDTH), highlight=False)


def _share(told: Why) -> str:
    gap = f"{fig.points(told.difference.value)} ({fig.interval_points(told.difference)})"
    beside = f", beside it {fig.share(told.beside.value)} of {fig.count(told.beside.n)}: {gap}"
    return f"{told.heading}: {fig.rate(told.here)}{beside if told.beside.given else ''}."


def _amount(told: Why) -> str:
    if not told.by_amount.given:
        return f"Not by amount: {told.by_amount.why}"
    here = f"By amount {fig.share(told.by_amount.value)} ({fig.interval(told.by_amount)})"
    if not told.by_amount_beside.given:
        return f"{here}."
    return f"{here}, beside it {fig.share(told.by_amount_beside.value)} ({fig.interval(told.by_amount_beside)})."


def _survives(told: Why) -> str:
    c = told.confounder
    if c is None:
        return ""
    left = f"{fig.points(c.difference)} ({fig.signed(c.low)} to {fig.signed(c.high)})"
    return f"Within equal {in_sentence(c.label)}, the strongest competing explanation, {_ENDS[c.survival]}: {left}."


def _grid(*justify: str) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    for i, side in enumerate(justify):
        table.add_column(justify=side, no_wrap=i > 0, overflow="fold")  # type: ignore[arg-type]  # a literal of rich
    return table


def _titled(title: str, table: Table) -> list[RenderableType]:
    return [Text(f"\n{title}", style="bold"), table] if table.row_count else []


def _outcomes(told: Why) -> RenderableType:
    shown = [f"{fig.count(here)} {name.replace('_', ' ')}" for name, here, _ in told.outcomes]
    total = sum(here for _, here, _ in told.outcomes)
    return Text(f"{fig.plural(total, 'closed deal')}: {' · '.join(shown)}.")


def _parts(title: str, parts: Sequence[Part]) -> list[RenderableType]:
    table = _grid("left", "right", "right", "right")
    for part in parts:
        beside = f"beside {fig.share(part.beside.value)}" if part.beside.given else ""
        table.add_row(Text(part.label), fig.rate(part.here), beside, _gap(part.difference))
    return _titled(title, table)


def _gap(gap: Estimate) -> str:
    return fig.points(gap.value) if gap.given else ""


def _quarters(quarters: Sequence[Quarter]) -> list[RenderableType]:
    table = _grid("left", "right", "right", "right", "left")
    most = max((q.closed for q in quarters), default=0) or 1
    for q in quarters:
        bar = "█" * round(BAR * q.closed / most)
        share = fig.rate(q.share) if q.share.given else ""
        table.add_row(q.label, fig.plural(q.closed, "deal"), f"{fig.share(q.of_all.value)} of all", share, bar)
    return _titled("By quarter: closed, of all closed deals, and what counts", table)


def _neighbours(neighbours: Sequence[Neighbour], names: dict[str, str], currency: str | None) -> list[RenderableType]:
    table = _grid("left", "left", "right", "right")
    for one in neighbours:
        change = wording.segment(one.change, names, currency)
        table.add_row(_KINDS[one.kind], Text(change), fig.rate(one.here), _gap(one.difference))
    if table.row_count:
        table.columns[1].no_wrap = False
    return _titled("Its neighbours: one condition dropped, exchanged, or added (the strongest)", table)


def _largest(told: Why) -> list[RenderableType]:
    table = _grid("left", "left", "right", "left", "left")
    for deal in told.largest:
        name = deal.get("deal_name") or deal.get("deal_id") or ""
        outcome = str(deal.get("outcome") or "").replace("_", " ")
        closed = fig.day(deal.get("closed_on"))
        amount = fig.money(deal.get("amount_cents"), told.currency)
        table.add_row(Text(str(name)), Text(str(deal.get("account_name") or "")), amount, outcome, closed)
    if table.row_count:
        table.columns[1].no_wrap = False
    return _titled("The largest deals", table)
