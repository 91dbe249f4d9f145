"""Columns that tell what another column tells already: dates with a time, and people beside the owner."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pulled import pull, write
from winloss.sources.files.mapwriter import written


def deals(tmp_path: Path, **more: list[str]) -> Path:
    rows: list[dict[str, Any]] = [
        {
            "Id": f"D{n}",
            "Stage": ["Won", "Lost"][n % 2],
            "created_on": f"2024-01-{n + 1:02}",
            "created_at": f"2024-01-{n + 1:02} 10:00",
            "closed_on": f"2024-02-{n + 1:02}",
            "closed_at": f"2024-02-{n + 1:02}T11:30:00Z",
        }
        for n in range(12)
    ]
    for header, values in more.items():
        for row, value in zip(rows, values, strict=False):
            row[header] = value
    return write(tmp_path / "deals.csv", rows)


def test_a_column_of_times_beside_one_of_days_gives_the_time_and_is_no_column_of_its_own(tmp_path: Path) -> None:
    found = pull(deals(tmp_path))
    assert found.column("created_on")[0] == date(2024, 1, 1)
    assert found.column("created_at")[0] == datetime(2024, 1, 1, 10, tzinfo=UTC)
    assert found.column("closed_at")[1] == datetime(2024, 2, 2, 11, 30, tzinfo=UTC)
    assert found.told.custom == ()
    told = {c.header: (c.use, c.why) for c in found.told.columns}
    assert told["created_at"][0] == told["closed_at"][0] == "ignored"
    assert told["created_at"][1].startswith("it tells the days of 'created_on'")


def test_the_echo_serves_where_the_day_is_missing_or_unreadable(tmp_path: Path) -> None:
    found = pull(deals(tmp_path, created_on=["", "2024-01-02"], closed_on=["2024-02-01", "31.02."]))
    assert found.column("created_on")[:2] == [date(2024, 1, 1), date(2024, 1, 2)]
    assert found.column("closed_on")[:2] == [date(2024, 2, 1), date(2024, 2, 2)]
    assert found.told.tallies["deals"].rejected == 0


def test_a_date_that_tells_something_else_stays_a_column(tmp_path: Path) -> None:
    found = pull(deals(tmp_path, created_at=[f"2023-05-{n + 1:02}" for n in range(12)]))
    assert [c.name for c in found.told.custom] == ["x_created_at"]
    assert set(found.column("created_at")) == {None}


def test_the_map_that_was_written_gives_the_same(tmp_path: Path) -> None:
    path = deals(tmp_path, Owner=["Ann", "Bob"] * 6, **{"Account Executive": ["Kim", "Pat", "Ann"] * 4})
    first = pull(path)
    (tmp_path / "map.toml").write_text(written(first.told), "utf-8")
    second = pull(path, mapping=tmp_path / "map.toml")
    assert second.tables["deals"].equals(first.tables["deals"])


def test_people_beside_the_owner_become_opaque_ids_and_that_is_told(tmp_path: Path) -> None:
    path = deals(tmp_path, Owner=["Ann", "Bob"] * 6, **{"Account Executive": ["Kim", "Pat", "Ann"] * 4})
    found = pull(path)
    (custom,) = found.told.custom
    assert (custom.label, custom.use) == ("Account Executive", "identifier")
    assert custom.why == "it names people: kept as opaque ids, never compared"
    assert not {"Kim", "Pat", "Ann"} & {value for row in found.rows() for value in row.values()}
    assert {"Kim", "Pat"} <= set(found.column("name", "people"))
    assert found.column("x_account_executive")[2] == found.column("owner_id")[0]
