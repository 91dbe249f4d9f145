from __future__ import annotations

import json
from pathlib import Path

from program import winloss
from winloss.demo import invent


def test_demo_writes_exports_and_what_is_truly_going_on(tmp_path: Path) -> None:
    done = winloss("demo", tmp_path / "demo", "--deals", 300, "--no-report")
    assert done.returncode == 0, done.stderr
    written = sorted(path.name for path in (tmp_path / "demo").iterdir())
    assert written == ["actions.toml", "leads.csv", "opportunities.csv", "spend.csv", "truth.json"]
    truth = json.loads((tmp_path / "demo" / "truth.json").read_text())
    assert truth == invent(300).truth.to_json()


def test_a_company_of_one_deal_is_written_too(tmp_path: Path) -> None:
    done = winloss("demo", tmp_path, "--deals", 1, "--flavour", "pipedrive", "--no-report")
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "pipedrive-deals.csv").read_text().splitlines()) == 2


def test_a_twin_says_that_nothing_is_planted(tmp_path: Path) -> None:
    done = winloss("demo", tmp_path, "--deals", 300, "--twin", "shuffled", "--flavour", "tables", "--no-report")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "truth.json").read_text())["causes"] == []


def test_what_cannot_be_invented_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cases: list[tuple[list[str | int | Path], str]] = [
        (["demo", tmp_path, "--twin", "evil"], "choose shuffled or clustered"),
        (["demo", tmp_path, "--flavour", "excel"], "choose one of salesforce"),
        (["demo", tmp_path / "file"], "Choose another folder"),
    ]
    for words, says in cases:
        done = winloss(*words, "--no-report")
        assert done.returncode == 2
        assert says in done.stderr
        assert "Traceback" not in done.stderr


def test_demo_writes_a_report_and_says_where(tmp_path: Path) -> None:
    done = winloss("demo", tmp_path, "--deals", 800)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.html").stat().st_size > 10_000
    assert "report.html" in done.stdout
    assert "won" in done.stdout
