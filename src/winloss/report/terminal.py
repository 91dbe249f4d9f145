"""The summary in the terminal: readable at 80 columns and without colour."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from winloss.report import anonymise, patterns, wording
from winloss.report import figures as fig
from winloss.stats.estimate import Estimate
from winloss.synthesize.finding import Finding
from winloss.synthesize.study import CompetitorRow, ReasonRow, Study

BAR = 16
REASONS = 5
COMPETITORS = 3
ESTABLISHED = 5
EARLY = 3
NOTES = 4
WIDTH = 80


def summary(study: Study, console: Console, path: Path | None = None, *, anonymised: bool = False) -> None:
    """Print what the first page says, then the path of the report to open.

    Parameters
    ----------
    study
        The study.
    console
        Where it is printed; never wider than 80 columns.
    path
        The report to open; None where none was written.
    anonymised
        Replace names as the report of the same study does.
    """
    if anonymised:
        study = anonymise.study(study, anonymise.labels(study))
    width = min(console.width, WIDTH)
    parts = [_head(study), *_totals(study), *_reasons(study), *_competitors(study)]
    parts += [*_patterns(study), *_actions(study), *_notes(study)]
    console.print(Group(*parts), width=width, highlight=False)
    if path is not None:
        console.print(Text.assemble("\nOpen ", (str(path), "bold")), soft_wrap=True, highlight=False)


def _head(study: Study) -> RenderableType:
    out = f"\n{wording.left_out(study)}" if study.excluded else ""
    about = f"\n{wording.subject(study)}"
    return Text.assemble((wording.headline(study), "bold"), out, (about, "dim"), *_interval(study.totals.win_rate))


def _interval(rate: Estimate) -> tuple[str, ...]:
    if rate.value is None:
        return (f"\n{rate.why}",) if rate.why else ()
    return (f"\n95 % interval {fig.interval(rate)} by {rate.method}. {wording.WIN_RATE}",) if rate.method else ()


def _title(text: str) -> Text:
    return Text(f"\n{text}", style="bold")


def _grid(*justify: str) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    for i, side in enumerate(justify):
        table.add_column(justify=side, no_wrap=i > 0, overflow="fold")  # type: ignore[arg-type]  # a literal of rich
    return table


def _totals(study: Study) -> list[RenderableType]:
    c, t = study.counts, study.totals
    table = _grid("left", "left")
    table.add_row("Closed", wording.closed(study)[1])
    rest = {"open": c.open, "disqualified": c.disqualified, "unclassified": c.unclassified}
    rest |= {"rejected": c.rejected, "folded": c.folded}
    table.add_row("Not closed", " · ".join(f"{fig.count(n)} {name}" for name, n in rest.items() if n) or "none")
    table.add_row("Without no decision", _given(t.competitive_win_rate, t.win_rate.why))
    table.add_row("By amount", _given(t.win_rate_by_amount, t.win_rate.why))
    if study.by_currency:
        told = (
            f"{wording.amounts_by_currency(study, won=won)} ({wording.priced(study, won=won)})" for won in (True, False)
        )
        table.add_row("Amounts", "{} won; {} lost".format(*told))
    if t.cycle_days_won.value is not None or t.cycle_days_lost.value is not None:
        table.add_row("Median cycle", f"{_days(t.cycle_days_won)} won, {_days(t.cycle_days_lost)} lost")
    table.columns[1].no_wrap = False
    return [Text(""), table]


def _given(estimate: Estimate, told: str) -> str:
    """Why it is not given is said once: the head says it of the win rate."""
    if estimate.value is None:
        return "not given" if estimate.why == told else escape(f"not given: {estimate.why}")
    return f"{fig.share(estimate.value)}  ({fig.interval(estimate)}, n {fig.count(estimate.n)})"


def _days(estimate: Estimate) -> str:
    return fig.days(estimate.value)


def _reasons(study: Study) -> list[RenderableType]:
    if not study.loss_reasons:
        return []
    table = _grid("left", "right", "right", "left")
    for row in _top(study.loss_reasons):
        table.add_row(
            Text(row.label), fig.count(row.count), fig.share(row.share.value), "█" * _cells(row, study.loss_reasons)
        )
    told: list[RenderableType] = [_title("Why deals were lost or ended in no decision"), table]
    if study.reason_flip:
        told.append(Text(study.reason_flip))
    return told


def _top(rows: tuple[ReasonRow, ...]) -> list[ReasonRow]:
    named = wording.named(rows)[:REASONS]
    return [*named, *(r for r in rows if r not in wording.named(rows))]


def _cells(row: ReasonRow, rows: tuple[ReasonRow, ...]) -> int:
    most = max(r.count for r in rows) or 1
    return max(round(BAR * row.count / most), 1 if row.count else 0)


def _competitors(study: Study) -> list[RenderableType]:
    named = sorted((c for c in study.competitors if c.kind == "competitor"), key=lambda c: -c.closed)
    met = named[:COMPETITORS]
    if not met:
        return [_title("Competitors"), Text(study.competitor_why)] if study.competitor_why else []
    title = "Competitors"
    if wording.names_no_competitor(study) and not study.competitor_why:
        title = "With and without a competitor"
        met += [c for c in study.competitors if c.kind == "none"]
    table = _grid("left", "right", "left")
    for row in met:
        table.add_row(Text(row.name), f"{fig.count(row.lost)} lost", Text(_against(row)))
    lines: list[RenderableType] = [_title(title), table, *_left(len(named) - COMPETITORS, "more competitor")]
    return [*lines, *(Text(told) for told in (study.competitor_why, study.competitor_note) if told)]


def _against(row: CompetitorRow) -> str:
    if row.win_rate.value is None:
        return "win rate not given"
    return f"we win {fig.rate(row.win_rate)}, {fig.interval(row.win_rate)}"


def _patterns(study: Study) -> list[RenderableType]:
    told: list[RenderableType] = [_title(wording.findings(study))]
    established, early = patterns.established(study), patterns.early_signals(study)
    told += [_bullet("■", f, patterns.owed(f)) for f in established[:ESTABLISHED]]
    told += _left(len(established) - ESTABLISHED, "more pattern")
    told += [_bullet("□", f, "early signal", patterns.owed(f)) for f in early[:EARLY]]
    told += _left(len(early) - EARLY, "more early signal")
    if not established and study.power:
        told.append(Text(study.power))
    return told


def _left(n: int, what: str) -> list[RenderableType]:
    return [Text(f"… {fig.plural(n, what)} in the report")] if n > 0 else []


def _bullet(mark: str, finding: Finding, *tails: str) -> RenderableType:
    tail = ", ".join(filter(None, tails))
    return _item(mark, f"{finding.claim.rstrip('.')} ({tail})." if tail else finding.claim)


def _item(mark: str, text: str) -> RenderableType:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_row(mark, escape(text))
    return Padding(table, (0, 0, 0, 0))


def _actions(study: Study) -> list[RenderableType]:
    if not study.actions:
        return [_title("Actions"), Text(study.actions_why or "None: an action needs an established finding.")]
    return [_title("Actions"), *(_item(f"{i}.", a.do) for i, a in enumerate(study.actions, 1))]


def _notes(study: Study) -> list[RenderableType]:
    notes = [*study.notes[:NOTES], *_more(len(study.notes) - NOTES)]
    notes += [told for told in [wording.spellings(study)] if told]
    return [_title("Before you rely on it"), *(_item("!", note) for note in notes)] if notes else []


def _more(left: int) -> list[str]:
    return [f"and {fig.plural(left, 'more note')} in the report"] if left > 0 else []
