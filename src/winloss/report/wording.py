"""The sentences of the report: every heading is an answer with its number."""

from __future__ import annotations

from collections.abc import Iterator

from winloss.capture.taxonomy import shipped
from winloss.errors import UserError
from winloss.report import figures as fig
from winloss.report import patterns
from winloss.stats.estimate import Estimate
from winloss.stats.shares import wilson
from winloss.synthesize.claims import in_sentence
from winloss.synthesize.coded import Level, joined
from winloss.synthesize.competitors import NO_NAMES
from winloss.synthesize.finding import Finding, Survival
from winloss.synthesize.stages import OTHER_STAGES, UNKNOWN_STAGE
from winloss.synthesize.study import (
    AttributeTable,
    CompetitorRow,
    LevelRow,
    PeriodComparison,
    ProposedAction,
    ReasonRow,
    RivalShareRow,
    Study,
)
from winloss.tables.deals import DEALS
from winloss.tables.segment import Condition, Segment

WIN_RATE = "Win rate = won ÷ (won + lost + no decision)."


def labels(study: Study) -> dict[str, str]:
    """What a reader sees for each field, and for each condition that is a value of an attribute, or a run of neighbours."""
    declared = {c.name: c.title for c in DEALS.columns}
    own = {c.name: c.label for c in study.left_out}
    return {
        **declared,
        "amount_cents": "Deal size",
        "cycle_days": "Days to close",
        "reason": "Reason",
        "competitor": "Competitor",
        "outcome": "Outcome",
        **own,
    } | {name: told for a in study.attributes for name, told in ((a.name, a.label), *_runs(a))}


def _runs(attribute: AttributeTable) -> Iterator[tuple[str, str]]:
    """The text forms of an attribute's values, and of their runs where they are ordered, with what a reader sees."""
    levels = [_level(row) for row in attribute.levels if row.kind == "value"]
    longest = len(levels) if attribute.ordered else 1
    for start in range(len(levels)):
        for end in range(start + 1, min(start + longest, len(levels)) + 1):
            run = joined(levels[start:end])
            if run.condition is not None:
                yield str(run.condition), f"{attribute.label} {run.label}"


def _level(row: LevelRow) -> Level:
    conditions = Segment.parse(row.segment).conditions
    return Level(row.value, conditions[0] if len(conditions) == 1 else None)


def segment(written: str, names: dict[str, str], currency: str | None = None) -> str:
    """A segment in a reader's words: "Deal size €8,000-€14,999, Industry Healthcare"; all deals where it is empty."""
    if not written:
        return "All closed deals"
    try:
        conditions = Segment.parse(written).conditions
    except UserError:
        return written
    return ", ".join(_condition(c, names, currency) for c in conditions)


def _condition(condition: Condition, names: dict[str, str], currency: str | None) -> str:
    if (known := names.get(str(condition))) is not None:
        return known
    name = names.get(condition.field) or condition.field.removeprefix("x_").replace("_", " ").capitalize()
    values = condition.values
    if condition.field.endswith("_cents") and all(value.lstrip("-").isdigit() for value in values):
        values = tuple(fig.money(int(value), currency) for value in values)
    if condition.kind == "blank":
        return f"{name} blank"
    if condition.kind == "between":
        return f"{name} {values[0]} to {values[1]}"
    return f"{name} {' or '.join(values)}"


UNNAMED = frozenset({None, "other", "unknown", "unread"})
"""Codes of rows that name no reason."""


def reason_labels(study: Study) -> dict[str, str]:
    """What a reader sees for each reason's code."""
    rows = {r.code: r.label for r in (*study.win_reasons, *study.loss_reasons) if r.code}
    return (
        {reason.code: reason.label for reason in shipped().reasons}
        | {g.reason: g.label for g in study.content_gaps}
        | rows
    )


def short(finding: Finding, study: Study, names: dict[str, str]) -> str:
    """A finding in a few words: its segment, and what is measured where that is not the win rate."""
    where = (
        segment(finding.segment, names, study.currency)
        if finding.segment
        else SHORT.get(finding.kind, "All closed deals")
    )
    what = finding.measure.split(":")
    if len(what) == 3 and what[0] == "share_of_losses":
        return f"{reason_labels(study).get(what[2], what[2])} in losses: {where}"
    return where


SHORT = {"season": "Months of the quarter", "trend": "Later against earlier", "cycle": "Longer deals"}


UNREAD_SHARE = 0.1
"""Unread outcomes over closed deals, from which the headline of a refused win rate tells them."""


def headline(study: Study) -> str:
    """The answer of the whole report."""
    closed, rate = study.counts.closed, study.totals.win_rate
    if closed == 0 and study.counts.unclassified:
        n = study.counts.unclassified
        todo = "say what its value means" if n == 1 else "say what their values mean"
        return f"How {fig.plural(n, 'deal')} ended could not be read: {todo}"
    if closed == 0:
        return "No deal is closed yet"
    if rate.value is None:
        n = study.counts.unclassified
        unread = f": how {fig.count(n)} more ended could not be read" if n > closed * UNREAD_SHARE else ""
        return f"{fig.plural(closed, 'deal')} closed; the win rate cannot be given{unread}"
    won = rate.successes if rate.successes is not None else study.counts.won
    return f"We won {fig.count(won)} of {fig.count(rate.n)} closed deals: {fig.share(rate.value)}"


def subject(study: Study) -> str:
    """Which deals, until when: "Closed 1 Mar – 31 May 2026, as of 31 May 2026"."""
    parts = []
    if study.totals.closed_from or study.totals.closed_to:
        parts.append(f"closed {fig.span(study.totals.closed_from, study.totals.closed_to)}")
    if study.as_of:
        parts.append(f"as of {fig.day(study.as_of)}")
    text = ", ".join(parts) or "the deals carry no dates"
    return text[0].upper() + text[1:]


def left_out(study: Study) -> str:
    """What was left out on request, with how many deals; "" where nothing was."""
    if not study.excluded:
        return ""
    names = labels(study)
    told = "; ".join(segment(written, names, study.currency) for written in study.excluded)
    return f"Left out on request: {told} ({fig.plural(study.excluded_deals, 'deal')})."


def trend(study: Study) -> str:
    """Whether the win rate moved against the period before."""
    if study.trend.why_none or not study.trend.periods:
        return "No trend can be told"
    if not study.trend.comparisons:
        return f"The win rate over {fig.plural(len(study.trend.periods), study.trend.unit)}"
    return change(study.trend.comparisons[0])


def change(comparison: PeriodComparison) -> str:
    """One comparison of two periods, called a change only where its interval leaves zero out."""
    here, there, gap = comparison.this.win_rate, comparison.other.win_rate, comparison.difference
    if here.value is None or there.value is None or gap.value is None:
        return f"No comparison with {comparison.label}: {here.why or there.why or gap.why}"
    pair = f"{fig.share(here.value)} against {fig.share(there.value)} {comparison.label}"
    if not leaves_zero_out(gap):
        return f"No change that can be told from chance: {pair}"
    return f"The win rate {'rose' if gap.value > 0 else 'fell'}: {pair}"


def leaves_zero_out(gap: Estimate) -> bool:
    """Whether an interval lies on one side of zero; False where there is none."""
    return gap.low is not None and gap.high is not None and not gap.low <= 0 <= gap.high


def named(rows: tuple[ReasonRow, ...]) -> tuple[ReasonRow, ...]:
    """The rows that name a reason: neither "no reason given" nor the collected rest."""
    return tuple(r for r in rows if r.code not in UNNAMED)


def losses(study: Study) -> str:
    """What shares of lost and no-decision deals are of: "losses", or with the no-decisions where there are some."""
    return "losses and no-decisions" if study.counts.no_decision else "losses"


def reasons(study: Study) -> str:
    """The top reason of losses."""
    if not study.loss_reasons:
        return "No loss yet, so no reason"
    top = max(named(study.loss_reasons), key=lambda r: r.count, default=None)
    without = next((r for r in study.loss_reasons if r.code is None), None)
    if top is None or (without is not None and without.share.value is not None and without.share.value > 0.5):
        missing = without or study.loss_reasons[0]
        return f"Why deals were lost is not told: {fig.rate_of(missing.share, losses(study))} carry no reason"
    return f"{top.label} is the reason named most: {fig.rate_of(top.share, losses(study))}"


def win_reasons(study: Study) -> str:
    """The top reason of wins; "" where none is named."""
    top = max(named(study.win_reasons), key=lambda r: r.count, default=None)
    return "" if top is None else f"{top.label} is named most on wins: {fig.rate_of(top.share, 'wins')}"


def competitors(study: Study) -> str:
    """The competitor met most, with the win rate against it where it can be given."""
    met = [c for c in study.competitors if c.kind == "competitor"]
    if not met:
        return "No competitor is recorded"
    if names_no_competitor(study):
        return _with_a_competitor(study, met[0])
    top = max(met, key=lambda c: c.closed)
    if len(met) == 1:
        if top.share_of_losses.value is None and top.win_rate.value is None:
            return f"{top.name}: named in {fig.plural(top.closed, 'closed deal')}"
        share = top.share_of_losses if top.win_rate.value is None else top.win_rate
        return f"{top.name}: {fig.rate_of(share, losses(study)) if share is top.share_of_losses else f'we win {fig.rate(share)}'}"
    if top.share_of_losses.value is None and top.win_rate.value is None:
        return f"{top.name} is named most: in {fig.plural(top.closed, 'closed deal')}"
    if top.win_rate.value is None:
        return f"{top.name} is named most: in {fig.rate_of(top.share_of_losses, losses(study))}"
    return f"{top.name} is met most; we win {fig.rate(top.win_rate)}"


def names_no_competitor(study: Study) -> bool:
    """Whether the data says that a competitor was met, and never which one."""
    met = [c for c in study.competitors if c.kind == "competitor"]
    return bool(met) and all(c.name in NO_NAMES for c in met)


def _with_a_competitor(study: Study, met: CompetitorRow) -> str:
    if met.win_rate.value is None:
        return f"A competitor is recorded in {fig.rate_of(met.share_of_losses, losses(study))}, and never which one"
    without = next((c for c in study.competitors if c.kind == "none" and c.win_rate.given), None)
    told = f"With a competitor we win {fig.rate(met.win_rate)}"
    return told if without is None else f"{told}, without one {fig.rate(without.win_rate)}"


def rival_share(row: RivalShareRow) -> str:
    """What a competitor's share calls for, or that too few losses tell."""
    if row.few_answered:
        return f"only {fig.count(row.share.n)} of {fig.count(row.losses)} losses say who was met"
    return "over 40 %: act" if row.level == "act" else "over 30 %: watch"


def findings(study: Study) -> str:
    """How many patterns are established and how many are early, of how many looked at."""
    established, early = len(patterns.established(study)), len(patterns.early_signals(study))
    looked = f"of {fig.plural(study.tested, 'comparison')} looked at"
    if not study.tested:
        return "Nothing could be compared yet"
    if not established and not early:
        return f"Nothing is established, {looked}"
    firm = f"{fig.plural(established, 'pattern')} {'is' if established == 1 else 'are'} established"
    signals = f"{fig.plural(early, 'early signal')}"
    return f"{firm if established else 'Nothing is established'}{f', {signals}' if early else ''}, {looked}"


def attributes(study: Study) -> str:
    """How many attributes were compared."""
    if not study.attributes:
        return "No attribute could be compared"
    if not study.totals.win_rate.given:
        return "How many closed deals each value has"
    lead = "The win rate by " + (
        study.attributes[0].label.lower() if len(study.attributes) == 1 else f"{len(study.attributes)} attributes"
    )
    return lead + ": each value against the rest"


def stages(study: Study) -> str:
    """The deal stage at which most losses happen."""
    if not study.stages:
        return "The deal stage at loss is not recorded"
    known = sorted((s for s in study.stages if s.deal_stage not in _NO_STAGE), key=lambda s: -s.lost)
    if not known:
        return "The deal stage at loss is not recorded"
    top, *others = known
    if not others:
        one = f"{fig.rate_of(top.share, losses(study))} stand at {top.deal_stage}"
        return f"{one}, the only deal stage named: it tells nothing"
    second = others[0]
    # Of the losses at one of the two, more than half stand at the first: the interval leaves a half out.
    if (wilson(top.lost, top.lost + second.lost).low or 0.0) <= 0.5:
        told = f"{top.deal_stage} ({fig.count(top.lost)}) and {second.deal_stage} ({fig.count(second.lost)})"
        lost = fig.plural(top.share.n, "loss", losses(study))
        return f"No one deal stage stands out: of {lost}, the most stand at {told}"
    if 2 * top.lost > top.share.n:
        return f"Most losses happen at {top.deal_stage}: {fig.rate(top.share)}"
    return f"More losses happen at {top.deal_stage} than at any other deal stage: {fig.rate(top.share)}"


_NO_STAGE = frozenset((UNKNOWN_STAGE, OTHER_STAGES))


def channels(study: Study) -> str:
    """What the channels cost, or how many there are."""
    if not study.channels:
        return "No lead source is recorded"
    dear = [c for c in study.channels if c.cost_per_won_cents is not None]
    if not dear:
        return f"{fig.plural(len(study.channels), 'channel')}; what a won deal costs is not known"
    top = max(dear, key=lambda c: c.cost_per_won_cents or 0)
    cost = fig.money(top.cost_per_won_cents, study.currency)
    return f"{top.lead_source} costs most per won deal: {cost}"


def prospect_order(study: Study) -> str:
    """By what the deals to ask again are listed."""
    return "the latest lost first, since amounts are in several currencies" if study.recovery.dated else "by value"


def recovery(study: Study) -> str:
    """How many lost deals could be opened again now."""
    r = study.recovery
    if not r.total:
        return "No lost or no-decision deal is due to be opened again"
    worth = f", worth {fig.money(r.total_cents, study.currency)}" if r.total_cents else ""
    return f"{fig.plural(r.total, 'lost or no-decision deal')} could be opened again now{worth}"


def quality(study: Study) -> str:
    """How many losses carry a reason."""
    cover = study.quality.reason_coverage
    if cover.value is None:
        return "What is missing in the data"
    return f"{fig.rate_of(cover, losses(study))} carry a reason"


def notes_filled(study: Study) -> str:
    """How many rows carry notes about the close; "" where it is not known how the columns were read."""
    if not study.quality.columns or not study.counts.rows:
        return ""
    filled = sum(c.filled for c in study.quality.columns if c.target == "notes")
    if not filled:
        return "No deal carries notes about its close."
    rows = study.counts.rows
    return f"Notes about the close are filled on {fig.count(filled)} of {fig.plural(rows, 'row')} ({fig.share(filled / rows)})."


_OUTSIDE_SHOWN = 5


def picklist(study: Study) -> str:
    """What the adopted picklist covers and what falls outside; "" where none is adopted."""
    cover = study.quality.picklist
    if cover is None:
        return ""
    since = f" adopted on {fig.day(cover.adopted_on)}" if cover.adopted_on else ""
    if cover.covered.value is None:
        return f"What the picklist{since} covers cannot be told. {cover.covered.why}"
    told = [f"The picklist{since} covers {fig.rate_of(cover.covered, 'closed deals with a reason')}."]
    if cover.outside:
        shown = [f"{label} {fig.count(n)}" for label, n in cover.outside[:_OUTSIDE_SHOWN]]
        rest = cover.outside[_OUTSIDE_SHOWN:]
        shown += [f"{fig.plural(len(rest), 'more reason')} {fig.count(sum(n for _, n in rest))}"] if rest else []
        told.append(f"Outside it: {', '.join(shown)}.")
    apart = (
        (cover.other_or_unknown, "say Other, Unknown, or only that a competitor won"),
        (cover.not_understood, "are not understood"),
    )
    told += [f"{fig.count(n)} {what}." for n, what in apart if n]
    return " ".join(told)


def spellings(study: Study) -> str:
    """Which spellings were joined into one, in a line; "" where none were."""
    folds = study.quality.folds
    if not folds:
        return ""
    named = [(value, fold.kept, n) for fold in folds for value, n in fold.folded if fold.kept]
    if not named:
        return f"Spellings were joined into one in {fig.plural(len({f.column for f in folds}), 'column')}."
    value, kept, n = max(named, key=lambda one: one[2])
    more = f", and {fig.plural(len(named) - 1, 'more spelling')}" if len(named) > 1 else ""
    return f"Spellings joined into one: {value} to {kept} ({fig.plural(n, 'row')}){more}."


def until(action: ProposedAction) -> str:
    """After how many deals one can tell, unless the action says so itself; "" where nobody can say."""
    if not action.deals_until_told or fig.count(action.deals_until_told) in action.expect:
        return ""
    return f"one can tell after {fig.plural(action.deals_until_told, 'more closed deal')}"


def confounder(finding: Finding) -> str:
    """What is left of a finding inside the attribute that threatens it most; "" where none was looked at."""
    c = finding.confounder
    if c is None:
        return ""
    left = f"{fig.points(c.difference)} ({fig.signed(c.low)} to {fig.signed(c.high)})"
    crude = finding.difference.value if finding.difference else None
    weaker = "is weaker" if c.shrinks(crude or 0.0) else "keeps its size, but cannot be told from chance any more"
    ends = {
        Survival.HOLDS: f"the difference holds: {left}",
        Survival.WEAKENS: f"the difference {weaker}: {left}",
        Survival.VANISHES: f"no difference is left that can be told from chance: {left}",
        Survival.REVERSES: f"the difference turns round: {left}",
    }
    return f"Within equal {in_sentence(c.label)}, the strongest competing explanation, {ends[c.survival]}."


def value(finding: Finding, number: Estimate | None) -> str:
    """A number of a finding in the unit of its measure: days for cycles, a share with its count for all else."""
    if number is None:
        return fig.NONE
    if number.value is None:
        return number.why
    if "days" in finding.measure:
        return f"{fig.days(number.value)} (n {fig.count(number.n)})"
    return fig.rate(number)


def bounds(finding: Finding, number: Estimate | None) -> str:
    """The interval of a number of a finding, in its unit."""
    if number is None:
        return ""
    return fig.interval_days(number) if "days" in finding.measure else fig.interval(number)


def difference(finding: Finding) -> str:
    """The difference from the comparison with its interval, in its unit; "" where there is none."""
    gap = finding.difference
    if gap is None or gap.value is None:
        return ""
    if "days" in finding.measure:
        return f"{gap.value:+,.0f} days".replace("-", fig.MINUS)
    low_high = fig.interval_points(gap)
    return f"{fig.points(gap.value)} ({low_high})" if low_high else fig.points(gap.value)


def closed(study: Study) -> tuple[int, str]:
    """How many closed deals the rates are over, and how these ended; what was left out on request is not among them."""
    won, lost, undecided = ended(study)
    told = f"{fig.count(won)} won · {fig.count(lost)} lost · {fig.count(undecided)} no decision"
    return won + lost + undecided, told


def ended(study: Study) -> tuple[int, int, int]:
    """Deals won, lost and without a decision, without those that were left out on request."""
    c, every, decided = study.counts, study.totals.win_rate, study.totals.competitive_win_rate
    won, lost, undecided = c.won, c.lost, c.no_decision
    if study.excluded and every.given and every.successes is not None:
        won = every.successes
        undecided = every.n - decided.n if decided.given else 0
        lost = every.n - won - undecided
    return won, lost, undecided


def rows(study: Study) -> str:
    """How the rows of the source divide, adding up to all of them."""
    c = study.counts
    parts = {
        "won": c.won,
        "lost": c.lost,
        "no decision": c.no_decision,
        "disqualified": c.disqualified,
        "open": c.open,
        "unclassified": c.unclassified,
        "rejected": c.rejected,
        "folded": c.folded,
    }
    told = [f"{fig.count(n)} {name}" for name, n in parts.items() if n]
    whole = f"{fig.plural(c.rows, 'row')}{', those left out among them' if study.excluded else ''}"
    return f"{whole}: {' + '.join(told)}." if told else f"{whole}."


def amounts_by_currency(study: Study, *, won: bool) -> str:
    """What was won, or lost, in each currency where there are several: "€1.2M, $340k"; "" where there is one."""
    rows = [
        (row.currency, row.won_amount_cents if won else row.lost_amount_cents)
        for row in study.by_currency
        if row.currency
    ]
    unnamed = [row.won_amount_cents if won else row.lost_amount_cents for row in study.by_currency if not row.currency]
    told = [fig.money(cents, currency) for currency, cents in rows]
    return ", ".join([*told, *(f"{fig.money(cents, None)} in no named currency" for cents in unnamed)])


def priced(study: Study, *, won: bool) -> str:
    """Of how many deals an amount is known: what a sum, a median or an average of amounts rests on."""
    whole, of_won, t = closed(study)[0], ended(study)[0], study.totals
    n, of = (t.n_amount_won, of_won) if won else (t.n_amount_lost, whole - of_won)
    return f"known of {fig.count(n)} of {fig.count(of)}"


def amounts_why(study: Study) -> str:
    """Why a sum of amounts is missing."""
    if study.totals.amounts_why:
        return study.totals.amounts_why
    if len([name for name, _ in study.currencies if name]) > 1:
        return "Amounts of several currencies are not added without a rate."
    return study.totals.win_rate_by_amount.why or "The deals carry no amounts."


def nothing(study: Study) -> str:
    """How much was looked at without a finding."""
    if not study.tested:
        return "Nothing was compared"
    return f"{fig.count(max(study.tested - len(patterns.shown(study)), 0))} of {fig.plural(study.tested, 'comparison')} showed nothing to rely on or nothing new"
