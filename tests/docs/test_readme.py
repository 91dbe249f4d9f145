"""What the README shows is what the program prints, and what it says to type works."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from program import winloss

HERE = Path(__file__).resolve().parents[2]
README = (HERE / "README.md").read_text("utf-8")


def run(*arguments: str, cwd: Path) -> str:
    done = winloss(*arguments, cwd=cwd)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    place = tmp_path_factory.mktemp("readme")
    return place, run("demo", "out/demo", cwd=place)


def shown() -> list[str]:
    section = README.split("## What it prints")[1].split("\n## ")[0]
    return [line[4:] for line in section.splitlines() if line.startswith("    ") and line.strip() != "…"]


def test_the_readme_is_short_and_opens_with_two_commands() -> None:
    assert len(README.splitlines()) <= 120
    commands = re.findall(r"^    (make \w+)", README, flags=re.M)
    assert commands[:2] == ["make demo", "make test"]


def test_the_readme_shows_what_the_demo_prints(demo: tuple[Path, str]) -> None:
    printed = {line.rstrip() for line in demo[1].splitlines()}
    assert shown()
    assert [line for line in shown() if line.rstrip() not in printed] == []


def test_what_the_readme_says_to_type_works(demo: tuple[Path, str]) -> None:
    place = demo[0]
    shutil.copy(place / "out" / "demo" / "opportunities.csv", place / "deals.csv")
    (place / "accounts.csv").write_text("Account Name,Industry\nNobody Ltd,Retail\n", "utf-8")
    typed = re.findall(r"^    \.venv/bin/winloss ([^#\n]+)", README, flags=re.M)
    assert len(typed) >= 5
    for line in typed:
        assert run(*line.split(), cwd=place)
    assert (place / "winloss-report.html").exists()


def test_the_picture_is_there() -> None:
    assert (HERE / "docs" / "report.png").stat().st_size > 20_000
