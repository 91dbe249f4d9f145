from __future__ import annotations

import re
from pathlib import Path

from winloss.demo import cast, causes, invent

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "concepts" / "demo.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \|.*\| ([\d.]+) % \| ([\d.]+) % \|$", re.M)


def test_every_cause_is_documented_with_its_true_size() -> None:
    documented = {name: (float(here) / 100, float(rest) / 100) for name, here, rest in ROW.findall(PAGE)}
    truth = invent(60_000, seed=1).truth
    assert list(documented) == [cause.name for cause in truth.causes]
    for cause in truth.causes:
        here, rest = documented[cause.name]
        assert abs(cause.here - here) < 0.025, cause.name
        assert abs(cause.rest - rest) < 0.025, cause.name


def test_the_page_names_the_sizes_of_what_has_no_row() -> None:
    for written in (
        f"{causes.PRICE_INSTEAD:.0%}".replace("%", " times in 100"),
        f"{causes.REASON_GIVEN:.0%}".replace("%", " %"),
        f"{causes.JUNK_PAID_SOCIAL:.0%}".replace("%", " %"),
        f"{causes.COMPETITOR_RECORDED:.0%}".replace("%", " %"),
        f"+{causes.RETURNED:.2f} log-odds",
        f"{causes.LONGER_THAN_USUAL:.2f} log-odds",
        f"{causes.REP_SD} and {causes.ACCOUNT_SD} log-odds",
        f"costs {-causes.RIVAL_IN_NICHE}",
        f"{causes.RIVAL_PRESENCE_IN_NICHE:.0f} times as often",
        f"{cast.FIRST_DAY.day} January {cast.FIRST_DAY.year} to {cast.LAST_DAY.day} April {cast.LAST_DAY.year}",
    ):
        assert " ".join(written.split()) in " ".join(PAGE.split()), written
    for days, share in zip(causes.RETURN_MEDIAN_DAYS, causes.RETURN_SHARE, strict=True):
        assert not share or f"{share:.0%}".replace("%", " %") + f" after {days}" in " ".join(PAGE.split())
