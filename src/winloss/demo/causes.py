"""Why the invented company wins and loses: every effect with its size, and nothing else has one.

Sizes of wins are log-odds added to BASE; sizes of reasons multiply a reason's weight. What they come to as
shares depends on the deals of a book and stands in its `truth`.
"""

from __future__ import annotations

import datetime as dt

BASE = -0.50

BAND_EFFECT = (-0.30, 0.0, 0.75, 0.10, -0.35, -0.10, -0.20)
"""Real buyers have 50-149 employees; the company's target says 200-499."""

PAID_SOCIAL = -1.25
"""Many leads, few wins."""

RIVAL = "Vornexa"
RIVAL_PRESENCE_IN_NICHE = 12.0
"""Times its usual weight in mid-market healthcare."""
RIVAL_IN_NICHE = -2.0
RIVAL_ELSEWHERE = -0.25
"""Any named competitor, anywhere else."""
RIVAL_MESSAGING = 18.0
"""Times the weight of messaging_content where the rival is met in mid-market healthcare."""

HELPFUL_CONTENT = "ROI worksheet"
HELPFUL_IN_MID_MARKET = 1.25
FLATTERED_CONTENT = "Evaluation checklist"
"""Has no effect: it is picked by buyers of 50-149 employees, and those buy."""
FLATTERED_PICKED = 12.0
"""Times its usual weight among buyers of 50-149 employees."""

QUARTER_END = 0.50
"""Closing in March, June, September or December."""
PULLED_TO_QUARTER_END = 0.35
"""Of the deals that would close in the last three weeks of a quarter, those that close in its last five days."""

LONGER_THAN_USUAL = -0.30
"""For each unit of log(cycle days / usual days of the size)."""

EXPANSION = 0.35
RETURNED = 0.30
"""An account that was lost before and came back."""

WORKED_FROM = dt.date(2025, 7, 1)
WORKED_INDUSTRY = "Logistics"
WORKED_BEFORE = -1.0
"""In Logistics until the action; 0 after it."""
WORKED_IMPLEMENTATION = 7.0
"""Times the weight of implementation_risk in Logistics until the action."""
USELESS_FROM = dt.date(2025, 4, 1)
USELESS_INDUSTRY = "Retail"
"""A discount for Retail: no effect."""

STAGE_WEIGHTS = (0.24, 0.30, 0.26, 0.20)
"""Where lost deals stood, by the order of OPEN_STAGES."""
NEGOTIATION_PRICE = 3.0
DISCOVERY_QUALIFICATION = 3.5

PRICE_INSTEAD = 0.32
"""How often a rep writes price where the buyer says product, trust, sales or messaging."""
PRICE_HIDES = ("product_capability", "trust_credibility", "sales_execution", "messaging_content")
STRAIGHT_LINER = 3
"""The number of the rep who writes price nearly always."""
STRAIGHT_LINES = 0.95

JUNK = 0.02
JUNK_PAID_SOCIAL = 0.13

REASON_GIVEN = 0.92
REASON_GIVEN_LATE = 0.60
"""Of the deals closed in the last fourteen days: reasons come late."""
COMPETITOR_RECORDED = 0.86

RETURN_SHARE = (0.16, 0.10, 0.12, 0.05, 0.08, 0.10, 0.30, 0.34, 0.0, 0.05)
"""Of the losses of a reason, by the order of REASONS, how many come back one day."""
RETURN_MEDIAN_DAYS = (210, 270, 180, 300, 150, 160, 120, 150, 300, 200)
RETURN_SPREAD = 0.35
"""Standard deviation of the log of the days."""
RETURN_SLOTS = 0.09
"""At most this share of a book's deals are returns."""

REP_SD = 0.12
ACCOUNT_SD = 0.15
"""Log-odds; in the clustered twin they are larger."""
CLUSTERED_BASE = -0.55
CLUSTERED_REP_SD = 0.5
CLUSTERED_ACCOUNT_SD = 0.5
CLUSTERED_REP_HABIT_SD = 0.4
"""Reps differ in which reasons they write and which competitors they meet: log of the weights."""
CLUSTERED_DRIFT_SD = 0.20
CLUSTERED_DRIFT_MEMORY = 0.75
CLUSTERED_SEASON_SD = 0.12
