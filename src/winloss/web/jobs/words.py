"""How jobs are told of: durations, and the sentence at the top of their page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping


def duration(span: dt.timedelta | None) -> str:
    """A duration as people say it, at most two units: "0.4 s", "42 s", "3 min 5 s", "2 h 10 min", "3 d 4 h"; "" for None."""
    if span is None:
        return ""
    seconds = max(span.total_seconds(), 0.0)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, size, smaller, part in (("d", 86_400, "h", 3_600), ("h", 3_600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            rest = whole % size // part
            return f"{whole // size} {unit} {rest} {smaller}" if rest else f"{whole // size} {unit}"
    return f"{whole} s"


def heading(counts: Mapping[str, int]) -> str:
    """What is going on, in one sentence; counts by state."""
    moving = [
        f"{counts[state]:,} {word}"
        for state, word in (("running", "running"), ("queued", "waiting"))
        if counts.get(state)
    ]
    failed = counts.get("failed", 0)
    trouble = f"{failed:,} failed and {'waits' if failed == 1 else 'wait'} for a person" if failed else ""
    if moving and trouble:
        return f"{_jobs(counts, moving)}; {trouble}"
    if moving:
        return _jobs(counts, moving)
    if trouble:
        return f"Nothing is running; {trouble}"
    return "Nothing is running, and nothing failed" if sum(counts.values()) else "No job yet"


def _jobs(counts: Mapping[str, int], moving: list[str]) -> str:
    first = counts.get("running") or counts.get("queued", 0)
    number, _, word = moving[0].partition(" ")
    told = f"{number} {'job' if first == 1 else 'jobs'} {word}"
    return ", ".join([told, *moving[1:]])
