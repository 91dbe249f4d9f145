"""The report as Markdown: for a wiki or a chat; bars are drawn in text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from winloss.report import Job, anonymise, patterns, wording
from winloss.report import figures as fig
from winloss.stats.estimate import Estimate
from winloss.synthesize.finding import Finding
from winloss.synthesize.study import AttributeTable, ProposedAction, ReasonRow, Study

BAR = 20
LEVELS = 8
PERIODS = 12
PROSPECTS = 10


def write(job: Job) -> list[Path]:
    """Write the Markdown text."""
    study = anonymise.study(job.study, anonymise.labels(job.study)) if job.anonymise else job.study
    job.out.write_text(markdown(study), encoding="utf-8")
    return [job.out]


def markdown(study: Study) -> str:
    """The whole report as Markdown, ending in a line feed."""
    parts = [_summary(study), _trend(study), _reasons(study), _competitors(study), _findings(study)]
    parts += [_attributes(study), _stages(study), _channels(study), _recovery(study), _quality(study), _nothing(study)]
    parts.append("## Words\n\n" + _words(study))
    return "\n\n".join(part for part in parts if part) + "\n"


def _text(value: object) -> str:
    """Text that Markdown takes as text, on one line."""
    flat = re.sub(r"\s*[\r\n]+\s*", " ", str(value))
    return re.sub(r"([\\`*_\[\]<>|#~])", r"\\\1", flat)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose columns after the first are right-aligned where their heading ends in a space."""
    ruler = ["--:" if name.endswith(" ") else "---" for name in head]
    lines = [[name.strip() for name in head], ruler, *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _bar(value: float, most: float) -> str:
    """A bar of blocks; at least one where the value is above zero."""
    cells = max(round(BAR * value / most), 1 if value > 0 else 0) if most else 0
    return "█" * cells


def _given(estimate: Estimate) -> str:
    if estimate.value is None:
        return f"not given: {_text(estimate.why)}"
    bounds = fig.interval(estimate)
    return f"{fig.rate(estimate)}{f', 95 % interval {bounds}' if bounds else ''}"


def _summary(study: Study) -> str:
    t = study.totals
    rows = [
        ("Win rate", _given(t.win_rate)),
        ("Without no decision", _given(t.competitive_win_rate)),
        ("By amount", _given(t.win_rate_by_amount)),
        *_amounts(study),
        ("Median cycle, won", _days(t.cycle_days_won)),
        ("Median cycle, lost", _days(t.cycle_days_lost)),
    ]
    parts = [f"# {_text(wording.headline(study))}"]
    parts += [f"**{_text(wording.left_out(study))}**"] if study.excluded else []
    parts += [f"{wording.subject(study)}. {wording.rows(study)}"]
    parts.append(_table(("Measure", "Value"), rows))
    parts += [_pattern(study, won=won) for won in (True, False)]
    parts.append("## What to do\n\n" + _actions(study))
    if study.notes:
        parts.append("## Before you rely on it\n\n" + _bullets(map(_text, study.notes)))
    return "\n\n".join(parts)


def _amounts(study: Study) -> list[tuple[str, str]]:
    if not study.by_currency:
        cents = study.totals.won_amount_cents
        known = "" if cents is None else f" ({wording.priced(study, won=True)})"
        return [("Won amount", f"{fig.money(cents, study.currency)}{known}")]
    sides = (("Won amount, by currency", True), ("Lost amount, by currency", False))
    return [
        (name, f"{wording.amounts_by_currency(study, won=won)} ({wording.priced(study, won=won)})")
        for name, won in sides
    ]


def _days(estimate: Estimate) -> str:
    if estimate.value is None:
        return f"not given: {_text(estimate.why)}"
    bounds = [fig.interval_days(estimate)] if fig.interval_days(estimate) else []
    return f"{fig.days(estimate.value)} ({', '.join([*bounds, f'n {fig.count(estimate.n)}'])})"


def _pattern(study: Study, *, won: bool) -> str:
    finding = patterns.of_first_page(study, won=won)
    title = f"**{patterns.title_of_first_page(finding, won=won)}:**"
    if finding is None:
        return f"{title} none is established. {_text(patterns.why_none(study, won=won))}"
    return f"{title} {_text(finding.claim.rstrip('.'))}."


def _actions(study: Study) -> str:
    if not study.actions:
        return _text(study.actions_why) or "None: an action needs an established finding."
    names = wording.labels(study)
    return "\n".join(
        f"{i}. **{_text(a.do)}** ({_text(wording.segment(a.segment, names, study.currency))}; {_text(a.expect)}{_until(a)})"
        for i, a in enumerate(study.actions, 1)
    )


def _until(action: ProposedAction) -> str:
    told = wording.until(action)
    return f"; {told}" if told else ""


def _trend(study: Study) -> str:
    parts = [f"## {_text(wording.trend(study))}"]
    if study.trend.why_none:
        return f"{parts[0]}\n\n{_text(study.trend.why_none)}"
    periods = study.trend.periods[-PERIODS:]
    rows = [
        (
            _text(p.label) + ("" if p.ripe else " (not ripe)"),
            fig.rate(p.win_rate),
            fig.interval(p.win_rate),
            _percent_bar(p.win_rate),
        )
        for p in periods
    ]
    parts.append(_table((study.trend.unit.capitalize(), "Won of closed ", "95 % interval ", ""), rows))
    unripe = next((p.why_unripe for p in reversed(periods) if p.why_unripe), "")
    parts += [f"Not ripe: {_text(unripe)}"] if unripe else []
    parts += [_bullets(_text(wording.change(c)) for c in study.trend.comparisons)] if study.trend.comparisons else []
    return "\n\n".join(parts)


def _percent_bar(estimate: Estimate) -> str:
    return "" if estimate.value is None else _bar(estimate.value, 1)


def _reasons(study: Study) -> str:
    if not study.loss_reasons:
        return ""
    parts = [f"## {_text(wording.reasons(study))}", _text(study.reason_flip), _reason_table(study.loss_reasons, study)]
    if study.win_reasons:
        parts += ["### On wins", _reason_table(study.win_reasons, study)]
    return "\n\n".join(part for part in parts if part)


def _reason_table(rows: Sequence[ReasonRow], study: Study) -> str:
    most = max((r.count for r in rows), default=0)
    lines = [
        (
            _text(r.label),
            fig.count(r.count),
            fig.share(r.share.value),
            fig.money(r.amount_cents, study.currency),
            fig.share(r.share_by_amount.value),
            _bar(r.count, most),
        )
        for r in rows
    ]
    return _table(("Reason", "Deals ", "Share ", "Amount ", "Share ", ""), lines)


def _competitors(study: Study) -> str:
    if not study.competitors:
        return ""
    rows = [
        (
            _text(c.name),
            fig.count(c.closed),
            fig.count(c.lost),
            fig.rate(c.win_rate) if c.win_rate.given else "withheld",
            fig.interval(c.win_rate),
        )
        for c in study.competitors
    ]
    met = "Met" if wording.names_no_competitor(study) else "Competitor"
    table = _table((met, "Closed ", "Lost or no decision ", "Win rate ", "95 % interval "), rows)
    return "\n\n".join(
        part
        for part in (
            f"## {_text(wording.competitors(study))}",
            _text(study.competitor_why),
            _text(study.competitor_note),
            table,
        )
        if part
    )


def _findings(study: Study) -> str:
    established, early = patterns.established(study), patterns.early_signals(study)
    parts = [f"## {_text(wording.findings(study))}", _text(patterns.last(study))]
    parts += [_finding(f, study) for f in established[: patterns.SHOWN]]
    parts += [_more_findings(established[patterns.SHOWN :]), *(_finding(f, study) for f in early)]
    return "\n\n".join(part for part in parts if part)


def _more_findings(findings: Sequence[Finding]) -> str:
    if not findings:
        return ""
    rows = [(_text(f.claim), wording.difference(f), fig.probability(f.q), _text(patterns.owed(f))) for f in findings]
    are = fig.plural(len(findings), "more pattern is", "more patterns are")
    return f"### {are} established, with less at stake\n\n" + _table(("Pattern", "Difference ", "q ", ""), rows)


def _finding(finding: Finding, study: Study) -> str:
    early = finding.status == "early_signal"
    lines = [
        f"Here {_text(wording.value(finding, finding.here))}, 95 % interval {wording.bounds(finding, finding.here)}",
        f"{_text(finding.compared_with).capitalize()}: {_text(wording.value(finding, finding.comparison))}",
        f"Difference {wording.difference(finding)}",
        f"p {fig.probability(finding.p)}, q {fig.probability(finding.q)} over {fig.plural(study.tested, 'comparison')}",
        _text(finding.method),
        _text(wording.confounder(finding)),
        *map(_text, finding.caveats),
        f"What would make it firm: {_text(finding.what_would_firm_it)}" if early and finding.what_would_firm_it else "",
        f"Segment: `{finding.segment}`" if finding.segment else "",
    ]
    owed = patterns.owed(finding)
    tag = ("Early signal" if early else "Established") + (f", {_text(owed)}" if owed else "")
    return f"### {tag}: {_text(finding.claim)}\n\n{_bullets(line for line in lines if line)}"


def _attributes(study: Study) -> str:
    if not study.attributes:
        return ""
    return "\n\n".join([f"## {_text(wording.attributes(study))}", *map(_attribute, study.attributes)])


def _attribute(table: AttributeTable) -> str:
    more = len(table.levels) - LEVELS
    tail = f"\n\nAnd {fig.plural(more, 'more value')}." if more > 0 else ""
    if not any(level.win_rate.given for level in table.levels):
        counted = [(_text(level.value or "(blank)"), fig.count(level.closed)) for level in table.levels[:LEVELS]]
        return _table((_text(table.label), "Closed "), counted) + tail
    rows = [
        (
            _text(level.value or "(blank)"),
            f"{fig.count(level.won)} of {fig.count(level.closed)}",
            fig.share(level.win_rate.value),
            fig.interval(level.win_rate),
            fig.signed(level.difference.value),
        )
        for level in table.levels[:LEVELS]
    ]
    head = (_text(table.label), "Won of closed ", "Win rate ", "95 % interval ", "Points from the rest ")
    return _table(head, rows) + tail


def _stages(study: Study) -> str:
    if not study.stages:
        return ""
    rows = [(_text(s.deal_stage), fig.rate(s.share), _text(s.top_reason)) for s in study.stages]
    return f"## {_text(wording.stages(study))}\n\n" + _table(("Deal stage", "Losses ", "Reason named most"), rows)


def _channels(study: Study) -> str:
    if not study.channels:
        return ""
    rows = [
        (
            _text(c.lead_source),
            fig.rate(c.win_rate) if c.win_rate.given else "withheld",
            fig.money(c.spend_cents, study.currency),
            fig.money(c.cost_per_won_cents, study.currency),
        )
        for c in study.channels
    ]
    parts = [f"## {_text(wording.channels(study))}"]
    parts.append(_table(("Lead source", "Won of closed ", "Spend ", "Cost per won deal "), rows))
    names = wording.labels(study)
    paused = [f"{_text(wording.segment(p.segment, names, study.currency))}: {_text(p.words)}" for p in study.pause]
    return "\n\n".join([*parts, *(["Spend to question:", _bullets(paused)] if paused else [])])


def _recovery(study: Study) -> str:
    head = f"## {_text(wording.recovery(study))}"
    if not study.recovery.prospects:
        return f"{head}\n\n{_text(study.recovery.why_none)}".rstrip()
    rows = [
        (
            _text(p.deal_name or p.deal_id),
            _text(p.account or fig.NONE),
            _text(p.reason),
            fig.money(p.amount_cents, p.currency),
            fig.day(p.closed_on),
            fig.span(p.window_from, p.window_to),
        )
        for p in study.recovery.prospects[:PROSPECTS]
    ]
    left = study.recovery.total - len(rows)
    tail = f"\n\nAnd {fig.plural(left, 'more deal')}, {wording.prospect_order(study)}." if left > 0 else ""
    return f"{head}\n\n" + _table(("Deal", "Account", "Reason", "Amount ", "Closed ", "Window "), rows) + tail


def _quality(study: Study) -> str:
    rows = [(_text(i.message), fig.count(i.count), _text(i.kept_out_of or fig.NONE)) for i in study.quality.issues]
    parts = [f"## {_text(wording.quality(study))}"]
    parts += [_table(("What was found", "Count ", "Kept out of"), rows)] if rows else []
    parts.append(_bullets(_text(f.claim) for f in study.findings if f.kind == "quality"))
    parts += [_text(wording.picklist(study)), wording.notes_filled(study), _folds(study), _joins(study)]
    return "\n\n".join(part for part in parts if part)


def _folds(study: Study) -> str:
    if not study.quality.folds:
        return ""
    rows = [
        (
            _text(f.column),
            _text(f.kept),
            ", ".join(f"{_text(value)} {fig.count(n)}" for value, n in f.folded),
            _text(f.why),
        )
        for f in study.quality.folds
    ]
    table = _table(("Column", "Kept", "Joined to it, with rows", "Why"), rows)
    return f"### Spellings that were joined into one\n\n{table}"


def _joins(study: Study) -> str:
    if not study.quality.joins:
        return ""
    rows = [
        (
            f"{_text(j.right)} to {_text(j.left)}" if j.right else "A file",
            _text(j.on_left if j.on_left == j.on_right else f"{j.on_left} = {j.on_right}"),
            *map(fig.count, (j.matched, j.unmatched, j.blank)),
            _text(", ".join(j.examples[:3]) or fig.NONE),
        )
        for j in study.quality.joins
    ]
    head = ("Joined", "By", "Found a partner ", "Found none ", "No key ", "Keys without a partner")
    return f"### Files that were joined\n\n{_table(head, rows)}"


def _nothing(study: Study) -> str:
    items = [_text(f.claim) for f in study.findings if f.status == "not_supported"]
    items += [f"{_text(c.label)}, not compared: {_text(c.why)}" for c in study.left_out]
    parts = [f"## {_text(wording.nothing(study))}", _text(study.power), _bullets(items)]
    return "\n\n".join(part for part in parts if part)


def _words(study: Study) -> str:
    return (
        f"{wording.WIN_RATE} Open and disqualified deals are in no denominator. Shares carry Wilson's 95 % interval. "
        f"q is adjusted for all {fig.plural(study.tested, 'comparison')} looked at. Patterns are associations. "
        f"{_as_of(study)}"
    )


def _as_of(study: Study) -> str:
    why = _text(study.as_of_why.rstrip("."))
    if study.as_of is None:
        return f"No date: {why}."
    return f"As of {fig.day(study.as_of)}: {why}."
