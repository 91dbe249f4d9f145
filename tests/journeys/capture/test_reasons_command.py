"""`winloss reasons`, as a person types it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Protocol

import pytest

from winloss.cli import main

EXPORT = """Deal Name,Deal Stage,Close Date,Create Date,Amount,Closed Lost Reason,Competitor
{rows}"""
LINES = [
    *[("Closed Lost", "Too expensive", "Acme")] * 20,
    *[("Closed Lost", "No response", "")] * 15,
    *[("Closed Lost", "Wombat trouble", "ACME Inc.")] * 4,
    *[("Closed Lost", "Lost to Globex", "")] * 3,
    *[("Closed Won", "", "")] * 10,
]


@pytest.fixture(scope="module")
def deals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        f"Deal {n},{stage},2026-04-{n % 28 + 1:02},2026-0{n % 4 + 1}-05,100,{reason},{rival}"
        for n, (stage, reason, rival) in enumerate(LINES)
    ]
    path = tmp_path_factory.mktemp("reasons") / "deals.csv"
    path.write_text(EXPORT.format(rows="\n".join(rows)) + "\n", encoding="utf-8")
    return path


class Winloss(Protocol):
    def __call__(self, *arguments: str | Path, code: int = 0) -> str: ...


@pytest.fixture
def winloss(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Winloss:
    """Runs a command in this process: starting Python anew for each would take most of the time."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments: str | Path, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["winloss", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert (ended.value.code or 0) == code, said.err
        return said.out if code == 0 else said.err

    return run


def test_the_list_shows_every_reason_within_80_columns(winloss: Winloss) -> None:
    shown = winloss("reasons", "list", "--presets")
    assert "price_value" in shown
    assert "junk_test" in shown
    assert "--preset three_field" in shown
    assert max(len(line) for line in shown.splitlines()) <= 80


def test_check_shows_how_each_value_is_read_and_the_line_to_add(deals: Path, winloss: Winloss) -> None:
    shown = winloss("reasons", "check", deals)
    assert "price_value, too_expensive" in shown
    assert "competitor_won; competitor" in shown
    assert '[reasons]\n"Wombat trouble" = "code"  # 4 deals' in shown
    assert "Acme joins Acme (20), ACME Inc. (4)" in shown


def test_propose_prints_a_list_to_paste_and_adopt_puts_it_in_force(
    deals: Path, tmp_path: Path, winloss: Winloss
) -> None:
    book, chosen = tmp_path / "book", tmp_path / "picklist.toml"
    winloss("import", deals, "--book", book)
    assert winloss("reasons", "propose", "--book", book, "--format", "paste").splitlines() == [
        "Price & value",
        "Indecision & timing",
        "Other",
        "Unknown",
    ]
    written = winloss("reasons", "propose", "--book", book, "--format", "toml")
    chosen.write_text(
        written.replace('"Price & value"', '"Too dear"')
        + '[[entry]]\nlabel = "Wombats"\ncode = "trust_credibility"\nfolds = ["Wombat trouble"]\n'
    )
    assert "Too dear" in winloss("reasons", "adopt", "--book", book, chosen)
    assert "Too dear" in winloss("reasons", "list", "--book", book)
    after = winloss("reasons", "check", "--book", book)
    assert "trust_credibility" in after
    assert "[reasons]" not in after


def test_a_ready_list_can_be_adopted(deals: Path, tmp_path: Path, winloss: Winloss) -> None:
    winloss("import", deals, "--book", tmp_path / "book")
    told = winloss("reasons", "adopt", "--book", tmp_path / "book", "--preset", "three_field")
    for label in ("Poor onboarding", "Messaging resonated", "Competitor loss says who won and not why"):
        assert label in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["propose"], "Give one or more files, or a book with --book DIR, and not both."),
        (["propose", "none.csv", "--format", "pdf"], "The format is 'pdf'; choose text, markdown, toml or paste."),
        (["adopt", "--book", "nowhere"], "nowhere"),
        (["check", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(arguments: list[str], told: str, winloss: Winloss) -> None:
    assert told in winloss("reasons", *arguments, code=2)
