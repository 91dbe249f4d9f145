from __future__ import annotations

import numpy as np
import pytest

from winloss.sources.files.rowkinds import CODES, NONE, Signs, kinds, named


def codes(*names: str | None) -> np.ndarray:
    return np.array([NONE if name is None else CODES[name] for name in names], dtype=np.int8)


def flags(*said: int | None) -> np.ndarray:
    return np.array([-1 if flag is None else flag for flag in said], dtype=np.int8)


def told(**signs: np.ndarray) -> list[str]:
    rows = len(next(iter(signs.values())))
    return list(named(kinds(Signs(rows=rows, **signs))).to_pylist())


def test_the_status_goes_before_the_deal_stage() -> None:
    assert told(status=codes("won", "lost", None), stage=codes("open", "won", "lost")) == ["won", "lost", "lost"]


def test_an_unreadable_status_gives_way_only_to_a_stage_that_ends_the_deal() -> None:
    status = codes("unclassified", "unclassified", "unclassified")
    assert told(status=status, stage=codes("won", "open", None)) == ["won", "unclassified", "unclassified"]


def test_a_plain_lost_is_made_finer_by_the_stage() -> None:
    stage = codes("no_decision", "disqualified", "open")
    assert told(status=codes("lost", "lost", "lost"), stage=stage) == ["no_decision", "disqualified", "lost"]


def test_flags_of_a_salesforce_export() -> None:
    assert told(is_closed=flags(1, 1, 0, None), is_won=flags(1, 0, 0, None)) == ["won", "lost", "open", "unclassified"]


def test_flags_of_a_hubspot_export() -> None:
    assert told(is_won=flags(1, 0, 0), is_lost=flags(0, 1, 0)) == ["won", "lost", "open"]


def test_a_yes_no_column_alone_divides_won_from_lost() -> None:
    assert told(is_won=flags(1, 0)) == ["won", "lost"]


def test_not_won_beside_a_stage_is_what_the_stage_says() -> None:
    assert told(is_won=flags(0, 0), stage=codes("open", "lost")) == ["open", "lost"]


def test_an_archived_deal_is_lost_unless_its_stage_is_won() -> None:
    assert told(is_active=flags(0, 0, 1), stage=codes("open", "won", "open")) == ["lost", "won", "open"]


def test_a_date_won_without_any_status_is_a_win() -> None:
    days = np.array([17_000, -1], dtype=np.int64)
    assert told(won_day=days) == ["won", "open"]
    assert told(won_day=days, lost_day=np.array([17_100, 17_200])) == ["lost", "lost"]


def test_no_sign_at_all_is_unclassified() -> None:
    assert told(stage=codes(None, "unclassified")) == ["unclassified", "unclassified"]


@pytest.mark.parametrize("kind", list(CODES))
def test_a_status_that_is_understood_stands(kind: str) -> None:
    expected = kind
    assert told(status=codes(kind)) == [expected]
