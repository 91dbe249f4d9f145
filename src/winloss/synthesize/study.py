"""A study: everything that was computed of one book as of one day. The report only shows it.

All amounts are whole hundredths of `currency`; shares are 0–1; dates are calendar dates. Frozen, and made
of plain values, so that it can be written as JSON and compared.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from winloss.stats.estimate import Estimate
from winloss.synthesize.finding import Finding
from winloss.synthesize.intake import ColumnFact, FoldFact, JoinFact


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How the rows of the source divide; `rows` is the sum of all others."""

    won: int
    lost: int
    no_decision: int
    disqualified: int
    open: int
    unclassified: int
    rejected: int
    folded: int

    @property
    def rows(self) -> int:
        return (
            self.won
            + self.lost
            + self.no_decision
            + self.disqualified
            + self.open
            + self.unclassified
            + self.rejected
            + self.folded
        )

    @property
    def closed(self) -> int:
        return self.won + self.lost + self.no_decision

    def to_json(self) -> dict[str, int]:
        names = ("won", "lost", "no_decision", "disqualified", "open", "unclassified", "rejected", "folded")
        return {"rows": self.rows, **{name: getattr(self, name) for name in names}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The first figures. `by_amount` rates are refused where losses carry no amount or currencies are mixed."""

    win_rate: Estimate
    competitive_win_rate: Estimate
    win_rate_by_amount: Estimate
    win_rate_with_junk: Estimate
    """What the win rate would be with disqualified deals in the denominator."""
    won_amount_cents: int | None
    lost_amount_cents: int | None
    median_won_cents: int | None
    average_won_cents: int | None
    average_lost_cents: int | None
    cycle_days_won: Estimate
    """Median days from creation to close."""
    cycle_days_lost: Estimate
    closed_from: dt.date | None
    closed_to: dt.date | None
    cycle_days_no_decision: Estimate = field(default_factory=lambda: Estimate.refused("No deal ended in no decision."))
    amounts_why: str = ""
    """Why amounts are withheld (several currencies, none filled), else ""."""
    n_amount_won: int = 0
    """Won deals of known amount: what the sum, the median and the average of won amounts rest on."""
    n_amount_lost: int = 0
    """The same of lost deals and no-decisions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyRow:
    """Closed deals whose amount is in one currency ("" where none is named), won ones and others, and their amounts."""

    currency: str
    won: int
    won_amount_cents: int
    lost: int
    """Lost or no decision."""
    lost_amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRow:
    """One period of the trend. `ripe` is False where deals of that age are still mostly open."""

    start: dt.date
    end: dt.date
    label: str
    closed: int
    won: int
    win_rate: Estimate
    won_amount_cents: int | None
    ripe: bool = True
    why_unripe: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodComparison:
    """This period against another one: "the quarter before", "a year ago"."""

    label: str
    this: PeriodRow
    other: PeriodRow
    difference: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortRow:
    """Deals created in one month: how many are closed by `as_of`, and how they stand."""

    start: dt.date
    created: int
    closed: int
    won: int
    share_closed: float
    ripe: bool
    by_age: tuple[tuple[int, float | None, float | None], ...] = ()
    """For each age in days: shares of `created` closed and won by then; None while the month's last deal is younger."""
    left_cut: bool = False
    """Closings of these deals before the book's first closing are missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    unit: str
    """week, month or quarter."""
    periods: tuple[PeriodRow, ...] = ()
    comparisons: tuple[PeriodComparison, ...] = ()
    month_in_quarter: tuple[PeriodRow, ...] = ()
    """Three rows: first, second, third month of a quarter, over the whole book."""
    cohorts: tuple[CohortRow, ...] = ()
    why_none: str = ""
    note: str = ""
    """What bends the whole trend, else "": closing dates filled unevenly on wins and losses."""
    ripe_after_days: int | None = None
    """Nine of ten deals that close do so within this many days of their creation; None where nobody can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonRow:
    """One reason among the losses (or wins). `code` None is the bar "No reason given"; "other" collects the rest."""

    code: str | None
    label: str
    outcome: str
    """lost_or_no_decision or won."""
    count: int
    share: Estimate
    amount_cents: int | None
    share_by_amount: Estimate
    points_at: str = ""
    content_gap: str = ""
    raw_values: tuple[tuple[str, int], ...] = ()
    rank: int = 0
    rank_by_amount: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetitorRow:
    """One competitor. `presence` is its share of closed deals whose competitor is known; `win_rate` may be refused.

    `win_rate` is of the deals whose competitor field (or debrief) says so; its n tells how many.
    """

    name: str
    kind: str
    """competitor, none, unknown or blank."""
    closed: int
    won: int
    lost: int
    presence: Estimate
    share_of_losses: Estimate
    win_rate: Estimate
    amount_lost_cents: int | None
    lost_by_reason: int = 0
    """Of `lost`, those of which the reason alone tells of the competitor: in no win rate against it."""
    by_size: tuple[tuple[str, Estimate], ...] = ()
    """Win rate against it by deal-size band."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRow:
    """One value of one attribute. `kind` is value, unknown (placeholder), blank or other (rare values folded)."""

    value: str
    kind: str
    segment: str
    closed: int
    won: int
    win_rate: Estimate
    difference: Estimate
    """From the rest of the attribute's filled values."""
    top_reason: str = ""
    top_reason_share: Estimate | None = None
    won_amount_cents: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeTable:
    """One attribute with its values, sorted by deals (ordered ones by their order)."""

    name: str
    label: str
    levels: tuple[LevelRow, ...]
    ordered: bool
    tested: int
    p: float | None = None
    """Of the whole attribute: chi-square over its values."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A column that was not compared, and why (leak, too many values, one value, identifier …)."""

    name: str
    label: str
    why: str
    quarantined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow:
    """One deal stage reached at loss."""

    deal_stage: str
    lost: int
    share: Estimate
    top_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRow:
    """One channel with its leads, deals, spend and cost."""

    lead_source: str
    closed: int
    won: int
    win_rate: Estimate
    won_amount_cents: int | None
    spend_cents: int | None
    cost_per_won_cents: int | None
    why_no_cost: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRow:
    """A segment whose spend should be questioned: its win rate over 90 days and the upper bound under 15 %."""

    segment: str
    win_rate: Estimate
    rest: Estimate
    spend_cents: int | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RivalShareRow:
    """A competitor in more than 30 % (`level` "watch") or 40 % ("act") of a segment's losses whose competitor is known.

    `losses` are all of the segment, those of which nobody says who was met among them; `share` is of the others.
    """

    segment: str
    competitor: str
    share: Estimate
    level: str
    losses: int

    @property
    def few_answered(self) -> bool:
        """Fewer than half of the losses say who was met: the others may have met somebody else."""
        return 2 * self.share.n < self.losses


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentGapRow:
    """A loss reason that the evidence maps to missing content."""

    reason: str
    label: str
    gap: str
    segment: str
    share: Estimate
    finding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """How often one field is filled on closed deals, and by outcome."""

    field: str
    label: str
    filled: int
    closed: int
    share: float
    share_won: float | None
    share_lost: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Trouble in the data: a stable code, a sentence, how often, and what it was kept out of."""

    code: str
    message: str
    count: int
    kept_out_of: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PicklistCover:
    """What the adopted picklist covers of the closed deals that carry a reason; its counts add up to `covered.n`."""

    adopted_on: dt.date | None
    covered: Estimate
    """The share whose reason is an entry of the list, Other and Unknown not among them."""
    other_or_unknown: int
    not_understood: int
    outside: tuple[tuple[str, int], ...]
    """Labels of the reasons that the list lacks, with deals, most first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    coverage: tuple[CoverageRow, ...] = ()
    reason_coverage: Estimate = field(default_factory=lambda: Estimate.refused("No loss yet."))
    other_or_unknown: Estimate = field(default_factory=lambda: Estimate.refused("No reason yet."))
    unread_reasons: tuple[tuple[str, int], ...] = ()
    """Raw reasons that the taxonomy does not know, with counts."""
    picklist: PicklistCover | None = None
    """None where none is adopted."""
    unread_stages: tuple[tuple[str, int], ...] = ()
    """Deal stages that could not be classified, with counts."""
    issues: tuple[Issue, ...] = ()
    folds: tuple[FoldFact, ...] = ()
    """Spellings that were joined into one."""
    joins: tuple[JoinFact, ...] = ()
    columns: tuple[ColumnFact, ...] = ()
    """What became of each column of the sources."""
    skipped: tuple[tuple[str, int], ...] = ()
    """Blank rows, repeated headers and footers: no rows."""
    rejects: str = ""
    """Where the rejected rows lie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """A lost deal whose reason's window is open."""

    deal_id: str
    deal_name: str
    account: str
    owner_id: str
    closed_on: dt.date
    reason: str
    amount_cents: int | None
    currency: str | None
    """Of its own amount; None where it names none and the book has not one alone."""
    window_from: dt.date
    window_to: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    prospects: tuple[Prospect, ...] = ()
    """By value, at most 25."""
    dated: bool = False
    """The latest lost come first instead: amounts are in several currencies and not compared."""
    total: int = 0
    total_cents: int | None = None
    why_none: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedAction:
    """What to do about one established finding, and when one could tell."""

    do: str
    finding: str
    segment: str
    measure: str
    expect: str
    deals_until_told: int | None
    points_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Everything of one book as of one day."""

    as_of: dt.date | None
    as_of_why: str
    currency: str | None
    currencies: tuple[tuple[str, int], ...]
    """Each currency among closed deals with its count."""
    excluded: tuple[str, ...]
    """Segments left out on request."""
    counts: Counts
    totals: Totals
    trend: Trend
    loss_reasons: tuple[ReasonRow, ...]
    win_reasons: tuple[ReasonRow, ...]
    reason_flip: str
    """A sentence where the top reason by count is not the one by amount, else ""."""
    competitors: tuple[CompetitorRow, ...]
    competitor_why: str
    """Why the win rate against competitors is withheld, else ""."""
    competitor_note: str = ""
    """What is said of losses whose reason alone tells of the competitor, else ""."""
    attributes: tuple[AttributeTable, ...]
    left_out: tuple[LeftOut, ...]
    stages: tuple[StageRow, ...]
    channels: tuple[ChannelRow, ...]
    pause: tuple[PauseRow, ...]
    rival_shares: tuple[RivalShareRow, ...]
    content_gaps: tuple[ContentGapRow, ...]
    findings: tuple[Finding, ...]
    tested: int
    """How many comparisons were looked at, over all searches."""
    tested_by: tuple[tuple[str, int], ...]
    """The same by search."""
    power: str
    """A sentence: how large a difference this book could have shown."""
    quality: Quality
    recovery: Recovery
    actions: tuple[ProposedAction, ...]
    notes: tuple[str, ...] = ()
    """Sentences that belong on the first page (renewals swamp the rate, junk changes a channel, …)."""
    book: dict[str, Any] = field(default_factory=dict)
    """version, name, mapping, taxonomy and program versions."""
    win_pattern: str = ""
    """Id of the finding that the first page shows as what wins, or ""."""
    loss_pattern: str = ""
    """Id of the finding that the first page shows as what loses, or ""."""
    actions_why: str = ""
    """Why no action is proposed, else ""."""
    by_currency: tuple[CurrencyRow, ...] = ()
    """Amounts of each currency where there are several, which are never added; those of most deals first."""
    excluded_deals: int = 0
    """Deals in the segments of `excluded`, closed or not: they are in `counts` and in nothing else."""

    @property
    def established(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.status == "established")
