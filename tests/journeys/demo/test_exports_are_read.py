from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from winloss import refresh
from winloss.cli.report import study_options
from winloss.demo import Company, invent, write
from winloss.demo.fates import OUTCOMES
from winloss.demo.world import LAST
from winloss.synthesize.study import Study


@pytest.fixture(scope="module")
def demo() -> Company:
    return invent(1_200, seed=11)


def study(demo: Company, folder: Path, flavour: str) -> Study:
    files = write(demo, folder, flavour=flavour)
    with (
        refresh.passing_book(list(files), options=refresh.ImportOptions()) as (book, _),
        book.read() as view,
    ):
        return refresh.study_of(view, options=study_options(None, [], None, 1, None), name=flavour).study


def outcomes(demo: Company) -> dict[str, int]:
    fates = next(iter(demo.blocks)).fates
    return dict(zip(OUTCOMES, np.bincount(fates.outcome, minlength=len(OUTCOMES)).tolist(), strict=True))


@pytest.mark.parametrize("flavour", ["salesforce", "hubspot"])
def test_an_export_is_read_back_deal_for_deal(demo: Company, tmp_path: Path, flavour: str) -> None:
    done = study(demo, tmp_path, flavour)
    told = done.counts.to_json()
    assert {name: told[name] for name in OUTCOMES} == outcomes(demo)
    assert told["rejected"] == told["folded"] == told["unclassified"] == 0
    assert done.quality.unread_reasons == ()
    assert str(done.as_of) == str(np.datetime64(LAST, "D"))


def test_pipedrive_calls_deals_without_decision_lost(demo: Company, tmp_path: Path) -> None:
    told = study(demo, tmp_path, "pipedrive").counts.to_json()
    truth = outcomes(demo)
    assert told["lost"] == truth["lost"] + truth["no_decision"]
    assert (told["won"], told["open"], told["disqualified"]) == (truth["won"], truth["open"], truth["disqualified"])
