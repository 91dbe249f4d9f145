"""`winloss act` from the command line, on the demo company; what is measured is made by hand here."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest

from acted import measurement, portfolio, unripe
from program import winloss
from winloss.act.action import Action
from winloss.act.measurement import Measurement, Portfolio
from winloss.act.written import read_toml
from winloss.demo import invent, write
from winloss.demo.decided import ACTIONS, actions_toml
from winloss.report.schema import ACTED, ACTED_LIST, ACTED_PORTFOLIO, schema
from winloss.store import Book, View
from winloss.synthesize.assemble import StudyOptions

AS_OF = dt.date(2026, 4, 30)


def act(*words: str | int | Path) -> str:
    done = winloss("act", *words)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def refused(*words: str | int | Path) -> str:
    done = winloss("act", *words)
    assert (done.returncode, done.stdout) == (2, ""), done
    assert len(done.stderr.strip().splitlines()) == 1
    return done.stderr


def told(action: Action, as_of: dt.date) -> Measurement:
    if as_of <= action.ends_on:
        return replace(unripe(), action=action, as_of=as_of, window=measurement(action).window)
    return measurement(action, as_of=as_of)


def measured(
    _view: View, *, actions: Sequence[Action], wanted: Sequence[str] | None = None, within: StudyOptions
) -> tuple[Measurement, ...]:
    by_id = {one.id: one for one in actions}
    return tuple(told(by_id[id_], within.as_of or AS_OF) for id_ in wanted or by_id)


def summed(measured: Sequence[Measurement]) -> Portfolio:
    return replace(portfolio(), actions=tuple(measured))


@pytest.fixture(autouse=True)
def _engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("winloss.refresh.acting.measured", measured)
    monkeypatch.setattr("winloss.cli.acted.portfolio", summed)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("act")
    write(invent(1200, seed=1), place, flavour="salesforce")
    done = winloss("import", place / "opportunities.csv", "--book", place / "book")
    assert done.returncode == 0, done.stderr
    (place / "actions.toml").write_text(actions_toml(), encoding="utf-8")
    return place


@pytest.fixture
def place(imported: Path, tmp_path: Path) -> Path:
    """A book of its own, with both actions of the demo."""
    import shutil

    shutil.copytree(imported / "book", tmp_path / "book")
    shutil.copy(imported / "actions.toml", tmp_path)
    act("import", tmp_path / "actions.toml", "--book", tmp_path / "book")
    return tmp_path


def test_importing_twice_changes_nothing(place: Path) -> None:
    version = Book.open(place / "book").manifest().version
    text = act("import", place / "actions.toml", "--book", place / "book")
    assert f"2 actions as before. Version {version} of the book" in text
    assert Book.open(place / "book").manifest().version == version


def test_what_is_exported_is_what_was_imported(place: Path) -> None:
    text = act("export", "--book", place / "book")
    assert set(read_toml(text).actions) == set(ACTIONS)
    assert 'owner = "Marta Ferreira"' in text
    act("export", "--book", place / "book", "--out", place / "x.csv")
    rows = list(csv.DictReader(io.StringIO((place / "x.csv").read_text("utf-8-sig"))))
    assert [row["action_id"] for row in rows] == ["retail-discount", "guided-start"]
    assert act("import", place / "x.csv", "--book", place / "book").startswith("2 actions as before.")


def test_the_list_says_where_each_stands(place: Path) -> None:
    text = act("list", "--book", place / "book")
    assert "guided-start" in text
    whole = json.loads(act("list", "--book", place / "book", "--json", "--as-of", "2025-05-01"))
    jsonschema.validate(whole, schema(ACTED_LIST))
    assert {one["action_id"]: one["state"] for one in whole["actions"]} == {
        "retail-discount": "running",
        "guided-start": "planned",
    }
    assert {one["owner"] for one in whole["actions"]} == {"Marta Ferreira", "Jonas Lindholm"}


def test_measuring_changes_nothing_and_writes_what_is_asked_for(place: Path) -> None:
    before = Book.open(place / "book").manifest()
    text = act("measure", "guided-start", "--book", place / "book", "--out", place / "x.svg")
    assert "rose 14" in text
    assert f"Open {place / 'x.svg'}" in text
    assert (place / "x.svg").read_text().startswith("<svg")
    one = json.loads(act("measure", "guided-start", "--book", place / "book", "--json"))
    jsonschema.validate(one, schema(ACTED))
    every = json.loads(act("measure", "--book", place / "book", "--json", "--as-of", "2025-08-01"))
    assert [(told["action"]["action_id"], told["standing"]) for told in every] == [
        ("retail-discount", "running"),
        ("guided-start", "running"),
    ]
    assert Book.open(place / "book").manifest() == before


def test_a_verdict_is_written_down_once(place: Path) -> None:
    book = place / "book"
    first = act("verdict", "guided-start", "--book", book)
    version = Book.open(book).manifest().version
    assert f"Written down in version {version}" in first
    second = act("verdict", "guided-start", "--book", book)
    assert Book.open(book).manifest().version == version
    assert "On record as of 30" in second
    assert "Written down" not in second
    listed = json.loads(act("list", "--book", book, "--json"))["actions"]
    assert [(one["state"], one["record"] and one["record"]["verdict"]) for one in listed] == [
        ("running", None),
        ("measured", "improved"),
    ]
    one = json.loads(act("verdict", "guided-start", "--book", book, "--json"))
    jsonschema.validate(one, schema(ACTED))
    assert one["record"]["verdict"] == "improved"


def test_the_run_that_writes_a_verdict_down_tells_the_record(place: Path) -> None:
    one = json.loads(act("verdict", "guided-start", "--book", place / "book", "--json"))
    assert one["record"]["verdict"] == "improved"


def test_what_a_person_decides_is_kept(place: Path) -> None:
    book = place / "book"
    assert "has no verdict yet" in refused("verdict", "guided-start", "--decide", "keep", "--book", book)
    act("verdict", "guided-start", "--book", book)
    assert "choose keep, stop, extend" in refused("verdict", "guided-start", "--decide", "maybe", "--book", book)
    assert "extend by 125 days or more" in refused("verdict", "guided-start", "--decide", "extend", "--book", book)
    text = act("verdict", "guided-start", "--decide", "extend", "--days", 130, "--book", book)
    assert "It opens again and ends on 6" in text
    again = act("verdict", "guided-start", "--book", book)
    assert "On record as of 30" in again
    assert "A second verdict gives chance a second try." in again
    assert "Written down" not in again


def test_before_its_time_a_verdict_is_progress_and_nothing_is_written(place: Path) -> None:
    book = place / "book"
    (place / "late.toml").write_text(
        '[[actions]]\naction_id = "late"\ndo = "Do it."\nsegment = "industry = Retail"\nmeasure = "win_rate"\n'
        'begins_on = 2026-04-01\nowner = "Marta Ferreira"\n'
    )
    act("import", place / "late.toml", "--book", book)
    version = Book.open(book).manifest().version
    text = act("verdict", "late", "--book", book)
    assert text.startswith("Running: the win rate of industry Retail")
    assert "a verdict can be given from" in text
    assert Book.open(book).manifest().version == version


ADD = ("add", "--do", "Mend the offer.", "--measure", "win_rate", "--from", "2026-05-01")


def test_adding_says_before_it_starts_what_its_deals_could_show(place: Path) -> None:
    book = place / "book"
    text = act(*ADD, "--segment", "industry = Retail", "--owner", "marta ferreira", "--goal", 8, "--book", book)
    assert "The smallest effect seen four times in five: 13 points." in text
    assert f"Next: winloss act measure mend-the-offer --book {book}" in text
    added = next(one for one in read_toml(act("export", "--book", book)).actions if one.id == "mend-the-offer")
    assert (added.days, added.goal, added.found_among) == (60, 0.08, None)
    assert added.owner_id == ACTIONS[0].owner_id


def test_every_option_of_adding_is_kept(place: Path) -> None:
    act(
        *(*ADD, "--segment", "industry = Retail", "--to", "2026-08-31", "--kind", "pricing", "--basis", "created"),
        *("--found", "2026-01-01..2026-03-31", "--among", 20, "--looks", 2, "--against", "industry = Logistics"),
        *("--id", "x", "--book", place / "book"),
    )
    added = next(one for one in read_toml(act("export", "--book", place / "book")).actions if one.id == "x")
    assert (added.ends_on, str(added.kind), str(added.basis)) == (dt.date(2026, 8, 31), "pricing", "created")
    assert (added.found_from, added.found_to, added.found_among) == (dt.date(2026, 1, 1), dt.date(2026, 3, 31), 20)
    assert (added.looks, str(added.compared_with)) == (2, "industry = Logistics")
    again = refused(*ADD, "--segment", "", "--id", "x", "--book", place / "book")
    assert "An action called 'x' is there already: choose another --id." in again


def test_an_action_chosen_without_looking_at_outcomes_says_so(place: Path) -> None:
    act(*ADD, "--segment", "industry = Retail", "--found", "none", "--book", place / "book")
    added = next(
        one for one in read_toml(act("export", "--book", place / "book")).actions if one.id == "mend-the-offer"
    )
    assert (added.found_from, added.found_among) == (None, 1)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--segment", "industry = Retial"), "no deal has the industry 'Retial': did you mean 'Retail'?"),
        (("--segment", "industy = Retail"), "No field is called 'industy': did you mean 'industry'"),
        (("--segment", "", "--days", 60, "--to", "2026-06-01"), "says both ends_on and days"),
        (("--segment", "", "--found", "spring"), "'spring' is no span of days"),
        (("--segment", "", "--kind", "contents"), "did you mean 'content'"),
        (("--segment", "", "--goal", 200), "has a goal of 2.0: choose 0.01 to 1"),
        (("--segment", "industry ="), "was not understood"),
    ],
    ids=str,
)
def test_what_cannot_be_added_is_one_sentence_and_nothing_is_stored(
    imported: Path, words: tuple[str | int, ...], says: str
) -> None:
    before = Book.open(imported / "book").manifest()
    assert says in refused(*ADD, *words, "--book", imported / "book")
    assert Book.open(imported / "book").manifest() == before


def test_what_is_not_there_is_one_sentence(imported: Path, tmp_path: Path) -> None:
    book = imported / "book"
    (tmp_path / "x.toml").write_text("[[actions]]\n", encoding="utf-8")
    cases: list[tuple[tuple[str | Path, ...], str]] = [
        (("measure", "--book", book), "holds no action: `winloss act propose"),
        (("measure", "x", "--book", book), "No action is called 'x': the book holds none"),
        (("measure", "--out", "x.pdf", "--book", book), "choose .svg, .png, .json"),
        (("verdict", "x", "--book", book), "No action is called 'x'"),
        (("portfolio", "--book", book), "holds no action"),
        (("portfolio", "--year", "2020", "--book", book), "No action of the book at"),
        (("export", "--out", "x.xlsx", "--book", book), "choose .toml or .csv"),
        (("import", "x.xlsx", "--book", book), "give a file that ends in .toml or .csv"),
        (("import", "x.toml", "--book", book), "cannot be read as text"),
        (("import", tmp_path / "x.toml", "--book", book), "entry 1 has no action_id: write action_id ="),
        (("list", "--book", "nowhere"), "There is no book at nowhere"),
    ]
    for words, says in cases:
        assert says in refused(*words), words


def test_an_empty_list_says_the_next_step(imported: Path) -> None:
    text = act("list", "--book", imported / "book")
    assert "winloss act propose" in text


def test_a_picture_is_of_one_action(place: Path) -> None:
    assert "A picture is of one action: name it" in refused("measure", "--out", "x.png", "--book", place / "book")
    act("measure", "--out", place / "all.json", "--book", place / "book")
    assert len(json.loads((place / "all.json").read_text())) == 2


def test_the_portfolio_of_a_year_takes_the_actions_that_ended_in_it(place: Path) -> None:
    assert "improved what they were meant to" in act("portfolio", "--year", 2025, "--book", place / "book")
    whole: dict[str, Any] = json.loads(act("portfolio", "--book", place / "book", "--json"))
    jsonschema.validate(whole, schema(ACTED_PORTFOLIO))
    assert {one["action_id"] for one in whole["actions"]} == {"guided-start", "retail-discount"}


def test_what_is_proposed_can_be_imported(place: Path) -> None:
    text = act("propose", "--book", place / "book")
    if "[[actions]]" not in text:
        assert text.startswith("# Nothing to propose.")
        return
    assert all("owner" not in one for one in tomllib.loads(text)["actions"])
    (place / "more.toml").write_text(text, encoding="utf-8")
    assert "new" in act("import", place / "more.toml", "--book", place / "book")


def test_an_older_version_can_be_read(place: Path) -> None:
    assert "winloss act propose" in act("list", "--at", 1, "--book", place / "book")
