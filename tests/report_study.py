"""Studies made by hand for the tests of the report: one full, one nearly empty, one of refused numbers."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

import pyarrow as pa

from winloss.stats.estimate import Estimate
from winloss.synthesize.finding import Confounder, Finding, Kind, Status, Survival
from winloss.synthesize.study import (
    AttributeTable,
    ChannelRow,
    CohortRow,
    CompetitorRow,
    ContentGapRow,
    Counts,
    CoverageRow,
    Issue,
    LeftOut,
    LevelRow,
    PauseRow,
    PeriodComparison,
    PeriodRow,
    ProposedAction,
    Prospect,
    Quality,
    ReasonRow,
    Recovery,
    RivalShareRow,
    StageRow,
    Study,
    Totals,
    Trend,
)

AS_OF = dt.date(2026, 5, 31)
REFUSED = Estimate.refused("Losses carry no amount.", n=900)


def share(successes: int, n: int) -> Estimate:
    """A Wilson share, written out here so that the fixture leans on nothing it is not about."""
    if n == 0:
        return Estimate.refused("No deal.")
    p, z = successes / n, 1.959964
    middle, half = (p + z * z / (2 * n)), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)
    return Estimate(value=p, low=max(low, 0.0), high=min(high, 1.0), n=n, successes=successes, method="Wilson")


def _bounds(e: Estimate) -> tuple[float, float, float]:
    return e.value or 0.0, e.low or 0.0, e.high or 0.0


def gap(k1: int, n1: int, k0: int, n0: int) -> Estimate:
    """A difference of two shares with Newcombe's interval."""
    a, b = share(k1, n1), share(k0, n0)
    if not (a.given and b.given):
        return Estimate.refused("One side has no deal.")
    (p1, low1, high1), (p0, low0, high0) = _bounds(a), _bounds(b)
    d = p1 - p0
    low = d - math.hypot(p1 - low1, high0 - p0)
    high = d + math.hypot(high1 - p1, p0 - low0)
    return Estimate(value=d, low=low, high=high, n=n1 + n0, method="Newcombe")


def median_days(value: float, low: float, high: float, n: int) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=n, method="order statistics")


def _months() -> tuple[PeriodRow, ...]:
    closed = [31, 35, 52, 33, 36, 58, 30, 34, 55, 37, 39, 61, 35, 36, 60, 38, 40, 66, 39, 41, 68, 42, 44, 32]
    rates = [41, 43, 49, 40, 44, 50, 39, 41, 48, 42, 40, 51, 38, 40, 47, 39, 36, 45, 37, 38, 44, 36, 35, 34]
    rows = []
    for i, (n, rate) in enumerate(zip(closed, rates, strict=True)):
        year, month = divmod(5 + i, 12)
        start = dt.date(2024 + year, month + 1, 1)
        end = (start + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
        won = round(n * rate / 100)
        rows.append(
            PeriodRow(
                start=start,
                end=end,
                label=start.strftime("%b %Y"),
                closed=n,
                won=won,
                win_rate=share(won, n),
                won_amount_cents=won * 3_180_000,
                ripe=i < 23,
                why_unripe="" if i < 23 else "Deals created in the last 45 days are mostly still open.",
            )
        )
    return tuple(rows)


def _quarter(label: str, start: dt.date, end: dt.date, won: int, n: int) -> PeriodRow:
    return PeriodRow(
        start=start, end=end, label=label, closed=n, won=won, win_rate=share(won, n), won_amount_cents=won * 3_100_000
    )


def _trend() -> Trend:
    this = _quarter("Mar – May 2026", dt.date(2026, 3, 1), dt.date(2026, 5, 31), 43, 118)
    before = _quarter("Dec 2025 – Feb 2026", dt.date(2025, 12, 1), dt.date(2026, 2, 28), 61, 148)
    year = _quarter("Mar – May 2025", dt.date(2025, 3, 1), dt.date(2025, 5, 31), 64, 137)
    in_quarter = (("First month of a quarter", 166, 431), ("Second month", 174, 449), ("Third month", 258, 542))
    return Trend(
        unit="month",
        periods=_months(),
        comparisons=(
            PeriodComparison(label="the quarter before", this=this, other=before, difference=gap(43, 118, 61, 148)),
            PeriodComparison(label="a year ago", this=this, other=year, difference=gap(43, 118, 64, 137)),
        ),
        month_in_quarter=tuple(_quarter(label, dt.date(2024, 6, 1), AS_OF, won, n) for label, won, n in in_quarter),
        cohorts=tuple(
            CohortRow(
                start=dt.date(2025, m, 1) if m <= 12 else dt.date(2026, m - 12, 1),
                created=60 + m,
                closed=round((60 + m) * s),
                won=round((60 + m) * s * 0.41),
                share_closed=s,
                ripe=s > 0.85,
            )
            for m, s in zip(
                range(6, 18), (0.99, 0.98, 0.99, 0.97, 0.95, 0.94, 0.91, 0.88, 0.71, 0.52, 0.31, 0.09), strict=True
            )
        ),
    )


def _reasons(outcome: str, rows: list[tuple[str | None, str, int, int, str, str]]) -> tuple[ReasonRow, ...]:
    n, total = sum(r[2] for r in rows), sum(r[3] for r in rows)
    by_amount = sorted(range(len(rows)), key=lambda i: -rows[i][3])
    return tuple(
        ReasonRow(
            code=code,
            label=label,
            outcome=outcome,
            count=count,
            share=share(count, n),
            amount_cents=amount * 100,
            share_by_amount=Estimate(
                value=amount / total, low=amount / total * 0.85, high=amount / total * 1.15, n=n, method="ratio"
            ),
            points_at=points,
            content_gap=content,
            raw_values=((f"{label} (CRM)", count - 3), ("pricing!!", 3)) if code else (),
            rank=i + 1,
            rank_by_amount=by_amount.index(i) + 1,
        )
        for i, (code, label, count, amount, points, content) in enumerate(rows)
    )


def _competitors() -> tuple[CompetitorRow, ...]:
    def row(name: str, kind: str, won: int, lost: int, amount: int | None) -> CompetitorRow:
        return CompetitorRow(
            name=name,
            kind=kind,
            closed=won + lost,
            won=won,
            lost=lost,
            presence=share(won + lost, 841) if kind == "competitor" else Estimate.refused("Not a competitor."),
            share_of_losses=share(lost, 824),
            win_rate=share(won, won + lost),
            amount_lost_cents=amount,
            by_size=(
                ("under $10k", share(won // 3, (won + lost) // 3)),
                ("$10k-50k", share(won // 4, (won + lost) // 3)),
            )
            if kind == "competitor"
            else (),
        )

    return (
        row("Northstar", "competitor", 71, 214, 812_400_000),
        row("Meridian Cloud", "competitor", 98, 121, 401_000_000),
        row("Halyard", "competitor", 44, 61, 187_500_000),
        row("Basecraft", "competitor", 9, 12, None),
        row("None", "none", 291, 262, 700_000_000),
        row("Unknown", "unknown", 31, 50, 90_000_000),
        row("Blank", "blank", 54, 104, 180_000_000),
    )


def _level(name: str, value: str, won: int, n: int, all_won: int, all_n: int, kind: str = "value") -> LevelRow:
    quoted = f'"{value}"' if " " in value else value
    return LevelRow(
        value=value,
        kind=kind,
        segment=f"{name} is blank" if kind == "blank" else f"{name} = {quoted}",
        closed=n,
        won=won,
        win_rate=share(won, n),
        difference=gap(won, n, all_won - won, all_n - n),
        top_reason="Price & value",
        top_reason_share=share(round((n - won) * 0.31), n - won),
        won_amount_cents=won * 3_000_000,
    )


def _attribute(
    name: str,
    label: str,
    rows: list[tuple[str, int, int]],
    *,
    ordered: bool = False,
    p: float | None = None,
    note: str = "",
) -> AttributeTable:
    won, n = sum(r[1] for r in rows), sum(r[2] for r in rows)
    kinds = {"": "blank", "Unknown": "unknown", "Other values": "other"}
    return AttributeTable(
        name=name,
        label=label,
        levels=tuple(_level(name, v, k, m, won, n, kinds.get(v, "value")) for v, k, m in rows),
        ordered=ordered,
        tested=len(rows),
        p=p,
        note=note,
    )


def _attributes() -> tuple[AttributeTable, ...]:
    return (
        _attribute(
            "industry",
            "Industry",
            [
                ("Healthcare", 71, 286),
                ("Software", 158, 331),
                ("Manufacturing", 121, 268),
                ("Retail", 99, 241),
                ("Public sector", 61, 149),
                ("", 88, 147),
            ],
            p=0.0004,
        ),
        _attribute(
            "size_band",
            "Size band",
            [("1-49", 92, 260), ("50-149", 261, 455), ("150-199", 80, 212), ("200-499", 98, 301), ("500+", 67, 194)],
            ordered=True,
            p=0.00001,
        ),
        _attribute(
            "lead_source",
            "Lead source",
            [
                ("Referral", 142, 251),
                ("Organic search", 160, 342),
                ("Paid social", 41, 301),
                ("Partner", 99, 208),
                ("Event", 84, 171),
                ("Unknown", 72, 149),
            ],
            p=0.000002,
        ),
        _attribute("region", "Region", [("EMEA", 261, 620), ("Americas", 251, 601), ("APAC", 86, 201)], p=0.71),
        _attribute(
            "x_security_review_required_by_buyer",
            "Security review required by buyer, as told in the first call",
            [("Yes", 101, 260), ("No", 497, 1162)],
            p=0.22,
            note="Filled on 1,422 of 1,422 closed deals.",
        ),
    )


def _findings() -> tuple[Finding, ...]:
    loss = Finding(
        id="segment-4fa2b91c07",
        kind=Kind.SEGMENT,
        segment="industry = Healthcare and size_band in (150-199, 200-499)",
        claim="We win 31 of 171 mid-market healthcare deals (18.1 %), 27 points below the rest",
        measure="win_rate",
        here=share(31, 171),
        comparison=share(567, 1251),
        difference=gap(31, 171, 567, 1251),
        method="Fisher's exact test; clustered by rep, account and month (CR2)",
        p=0.00003,
        q=0.0011,
        status=Status.ESTABLISHED,
        confounder=Confounder(
            attribute="lead_source",
            label="Lead source",
            survival=Survival.HOLDS,
            difference=-0.252,
            low=-0.334,
            high=-0.168,
        ),
        caveats=("An association: who chose these deals is not known.", "Northstar is met in 98 of the 140 losses."),
        stake_cents=731_250_000,
        covers=171,
    )
    win = replace(
        loss,
        id="segment-0c17d2aa31",
        segment="size_band = 50-149",
        claim="Buyers with 50–149 employees: we win 261 of 455 (57.4 %), 22 points above the rest",
        here=share(261, 455),
        comparison=share(337, 967),
        difference=gap(261, 455, 337, 967),
        confounder=Confounder(
            attribute="industry", label="Industry", survival=Survival.WEAKENS, difference=0.171, low=0.11, high=0.229
        ),
        caveats=(),
        stake_cents=1_411_000_000,
        covers=455,
    )
    channel = replace(
        loss,
        id="channel-93aa01be55",
        kind=Kind.CHANNEL,
        segment='lead_source = "Paid social"',
        claim="Paid social: we win 41 of 301 (13.6 %), 36 points below the rest",
        here=share(41, 301),
        comparison=share(557, 1121),
        difference=gap(41, 301, 557, 1121),
        confounder=None,
        stake_cents=None,
        covers=301,
    )
    season = replace(
        loss,
        id="season-11b2c3d4e5",
        kind=Kind.SEASON,
        segment="",
        claim="Third months of a quarter: 258 of 542 won (47.6 %), 9 points above the other months",
        here=share(258, 542),
        comparison=share(340, 880),
        difference=gap(258, 542, 340, 880),
        compared_with="the other months",
        confounder=None,
        status=Status.EARLY_SIGNAL,
        p=0.004,
        q=0.09,
        what_would_firm_it="Two more quarters of about this size.",
        caveats=("Deals pulled into the quarter's end leave the next month emptier.",),
        covers=1422,
    )
    competitor = replace(
        loss,
        id="competitor-77aa66bb55",
        kind=Kind.COMPETITOR,
        segment="industry = Healthcare",
        claim="Northstar is named in 122 of 215 healthcare losses (56.7 %), 41 points above the rest",
        measure="share_of_losses:competitor:Northstar",
        here=share(122, 215),
        comparison=share(92, 609),
        difference=gap(122, 215, 92, 609),
        confounder=None,
        status=Status.EARLY_SIGNAL,
        p=0.0004,
        q=0.012,
        what_would_firm_it="The same in deals of at least six more reps: four of them carry it now.",
        caveats=(),
        covers=286,
    )
    nothing = replace(
        loss,
        id="segment-aa00bb11cc",
        segment="",
        claim="Region: no difference that chance would not explain (EMEA 42.1 %, Americas 41.8 %, APAC 42.8 %)",
        measure="win_rate:region",
        here=share(598, 1422),
        comparison=None,
        difference=None,
        confounder=None,
        status=Status.NOT_SUPPORTED,
        p=0.71,
        q=0.93,
        caveats=(),
        covers=1422,
    )
    quality = replace(
        loss,
        id="quality-1234567890",
        kind=Kind.QUALITY,
        segment="reason is blank",
        claim="104 of 824 losses (12.6 %) carry no reason",
        measure="coverage:reason",
        here=share(720, 824),
        comparison=None,
        difference=None,
        confounder=None,
        status=None,
        p=None,
        q=None,
        method="",
        caveats=(),
        covers=104,
    )
    return (loss, win, channel, competitor, season, nothing, quality)


def full() -> Study:
    """Every section filled: 1,422 closed deals of an invented software firm."""
    findings = _findings()
    return Study(
        as_of=AS_OF,
        as_of_why="The last day on which a deal was created or changed in the CRM.",
        currency="USD",
        currencies=(("USD", 1422),),
        excluded=("deal_type = Renewal",),
        excluded_deals=337,
        counts=Counts(
            won=598, lost=701, no_decision=123, disqualified=214, open=402, unclassified=12, rejected=9, folded=31
        ),
        totals=Totals(
            win_rate=share(598, 1422),
            competitive_win_rate=share(598, 1299),
            win_rate_by_amount=Estimate(value=0.388, low=0.351, high=0.425, n=1422, method="ratio"),
            win_rate_with_junk=share(598, 1636),
            won_amount_cents=1_901_640_000,
            lost_amount_cents=2_999_450_000,
            median_won_cents=2_410_000,
            average_won_cents=3_180_000,
            average_lost_cents=3_640_000,
            cycle_days_won=median_days(47, 44, 51, 598),
            cycle_days_lost=median_days(71, 66, 75, 824),
            closed_from=dt.date(2024, 6, 1),
            closed_to=AS_OF,
            n_amount_won=598,
            n_amount_lost=810,
        ),
        trend=_trend(),
        loss_reasons=_reasons(
            "lost_or_no_decision",
            [
                ("price_value", "Price & value", 214, 6_100_000, "pricing", "A cost-of-delay calculator"),
                ("product", "Product capability", 171, 9_900_000, "product", "A comparison page per gap"),
                ("messaging", "Messaging & content", 121, 4_400_000, "marketing", "Proof for healthcare buyers"),
                ("indecision", "Indecision, status quo or timing", 98, 3_100_000, "buyer", ""),
                ("trust", "Trust & credibility", 61, 2_000_000, "marketing", "References in public sector"),
                ("other", "Other reasons", 55, 1_500_000, "", ""),
                (None, "No reason given", 104, 2_994_500, "", ""),
            ],
        ),
        win_reasons=_reasons(
            "won",
            [
                ("product", "Product capability", 241, 8_100_000, "product", ""),
                ("implementation", "Implementation & risk", 144, 5_000_000, "product", ""),
                (None, "No reason given", 213, 5_916_400, "", ""),
            ],
        ),
        reason_flip="Price & value leads by count (214 losses); by amount it is Product capability ($9.9M).",
        competitors=_competitors(),
        competitor_why="",
        attributes=_attributes(),
        left_out=(
            LeftOut(name="x_probability", label="Probability (%)", why="It is set at the close.", quarantined=True),
            LeftOut(
                name="x_months_of_use",
                label="Months of use",
                why="Filled on 98 % of wins and 0 % of losses: its filling depends on the outcome.",
                quarantined=True,
            ),
            LeftOut(name="x_ref", label="Reference", why="1,420 different values: an identifier."),
        ),
        stages=(
            StageRow(deal_stage="Proposal sent", lost=311, share=share(311, 824), top_reason="Price & value"),
            StageRow(deal_stage="Demo", lost=270, share=share(270, 824), top_reason="Messaging & content"),
            StageRow(deal_stage="Negotiation", lost=143, share=share(143, 824), top_reason="Product capability"),
            StageRow(deal_stage="Discovery", lost=100, share=share(100, 824), top_reason="Indecision"),
        ),
        channels=tuple(
            ChannelRow(
                lead_source=name,
                closed=n,
                won=won,
                win_rate=share(won, n),
                won_amount_cents=won * 3_180_000,
                spend_cents=spend,
                cost_per_won_cents=None if spend is None else spend // won,
                why_no_cost="" if spend is not None else "No spend is recorded for it.",
            )
            for name, won, n, spend in (
                ("Organic search", 160, 342, 4_100_000),
                ("Paid social", 41, 301, 21_730_000),
                ("Referral", 142, 251, None),
                ("Partner", 99, 208, 9_000_000),
                ("Event", 84, 171, 15_200_000),
                ("Unknown", 72, 149, None),
            )
        ),
        pause=(
            PauseRow(
                segment='campaign = "Spring push" and lead_source = "Paid social"',
                win_rate=share(3, 61),
                rest=share(121, 290),
                spend_cents=6_200_000,
                words="3 of 61 won in the 90 days to 31 May 2026; at best 13.5 %.",
            ),
        ),
        rival_shares=(
            RivalShareRow(
                segment="industry = Healthcare", competitor="Northstar", share=share(122, 215), level="act", losses=240
            ),
            RivalShareRow(
                segment="region = EMEA", competitor="Meridian Cloud", share=share(121, 359), level="watch", losses=600
            ),
        ),
        content_gaps=(
            ContentGapRow(
                reason="messaging",
                label="Messaging & content",
                gap="Proof for healthcare buyers",
                segment="industry = Healthcare",
                share=share(79, 215),
                finding="segment-4fa2b91c07",
            ),
        ),
        findings=findings,
        tested=214,
        tested_by=(("win rate by one attribute", 41), ("win rate by two attributes", 148), ("season and trend", 25)),
        power="With 1,422 closed deals, a slice of 100 shows a difference of 14 points or more.",
        quality=Quality(
            coverage=(
                CoverageRow(
                    field="reason",
                    label="Reason",
                    filled=1105,
                    closed=1422,
                    share=0.777,
                    share_won=0.644,
                    share_lost=0.874,
                ),
                CoverageRow(
                    field="amount_cents",
                    label="Amount",
                    filled=1422,
                    closed=1422,
                    share=1.0,
                    share_won=1.0,
                    share_lost=1.0,
                ),
                CoverageRow(
                    field="industry",
                    label="Industry",
                    filled=1275,
                    closed=1422,
                    share=0.897,
                    share_won=0.853,
                    share_lost=None,
                ),
            ),
            reason_coverage=share(720, 824),
            other_or_unknown=share(55, 720),
            unread_reasons=(("lost the plot", 7), ('=HYPERLINK("x")', 2)),
            unread_stages=(("Parked", 12),),
            issues=(
                Issue(
                    code="closed_before_created",
                    message="Closed before they were created",
                    count=14,
                    kept_out_of="sales cycle",
                    examples=("D-17", "D-201"),
                ),
                Issue(
                    code="month_end",
                    message="Closed on the last day of a month: 41 % of deals; dates may be typed in bulk",
                    count=583,
                ),
            ),
        ),
        recovery=Recovery(
            prospects=tuple(
                Prospect(
                    deal_id=f"D-{400 + i}",
                    deal_name=f"Rollout {i} <pilot>",
                    account=f"Account {chr(65 + i)} & Sons",
                    owner_id="rep-3f2a",
                    closed_on=dt.date(2025, 12, 1) + dt.timedelta(days=3 * i),
                    reason="indecision",
                    amount_cents=None if i == 7 else (90 - 7 * i) * 100_000,
                    currency="USD",
                    window_from=dt.date(2026, 3, 1) + dt.timedelta(days=3 * i),
                    window_to=dt.date(2026, 6, 1) + dt.timedelta(days=3 * i),
                )
                for i in range(8)
            ),
            total=61,
            total_cents=190_500_000,
        ),
        actions=(
            ProposedAction(
                do="Publish two healthcare references and a one-page answer to Northstar's security claim",
                finding="segment-4fa2b91c07",
                segment="industry = Healthcare and size_band in (150-199, 200-499)",
                measure="win_rate",
                expect="Win rate up from 18.1 %",
                deals_until_told=96,
                points_at="marketing",
            ),
            ProposedAction(
                do="Question the spend on Paid social before it is renewed",
                finding="channel-93aa01be55",
                segment='lead_source = "Paid social"',
                measure="win_rate",
                expect="Win rate up from 13.6 %, or spend moved",
                deals_until_told=None,
                points_at="marketing",
            ),
        ),
        notes=(
            "12 deals stand in a deal stage that could not be read; one line in the map settles them.",
            "Without the 214 disqualified deals Organic search wins 46.8 %; with them it would be 39.0 %.",
        ),
        book={"name": "acme export.csv", "version": 3, "taxonomy": "2026.1", "program": "0.1.0"},
    )


def nearly_empty() -> Study:
    """No closed deal, no dates, nothing to compare."""
    no = Estimate.refused("No deal is closed yet.")
    return Study(
        as_of=None,
        as_of_why="The deals carry no date.",
        currency=None,
        currencies=(),
        excluded=(),
        counts=Counts(won=0, lost=0, no_decision=0, disqualified=0, open=3, unclassified=1, rejected=0, folded=0),
        totals=Totals(
            win_rate=no,
            competitive_win_rate=no,
            win_rate_by_amount=no,
            win_rate_with_junk=no,
            won_amount_cents=None,
            lost_amount_cents=None,
            median_won_cents=None,
            average_won_cents=None,
            average_lost_cents=None,
            cycle_days_won=no,
            cycle_days_lost=no,
            closed_from=None,
            closed_to=None,
        ),
        trend=Trend(unit="month", why_none="The deals carry no closing date."),
        loss_reasons=(),
        win_reasons=(),
        reason_flip="",
        competitors=(),
        competitor_why="No competitor is recorded.",
        attributes=(),
        left_out=(),
        stages=(),
        channels=(),
        pause=(),
        rival_shares=(),
        content_gaps=(),
        findings=(),
        tested=0,
        tested_by=(),
        power="",
        quality=Quality(),
        recovery=Recovery(why_none="No deal was lost yet."),
        actions=(),
        notes=(),
        book={},
    )


def refusing() -> Study:
    """The full study, with every number refused that a real book may refuse."""
    whole = full()
    return replace(
        whole,
        currency=None,
        currencies=(("EUR", 700), ("USD", 722)),
        totals=replace(
            whole.totals,
            win_rate_by_amount=Estimate.refused("Losses carry no amount: 3 of 824 are filled.", n=1422),
            competitive_win_rate=Estimate.refused("No outcome says no decision.", n=1422),
            won_amount_cents=None,
            lost_amount_cents=None,
            median_won_cents=None,
            average_won_cents=None,
            average_lost_cents=None,
            cycle_days_lost=Estimate.refused("Lost deals have no closing date.", n=824),
        ),
        trend=Trend(unit="month", why_none="448 deals carry no closing date."),
        loss_reasons=tuple(
            replace(
                r,
                amount_cents=None,
                share_by_amount=Estimate.refused("Losses carry no amount.", n=824),
                rank_by_amount=None,
            )
            for r in whole.loss_reasons
        ),
        reason_flip="",
        competitors=tuple(
            replace(
                c,
                win_rate=Estimate.refused("Wins carry no competitor.", n=c.closed),
                presence=Estimate.refused("Wins carry no competitor."),
                amount_lost_cents=None,
                by_size=(),
            )
            for c in whole.competitors
        ),
        competitor_why="Wins carry no competitor (0 of 598), so a win rate against one would be 0 % by construction.",
        findings=(),
        actions=(),
        recovery=Recovery(why_none="No lost deal has a closing date, so no window can be told."),
    )


def deals_of(segment: str) -> pa.Table:
    """Twelve deals for any segment, with a formula and mark-up among their values."""
    n = 12
    return pa.table(
        {
            "deal_id": [f"D-{i}" for i in range(n)],
            "deal_name": ["=1+1", "<b>bold</b>", *[f"Deal number {i}" for i in range(2, n)]],
            "account_name": [f"Account {i % 5}" for i in range(n)],
            "outcome": ["won", "lost", "no_decision", "open"] * 3,
            "reason": [None, "price_value", "indecision", None] * 3,
            "competitor": ["Northstar", None, "Halyard", None] * 3,
            "amount_cents": pa.array([100_000 * i if i % 4 else None for i in range(n)], pa.int64()),
            "currency": ["USD"] * n,
            "created_on": [dt.date(2026, 1, 1) + dt.timedelta(days=i) for i in range(n)],
            "closed_on": [dt.date(2026, 3, 1) + dt.timedelta(days=i) for i in range(n)],
            "lead_source": ["Referral"] * n,
        }
    )
