"""Where buyers came from, what they saw and what it cost: leads, touches, spend."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from winloss.demo import cast
from winloss.demo.block import Block
from winloss.demo.columns import (
    Column,
    at_rows,
    blank_where,
    dates,
    digits,
    flat,
    instants,
    joined,
    named,
    nothing,
    numbered,
    office_hours,
)
from winloss.demo.draw import Floats, Ints, generator, pick
from winloss.demo.facts import MISSING
from winloss.demo.world import FIRST, FIRST_MONTH, LAST, MONTHS, World
from winloss.tables import TABLES

LOST_LEADS_A_DEAL = 1.6
"""Leads that become no deal, for each deal."""
LEAD_STATUSES = ("Disqualified", "No answer", "Nurturing", "Unsubscribed")
TOUCHES_A_DEAL = 3.0
TOUCH_KINDS = ("Web visit", "E-mail", "Call", "Event", "Asset")
ASSET = TOUCH_KINDS.index("Asset")

COST_A_DEAL_CENTS = {
    "Organic search": 4_000,
    "Paid social": 52_000,
    "Paid search": 38_000,
    "Webinar": 21_000,
    "Partner": 15_000,
}
"""By channel and deal; the others cost nothing that is counted."""


def leads(block: Block, deal_ids: Column) -> dict[str, Column]:
    """Columns of `leads`: one for each new deal, and those that became none."""
    rng = block.rng("leads")
    came = np.flatnonzero(block.facts.deal_type == 0)
    idle = int(block.size * LOST_LEADS_A_DEAL)
    source = np.concatenate([block.facts.source[came], pick(rng, cast.LEAD_SHARES, idle)])
    many = np.array([len(names) for names in cast.CAMPAIGNS])[source]
    campaign = np.floor(rng.random(len(source)) * many).astype(np.int64)
    campaign[: len(came)] = block.facts.campaign[came]
    days = np.concatenate([block.facts.created[came] - rng.integers(0, 12, len(came)), _any_day(rng, idle)])
    content = np.concatenate([block.facts.content[came], _some_content(rng, idle)])
    state = np.concatenate([np.full(len(came), len(LEAD_STATUSES)), rng.integers(0, len(LEAD_STATUSES), idle)])
    campaigns, first, _ = flat(cast.CAMPAIGNS)
    first_lead = int((block.first - 1) * (1 + LOST_LEADS_A_DEAL))
    return {
        "lead_id": numbered("L-", first_lead + 1 + np.arange(len(source)), width=8),
        "deal_id": pa.concat_arrays([at_rows(deal_ids, came), nothing(idle, pa.string())]),
        "created_on": dates(np.maximum(days, FIRST)),
        "lead_source": named(source, cast.SOURCES),
        "campaign": named(first[source] + campaign, campaigns),
        "content": named(content, cast.CONTENTS),
        "status": named(state, [*LEAD_STATUSES, "Converted"]),
    }


def _any_day(rng: np.random.Generator, count: int) -> Ints:
    return rng.integers(FIRST, LAST + 1, count)


def _some_content(rng: np.random.Generator, count: int) -> Ints:
    content = pick(rng, list(cast.CONTENTS.values()), count)
    return np.where(rng.random(count) < 0.4, content, MISSING)


def touches(block: Block, deal_ids: Column, account_ids: Column) -> dict[str, Column]:
    """Columns of `touches`; what brought the buyer stands first, the rest says nothing of the outcome."""
    rng = block.rng("touches")
    many = 1 + rng.poisson(TOUCHES_A_DEAL - 1, block.size)
    deal = np.repeat(np.arange(block.size), many)
    step = np.arange(len(deal)) - np.repeat(np.cumsum(many) - many, many)
    facts = block.facts
    until = np.minimum(facts.closed, LAST)
    day = facts.created[deal] + np.floor(rng.random(len(deal)) * (until - facts.created + 1)[deal]).astype(np.int64)
    day = np.where(step == 0, facts.created[deal], day)
    brought = (step == 0) & (facts.content[deal] != MISSING)
    kind = np.where(brought, ASSET, rng.integers(0, ASSET, len(deal)))
    campaigns, first, _ = flat(cast.CAMPAIGNS)
    campaign = named((first[facts.source] + facts.campaign)[deal], campaigns)
    ids = at_rows(deal_ids, deal)
    return {
        "touch_id": joined(ids, digits(step), between="-t"),
        "deal_id": ids,
        "account_id": at_rows(account_ids, deal),
        "touched_at": instants(office_hours(rng, day)),
        "kind": named(kind, TOUCH_KINDS),
        "lead_source": blank_where(named(facts.source[deal], cast.SOURCES), step > 0),
        "campaign": blank_where(campaign, step > 0),
        "content": named(np.where(brought, facts.content[deal], MISSING), cast.CONTENTS),
    }


def spend(world: World, *, deals: int) -> pa.RecordBatch:
    """The whole table `spend`: one row a month, channel and campaign that costs."""
    rng = generator(world.seed, "leads", 1_000_000)
    paid = [(channel, name) for channel, names in zip(cast.SOURCES, cast.CAMPAIGNS, strict=True) for name in names]
    rows = [(month, *row) for month in range(MONTHS) for row in paid if row[0] in COST_A_DEAL_CENTS]
    cents = _monthly_cents(rows, deals) * rng.uniform(0.8, 1.2, len(rows))
    clicks = cents / rng.uniform(90, 260, len(rows))
    month = np.array([row[0] for row in rows])
    columns = {
        "spend_id": numbered("S-", np.arange(1, len(rows) + 1), width=5),
        "spent_on": dates((month + FIRST_MONTH).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)),
        "lead_source": pa.array([row[1] for row in rows]),
        "campaign": pa.array([row[2] for row in rows]),
        "content": nothing(len(rows), pa.string()),
        "amount_cents": pa.array(np.round(cents).astype(np.int64)),
        "currency": pa.array([cast.CURRENCY] * len(rows)),
        "impressions": pa.array(np.round(clicks * rng.uniform(30, 80, len(rows))).astype(np.int64)),
        "clicks": pa.array(np.round(clicks).astype(np.int64)),
    }
    return pa.record_batch(columns, schema=TABLES["spend"].schema)


def _monthly_cents(rows: list[tuple[int, str, str]], deals: int) -> Floats:
    campaigns = dict(zip(cast.SOURCES, (len(names) for names in cast.CAMPAIGNS), strict=True))
    each = [COST_A_DEAL_CENTS[channel] * cast.SOURCES[channel] / campaigns[channel] for _, channel, _ in rows]
    return np.asarray(np.array(each) * deals / MONTHS, dtype=np.float64)
