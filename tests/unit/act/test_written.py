"""Actions as text: what is accepted, and one sentence for each mistake."""

from __future__ import annotations

import datetime as dt

import pytest

from acted import action
from winloss.act import written
from winloss.act.action import ActionKind, Basis
from winloss.errors import UserError
from winloss.tables.act import ACTIONS
from winloss.tables.people import opaque

ENTRY = """
[[actions]]
action_id = "a"
do = "Do it."
segment = "industry = Retail"
measure = "win_rate"
begins_on = 2026-07-01
"""


def test_the_shortest_entry_has_sixty_days_and_the_usual_rest() -> None:
    (one,) = written.read_toml(ENTRY).actions
    assert (one.days, one.kind, one.basis, one.looks) == (60, ActionKind.PROCESS, Basis.CLOSED, 1)
    assert (one.found_from, one.found_among, one.owner_id) == (None, None, "")


def test_days_give_the_end_and_found_gives_three_columns() -> None:
    (one,) = written.read_toml(f'{ENTRY}days = 90\nfound = "2026-01-01..2026-03-31"\nfound_among = 20').actions
    assert one.ends_on == dt.date(2026, 9, 28)
    assert (one.found_from, one.found_to, one.found_among) == (dt.date(2026, 1, 1), dt.date(2026, 3, 31), 20)


@pytest.mark.parametrize("line", ['found = "none"', "found_among = 1"])
def test_none_or_one_says_that_nobody_looked_at_outcomes(line: str) -> None:
    (one,) = written.read_toml(f"{ENTRY}{line}").actions
    assert (one.found_from, one.found_to, one.found_among) == (None, None, 1)


def test_an_owner_is_an_opaque_id_and_the_name_stands_beside() -> None:
    read = written.read_toml(f'{ENTRY}owner = "Ada Byron"')
    assert read.actions[0].owner_id == opaque(" ada  byron ")
    assert read.owners == {opaque("Ada Byron"): "Ada Byron"}
    by_id = written.read_toml(f'{ENTRY}owner_id = "p_0123456789ab"')
    assert (by_id.actions[0].owner_id, by_id.owners) == ("p_0123456789ab", {})


WRONG = [
    ("begin = 2026-01-01", "the file, entry 1 (a): no key is called 'begin': did you mean 'begins_on'?"),
    ("zzz = 1", "no key is called 'zzz': the keys are action_id, do, kind,"),
    ('kind = "contents"', "kind is 'contents', which is none of those there are: did you mean 'content'."),
    ('state = "gone"', "state is 'gone', which is none of those there are: choose planned, running,"),
    ('basis = "x"', "basis is 'x', which is none of those there are: choose closed, created."),
    ('ends_on = "2026-13-01"', "ends_on is '2026-13-01', which is no date: write it as 2026-05-31."),
    ("ends_on = 2026-06-01", "ends on 2026-06-01, before it begins on 2026-07-01: choose a later end."),
    ("days = 0", "days is 0, which is no count: write a whole number from 1."),
    ("days = 60\nends_on = 2026-09-01", "says both ends_on and days: leave one of them out."),
    ('owner = "A"\nowner_id = "B"', "says both owner and owner_id: leave one of them out."),
    ('found = "spring"', "'spring' is no span of days: write 2026-01-01..2026-03-31, or none"),
    ('found = "none"\nfound_from = 2026-01-01', "says both found and found_from or found_to"),
    ("found_from = 2026-01-01", "tells only one end of the span"),
    ('goal = "much"', "goal is 'much', which is no number: write 0.1 for ten points."),
    ("goal = 10", "has a goal of 10.0: choose 0.01 to 1."),
    ("looks = 5", "plans 5 looks: choose 1 to 4."),
    ("owner = 5", "owner is 5, which is no text: put it in double quotes."),
    ('compared_with = "region"', "(a), compared_with: The segment 'region' was not understood"),
    ("found_among = true", "found_among is True, which is no count"),
]


@pytest.mark.parametrize(("line", "says"), WRONG, ids=[line.partition("\n")[0] for line, _ in WRONG])
def test_every_mistake_is_one_sentence_with_its_entry_and_key(line: str, says: str) -> None:
    with pytest.raises(UserError) as wrong:
        written.read_toml(ENTRY + line)
    assert says in str(wrong.value)
    assert str(wrong.value).startswith("the file, entry 1 (a)")
    assert "\n" not in str(wrong.value)


@pytest.mark.parametrize("key", ["action_id", "do", "segment", "measure", "begins_on"])
def test_what_is_missing_is_named_with_an_example(key: str) -> None:
    without = "\n".join(line for line in ENTRY.splitlines() if not line.startswith(f"{key} ="))
    with pytest.raises(UserError, match=rf"entry 1.* has no {key}: write {key} = "):
        written.read_toml(without)


def test_an_unknown_measure_names_those_there_are() -> None:
    with pytest.raises(UserError, match=r"entry 1 \(a\), measure: No measure is called 'wins': choose win_rate,"):
        written.read_toml(ENTRY.replace("win_rate", "wins"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[actions", "is no valid TOML"),
        ("", r"holds no \[\[actions\]\]"),
        ("actions = 1", r"holds no \[\[actions\]\]"),
        ("title = 'x'" + ENTRY, r"holds 'title' outside of \[\[actions\]\]"),
        (ENTRY + ENTRY, r"entry 2: action_id 'a' is there twice"),
    ],
)
def test_a_file_that_holds_no_actions_says_so(text: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        written.read_toml(text)


CSV = "action_id;do;segment;measure;begins_on;days\na;Do it.;industry = Retail;win_rate;2026-07-01;30\n"


def test_a_table_divided_by_semicolons_is_read_too() -> None:
    (one,) = written.read_csv("\ufeff" + CSV).actions
    assert (one.id, one.days, str(one.segment)) == ("a", 30, "industry = Retail")


def test_a_mistake_in_a_table_is_told_by_its_line() -> None:
    text = CSV + '\nb;"Two\nlines.";;win_rate;2026-08-01;30\nc;;;win_rate;2026-08-01;30\n'
    with pytest.raises(UserError, match=r"t.csv, line 6 \(c\) has no do: write do = "):
        written.read_csv(text, where="t.csv")
    with pytest.raises(UserError, match="has no column 'segment'"):
        written.read_csv("action_id,do\n")
    with pytest.raises(UserError, match="holds no action under its header"):
        written.read_csv(CSV.splitlines()[0])
    with pytest.raises(UserError, match="line 2 has 7 cells for 6 columns"):
        written.read_csv(CSV.rstrip() + ";x")


def test_a_blank_segment_of_a_table_is_every_deal() -> None:
    (one,) = written.read_csv(CSV.replace("industry = Retail", "")).actions
    assert str(one.segment) == ""


def test_the_text_says_what_each_key_means() -> None:
    text = written.toml([action()])
    for name in ACTIONS.schema.names:
        assert f"# {'owner' if name == 'owner_id' else name}: " in text
    assert "# days: " in text
    assert "# found: " in text


def test_an_owner_is_written_by_the_name_that_leads_back_to_the_id() -> None:
    ada = opaque("Ada Byron")
    assert 'owner = "Ada Byron"' in written.toml([action(owner_id=ada)], names={ada: "Ada Byron"})
    other = opaque("ada@example.org")
    text = written.toml([action(owner_id=other)], names={other: "Ada Byron"})
    assert f'owner = "{other}" # Ada Byron' in text


def test_notes_stand_above_their_entry_and_break_no_line() -> None:
    text = written.toml([action()], notes={"guided-start": ["One\n[[actions]]"]})
    assert "# One [[actions]]\n" in text
    assert len(written.read_toml(text).actions) == 1


def test_a_table_runs_nothing_in_a_spreadsheet() -> None:
    text = written.as_csv([action("=1+1", do="@SUM(A1)")])
    assert text.splitlines()[1].startswith("'=1+1,'@SUM(A1),")
