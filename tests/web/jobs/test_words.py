from __future__ import annotations

import datetime as dt

import pytest

from winloss.web.jobs import registry, words


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-3, "0.0 s"),
        (0, "0.0 s"),
        (0.44, "0.4 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (185, "3 min 5 s"),
        (3600, "1 h"),
        (7805, "2 h 10 min"),
        (86400, "1 d"),
        (273600, "3 d 4 h"),
    ],
)
def test_durations_are_told_in_at_most_two_units(seconds: float, told: str) -> None:
    assert words.duration(dt.timedelta(seconds=seconds)) == told


def test_no_duration_is_told_as_nothing() -> None:
    assert words.duration(None) == ""


def test_a_kind_without_a_label_is_spelled() -> None:
    assert registry.label("watch_folder") == "Watch folder"
    assert registry.label("tidy") == "Tidying up"
