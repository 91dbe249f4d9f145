"""Answers given for closed deals, read from a file of their own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pulled import pull, write
from winloss.errors import UserError
from winloss.sources.files.answers import role_of

ANSWER = {
    "Deal ID": "D1", "Answered by": "Ann Lee", "Role": "Sales rep", "Answered on": "2024-03-02 10:00", "Reason": "price_value",
    "Competitor": "Globex", "In your own words": "They had a budget of half our price.",
    "What could marketing have done differently": "A calculator of savings.",
}  # fmt: skip
BUYER = {**ANSWER, "Answered by": "Kim Poe", "Role": "Buyer", "Reason": "Too slow to set up", "Competitor": "None"}


def deals(tmp_path: Path, count: int = 6) -> Path:
    rows = [
        {"Deal ID": f"D{n}", "Stage": ["Won", "Lost"][n % 2], "Amount": "10", "Close Date": "2024-03-01"}
        for n in range(count)
    ]
    return write(tmp_path / "deals.csv", rows)


def test_answers_become_debriefs(tmp_path: Path) -> None:
    found = pull(deals(tmp_path), write(tmp_path / "answers.csv", [ANSWER, BUYER]))
    first, second = found.rows("debriefs")
    assert (first["deal_id"], first["role"], second["role"]) == ("D1", "rep", "buyer")
    assert first["answered_at"] == datetime(2024, 3, 2, 10, tzinfo=UTC)
    assert (first["reason"], second["reason"]) == ("price_value", "Too slow to set up")
    assert (first["competitor"], second["competitor"]) == ("Globex", "None")
    assert first["answer"] == "They had a budget of half our price."
    assert first["marketing_differently"] == "A calculator of savings."
    assert first["debrief_id"] != second["debrief_id"]
    names = {row["person_id"]: row["name"] for row in found.rows("people")}
    assert (names[first["person_id"]], names[second["person_id"]]) == ("Ann Lee", "Kim Poe")
    assert found.told.tallies["debriefs"].kept == 2


def test_answers_for_a_deal_that_is_not_there_are_counted_and_kept(tmp_path: Path) -> None:
    rows = [ANSWER, {**ANSWER, "Deal ID": "D99"}, {**ANSWER, "Deal ID": " D2 "}, {**ANSWER, "Deal ID": ""}]
    found = pull(deals(tmp_path), write(tmp_path / "answers.csv", rows))
    problem = found.problem("debrief_without_deal")
    assert problem is not None
    assert (problem.count, problem.lines, problem.examples) == (1, (3,), ("D99",))
    tally = found.told.tallies["debriefs"]
    assert (tally.rows, tally.kept, tally.rejected) == (4, 3, 1)


def test_a_reason_is_kept_in_the_words_of_the_answer(tmp_path: Path) -> None:
    answers = write(tmp_path / "answers.csv", [ANSWER, BUYER])
    (tmp_path / "map.toml").write_text('[reasons]\n"too slow, to set up" = "time_to_value"\n', "utf-8")
    found = pull(deals(tmp_path), answers, mapping=tmp_path / "map.toml")
    assert found.column("reason", "debriefs") == ["price_value", "Too slow to set up"]


def test_a_role_that_is_none_is_left_blank_and_told(tmp_path: Path) -> None:
    rows = [{**ANSWER, "Deal ID": f"D{n}", "Role": "Rep"} for n in range(9)]
    found = pull(deals(tmp_path, 9), write(tmp_path / "answers.csv", [*rows, {**ANSWER, "Role": "CFO"}]))
    assert found.column("role", "debriefs") == ["rep"] * 9 + [None]
    assert [p.examples for p in found.told.problems if p.column == "Role"] == [("CFO",)]


def test_the_name_of_the_file_tells_answers_without_roles(tmp_path: Path) -> None:
    rows = [{"Opportunity": "D1", "Why": "price_value", "Comments": "Too dear."}]
    found = pull(deals(tmp_path), write(tmp_path / "win-loss interviews.csv", rows))
    assert found.column("reason", "debriefs") == ["price_value"]
    assert found.column("answer", "debriefs") == ["Too dear."]


def test_answers_may_be_read_without_deals(tmp_path: Path) -> None:
    found = pull(write(tmp_path / "debriefs.csv", [ANSWER, BUYER]))
    assert found.column("deal_id", "debriefs") == ["D1", "D1"]
    assert found.problem("debrief_without_deal") is None


def test_deals_with_a_role_and_a_reason_stay_deals(tmp_path: Path) -> None:
    rows = [
        {"Deal ID": f"D{n}", "Stage": ["Won", "Lost"][n % 2], "Role": ["CFO", "Manager"][n % 2], "Reason": "Price"}
        for n in range(6)
    ]
    found = pull(write(tmp_path / "deals.csv", rows))
    assert set(found.tables) == {"deals"}
    assert found.column("persona")[:2] == ["CFO", "Manager"]


def test_the_map_may_call_a_file_debriefs_and_must_name_the_deal(tmp_path: Path) -> None:
    answers = write(tmp_path / "export.csv", [{"Nr of case": "D1", "Note": "Too dear"}])
    (tmp_path / "map.toml").write_text('[files."export.csv"]\nkind = "debriefs"\n', "utf-8")
    with pytest.raises(UserError, match=r"export\.csv is to hold debriefs, but no column of it is the deal_id"):
        pull(deals(tmp_path), answers, mapping=tmp_path / "map.toml")
    (tmp_path / "map.toml").write_text(
        '[files."export.csv"]\nkind = "debriefs"\ncolumns = {"Nr of case" = "deal_id"}\n', "utf-8"
    )
    found = pull(deals(tmp_path), answers, mapping=tmp_path / "map.toml")
    assert found.column("answer", "debriefs") == ["Too dear"]


@pytest.mark.parametrize(
    ("written", "role"),
    [
        ("Rep", "rep"), ("Account Executive", "rep"), ("Vertriebsleiter", "manager"), ("Customer", "buyer"), ("Käufer", "buyer"),
        ("CFO", None),
    ],
)  # fmt: skip
def test_roles_are_read_in_several_languages(written: str, role: str | None) -> None:
    assert role_of(written) == role
