from __future__ import annotations

import datetime as dt

from winloss.act.written import read_toml
from winloss.demo import causes, decided, invent
from winloss.demo.decided import ACTIONS, actions_toml
from winloss.tables.people import opaque


def test_the_company_decided_what_its_causes_say() -> None:
    told = [(str(one.segment), one.begins_on) for one in ACTIONS]
    assert told == [
        (f"industry = {causes.WORKED_INDUSTRY}", causes.WORKED_FROM),
        (f"industry = {causes.USELESS_INDUSTRY}", causes.USELESS_FROM),
    ]


def test_the_days_in_which_the_segments_were_found_end_before_the_action() -> None:
    for one in ACTIONS:
        assert one.found_to == one.begins_on - dt.timedelta(days=1)
        assert one.found_from == one.begins_on - dt.timedelta(days=90)
        assert one.days == 180


def test_the_text_is_read_as_the_actions_with_their_owners() -> None:
    read = read_toml(actions_toml())
    assert read.actions == ACTIONS
    assert read.owners == {opaque(name): name for name in decided.OWNERS.values()}


def test_the_table_holds_them() -> None:
    company = invent(1)
    assert company.table("actions")["action_id"].to_pylist() == ["guided-start", "retail-discount"]
    assert company.table("verdicts").num_rows == 0
