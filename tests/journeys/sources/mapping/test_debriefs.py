"""What people answered is heard before the CRM, from the file to the deal."""

from __future__ import annotations

from pathlib import Path

from pulled import write
from winloss import refresh
from winloss.store import Book


def test_a_debrief_from_a_file_decides_the_reason(tmp_path: Path) -> None:
    deals = write(
        tmp_path / "deals.csv",
        [
            {"Deal ID": f"D{n}", "Stage": ["Won", "Lost"][n % 2], "Loss Reason": ["", "Price"][n % 2], "Amount": "10"}
            for n in range(4)
        ],
    )
    answers = write(
        tmp_path / "answers.csv",
        [
            {"Deal ID": "D1", "Role": "Buyer", "Reason": "Missing feature", "Competitor": "Globex"},
            {"Deal ID": "D8", "Role": "Rep", "Reason": "product_capability", "Competitor": "None"},
        ],
    )
    with refresh.passing_book([deals, answers], options=refresh.ImportOptions()) as (book, done):
        assert done.landed["debriefs"].new == 2
        assert _told(book) == {"D1": ("product_capability", "buyer", "Globex"), "D3": ("price_value", "crm", None)}


def _told(book: Book) -> dict[str, tuple[str, str, str | None]]:
    with book.read() as view:
        lost = refresh.resolved(view).filter(lambda t: ~t.is_won)
        rows = view.ask(lost.select("deal_id", "reason", "reason_source", "competitor")).to_pylist()
    return {row["deal_id"]: (row["reason"], row["reason_source"], row["competitor"]) for row in rows}
