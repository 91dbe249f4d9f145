"""Profiles: exact while few values differ, a sample with what decides beyond."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings
from hypothesis import strategies as st

from winloss.sources.files import profile as profiles
from winloss.sources.files.profile import ColumnProfile


def test_values_are_counted_exactly_over_batches() -> None:
    profile = ColumnProfile("Stage")
    profile.add(pa.array(["Won", None, "Lost", "Won"]))
    profile.add(pa.array(["Lost", "Größe", None], pa.string()))
    assert profile.counts == {"Won": 2, "Lost": 2, "Größe": 1}
    assert (profile.rows, profile.filled, profile.distinct) == (7, 5, 3)
    assert profile.max_length == 7
    assert profile.sample == ("Lost", "Won", "Größe")


def test_an_empty_column_has_no_values() -> None:
    profile = ColumnProfile("Stage")
    profile.add(pa.nulls(3, pa.string()))
    assert (profile.rows, profile.filled, profile.distinct, profile.max_length) == (3, 0, 0, 0)


def test_beyond_20_000_values_a_sample_stays() -> None:
    profile = ColumnProfile("Id")
    for start in range(0, 60_000, 10_000):
        profile.add(pa.array([f"id-{i}" for i in range(start, start + 10_000)]))
    assert profile.distinct is None
    assert (profile.rows, profile.filled) == (60_000, 60_000)
    assert profiles.DISTINCT < len(profile.counts) <= profiles.DISTINCT + 10_000


def test_long_notes_do_not_fill_memory() -> None:
    profile = ColumnProfile("Note")
    for batch in range(30):
        profile.add(pa.array([f"{batch} {i} " + "x" * 10_000 for i in range(100)]))
    assert profile.distinct is None
    assert len(profile.counts) <= 2_200
    assert profile.filled == 3_000


def test_a_figure_that_decides_is_kept_however_late_it_comes() -> None:
    profile = ColumnProfile("Amount")
    profile.add(pa.array([str(n) + ".5" for n in range(30_000)]))
    late = ["1.234.567", "0,5", "12,345,678.90", "12345", "7,25 €", None, "-3.75"]
    profile.add(pa.array(late, pa.string()).slice(1))
    assert profile.values.keys() >= {"0,5", "12,345,678.90", "12345", "7,25 €", "-3.75"}
    assert "1.234.567" not in profile.values


FIGURES = st.text(alphabet="0123456789.,' -€kEUR()\u00a0", max_size=14)


@settings(deadline=None)
@given(st.lists(FIGURES | st.none(), max_size=20), st.integers(0, 3))
def test_a_shape_decides_what_its_value_decides(values: list[str | None], first: int) -> None:
    column = pa.array(values, pa.string()).slice(first)
    shapes = profiles._shapes(column)
    for pattern in profiles._DECISIVE:
        assert pc.match_substring_regex(shapes, pattern).equals(pc.match_substring_regex(column, pattern))
