from __future__ import annotations

import re
import tomllib
from pathlib import Path

from winloss.sources.files.mapfile import map_of, targets_of
from winloss.tables.custom import Use

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "howto" / "sources.md").read_text("utf-8")


def test_the_page_names_every_target_and_no_other() -> None:
    listed = PAGE.partition("Targets of the deals:")[2]
    assert set(re.findall(r"`(\w+)`", listed)) == set(targets_of("deals"))


def test_the_page_names_every_use() -> None:
    for use in Use:
        assert f"| {use} |" in PAGE


def test_the_map_of_the_page_is_a_map() -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.S)
    mapped = map_of(tomllib.loads(text))
    assert mapped.date_order == "dmy"
    assert mapped.files["accounts.csv"].on_file == "Company"
