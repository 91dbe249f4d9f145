"""Whom deals were won and lost against."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from winloss.synthesize import competitors, totals
from winloss.synthesize.against import Against
from winloss.tables.segment import Segment

EUR = totals.money([{"currency": "EUR", "n": 1}])


def met(kind: str, name: str | None, closed: int, won: int, lost_cents: int = 0, *, asked: str = "") -> dict[str, Any]:
    return {
        "competitor_kind": kind,
        "competitor": name,
        "asked": asked or kind,
        "closed": closed,
        "won": won,
        "n_amount_lost": 1 if lost_cents else 0,
        "amount_lost_cents": lost_cents,
    }


def test_names_then_none_unknown_and_blank() -> None:
    field = competitors.Field.read(
        [
            met("blank", None, 10, 5),
            met("none", None, 50, 30),
            met("unknown", None, 5, 1),
            met("competitor", "B", 20, 10),
            met("competitor", "A", 40, 10, 900),
        ]
    )
    rows = competitors.table(field, EUR, {})
    assert [(row.name, row.kind) for row in rows] == [
        ("A", "competitor"),
        ("B", "competitor"),
        ("No competitor", "none"),
        ("Unknown", "unknown"),
        ("Not filled in", "blank"),
    ]
    first = rows[0]
    assert (first.win_rate.value, first.win_rate.n, first.lost, first.amount_lost_cents) == (0.25, 40, 30, 900)
    assert (first.presence.value, first.presence.n) == (40 / 110, 110)
    assert (first.share_of_losses.value, first.share_of_losses.n) == (30 / 69, 69)
    assert sum(row.share_of_losses.value or 0 for row in rows) == pytest.approx(1)
    assert rows[3].presence.value is None


def test_no_table_where_the_field_says_nothing() -> None:
    assert competitors.table(competitors.Field.read([met("blank", None, 10, 5)]), EUR, {}) == ()


def test_a_rate_is_withheld_where_wins_carry_no_competitor() -> None:
    field = competitors.Field.read([met("competitor", "A", 40, 0), met("blank", None, 60, 60)])
    why = competitors.why_withheld(field)
    assert why == (
        "None of 60 won deals names a competitor, 40 of 40 lost or no-decision ones do: "
        "a win rate against competitors would say who fills in the field."
    )
    first = competitors.table(field, EUR, {"A": ()})[0]
    assert (first.win_rate.value, first.win_rate.why, first.presence.value) == (None, why, None)
    assert first.share_of_losses.value == 1


def test_a_rate_is_withheld_where_the_field_is_filled_unevenly() -> None:
    field = competitors.Field.read(
        [met("competitor", "A", 60, 20), met("blank", None, 60, 50), met("none", None, 40, 10)]
    )
    assert competitors.why_withheld(field).startswith("The competitor is filled on 37.5 % of won and 87.5 % of lost")


def test_a_field_of_yes_and_no_speaks_of_a_competitor_and_names_none() -> None:
    field = competitors.Field.read([met("competitor", None, 143, 30), met("none", None, 285, 192)])
    assert field.flag_only
    assert [row.name for row in competitors.table(field, EUR, {})] == ["A competitor", "No competitor"]
    some = competitors.Field.read([met("competitor", None, 9, 3, asked="met"), met("competitor", "A", 9, 3)])
    assert [row.name for row in competitors.table(some, EUR, {})] == ["A competitor, not named", "A"]
    only_lost = competitors.Field.read([met("competitor", None, 47, 0), met("blank", None, 900, 60)])
    assert competitors.why_withheld(only_lost) == (
        "None of 60 won deals is said to have met a competitor, 47 of 887 lost or no-decision ones are: "
        "a win rate with a competitor would say who fills in the field."
    )
    uneven = competitors.Field.read(
        [met("competitor", None, 60, 20), met("blank", None, 60, 50), met("none", None, 40, 10)]
    )
    assert competitors.why_withheld(uneven).startswith("Whether a competitor was met is filled on 37.5 % of won")


def test_only_those_that_name_a_competitor_are_counted_as_naming_one() -> None:
    field = competitors.Field.read(
        [met("competitor", "A", 26, 0), met("competitor", None, 19, 0), met("blank", None, 200, 60)]
    )
    assert competitors.why_withheld(field).startswith(
        "None of 60 won deals names a competitor, 26 of 185 lost or no-decision ones do"
    )


def test_no_win_rate_is_given_against_a_competitor_that_only_reasons_of_losses_tell_of() -> None:
    field = competitors.Field.read(
        [met("competitor", "A", 184, 70), met("competitor", None, 22, 0), met("none", None, 188, 83)]
    )
    why = (
        "That a competitor was met and not named is said of 22 lost or no-decision deals and of no won one: "
        "where only losses say so, as by their reason or stage, there is no win rate against it."
    )
    assert (competitors.why_withheld(field), competitors.why_told(field)) == ("", why)
    rates = {row.name: row.win_rate for row in competitors.table(field, EUR, {})}
    assert (rates["A competitor, not named"].value, rates["A competitor, not named"].why) == (None, why)
    assert (rates["A"].value, rates["No competitor"].value) == (70 / 184, 83 / 188)
    some_won = competitors.Field.read([met("competitor", "A", 184, 70), met("competitor", None, 22, 5)])
    assert competitors.why_told(some_won) == ""


def test_what_only_reasons_of_losses_tell_is_no_filling_of_the_field() -> None:
    field = competitors.Field.read(
        [met("competitor", "A", 310, 120), met("competitor", None, 78, 0, asked="blank"), met("blank", None, 62, 52)]
    )
    assert [round(field.filled(side), 3) for side in ("won", "lost")] == [0.698, 0.683]
    assert competitors.why_withheld(field) == ""
    rates = {row.name: row.win_rate.value for row in competitors.table(field, EUR, {})}
    assert (rates["A"], rates["A competitor, not named"]) == (120 / 310, None)


def test_a_win_rate_leaves_out_the_losses_whose_reason_alone_names_the_competitor() -> None:
    """Each of 100 deals met A or says nothing, half are won; the reasons of 30 losses name A beside the field."""
    field = competitors.Field.read(
        [
            met("competitor", "A", 100, 50),
            met("competitor", "A", 20, 0, 900, asked="blank"),
            met("competitor", "A", 10, 0, asked="unknown"),
            met("unknown", None, 30, 20),
            met("blank", None, 80, 50),
        ]
    )
    rows = {row.name: row for row in competitors.table(field, EUR, {})}
    first = rows["A"]
    assert (first.closed, first.won, first.lost, first.lost_by_reason) == (130, 50, 80, 30)
    assert (first.win_rate.successes, first.win_rate.n, first.amount_lost_cents) == (50, 100, 900)
    assert (rows["Not filled in"].win_rate.successes, rows["Not filled in"].win_rate.n) == (50, 100)
    assert (rows["Unknown"].win_rate.successes, rows["Unknown"].win_rate.n) == (20, 40)
    assert sum(row.closed for row in rows.values()) == 240
    assert sum(row.share_of_losses.value or 0 for row in rows.values()) == pytest.approx(1)
    assert competitors.why_told(field) == ""
    assert competitors.note(field) == (
        "Of 30 lost or no-decision deals the reason alone tells of the competitor, as no reason of a win does: they count as met and lost, "
        "but win rates go by the competitor field alone."
    )


def test_a_win_rate_is_withheld_where_reasons_of_losses_tell_of_more_deals_than_the_field() -> None:
    field = competitors.Field.read(
        [
            met("competitor", "A", 100, 50),
            met("competitor", "B", 4, 2),
            met("competitor", "B", 5, 0, asked="blank"),
            met("competitor", "C", 7, 0, asked="blank"),
            met("blank", None, 88, 50),
        ]
    )
    rows = {row.name: row.win_rate for row in competitors.table(field, EUR, {})}
    assert (rows["A"].value, rows["B"].value, rows["C"].value) == (0.5, None, None)
    assert rows["B"].why == (
        "5 lost or no-decision deals of it are told by the reason alone, as no win is, and 4 deals by the competitor field: "
        "too few are left for a win rate."
    )
    assert rows["C"].why.startswith(
        "7 lost or no-decision deals of it are told by the reason alone, as no win is, and none by"
    )
    assert competitors.note(field).endswith("Where they outnumber the others the rate is withheld.")


def test_no_win_rate_is_given_where_losses_are_named_by_their_reasons_alone() -> None:
    field = competitors.Field.read(
        [met("competitor", "A", 40, 40), met("competitor", "A", 30, 0, asked="blank"), met("blank", None, 30, 0)]
    )
    assert competitors.why_withheld(field).startswith(
        "None of 60 lost or no-decision deals names a competitor but by its reason, 40 of 40 won ones do"
    )
    assert competitors.note(field) == ""


def test_deals_chosen_by_a_competitor_that_reasons_name_have_no_win_rate() -> None:
    of_reason, inside = np.array([True, False, False]), np.array([True, True, False])
    chosen = Segment.parse("competitor = A")
    assert competitors.why_chosen(chosen, of_reason, inside).startswith(
        "Of 1 lost or no-decision deal the reason alone tells"
    )
    assert competitors.why_chosen(chosen, of_reason, ~inside) == ""
    assert competitors.why_chosen(Segment.parse("competitor is blank"), of_reason, ~inside) != ""
    assert competitors.why_chosen(Segment.parse("region = North"), of_reason, inside) == ""


def test_an_evenly_filled_field_gives_rates() -> None:
    field = competitors.Field.read([met("competitor", "A", 60, 20), met("blank", None, 60, 20)])
    assert competitors.why_withheld(field) == ""


def test_bands_of_size_are_told_by_competitor() -> None:
    def band(value: str, asked: dict[str | None, tuple[int, int]], attribute: str = "deal_size") -> Against:
        return Against(attribute=attribute, value=value, segment=value, met={"A": (9, 1)}, asked=asked, alone=(9, 9))

    told = competitors.by_size(
        [band("small", {"A": (4, 1)}), band("large", {}), band("North", {"A": (4, 4)}, "region")]
    )
    assert list(told) == ["A"]
    assert [(band, rate.value) for band, rate in told["A"]] == [("small", 0.25), ("large", None)]


def lost(segment: str, to_a: int, to_nobody: int) -> Against:
    return Against(attribute="region", value=segment, segment=segment, met={"A": (to_a, 0)}, alone=(to_nobody, 0))


def test_a_rival_is_listed_by_its_lower_bound() -> None:
    field = competitors.Field.read([met("competitor", "A", 130, 0), met("none", None, 670, 0)])
    # 60 of 100: sure of 40 %. 40 of 100: sure of 30 %. 35 of 100 is over 30 %, and not surely so.
    counted = [lost("s0", 60, 40), lost("s1", 40, 60), lost("s2", 35, 65), lost("s3", 29, 0)]
    rows = competitors.rival_shares(counted, field)
    assert [(row.segment, row.level, row.share.successes) for row in rows] == [("s0", "act", 60), ("s1", "watch", 40)]


def test_where_a_rival_is_everywhere_only_what_stands_out_is_listed_beside_the_book() -> None:
    field = competitors.Field.read([met("competitor", "A", 500, 0), met("none", None, 500, 0)])
    rows = competitors.rival_shares([lost("same", 50, 50), lost("more", 90, 10)], field)
    assert [(row.segment, row.level) for row in rows] == [("more", "act"), ("", "act")]


def test_a_rival_whose_share_of_the_book_is_over_the_limit_is_no_news_in_a_segment() -> None:
    # 31 % of the book, and not surely over 30 %: 45 of 100 is surely so, 34 of 100 to 40 of 100 are what the book is.
    field = competitors.Field.read([met("competitor", "A", 310, 0), met("none", None, 690, 0)])
    rows = competitors.rival_shares([lost("more", 45, 55), lost("near", 40, 60), lost("same", 34, 66)], field)
    assert [row.segment for row in rows] == ["more"]


def test_no_share_calls_to_act_where_most_losses_do_not_say_who_was_met() -> None:
    few = competitors.Field.read([met("competitor", "A", 60, 0), met("none", None, 40, 0), met("blank", None, 101, 0)])
    half = competitors.Field.read([met("competitor", "A", 60, 0), met("none", None, 40, 0), met("blank", None, 100, 0)])
    assert [(r.level, r.share.n, r.losses, r.few_answered) for r in competitors.rival_shares([], few)] == [
        ("watch", 100, 201, True)
    ]
    assert [(r.level, r.losses, r.few_answered) for r in competitors.rival_shares([], half)] == [("act", 200, False)]
    quiet = replace(lost("s", 90, 10), untold=(101, 0))
    assert [(r.segment, r.level, r.losses) for r in competitors.rival_shares([quiet], half)] == [
        ("", "act", 200),
        ("s", "watch", 201),
    ]


def test_few_losses_list_nobody() -> None:
    field = competitors.Field.read([met("competitor", "A", 29, 0)])
    assert competitors.rival_shares([lost("s", 29, 0)], field) == ()
