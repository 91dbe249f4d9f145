from __future__ import annotations

import datetime as dt

import pyarrow as pa

from acted import action, drifting, measurement, no_change
from winloss.act.action import Action
from winloss.act.ledger import action_of, free_id, row_of, verdict_row
from winloss.act.measurement import Decision
from winloss.tables import TABLES
from winloss.tables.segment import Segment

SAID_AT = dt.datetime(2026, 5, 1, 9, tzinfo=dt.UTC)


def bare() -> Action:
    return action(found_from=None, found_to=None, found_among=None)


def test_a_row_gives_its_action_back() -> None:
    full = action(goal=0.08, looks=3, compared_with=Segment.of(region="North"), owner_id="p_0123456789ab", finding="f1")
    for one in (full, bare()):
        assert action_of(row_of(one)) == one


def test_rows_have_the_columns_of_their_tables() -> None:
    assert list(row_of(action())) == TABLES["actions"].schema.names
    row = verdict_row(measurement(), said_at=SAID_AT, book_version=3)
    assert list(row) == TABLES["verdicts"].schema.names
    pa.Table.from_pylist([row], schema=TABLES["verdicts"].schema)


def test_what_is_not_told_is_null() -> None:
    row = row_of(bare())
    assert [row[name] for name in ("owner_id", "found_from", "found_among", "goal", "compared_with", "finding")] == [
        None
    ] * 6


def test_a_verdict_keeps_its_figures_and_what_a_person_decided() -> None:
    row = verdict_row(no_change(), said_at=SAID_AT, book_version=7, decision=Decision.STOP)
    assert (row["verdict"], row["decision"], row["book_version"]) == ("no change seen", "stop", 7)
    assert (row["effect"], row["effect_low"], row["effect_high"]) == (0.012, -0.061, 0.085)
    assert (row["deals_before"], row["deals_after"], row["detectable"]) == (355, 240, 0.13)


def test_no_verdict_says_why() -> None:
    row = verdict_row(drifting(), said_at=SAID_AT, book_version=1)
    assert row["verdict"] is None
    assert row["why"].startswith("The segment moved on its own")


def test_an_id_is_short_and_free() -> None:
    assert free_id(["aim", "more", "of", "the", "outreach"], ()) == "aim-more-of-the-outreach"
    assert free_id(["x" * 40], ()) == "x" * 24
    assert free_id([], {"action", "action-2"}) == "action-3"
