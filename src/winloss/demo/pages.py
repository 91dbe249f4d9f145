"""Blocks as Arrow pages in the columns of `winloss.tables`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa

from winloss.capture.taxonomy import shipped
from winloss.demo import cast, decided, marketing, words
from winloss.demo.block import Block, person_id, rep_name
from winloss.demo.columns import (
    DAY_US,
    Column,
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
from winloss.demo.draw import Ints
from winloss.demo.facts import MISSING
from winloss.demo.fates import DISQUALIFIED, OPEN, WON
from winloss.demo.world import LAST, World
from winloss.tables import TABLES

SOURCE = "demo"
MANAGERS_FROM = 450
"""Managers take their names from this number on."""

STATUS_STAGES = ("Closed Won", "Closed Lost", "Closed - No Decision", "Closed Lost")
KINDS = ("won", "lost", "no_decision", "lost", "open")
"""What the stage of each outcome says: junk is closed as lost, its reason tells."""


def schema(table: str) -> pa.Schema:
    """The columns of a demo table: the declared ones, and of deals the custom ones."""
    declared = TABLES[table].schema
    return declared.append(pa.field(cast.SEGMENT_COLUMN, pa.string())) if table == "deals" else declared


def page(table: str, columns: Mapping[str, Column]) -> pa.RecordBatch:
    """A page with every column of the table; those not given are null."""
    count = len(next(iter(columns.values())))
    whole = schema(table)
    return pa.record_batch([columns.get(f.name, nothing(count, f.type)) for f in whole], schema=whole)


def deals(block: Block) -> pa.RecordBatch:
    """One row a deal."""
    facts, fates = block.facts, block.fates
    rng = block.rng("mess")
    junk, still_open = fates.outcome == DISQUALIFIED, fates.outcome == OPEN
    names = account_names(facts.account, facts.industry)
    closed_at = office_hours(rng, facts.closed)
    created_at = np.minimum(office_hours(rng, facts.created), closed_at - 3_600_000_000)
    columns = {
        "deal_id": deal_ids(block.numbers),
        "deal_name": joined(names, named(facts.product, cast.PRODUCTS), between=" - "),
        "account_id": account_ids(facts.account),
        "account_name": names,
        "owner_id": named(facts.rep, reps(block.world)),
        "created_on": dates(facts.created),
        "created_at": instants(created_at),
        "closed_on": blank_where(dates(facts.closed), still_open),
        "closed_at": blank_where(instants(closed_at), still_open),
        "modified_at": instants(_modified(rng, block, closed_at)),
        "deal_stage": deal_stage(block),
        "deal_stage_kind": named(fates.outcome, KINDS),
        "stage_kind": named(fates.outcome, KINDS),
        "stage_reached": named(stage_reached(block), cast.OPEN_STAGES),
        "amount_cents": blank_where(pa.array(fates.amount_cents), junk & (rng.random(block.size) < 0.7)),
        "currency": named(np.zeros(block.size, dtype=np.int64), [cast.CURRENCY]),
        "loss_reason_raw": _loss_reasons(rng, block),
        "win_reason_raw": _win_reasons(rng, block),
        "competitor_raw": named(np.where(fates.rival_recorded & ~junk, fates.rival, MISSING), cast.COMPETITORS),
        "notes": words.notes(block),
        **_attributes(block),
        "source_file": named(np.zeros(block.size, dtype=np.int64), [SOURCE]),
        "source_line": pa.array(block.numbers),
        cast.SEGMENT_COLUMN: named(facts.segment, cast.SEGMENTS),
    }
    return page("deals", columns)


def _attributes(block: Block) -> dict[str, Column]:
    facts, world = block.facts, block.world
    region = world.rep_region[facts.rep]
    campaigns, first_campaign, _ = flat(cast.CAMPAIGNS)
    countries, first_country, _ = flat(cast.COUNTRIES)
    teams, first_team, _ = flat(cast.TEAMS)
    return {
        "deal_type": named(facts.deal_type, cast.DEAL_TYPES),
        "lead_source": named(facts.source, cast.SOURCES),
        "campaign": named(first_campaign[facts.source] + facts.campaign, campaigns),
        "content": named(facts.content, cast.CONTENTS),
        "product": named(facts.product, cast.PRODUCTS),
        "industry": named(facts.industry_shown, cast.INDUSTRIES),
        "country": named(first_country[region] + facts.country, countries),
        "region": named(region, cast.REGIONS),
        "size_band": named(facts.band, cast.BANDS),
        "persona": named(facts.persona, cast.PERSONAS),
        "team": named(first_team[region] + world.rep_team[facts.rep], teams),
    }


def deal_ids(numbers: Ints) -> Column:
    """The id of each deal."""
    return numbered("LQ-", numbers, width=7)


def account_ids(accounts: Ints) -> Column:
    """The id of each account."""
    return numbered("A-", accounts + 1, width=7)


def account_names(accounts: Ints, industry: Ints) -> Column:
    """Invented names; two accounts share one only beyond 200,000 of an industry's trade."""
    heads, tails = len(cast.NAME_HEADS), len(cast.NAME_TAILS)
    mixed = (accounts * 607 + 211) % (heads * tails)
    round_ = accounts // (heads * tails)
    trades, first_trade, _ = flat(cast.NAME_TRADES)
    head = named(mixed % heads, cast.NAME_HEADS)
    stem = joined(head, named(mixed // heads, cast.NAME_TAILS))
    trade = named(first_trade[industry] + round_ % 4, trades)
    place = named(round_ // 4 % len(cast.NAME_PLACES), cast.NAME_PLACES)
    return joined(stem, " ", trade, place)


def reps(world: World) -> list[str]:
    """The opaque id of each rep."""
    return [person_id(rep_name(number)) for number in range(world.reps)]


def stage_reached(block: Block) -> Ints:
    """The last open stage: of closed deals as decided, of open ones by how far they have come."""
    facts = block.facts
    part = (LAST - facts.created) / np.maximum(facts.closed - facts.created, 1)
    far = np.clip(np.floor(part * len(cast.OPEN_STAGES)), 0, len(cast.OPEN_STAGES) - 1).astype(np.int64)
    reached = np.where(block.fates.outcome == OPEN, far, block.fates.stage)
    return np.where(block.fates.outcome == DISQUALIFIED, 0, reached)


def deal_stage(block: Block) -> Column:
    """Where the deal stands."""
    outcome = block.fates.outcome
    index = np.where(outcome == OPEN, len(STATUS_STAGES) + stage_reached(block), outcome)
    return named(index, [*STATUS_STAGES, *cast.OPEN_STAGES])


def _modified(rng: np.random.Generator, block: Block, closed_at: Ints) -> Ints:
    """The last change: soon after the close, later where the reason came late; of open deals lately."""
    late = rng.random(block.size) < 0.25
    days = np.where(late, rng.exponential(12.0, block.size), rng.exponential(0.2, block.size))
    last = LAST * DAY_US + 18 * 3_600_000_000
    lately = last - (rng.exponential(9.0, block.size) * DAY_US).astype(np.int64)
    created = (block.facts.created + 1) * DAY_US
    changed = np.where(
        block.fates.outcome == OPEN, np.maximum(lately, created), closed_at + (days * DAY_US).astype(np.int64)
    )
    return np.minimum(changed, last) // 1_000_000 * 1_000_000


def _loss_reasons(rng: np.random.Generator, block: Block) -> Column:
    names, starts, sizes = flat([*cast.RAW_LOSS_REASONS, cast.RAW_JUNK_REASONS])
    junk = block.fates.outcome == DISQUALIFIED
    reason = np.where(junk, len(cast.REASONS), block.fates.reason)
    index = starts[reason] + np.floor(rng.random(block.size) * sizes[reason]).astype(np.int64)
    told = junk | (block.fates.is_lost & block.fates.reason_given)
    return named(np.where(told, index, MISSING), names)


def _win_reasons(rng: np.random.Generator, block: Block) -> Column:
    names, starts, sizes = flat(cast.RAW_WIN_REASONS)
    reason = block.fates.reason
    index = starts[reason] + np.floor(rng.random(block.size) * sizes[reason]).astype(np.int64)
    return named(np.where((block.fates.outcome == WON) & block.fates.reason_given, index, MISSING), names)


def stage_changes(block: Block) -> pa.RecordBatch:
    """One row a move: creation, each open stage on the way, and the close."""
    rng = block.rng("stages")
    closed = block.fates.outcome != OPEN
    opens = stage_reached(block) + 1
    moves = opens + closed
    deal = np.repeat(np.arange(block.size), moves)
    step = np.arange(len(deal)) - np.repeat(np.cumsum(moves) - moves, moves)
    is_close = step >= opens[deal]
    begun = (block.facts.created[deal] * DAY_US + 18 * 3_600_000_000).astype(np.int64)
    until = np.minimum(block.facts.closed, LAST)[deal] * DAY_US + 18 * 3_600_000_000
    part = np.where(is_close, 1.0, (step + rng.uniform(0.0, 0.4, len(deal)) * (step > 0)) / (opens[deal] + 0.4))
    changed = begun + (part * (until - begun)).astype(np.int64) // 1_000_000 * 1_000_000
    stages = [*cast.OPEN_STAGES, *STATUS_STAGES]
    to_index = np.where(is_close, len(cast.OPEN_STAGES) + block.fates.outcome[deal], step)
    ids = deal_ids(block.numbers[deal])
    columns = {
        "change_id": joined(ids, digits(step), between="-"),
        "deal_id": ids,
        "from_stage": named(np.where(step > 0, step - 1, MISSING), cast.OPEN_STAGES),
        "to_stage": named(to_index, stages),
        "to_kind": named(np.where(is_close, block.fates.outcome[deal], OPEN), KINDS),
        "changed_at": instants(changed),
    }
    return page("deal_stage_changes", columns)


def accounts(block: Block) -> pa.RecordBatch:
    """One row a buyer met in the block."""
    facts = block.facts
    _, rows = np.unique(facts.account, return_index=True)
    countries, first_country, _ = flat(cast.COUNTRIES)
    region = block.world.rep_region[facts.rep[rows]]
    columns = {
        "account_id": account_ids(facts.account[rows]),
        "account_name": account_names(facts.account[rows], facts.industry[rows]),
        "industry": named(facts.industry[rows], cast.INDUSTRIES),
        "country": named(first_country[region] + facts.country[rows], countries),
        "region": named(region, cast.REGIONS),
        "size_band": named(facts.band[rows], cast.BANDS),
        "employees": pa.array(facts.employees[rows]),
        "source_file": named(np.zeros(len(rows), dtype=np.int64), [SOURCE]),
    }
    return page("accounts", columns)


def people(world: World) -> pa.RecordBatch:
    """Reps, and a manager for each region."""
    managers = [rep_name(MANAGERS_FROM + number) for number in range(len(cast.REGIONS))]
    names = [*(rep_name(number) for number in range(world.reps)), *managers]
    teams = [cast.TEAMS[r][t] for r, t in zip(world.rep_region.tolist(), world.rep_team.tolist(), strict=True)]
    columns = {
        "person_id": pa.array([person_id(name) for name in names]),
        "name": pa.array(names),
        "email": pa.array([f"{name.lower().replace(' ', '.')}@lindquary.example" for name in names]),
        "team": pa.array([*teams, *cast.REGIONS]),
        "manager_id": pa.array(
            [*(person_id(managers[region]) for region in world.rep_region.tolist()), *[None] * len(managers)],
            pa.string(),
        ),
    }
    return page("people", columns)


def debriefs(block: Block) -> pa.RecordBatch:
    """What reps and buyers answered; the buyer's reason is the true one."""
    by_rep, by_buyer = block.debriefed
    parts = [_answered(block, np.flatnonzero(by_rep), by_buyer=False)]
    parts.append(_answered(block, np.flatnonzero(by_buyer), by_buyer=True))
    return page("debriefs", {name: pa.concat_arrays([part[name] for part in parts]) for name in parts[0]})


def _answered(block: Block, rows: Ints, *, by_buyer: bool) -> dict[str, Column]:
    rng = block.rng("debriefs")
    days = rng.integers(14, 60, len(rows)) if by_buyer else rng.integers(0, 3, len(rows))
    answered = np.minimum(office_hours(rng, block.facts.closed[rows] + days), (LAST * 24 + 18) * 3_600_000_000)
    reason = (block.fates.true_reason if by_buyer else block.fates.reason)[rows]
    ids = deal_ids(block.numbers[rows])
    role = "buyer" if by_buyer else "rep"
    rival = np.where(block.fates.rival_recorded[rows], block.fates.rival[rows], MISSING)
    whole = np.zeros(len(rows), dtype=np.int64)
    person = named(block.facts.rep[rows], reps(block.world))
    return {
        "debrief_id": joined(ids, named(whole, [role]), between="-"),
        "deal_id": ids,
        "person_id": account_ids(block.facts.account[rows]) if by_buyer else person,
        "role": named(whole, [role]),
        "answered_at": instants(answered),
        "reason": named(reason, cast.REASONS),
        "taxonomy_version": named(whole, [shipped().version]),
        "competitor": named(rival, cast.COMPETITORS),
        "answer": words.answers(block, rows, by_buyer=by_buyer),
    }


def leads(block: Block) -> pa.RecordBatch:
    """One row a lead, whether it became a deal or not."""
    return page("leads", marketing.leads(block, deal_ids(block.numbers)))


def touches(block: Block) -> pa.RecordBatch:
    """One row a contact with a piece of marketing or a person."""
    return page("touches", marketing.touches(block, deal_ids(block.numbers), account_ids(block.facts.account)))


OF_BLOCK: dict[str, Callable[[Block], pa.RecordBatch]] = {
    "deals": deals,
    "deal_stage_changes": stage_changes,
    "accounts": accounts,
    "leads": leads,
    "touches": touches,
    "debriefs": debriefs,
}
OF_COMPANY: dict[str, Callable[[World], pa.RecordBatch]] = {
    "people": people,
    "actions": decided.actions,
    "verdicts": decided.verdicts,
}
