"""An action is for deals that are there, and on a measure that the book can speak of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from acted import action
from landing_rows import land, page
from winloss.act.action import Action
from winloss.act.measures import Measure
from winloss.errors import UserError
from winloss.refresh import fitting
from winloss.store import Book, View
from winloss.tables.segment import Segment


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    book = Book.create(tmp_path_factory.mktemp("fitting") / "book")
    industries = ("Logistics", "Logistics", "Retail", "Healthcare")
    rows = [
        {
            "deal_id": f"d{i}",
            "stage_kind": "lost",
            "industry": industry,
            "region": "North" if i else "South",
            "competitor_raw": "Vornexa",
            "amount_cents": 100 * i,
        }
        for i, industry in enumerate(industries)
    ]
    land(book, page(rows))
    moves = [{"change_id": "c1", "deal_id": "d1", "to_stage": "Proposal"}, {"change_id": "c2", "to_stage": "Demo"}]
    land(book, page(moves, table="deal_stage_changes"), table="deal_stage_changes", source="moves")
    with book.read() as view:
        yield view


def test_a_win_rate_of_deals_chosen_by_a_competitor_that_reasons_name_is_refused(tmp_path: Path) -> None:
    book = Book.create(tmp_path / "book")
    rows = [
        {
            "deal_id": "a",
            "stage_kind": "won",
            "industry": "Logistics",
            "competitor_raw": "Vornexa",
            "loss_reason_raw": "",
        },
        {"deal_id": "b", "stage_kind": "lost", "industry": "Logistics", "loss_reason_raw": "Lost to Vornexa"},
    ]
    land(book, page(rows))
    with book.read() as view:
        with pytest.raises(UserError, match="the reasons of some losses alone tell of the competitor"):
            fitting.check(view, [of("competitor = Vornexa")])
        fitting.check(view, [of(""), on("share_of_losses:competitor:Vornexa")])


def on(measure: str) -> Action:
    return action(measure=Measure.parse(measure))


def of(segment: str) -> Action:
    return action(segment=Segment.parse(segment))


@pytest.mark.parametrize(
    "fits",
    [
        of(""),
        of("industry in (Logistics, Retail) and region = North"),
        of("amount_cents between 100 and 300"),
        on("share_of_losses:reason:price_value"),
        on("share_of_losses:competitor:Vornexa"),
        on("conversion:Demo>Proposal"),
        on("cycle_days"),
        action(compared_with=Segment.of(industry="Retail")),
    ],
    ids=lambda one: f"{one.segment} {one.measure}",
)
def test_what_the_book_holds_fits(view: View, fits: Action) -> None:
    fitting.check(view, [fits])


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (of("industy = Retail"), "No field is called 'industy': did you mean 'industry'"),
        (of("industry = logistic"), "no deal has the industry 'logistic': did you mean 'Logistics'?"),
        (of("industry = Zzz"), "no deal has the industry 'Zzz': there are Logistics, Healthcare, Retail."),
        (of("industry in (Retail, Mining) and region = South"), "no deal has the industry 'Mining'"),
        (of("industry = Retail and region = South"), "no deal of the book is in it: choose a wider segment"),
        (of("amount_cents = lots"), "amount_cents holds numbers"),
        (action(compared_with=Segment.of(industry="Retai")), "did you mean 'Retail'"),
        (on("share_of_losses:reason:price_valu"), "no reason is called 'price_valu': did you mean 'price_value'?"),
        (on("share_of_losses:competitor:Vornxa"), "no competitor is called 'Vornxa': did you mean 'Vornexa'?"),
        (on("conversion:Demo>Propsal"), "no deal stage is called 'Propsal': did you mean 'Proposal'?"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_the_book_does_not_hold_is_refused_with_the_nearest(view: View, wrong: Action, says: str) -> None:
    with pytest.raises(UserError) as refused:
        fitting.check(view, [wrong])
    assert says in str(refused.value)


def test_a_book_without_deals_or_moves_says_so(tmp_path: Path) -> None:
    book = Book.create(tmp_path / "book")
    with book.read() as view, pytest.raises(UserError, match="The book holds no deals"):
        fitting.check(view, [action()])
    land(book, page([{"deal_id": "d1", "stage_kind": "won", "industry": "Logistics"}]))
    with book.read() as view, pytest.raises(UserError, match="holds no moves between deal stages"):
        fitting.check(view, [on("conversion:Demo>Proposal")])
