from __future__ import annotations

import re

import pytest

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
    assert not set(known.exact) & known.ambiguous
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
