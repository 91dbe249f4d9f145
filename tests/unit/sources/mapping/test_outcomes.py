from __future__ import annotations

import re
from pathlib import Path

import pytest

from pulled import pull, write
from winloss.errors import UserError
from winloss.sources.files.outcomes import decisiveness, override_keys, read_value, read_values, vocabulary
from winloss.tables import OUTCOMES


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("Closed Won", "won"),
        ("closedwon", "won"),
        ("6. Closed Won (100%)", "won"),
        ("Gewonnen", "won"),
        ("Fermée gagnée", "won"),
        ("Cerrada ganada", "won"),
        ("Fechado Ganho", "won"),
        ("Gesloten - Gewonnen", "won"),
        ("Payment Done", "won"),
        ("Contract signed", "won"),
        ("Closed Lost", "lost"),
        ("Closed-Lost to Competition", "lost"),
        ("Verloren", "lost"),
        ("Perdue", "lost"),
        ("Perdido", "lost"),
        ("Vendida", "won"),
        ("Auftrag erteilt", "won"),
        ("Devis accepté", "won"),
        ("Aggiudicata", "won"),
        ("Adjudicado", "won"),
        ("Gegund", "won"),
        ("Abgesagt", "lost"),
        ("Non retenue", "lost"),
        ("Não vendida", "lost"),
        ("Descartado", "lost"),
        ("Niet gegund", "lost"),
        ("Projekt verschoben", "no_decision"),
        ("Proyecto aplazado", "no_decision"),
        ("not won", "lost"),
        ("Closed - No Decision", "no_decision"),
        ("Lost - no decision", "no_decision"),
        ("Stalled-closed", "no_decision"),
        ("Status quo", "no_decision"),
        ("Disqualified", "disqualified"),
        ("Duplicate", "disqualified"),
        ("Nicht qualifiziert", "disqualified"),
        ("Lost - Duplicate", "disqualified"),
        ("Prospecting", "open"),
        ("Id. Decision Makers", "open"),
        ("Proposal/Price Quote", "open"),
        ("appointmentscheduled", "open"),
        ("Waiting For Payment", "open"),
        ("Call Delayed", "open"),
        ("Test Sent", "open"),
        ("Verhandlung", "open"),
        ("Closed", "unclassified"),
        ("Abgeschlossen", "unclassified"),
        ("Free Education", "unclassified"),
        ("Won/Lost", "unclassified"),
        ("Won't buy", "unclassified"),
        ("Almost won", "unclassified"),
        ("Not paid", "unclassified"),
        ("Contract signed soon", "unclassified"),
        ("Noch nicht ganz gewonnen", "unclassified"),
        ("Won by competitor", "unclassified"),
        ("Won - new logo", "won"),
        ("Churned", "unclassified"),
        ("Parked", "unclassified"),
        ("Stalled", "unclassified"),
        ("Customer", "unclassified"),
        ("Converted", "unclassified"),
        ("Withdrawn", "unclassified"),
        ("Ghosted", "no_decision"),
        ("Signed", "won"),
        ("Payment received", "won"),
        ("Chiusa vinta", "won"),
        ("Chiusa persa", "lost"),
        ("42", "unclassified"),
        ("", "unclassified"),
    ],
)
def test_values_of_status_and_stage_are_read(value: str, kind: str) -> None:
    assert read_value(value, {}).kind == kind


def test_every_reading_says_why() -> None:
    for value in ("Closed Won", "Call Delayed", "Closed", "Nobody knows", "Won/Lost"):
        assert read_value(value, {}).why


def test_the_map_goes_before_the_lists() -> None:
    overrides = override_keys({"  payment DONE ": "open"})
    reading = read_value("Payment Done", overrides)
    assert (reading.kind, reading.why) == ("open", "the map says so")


def test_the_lists_agree_with_themselves() -> None:
    known = vocabulary()
    assert set(known.exact.values()) <= set(OUTCOMES)
    lists = (set(known.exact), known.ambiguous, known.unclear, known.staged)
    assert sum(map(len, lists)) == len(set().union(*lists))
    assert not known.yes & known.no
    for kind, pattern in known.patterns:
        assert kind in OUTCOMES
        assert isinstance(pattern, re.Pattern)


def test_shares_are_over_rows_not_over_values() -> None:
    told = decisiveness(read_values("Stage", {"Won": 60, "Lost": 30, "Hm": 10}, {}))
    assert (told.classified, told.decided, told.exact) == (0.9, 0.9, 0.9)
    assert told.tells
    assert not decisiveness([]).tells


@pytest.mark.parametrize(
    ("value", "flag"), [("TRUE", True), ("0", False), ("Ja", True), ("nein", False), ("maybe", None)]
)
def test_yes_and_no_are_read_in_several_languages(value: str, flag: bool | None) -> None:
    assert vocabulary().flag(value) is flag


def test_signed_is_a_win_in_a_column_of_stages_and_of_status_alone(tmp_path: Path) -> None:
    rows = [
        {"Id": f"D{n}", "Deal Stage": ["Signed", "Payment received", "Lost"][n % 3], "NDA": ["Signed", "None"][n % 2]}
        for n in range(12)
    ]
    found = pull(write(tmp_path / "deals.csv", rows))
    assert found.kinds == {"won": 8, "lost": 4}
    assert found.target("NDA") == "x_nda"
    told = {r.value: r.why for r in found.told.outcomes}
    assert told["Signed"] == "'signed' means won in a column of stages"
    unstaged = [{"Id": row["Id"], "NDA": row["NDA"]} for row in rows]
    with pytest.raises(UserError, match="tells how deals ended"):
        pull(write(tmp_path / "nda.csv", unstaged))


def test_a_word_of_two_meanings_is_asked_for_with_the_line_to_add(tmp_path: Path) -> None:
    rows = [{"Id": f"D{n}", "Stage": ["Won", "Lost", "Churned", "Parked"][n % 4]} for n in range(12)]
    found = pull(write(tmp_path / "deals.csv", rows))
    assert found.kinds == {"won": 3, "lost": 3, "unclassified": 6}
    problem = found.problem("unclassified_outcome")
    assert problem is not None
    assert '"Churned" = "?"' in problem.message
    assert {r.why for r in found.told.outcomes if r.read_as == "unclassified"} == {"people mean different things by it"}


@pytest.mark.parametrize("header", ["status_type", "Where it stands"])
def test_a_status_decides_over_the_dates_won_and_lost(tmp_path: Path, header: str) -> None:
    """A deal that was lost and opened again keeps its date lost; a won one may have lost it."""
    rows = [
        {"id": f"d{n}", header: kind, "date_won": won, "date_lost": lost}
        for n, (kind, won, lost) in enumerate(
            [
                ("won", "2024-03-01", ""),
                ("won", "", ""),
                ("lost", "", "2024-03-02"),
                ("active", "", "2024-03-03"),
                ("active", "", ""),
            ]
            * 4
        )
    ]
    found = pull(write(tmp_path / "deals.csv", rows))
    assert found.column("stage_kind")[:5] == ["won", "won", "lost", "open", "open"]
    assert [str(day) for day in found.column("closed_on")[:5]] == ["2024-03-01", "None", "2024-03-02", "None", "None"]


def test_dates_won_and_lost_tell_the_outcome_where_no_column_tells_it_of_every_deal(tmp_path: Path) -> None:
    rows = [
        {"id": f"d{n}", "Step before": ["won", "lost", ""][n % 3], "date_won": "2024-03-01" if n % 2 else ""}
        for n in range(12)
    ]
    found = pull(write(tmp_path / "deals.csv", rows))
    assert found.column("stage_kind")[:2] == ["open", "won"]


def flagged(
    *, won: int, lost: int, blank: int, reasons: int = 0, dated_wins: int | None = None
) -> list[dict[str, str]]:
    """Deals with a column "Won": won ones, lost ones with a date, and those with a no alone, or with a no and a reason."""
    dated = won if dated_wins is None else dated_wins
    rows = [("Yes", "2024-03-01" if n < dated else "", "") for n in range(won)]
    rows += [("No", "2024-03-02", "Price")] * lost + [("No", "", "")] * blank + [("No", "", "Timing")] * reasons
    return [{"Id": f"d{n}", "Won": w, "Closed": c, "Loss reason": r} for n, (w, c, r) in enumerate(rows)]


def test_a_no_without_closing_date_and_reason_is_open_where_all_that_ended_have_a_date(tmp_path: Path) -> None:
    found = pull(write(tmp_path / "deals.csv", flagged(won=20, lost=25, blank=15)))
    assert found.kinds == {"won": 20, "lost": 25, "open": 15}
    problem = found.problem("open_by_blanks")
    assert problem is not None
    assert (problem.count, problem.column, problem.lines[0]) == (15, "Won", 47)
    no = next(reading for reading in found.told.outcomes if reading.value == "No")
    assert (no.count, no.read_as) == (40, "not won")
    assert "open where there is neither a closing date nor a reason" in no.why


@pytest.mark.parametrize(
    "deals",
    [
        flagged(won=20, lost=25, blank=15, dated_wins=15),
        flagged(won=20, lost=1, blank=15),
        flagged(won=20, lost=25, blank=15, reasons=10),
        flagged(won=20, lost=25, blank=0),
    ],
    ids=["wins without a date", "dates kept for wins", "losses without a date", "no blank"],
)
def test_a_no_is_lost_where_the_closing_dates_tell_no_more(tmp_path: Path, deals: list[dict[str, str]]) -> None:
    found = pull(write(tmp_path / "deals.csv", deals))
    assert found.kinds == {"won": 20, "lost": len(deals) - 20}
    assert found.problem("open_by_blanks") is None
