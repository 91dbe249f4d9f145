"""The study: every figure, table and finding of one book as of one day, asked for and put together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import ibis.expr.types as ir

from winloss.aggregate import as_of as as_of_counts
from winloss.aggregate import channels as channel_counts
from winloss.aggregate import competitors as competitor_counts
from winloss.aggregate import periods as period_counts
from winloss.aggregate import quality as quality_counts
from winloss.aggregate import reasons as reason_counts
from winloss.aggregate import stages as stage_counts
from winloss.aggregate import totals as total_counts
from winloss.capture.picklist import Picklist
from winloss.capture.taxonomy import Taxonomy
from winloss.synthesize import (
    actions,
    adopted,
    as_of,
    channels,
    competitors,
    notes,
    one_sided,
    periods,
    quality,
    ranking,
    reasons,
    recovery,
    ripeness,
    stages,
    totals,
)
from winloss.synthesize.asking import Ask, row, rows
from winloss.synthesize.glossary import Glossary
from winloss.synthesize.intake import IntakeFacts
from winloss.synthesize.remedies import AT_A_TERMINAL, Remedies
from winloss.synthesize.search import SearchOptions, SearchResult, question, search_in
from winloss.synthesize.study import (
    CoverageRow,
    Issue,
    PauseRow,
    Quality,
    Recovery,
    StageRow,
    Study,
    Totals,
    Trend,
)
from winloss.tables.custom import CustomColumn
from winloss.tables.segment import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyOptions:
    """What a person can set.

    Parameters
    ----------
    today
        No later date is credible.
    as_of
        The day the study speaks of; the last credible date of the book where None.
    exclude
        Segments left out of everything but the counts of rows.
    window_days
        Opens the recovery window of every reason after so many days.
    fiscal_year_start_month
        1 to 12.
    trend_unit
        week, month or quarter; chosen by the span where None.
    picklist
        The adopted one: what it covers is told.
    remedies
        What a reader can do about the data, in the words of where the study is read.
    """

    today: dt.date
    as_of: dt.date | None = None
    exclude: tuple[Segment, ...] = ()
    window_days: int | None = None
    fiscal_year_start_month: int = 1
    trend_unit: str | None = None
    picklist: Picklist | None = None
    remedies: Remedies = AT_A_TERMINAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The deals a study speaks of, and the day.

    Parameters
    ----------
    rows
        All resolved deals, as they stood on the day.
    deals
        The same without what was left out on request: every figure but the counts of rows is of these.
    later
        Deals that closed after a day set by hand and count as open.
    """

    rows: ir.Table
    deals: ir.Table
    as_of: as_of.AsOf
    later: int = 0
    left_out: notes.LeftOutDeals = field(default_factory=notes.LeftOutDeals)


def scope(deals: ir.Table, *, ask: Ask, options: StudyOptions) -> Scope:
    """Decide the as-of date and what is left out; also gives the deals behind a figure the same limits.

    Parameters
    ----------
    deals
        Resolved deals.
    ask
        Runs one expression.
    options
        What was set.

    Raises
    ------
    UserError
        Where a segment to leave out names a field that the deals do not have.
    """
    decided = as_of.decide(rows(ask, as_of_counts.days(deals, options.today)), given=options.as_of)
    later = 0
    if options.as_of and decided.credible_until and options.as_of < decided.credible_until:
        known = as_of_counts.known_on(deals, options.as_of, decided.credible_until)
        later = _open(ask, known) - _open(ask, deals)
        deals = known
    left = deals
    for segment in options.exclude:
        left = left.filter(~segment.predicate(left))
    return Scope(rows=deals, deals=left, as_of=decided, later=later, left_out=_left_out(deals, ask, options.exclude))


def _open(ask: Ask, deals: ir.Table) -> int:
    return int(row(ask, deals.aggregate(n=(deals.outcome == "open").sum()))["n"])


def _left_out(deals: ir.Table, ask: Ask, exclude: Sequence[Segment]) -> notes.LeftOutDeals:
    if not exclude:
        return notes.LeftOutDeals()
    inside = exclude[0].predicate(deals)
    for segment in exclude[1:]:
        inside = inside | segment.predicate(deals)
    out = deals.filter(inside)
    counted = row(ask, out.aggregate(deals=out.count(), closed=out.is_closed.sum(), won=out.is_won.sum()))
    return notes.LeftOutDeals(segments=tuple(str(segment) for segment in exclude), **counted)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What every part of the study needs at hand."""

    ask: Ask
    scope: Scope
    tables: Mapping[str, ir.Table]
    custom: Sequence[CustomColumn]
    glossary: Glossary
    intake: IntakeFacts
    options: StudyOptions

    @property
    def deals(self) -> ir.Table:
        return self.scope.deals

    @property
    def day(self) -> dt.date | None:
        return self.scope.as_of.day

    def rows(self, expression: ir.Table) -> list[dict[str, Any]]:
        return rows(self.ask, expression)


def study(
    within: Scope,
    *,
    ask: Ask,
    tables: Mapping[str, ir.Table],
    custom: Sequence[CustomColumn],
    taxonomy: Taxonomy,
    intake: IntakeFacts,
    options: StudyOptions,
    book: Mapping[str, Any],
) -> Study:
    """Measure a book.

    Parameters
    ----------
    within
        Resolved deals (`docs/architecture.md`), open and disqualified ones among them, best materialised: see `scope`.
    ask
        Runs one expression and returns its rows; nothing else touches an engine.
    tables
        The other tables of the book; `spend` and `deal_stage_changes` are used where they are there.
    custom
        The custom columns of `deals`.
    taxonomy
        The reasons in force.
    intake
        What the sources told of the rows.
    options
        What a person set.
    book
        Version, name and the like, passed on as they are.

    Raises
    ------
    UserError
        An option that cannot be (a trend by hour, a segment of unknown fields).
    InternalError
        Where the counts do not add up to the rows of the sources.
    """
    desk = _Desk(
        ask=ask,
        scope=within,
        tables=tables,
        custom=custom,
        glossary=Glossary.of(taxonomy),
        intake=intake,
        options=options,
    )
    with ThreadPoolExecutor(1) as hand:
        return _Assembly(desk, hand).study(book)


class _Assembly:
    """One study in the making: the counts that several sections share are asked for once.

    While `hand` searches, the questions that need nothing of what it finds are asked.
    """

    def __init__(self, desk: _Desk, hand: Executor) -> None:
        self.desk = desk
        self.finding = self._search(hand)
        deals = desk.deals
        self.by_row = totals.read(desk.rows(total_counts.outcomes(desk.scope.rows)))
        self.by = self.by_row
        if desk.options.exclude:
            self.by = totals.read(desk.rows(total_counts.outcomes(deals)))
        self.purse = totals.money(desk.rows(total_counts.currencies(deals)))
        self.closings = desk.rows(period_counts.closings(deals))
        self.ripe = ripeness.judge(desk.rows(period_counts.cohorts(deals)), desk.scope.as_of)
        self.losses, self.wins = reasons.read(
            desk.rows(reason_counts.by_reason(deals)), desk.rows(reason_counts.raw_values(deals))
        )
        self.rivals = competitors.Field.read(desk.rows(competitor_counts.by_competitor(deals)))
        self.by_channel = desk.rows(channel_counts.by_channel(deals))
        self.spend = self._spend("lead_source")
        self.contradictions = row(desk.ask, quality_counts.contradictions(deals))
        self.outside = self._outside()
        self.below_zero = row(desk.ask, quality_counts.unknown_amounts(deals))
        self.coverage = self._coverage()
        self.totals = self._totals()

    def study(self, book: Mapping[str, Any]) -> Study:
        desk = self.desk
        trend, reached, measured, again = self._trend(), self._stages(), self._quality(), self._recovery()
        said = tuple(self._notes(measured.issues))
        found, why = self._found(), totals.one_sided(self.by)
        proposed, actions_why = actions.propose(found.findings, desk.glossary, found.attributes)
        win_pattern, loss_pattern = ranking.patterns(found.findings)
        return Study(
            as_of=desk.day,
            as_of_why=desk.scope.as_of.why,
            currency=self.purse.currency,
            currencies=self.purse.currencies,
            excluded=desk.scope.left_out.segments,
            excluded_deals=desk.scope.left_out.deals,
            counts=totals.counts(self.by_row, desk.intake),
            totals=self.totals,
            trend=one_sided.trend(trend, why),
            loss_reasons=reasons.table(self.losses, desk.glossary, self.purse),
            win_reasons=reasons.table(self.wins, desk.glossary, self.purse),
            reason_flip=reasons.flip(self.losses, desk.glossary, self.purse),
            competitors=one_sided.competitors(
                competitors.table(self.rivals, self.purse, competitors.by_size(found.against)), why
            ),
            competitor_why=competitors.why_told(self.rivals),
            competitor_note=competitors.note(self.rivals),
            attributes=one_sided.attributes(found.attributes, why),
            left_out=found.left_out,
            stages=reached,
            channels=one_sided.channels(channels.table(self.by_channel, self.spend, self.purse), why),
            pause=() if why else self._pause(found),
            rival_shares=competitors.rival_shares(found.against, self.rivals) if self.rivals.named else (),
            content_gaps=actions.content_gaps(self.losses, found.findings, desk.glossary),
            findings=found.findings,
            tested=found.tested,
            tested_by=found.tested_by,
            power=found.power,
            quality=measured,
            recovery=again,
            actions=proposed,
            notes=said,
            book=dict(book),
            win_pattern=win_pattern,
            loss_pattern=loss_pattern,
            actions_why=actions_why,
            by_currency=() if self.purse.adds else totals.by_currency(desk.rows(total_counts.by_currency(desk.deals))),
        )

    def _found(self) -> SearchResult:
        found = self.finding.result()
        return replace(found, findings=one_sided.findings(found.findings, totals.one_sided(self.by)))

    def _coverage(self) -> tuple[CoverageRow, ...]:
        deals = self.desk.deals
        labels = {name: label for name, label in quality.fields(self.desk.custom).items() if name in deals.columns}
        return quality.coverage(self.desk.rows(quality_counts.coverage(deals, list(labels))), labels)

    def _totals(self) -> Totals:
        first, last = self.desk.scope.as_of.first_closed, self.desk.day
        inside = [one for one in self.closings if first and last and first <= one["closed_on"] <= last]
        return totals.totals(
            self.by, totals.by_days(self.desk.rows(total_counts.cycles(self.desk.deals))), self.purse, inside
        )

    def _search(self, hand: Executor) -> Future[SearchResult]:
        desk = self.desk
        labels = {code: reason.label for code, reason in desk.glossary.reasons.items()}
        options = SearchOptions(as_of=desk.day, fiscal_year_start_month=desk.options.fiscal_year_start_month)
        answer = [desk.ask(question(desk.deals, desk.custom))]
        return hand.submit(search_in, answer, custom=desk.custom, taxonomy_labels=labels, options=options)

    def _outside(self) -> dict[str, int]:
        decided = self.desk.scope.as_of
        if decided.day is None or decided.first_closed is None:
            return {}
        return row(self.desk.ask, quality_counts.outside(self.desk.deals, decided.first_closed, decided.day))

    def _trend(self) -> Trend:
        return periods.trend(
            self.closings,
            self.desk.scope.as_of,
            self.ripe,
            unit=self.desk.options.trend_unit,
            fiscal_year_start_month=self.desk.options.fiscal_year_start_month,
            amounts=self.purse.adds,
            note=notes.uneven_dates(quality.uneven(self.coverage, "closed_on")),
        )

    def _stages(self) -> tuple[StageRow, ...]:
        reached = stage_counts.reached(self.desk.deals, self.desk.tables.get("deal_stage_changes"))
        return stages.table(self.desk.rows(stage_counts.at_loss(reached)), self.desk.glossary)

    def _spend(self, name: str, first: dt.date | None = None, last: dt.date | None = None) -> channels.Spend:
        spend = self.desk.tables.get("spend")
        if spend is None or name not in channels.SPEND_FIELDS:
            return channels.Spend()
        if first and last:
            spend = channel_counts.spend_since(spend, first, last)
        return channels.Spend.read(self.desk.rows(channel_counts.spend_by(spend, name)), deals_in=self.purse.currency)

    def _pause(self, found: SearchResult) -> tuple[PauseRow, ...]:
        day = self.desk.day
        if day is None:
            return ()
        first = day - dt.timedelta(days=channels.PAUSE_DAYS - 1)
        lately = channel_counts.closed_between(self.desk.deals, first, day)
        quarantined = {out.name for out in found.left_out if out.quarantined}
        undated = self.desk.deals.filter(self.desk.deals.closed_without_date & self.desk.deals.is_won)
        parts = [
            channels.recent(
                name,
                self.desk.rows(channel_counts.by_value(lately, name)),
                self._spend(name, first, day),
                self.desk.rows(channel_counts.by_value(undated, name)) if self.contradictions["undated"] else (),
            )
            for name in channels.PAUSE_FIELDS
            if name not in quarantined
        ]
        return channels.pause(parts, day)

    def _quality(self) -> Quality:
        desk = self.desk
        unread_stages = desk.rows(quality_counts.unread_stages(desk.deals)) if self.by["unclassified"].n else []
        return Quality(
            coverage=self.coverage,
            reason_coverage=quality.reason_coverage(self.losses),
            other_or_unknown=quality.other_or_unknown(self.losses),
            unread_reasons=reasons.unread(self.losses, self.wins),
            picklist=adopted.cover(desk.options.picklist, (self.losses, self.wins), desk.glossary),
            unread_stages=tuple((one["deal_stage"] or "", one["n"]) for one in unread_stages),
            issues=quality.issues(
                self._shape(),
                by=self.by,
                as_of=desk.scope.as_of,
                ripeness=self.ripe,
                losses=self.losses,
                purse=self.purse,
                intake=desk.intake,
                glossary=desk.glossary,
                remedies=desk.options.remedies,
            ),
            folds=desk.intake.folds,
            joins=desk.intake.joins,
            columns=desk.intake.columns,
            skipped=tuple((desk.intake.skipped or {}).items()),
            rejects=desk.intake.rejects if desk.options.remedies.names_files else "",
        )

    def _shape(self) -> quality.Shape:
        desk = self.desk
        at_least = max(quality.SAME_SECOND_DEALS, self.by.closed.n // 100)
        fields, filled = quality.same_deal(desk.deals.columns, desk.intake)
        return quality.Shape(
            contradictions=self.contradictions,
            outside=self.outside,
            reasons_by_rep=desk.rows(quality_counts.reasons_by_rep(desk.deals)),
            same_instant=row(desk.ask, quality_counts.same_instant(desk.deals, at_least=at_least)),
            closings=self.closings,
            repeated=row(desk.ask, quality_counts.repeated(desk.deals, fields, filled=filled)),
            repeated_names=bool(filled),
            several_competitors=self._naming_several(),
            negative=self.below_zero["n"],
            zeros=(self.below_zero["zero_won"], self.below_zero["zero_lost"]),
        )

    def _naming_several(self) -> int:
        listed = {one["value"]: one["n"] for one in self.desk.rows(competitor_counts.several(self.desk.deals))}
        return competitors.naming_several(listed, self.rivals) if listed else 0

    def _recovery(self) -> Recovery:
        return recovery.recovery(
            self.desk.deals,
            ask=self.desk.ask,
            glossary=self.desk.glossary,
            as_of=self.desk.day,
            purse=self.purse,
            window_days=self.desk.options.window_days,
            remedies=self.desk.options.remedies,
        )

    def _notes(self, issues: Sequence[Issue]) -> list[str]:
        desk = self.desk
        junk_values = desk.rows(reason_counts.junk_values(desk.deals)) if self.by["disqualified"].n else []
        undated = self.contradictions["closed_without_date"]
        return [
            *notes.left_out(desk.scope.left_out),
            *notes.set_by_hand(desk.scope.as_of, desk.scope.later),
            *notes.reading(desk.intake.problems, desk.options.remedies),
            *notes.in_the_data(issues, self.by),
            *notes.ambiguous_dates(desk.intake.columns),
            *notes.joins(desk.intake.joins, desk.intake.problems),
            *notes.unclassified(self.by, desk.options.remedies),
            *notes.unread_reasons(self.losses, desk.options.remedies),
            *notes.junk(self.by, self.totals, channels.junk_moves(self.by_channel), junk_values),
            *notes.renewals(desk.rows(channel_counts.by_deal_type(desk.deals)), desk.options.remedies),
            *notes.missing_reasons(self.losses),
            *notes.amounts(self.purse, desk.options.remedies),
            *notes.negative_amounts(self.below_zero["n"], self.below_zero["amount_cents"], self.purse),
            *notes.dates(self.by, desk.scope.as_of, undated, self.outside.get("after", 0)),
            *[note for note in [notes.uneven_dates(quality.uneven(self.coverage, "closed_on"))] if note],
            *notes.ripeness(self.ripe),
            *notes.only_closed(self.by, self.by_row),
            *notes.spend(self.spend, self.by, self._campaigns(), desk.scope.as_of),
        ]

    def _campaigns(self) -> dict[str, int] | None:
        spend = self.desk.tables.get("spend")
        if spend is None or not self.spend.cents:
            return None
        return row(self.desk.ask, channel_counts.campaigns_in_spend(self.desk.deals, spend))
