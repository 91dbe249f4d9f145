"""Profiles: exact while few values differ, a sample with what decides beyond."""

from __future__ import annotations

import pyarrow as pa

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
