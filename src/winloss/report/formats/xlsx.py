"""The report as a workbook: every table in full, every number a number, no value ever run as a formula."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from winloss.report import Job, patterns, wording
from winloss.report import figures as fig
from winloss.report.behind import COLUMNS, Behind
from winloss.report.formats.named import behind_of, named
from winloss.report.table import FINDINGS, merged
from winloss.stats.estimate import Estimate
from winloss.synthesize.study import Study

MARKED_FINDINGS = 30
"""Findings with a column of their own in the sheet of deals; all are named in its last column."""
WIDEST, NARROWEST = 60, 9
LONGEST = 32_000
"""Characters that fit in one cell."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")

Cell = object
Lines = list[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Head:
    """A column: its title and how its numbers are shown."""

    title: str
    shown: str = ""


def write(job: Job) -> list[Path]:
    """Write the workbook."""
    study, called = named(job)
    sheets(study, behind_of(job, called), job.out)
    return [job.out]


def sheets(study: Study, behind: Mapping[str, Behind], path: Path) -> None:
    """Write every sheet to `path`."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), {**options, "nan_inf_to_errors": False, "in_memory": True}) as book:
        writer = _Writer(book, study)
        for name, (head, lines) in _tables(study, behind).items():
            writer.sheet(name, head, lines)


class _Writer:
    def __init__(self, book: Any, study: Study) -> None:
        self.book = book
        self.money = '#,##0 "{}"'.format((study.currency or "").replace('"', ""))
        self.formats: dict[str, Any] = {}
        self.bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        book.set_properties({"title": wording.headline(study), "comments": wording.subject(study)})

    def shown(self, how: str) -> Any:
        """The format for a kind of number."""
        codes = {"count": "#,##0", "share": "0.0%", "points": "+0.0%;-0.0%;0.0%", "p": "0.0000", "date": "yyyy-mm-dd"}
        codes |= {"money": self.money, "days": "#,##0"}
        if how not in self.formats:
            self.formats[how] = self.book.add_format({"num_format": codes.get(how, "General"), "valign": "top"})
        return self.formats[how]

    def sheet(self, name: str, head: Sequence[Head], lines: Lines) -> None:
        """One sheet: header frozen, filters on, columns as wide as what stands in them."""
        sheet = self.book.add_worksheet(name)
        for at, column in enumerate(head):
            sheet.write_string(0, at, column.title, self.bold)
            sheet.set_column(at, at, _width(column.title, (line[at] for line in lines)))
        for row, line in enumerate(lines, 1):
            for at, value in enumerate(line):
                self.cell(sheet, row, at, value, head[at].shown)
        sheet.freeze_panes(1, 1)
        sheet.hide_gridlines(2)
        if lines:
            sheet.autofilter(0, 0, len(lines), len(head) - 1)

    def cell(self, sheet: Any, row: int, at: int, value: Cell, how: str) -> None:
        """A number as a number, a date as a date, all else as text that nothing runs."""
        if value is None:
            return
        if isinstance(value, bool):
            sheet.write_boolean(row, at, value)
        elif isinstance(value, (int, float)):
            sheet.write_number(row, at, value, self.shown(how))
        elif isinstance(value, dt.date):
            sheet.write_datetime(row, at, dt.datetime(value.year, value.month, value.day), self.shown("date"))  # noqa: DTZ001  # a calendar date
        else:
            sheet.write_string(row, at, _CONTROL.sub("", str(value))[:LONGEST], self.shown(""))


def _width(title: str, values: Iterable[Cell]) -> float:
    """Characters that a column needs, from its title and its first values."""
    longest = max(
        (len(str(value)) for value, _ in zip(values, range(200), strict=False) if value is not None), default=0
    )
    return min(max(longest + 2, min(len(title) + 2, 24), NARROWEST), WIDEST)


def _units(cents: int | None) -> float | None:
    return None if cents is None else cents / 100


def _number(estimate: Estimate | None) -> tuple[Cell, ...]:
    """Value, low, high, n, and why there is none."""
    if estimate is None:
        return (None, None, None, None, None)
    return (estimate.value, estimate.low, estimate.high, estimate.n, estimate.why or None)


def _heads(of: str, shown: str = "share") -> tuple[Head, ...]:
    return (
        Head(of, shown),
        Head(f"{of}, low", shown),
        Head(f"{of}, high", shown),
        Head(f"{of}, n", "count"),
        Head(f"{of}, why not given"),
    )


def _tables(study: Study, behind: Mapping[str, Behind]) -> dict[str, tuple[Sequence[Head], Lines]]:
    return {
        "Summary": _summary(study),
        **({"Currencies": _currencies(study)} if study.by_currency else {}),
        "Trend": _trend(study),
        "Reasons": _reasons(study),
        "Competitors": _competitors(study),
        "Findings": _findings(study, behind),
        "Attributes": _attributes(study),
        "Deal stages": _stages(study),
        "Channels": _channels(study),
        "Quality": _quality(study),
        "Recovery": _recovery(study),
        "Deals": _deals(behind),
    }


def _summary(study: Study) -> tuple[Sequence[Head], Lines]:
    lines: Lines = [
        (wording.headline(study), None, None, wording.subject(study)),
        (wording.rows(study), None, None, None),
    ]
    lines += [(wording.left_out(study), study.excluded_deals, None, None)] if study.excluded else []
    lines += [(name.replace("_", " "), n, None, None) for name, n in study.counts.to_json().items()]
    lines += [_measure(name, getattr(study.totals, name)) for name in _RATES]
    lines += [_pattern(study, won=won) for won in (True, False)]
    lines += [
        (f"action {i}: {a.do}", None, None, f"{a.expect}; finding {a.finding}") for i, a in enumerate(study.actions, 1)
    ]
    lines += [(note, None, None, None) for note in study.notes]
    return (Head("What"), Head("Count", "count"), Head("Share", "share"), Head("More")), lines


def _currencies(study: Study) -> tuple[Sequence[Head], Lines]:
    """Amounts of each currency where there are several: plain numbers, since each line is in its own."""
    lines: Lines = [
        (row.currency or "none named", row.won, _units(row.won_amount_cents), row.lost, _units(row.lost_amount_cents))
        for row in study.by_currency
    ]
    won = (Head("Won", "count"), Head("Won amount", "count"))
    lost = (Head("Lost or no decision", "count"), Head("Amount lost or without decision", "count"))
    return (Head("Currency"), *won, *lost), lines


_RATES = ("win_rate", "competitive_win_rate", "win_rate_by_amount", "win_rate_with_junk")


def _measure(name: str, estimate: Estimate) -> Sequence[Cell]:
    more = estimate.why or f"95 % interval {fig.interval(estimate)}, n {fig.count(estimate.n)}, {estimate.method}"
    return (name.replace("_", " "), estimate.successes, estimate.value, more)


def _pattern(study: Study, *, won: bool) -> Sequence[Cell]:
    finding = patterns.of_first_page(study, won=won)
    title = patterns.title_of_first_page(finding, won=won)
    if finding is None:
        return (f"{title}: none is established", None, None, patterns.why_none(study, won=won))
    return (f"{title}: {finding.claim}", None, None, f"{wording.difference(finding)} against {finding.compared_with}")


def _trend(study: Study) -> tuple[Sequence[Head], Lines]:
    head = (Head("Period"), Head("From"), Head("To"), Head("Closed", "count"), Head("Won", "count"))
    lines: Lines = [
        (
            p.label,
            p.start,
            p.end,
            p.closed,
            p.won,
            *_number(p.win_rate),
            _units(p.won_amount_cents),
            "" if p.ripe else f"not ripe. {p.why_unripe}".rstrip(". "),
        )
        for p in (*study.trend.periods, *study.trend.month_in_quarter)
    ]
    return (*head, *_heads("Win rate"), Head("Won amount", "money"), Head("Ripe")), lines


def _reasons(study: Study) -> tuple[Sequence[Head], Lines]:
    lines: Lines = [
        (
            "won" if r.outcome == "won" else "lost or no decision",
            r.label,
            r.code,
            r.count,
            *_number(r.share),
            _units(r.amount_cents),
            *_number(r.share_by_amount),
            r.points_at,
            r.content_gap,
            "; ".join(f"{value}: {n}" for value, n in r.raw_values),
        )
        for r in (*study.loss_reasons, *study.win_reasons)
    ]
    head = (Head("Outcome"), Head("Reason"), Head("Code"), Head("Deals", "count"), *_heads("Share"))
    more = (
        Head("Amount", "money"),
        *_heads("Share by amount"),
        Head("Points at"),
        Head("Content"),
        Head("Words of the CRM"),
    )
    return (*head, *more), lines


def _competitors(study: Study) -> tuple[Sequence[Head], Lines]:
    lines: Lines = [
        (
            c.name,
            c.kind,
            c.closed,
            c.won,
            c.lost,
            c.lost_by_reason,
            *_number(c.presence),
            *_number(c.share_of_losses),
            *_number(c.win_rate),
            _units(c.amount_lost_cents),
        )
        for c in study.competitors
    ]
    head = (Head("Competitor"), Head("Kind"), Head("Closed", "count"), Head("Won", "count"), Head("Lost", "count"))
    rates = (
        Head("Lost by the reason alone", "count"),
        *_heads("Presence"),
        *_heads("Share of all losses"),
        *_heads("Win rate"),
    )
    return (*head, *rates, Head("Amount lost", "money")), lines


def _findings(study: Study, behind: Mapping[str, Behind]) -> tuple[Sequence[Head], Lines]:
    lines: Lines = [
        (
            f.id,
            str(f.status or "fact").replace("_", " "),
            str(f.kind),
            f.segment,
            f.claim,
            f.measure,
            *_number(f.here),
            f.compared_with,
            *_number(f.comparison),
            *_number(f.difference),
            f.method,
            f.p,
            f.q,
            wording.confounder(f),
            " ".join(f.caveats),
            f.what_would_firm_it,
            _units(f.stake_cents),
            *_listed(behind.get(f.id)),
        )
        for f in patterns.ordered(study.findings)
    ]
    first = tuple(map(Head, ("Id", "Status", "Kind", "Segment", "Claim", "Measure")))
    numbers = (*_heads("Here", ""), Head("Compared with"), *_heads("There", ""), *_heads("Difference", ""))
    last = (
        Head("Method"),
        Head("p", "p"),
        Head("q", "p"),
        Head("Confounder"),
        Head("Caveats"),
        Head("What would firm it"),
    )
    listed = (Head("Closed amount", "money"), Head("Deals behind it", "count"), Head("Of them in sheet Deals", "count"))
    return (*first, *numbers, *last, *listed), lines


def _listed(behind: Behind | None) -> tuple[Cell, Cell]:
    return (None, None) if behind is None else (behind.total, behind.listed)


def _attributes(study: Study) -> tuple[Sequence[Head], Lines]:
    lines: Lines = [
        (
            a.label,
            level.value,
            level.kind,
            level.segment,
            level.closed,
            level.won,
            *_number(level.win_rate),
            *_number(level.difference),
            level.top_reason,
            _units(level.won_amount_cents),
        )
        for a in study.attributes
        for level in a.levels
    ]
    head = (
        Head("Attribute"),
        Head("Value"),
        Head("Kind"),
        Head("Segment"),
        Head("Closed", "count"),
        Head("Won", "count"),
    )
    more = (*_heads("Win rate"), *_heads("Difference", "points"), Head("Top reason"), Head("Won amount", "money"))
    return (*head, *more), lines


def _stages(study: Study) -> tuple[Sequence[Head], Lines]:
    lines: Lines = [(s.deal_stage, s.lost, *_number(s.share), s.top_reason) for s in study.stages]
    return (Head("Deal stage"), Head("Lost", "count"), *_heads("Share"), Head("Top reason")), lines


def _channels(study: Study) -> tuple[Sequence[Head], Lines]:
    lines: Lines = [
        (
            c.lead_source,
            c.closed,
            c.won,
            *_number(c.win_rate),
            _units(c.won_amount_cents),
            _units(c.spend_cents),
            _units(c.cost_per_won_cents),
            c.why_no_cost,
        )
        for c in study.channels
    ]
    head = (Head("Lead source"), Head("Closed", "count"), Head("Won", "count"), *_heads("Win rate"))
    costs = (
        Head("Won amount", "money"),
        Head("Spend", "money"),
        Head("Cost per won deal", "money"),
        Head("Why no cost"),
    )
    return (*head, *costs), lines


def _quality(study: Study) -> tuple[Sequence[Head], Lines]:
    q = study.quality
    lines: Lines = [("trouble", i.message, i.count, None, None, None, i.kept_out_of) for i in q.issues]
    lines += [
        ("field", c.label, c.filled, c.share, c.share_won, c.share_lost, f"of {c.closed} closed") for c in q.coverage
    ]
    lines += [("reason not read", value, n, None, None, None, "") for value, n in q.unread_reasons]
    lines += [("deal stage not read", value, n, None, None, None, "") for value, n in q.unread_stages]
    lines += [*_folds(study), *_joins(study)]
    lines += [("column left out", c.label, None, None, None, None, c.why) for c in study.left_out]
    shares = (Head("Share", "share"), Head("On won", "share"), Head("On lost", "share"))
    return (Head("Kind"), Head("What"), Head("Deals", "count"), *shares, Head("More")), lines


def _folds(study: Study) -> Lines:
    return [
        ("spelling joined", f"{f.column}: {value} to {f.kept}" if f.kept else f.column, n, None, None, None, f.why)
        for f in study.quality.folds
        for value, n in (f.folded or (("", None),))
    ]


def _joins(study: Study) -> Lines:
    lines: Lines = []
    for j in study.quality.joins:
        keys = j.on_left if j.on_left == j.on_right else f"{j.on_left} = {j.on_right}"
        joined = f"{j.right} to {j.left} by {keys}" if j.right else f"by {keys}"
        lines += [
            ("file joined, found a partner", joined, j.matched, None, None, None, ""),
            ("file joined, found none", joined, j.unmatched, None, None, None, ", ".join(j.examples)),
            ("file joined, no key", joined, j.blank, None, None, None, ""),
        ]
    return lines


def _recovery(study: Study) -> tuple[Sequence[Head], Lines]:
    lines: Lines = [
        (
            p.deal_id,
            p.deal_name,
            p.account,
            p.reason,
            _units(p.amount_cents),
            p.currency,
            p.closed_on,
            p.window_from,
            p.window_to,
        )
        for p in study.recovery.prospects
    ]
    head = tuple(map(Head, ("Deal id", "Deal", "Account", "Reason")))
    days = (Head("Closed"), Head("Window from"), Head("Window to"))
    return (*head, Head("Amount", "money"), Head("Currency"), *days), lines


def _deals(behind: Mapping[str, Behind]) -> tuple[Sequence[Head], Lines]:
    """Each deal behind a finding once, with a mark under each finding it stands behind."""
    marked = [key for key, listed in behind.items() if listed.listed][:MARKED_FINDINGS]
    lines: Lines = [
        (
            *(_deal_cell(name, row.get(name)) for name in COLUMNS),
            *("x" if key in ids else None for key in marked),
            row[FINDINGS],
        )
        for row in merged(behind).to_pylist()
        for ids in [row[FINDINGS].split()]
    ]
    heads = tuple(
        Head(name.removesuffix("_cents").replace("_", " ").capitalize(), "money" if name == "amount_cents" else "")
        for name in COLUMNS
    )
    return (*heads, *map(Head, marked), Head("Findings")), lines


def _deal_cell(name: str, value: object) -> Cell:
    return value / 100 if name == "amount_cents" and isinstance(value, int) else value
