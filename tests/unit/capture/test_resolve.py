from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import pyarrow as pa
import pytest

from winloss.capture.resolve import REASON_COLUMNS, RESOLVED, raw_values, read, resolve
from winloss.capture.taxonomy import Taxonomy, shipped
from winloss.tables.course import DEBRIEFS
from winloss.tables.deals import DEALS

Row = dict[str, Any]
CONNECTION: Any = ibis.duckdb.connect()


READ = ("deal_id", "stage_kind", "deal_stage_kind", "deal_stage", "competitor_raw", *REASON_COLUMNS)
COUNTED = ("created_on", "closed_on", "amount_cents")
DEAL = [f for f in DEALS.schema if f.name in (*READ, *COUNTED)]


def table(rows: list[Row], fields: Sequence[Any]) -> Any:
    return ibis.memtable(pa.table({f.name: pa.array([row.get(f.name) for row in rows], f.type) for f in fields}))


def counted(rows: list[Row], name: str) -> dict[str, int]:
    return dict(Counter(row[name] for row in rows if row.get(name) is not None))


def resolved(
    rows: list[Row],
    *,
    debriefs: list[Row] | None = None,
    taxonomy: Taxonomy | None = None,
    **settings: Mapping[str, Any],
) -> list[Row]:
    """The rows as `resolve` leaves them, in the order of their ids."""
    deals = table([{"deal_id": str(n), **row} for n, row in enumerate(rows, 100)], DEAL)
    said = None if debriefs is None else table(debriefs, list(DEBRIEFS.schema))
    raw = {name: counted(rows, name) for name in (*REASON_COLUMNS, "competitor_raw")}
    for name in ("closing_stage", "closing_stage_lost"):
        closing = CONNECTION.to_pyarrow(raw_values(deals)[name]).to_pylist()
        raw[name] = {row["value"]: row["n"] for row in closing}
    readings = read(
        {**raw, **{f"debrief_{name}": counted(debriefs or [], name) for name in ("reason", "competitor")}},
        taxonomy or shipped(),
        **settings,
    )
    told = resolve(deals, readings, debriefs=said)
    found: list[Row] = CONNECTION.to_pyarrow(told.order_by("deal_id")).to_pylist()
    assert len(found) == len(rows)
    return found


def one(row: Row, **more: Any) -> Row:
    return resolved([row], **more)[0]


def test_the_columns_promised_are_added_and_no_other() -> None:
    readings = read({}, shipped())
    deals = table([], list(DEALS.schema))
    told = resolve(deals, readings)
    assert told.columns == (*DEALS.schema.names, *RESOLVED)


@pytest.mark.parametrize(
    "stage",
    [
        "Closed-Lost to Competition",
        "Closed Lost to Competition",
        "Abgeschlossen, verloren an Mitbewerber",
        "an Mitbewerber verloren",
        "Geschlossen - verloren an Wettbewerb",
        "Perdu au profit de la concurrence",
        "Fermé - Perdu au profit de la concurrence",
        "Cerrado perdido ante la competencia",
        "Fechado - perdido para a concorrência",
    ],
)
def test_a_stage_that_says_a_competitor_won_tells_that_one_was_met_and_not_which(stage: str) -> None:
    lost = {"stage_kind": "lost", "deal_stage_kind": "lost", "deal_stage": stage}
    told = one({**lost, "loss_reason_raw": "Price"})
    assert (told["competitor_kind"], told["competitor"], told["competitor_present"]) == ("unknown", None, True)
    assert (told["outcome"], told["reason"]) == ("lost", "price_value")
    assert one({**lost, "competitor_raw": "Acme"})["competitor"] == "Acme"


def test_a_stage_that_only_says_lost_tells_of_no_competitor() -> None:
    for stage in ("Closed Lost", "Closed Lost - price", "Lost to no decision", "Verloren", "Perdu"):
        told = one({"stage_kind": "lost", "deal_stage_kind": "lost", "deal_stage": stage})
        assert (told["competitor_kind"], told["competitor_present"]) == ("blank", None)
    weighed = {"stage_kind": "lost", "deal_stage_kind": "open", "deal_stage": "Competitor evaluation"}
    assert one(weighed)["competitor_present"] is None


def test_a_stage_that_names_the_winner_names_the_competitor() -> None:
    named = {"stage_kind": "lost", "deal_stage_kind": "lost", "deal_stage": "Lost to Acme"}
    assert (one(named)["competitor_kind"], one(named)["competitor"]) == ("competitor", "Acme")


def test_raw_values_are_asked_for_with_their_counts() -> None:
    deals = table([{"loss_reason_raw": "Price"}, {"loss_reason_raw": "Price"}, {"competitor_raw": "Acme"}], DEAL)
    said = table([{"competitor": "None", "reason": "terms"}], list(DEBRIEFS.schema))
    asked = raw_values(deals, said)
    found = {name: CONNECTION.to_pyarrow(question).to_pylist() for name, question in asked.items()}
    assert found == {
        "reason_raw": [],
        "loss_reason_raw": [{"value": "Price", "n": 2}],
        "win_reason_raw": [],
        "competitor_raw": [{"value": "Acme", "n": 1}],
        "closing_stage": [{"value": "", "n": 0}],
        "closing_stage_lost": [{"value": "", "n": 0}],
        "debrief_reason": [{"value": "terms", "n": 1}],
        "debrief_competitor": [{"value": "None", "n": 1}],
    }


def test_the_outcome_is_what_the_stage_says() -> None:
    kinds = ["won", "lost", "no_decision", "disqualified", "open", "unclassified", None]
    rows = resolved([{"stage_kind": kind} for kind in kinds])
    assert [row["outcome"] for row in rows] == [*kinds[:6], "unclassified"]
    assert [row["is_closed"] for row in rows] == [True, True, True, False, False, False, False]
    assert [row["is_won"] for row in rows] == [True, False, False, False, False, False, False]


@pytest.mark.parametrize("field", ["loss_reason_raw", "reason_raw"])
def test_junk_disqualifies_a_loss_and_never_a_win(field: str) -> None:
    junk = ["Duplicate", "Invalid number", "Spam", "Test"]
    rows = resolved([{"stage_kind": kind, field: reason} for kind in ("lost", "no_decision", "won") for reason in junk])
    assert [row["outcome"] for row in rows if row["stage_kind"] != "won"] == ["disqualified"] * 8
    assert [row["outcome"] for row in rows if row["stage_kind"] == "won"] == ["won"] * 4


def test_non_target_stays_a_loss() -> None:
    row = one({"stage_kind": "lost", "loss_reason_raw": "Non target"})
    assert (row["outcome"], row["reason"]) == ("lost", "qualification")


def test_a_reason_of_indecision_does_not_change_a_loss() -> None:
    row = one({"stage_kind": "lost", "loss_reason_raw": "No decision"})
    assert (row["outcome"], row["reason"]) == ("lost", "indecision_timing")


def test_the_reason_comes_from_the_field_that_fits_the_outcome() -> None:
    raw = {"reason_raw": "Timing", "loss_reason_raw": "Price", "win_reason_raw": "Features"}
    rows = resolved([{"stage_kind": kind, **raw} for kind in ("won", "lost", "no_decision", "open", "disqualified")])
    assert [row["reason"] for row in rows] == ["product_capability", "price_value", "price_value", None, "price_value"]
    assert [row["reason_value"] for row in rows] == ["Features", "Price", "Price", None, "Price"]
    assert [row["reason_source"] for row in rows] == ["crm", "crm", "crm", None, "crm"]


def test_the_common_field_serves_where_the_fitting_one_is_blank_or_a_placeholder() -> None:
    rows = resolved(
        [
            {"stage_kind": "lost", "loss_reason_raw": "-", "reason_raw": "Price"},
            {"stage_kind": "lost", "loss_reason_raw": None, "reason_raw": "Price"},
            {"stage_kind": "won", "win_reason_raw": "Select", "reason_raw": "Price"},
        ]
    )
    assert [row["reason"] for row in rows] == ["price_value"] * 3


def test_given_means_that_something_was_said_understood_or_not() -> None:
    values = ["Price", "Gutstein refusal", "Unknown", "-", None]
    rows = resolved([{"stage_kind": "lost", "loss_reason_raw": value} for value in values])
    assert [row["reason_given"] for row in rows] == [True, True, True, False, False]
    assert [row["reason"] for row in rows] == ["price_value", None, "unknown", None, None]
    assert [row["reason_value"] for row in rows] == ["Price", "Gutstein refusal", "Unknown", None, None]


def test_a_reason_of_losses_on_a_won_deal_is_a_contradiction_and_no_reason() -> None:
    row = one({"stage_kind": "won", "loss_reason_raw": "Price"})
    assert (row["loss_reason_on_won"], row["reason"], row["reason_given"]) == (True, None, False)


def test_in_the_common_field_a_reason_that_cannot_explain_a_win_is_a_contradiction() -> None:
    rows = resolved(
        [
            {"stage_kind": "won", "reason_raw": "No decision"},
            {"stage_kind": "won", "reason_raw": "Duplicate"},
            {"stage_kind": "won", "reason_raw": "Price"},
            {"stage_kind": "won", "win_reason_raw": "Timing"},
            {"stage_kind": "lost", "reason_raw": "No decision"},
            {"stage_kind": "won", "reason_raw": "Something of ours"},
        ]
    )
    assert [row["loss_reason_on_won"] for row in rows] == [True, True, False, False, False, False]
    assert [row["reason"] for row in rows] == [
        None,
        None,
        "price_value",
        "indecision_timing",
        "indecision_timing",
        None,
    ]


def test_a_placeholder_in_the_loss_field_of_a_won_deal_is_no_contradiction() -> None:
    rows = resolved([{"stage_kind": "won", "loss_reason_raw": "-"}, {"stage_kind": "lost", "loss_reason_raw": "-"}])
    assert [row["loss_reason_on_won"] for row in rows] == [False, False]


def test_competitors_are_named_none_unknown_or_blank() -> None:
    values = ["Acme", "Acme", "ACME Inc.", "None", "Unknown", "Yes", "-", None]
    rows = resolved([{"stage_kind": "lost", "competitor_raw": value} for value in values])
    assert [(r["competitor_kind"], r["competitor"], r["competitor_present"]) for r in rows] == [
        ("competitor", "Acme", True),
        ("competitor", "Acme", True),
        ("competitor", "Acme", True),
        ("none", None, False),
        ("unknown", None, None),
        ("unknown", None, True),
        ("blank", None, None),
        ("blank", None, None),
    ]


def test_a_yes_no_field_never_makes_a_competitor() -> None:
    rows = resolved([{"stage_kind": "lost", "competitor_raw": value} for value in ("Yes", "No", "Unknown", None)])
    assert [r["competitor"] for r in rows] == [None] * 4
    assert [r["competitor_present"] for r in rows] == [True, False, None, None]
    assert [r["competitor_asked"] for r in rows] == ["met", "none", "unknown", "blank"]


def test_a_reason_that_names_a_competitor_fills_the_blank_field_only() -> None:
    rows = resolved(
        [
            {"stage_kind": "lost", "loss_reason_raw": "Lost to Acme"},
            {"stage_kind": "lost", "loss_reason_raw": "Lost to Acme", "competitor_raw": "Unknown"},
            {"stage_kind": "lost", "loss_reason_raw": "Lost to Acme", "competitor_raw": "Globex"},
            {"stage_kind": "lost", "loss_reason_raw": "Lost to Acme", "competitor_raw": "None"},
            {"stage_kind": "lost", "loss_reason_raw": "Competition"},
            {"stage_kind": "won", "loss_reason_raw": "Lost to Acme"},
            {"stage_kind": "lost", "competitor_raw": "Acme"},
        ]
    )
    assert [(r["competitor_kind"], r["competitor"]) for r in rows] == [
        ("competitor", "Acme"),
        ("competitor", "Acme"),
        ("competitor", "Globex"),
        ("none", None),
        ("unknown", None),
        ("blank", None),
        ("competitor", "Acme"),
    ]
    asked = ["blank", "unknown", "competitor", "none", "blank", "blank", "competitor"]
    assert [r["competitor_asked"] for r in rows] == asked, "what wins are asked, too, is told apart"
    assert rows[0]["reason"] == rows[4]["reason"] == "unknown"
    assert rows[4]["competitor_present"] is True


def test_names_from_reasons_take_the_spelling_of_the_competitor_field() -> None:
    rows = resolved(
        [
            {"stage_kind": "lost", "loss_reason_raw": "Lost to acme inc"},
            {"stage_kind": "lost", "competitor_raw": "Acme"},
            {"stage_kind": "lost", "competitor_raw": "Acme"},
            {"stage_kind": "lost", "loss_reason_raw": "Lost to SF"},
        ],
        competitors={"SF": "Salesforce"},
    )
    assert [r["competitor"] for r in rows] == ["Acme", "Acme", "Acme", "Salesforce"]


DAY = dt.date(2026, 3, 1)


def test_the_cycle_is_days_from_creation_to_close() -> None:
    rows = resolved(
        [
            {"stage_kind": "won", "created_on": DAY, "closed_on": dt.date(2026, 3, 31)},
            {"stage_kind": "won", "created_on": DAY, "closed_on": DAY},
            {"stage_kind": "won", "created_on": DAY, "closed_on": dt.date(2026, 2, 28)},
            {"stage_kind": "won", "created_on": DAY},
            {"stage_kind": "won", "closed_on": DAY},
        ]
    )
    assert [r["cycle_days"] for r in rows] == [30, 0, None, None, None]
    assert [r["closed_before_created"] for r in rows] == [False, False, True, False, False]


def test_only_closed_deals_can_lack_a_closing_date() -> None:
    rows = resolved(
        [
            {"stage_kind": "won"},
            {"stage_kind": "lost", "closed_on": DAY},
            {"stage_kind": "open"},
            {"stage_kind": "lost", "loss_reason_raw": "Duplicate"},
        ]
    )
    assert [r["closed_without_date"] for r in rows] == [True, False, False, False]


def test_an_amount_is_known_where_it_is_above_zero() -> None:
    rows = resolved([{"stage_kind": "lost", "amount_cents": cents} for cents in (100, 0, None, -5)])
    assert [r["amount_known"] for r in rows] == [True, False, False, False]


def test_the_deal_stage_contradicts_the_status() -> None:
    expected = {
        ("won", "won"): False,
        ("won", "lost"): True,
        ("lost", "won"): True,
        ("lost", "no_decision"): False,
        ("lost", "disqualified"): False,
        ("open", "lost"): True,
        ("open", "open"): False,
        ("won", None): False,
        ("won", "unclassified"): False,
    }
    rows = resolved([{"stage_kind": status, "deal_stage_kind": stage} for status, stage in expected])
    assert [row["stage_against_outcome"] for row in rows] == list(expected.values())


def test_a_crm_whose_deals_keep_their_last_open_stage_contradicts_nothing() -> None:
    kept = {"stage_kind": "won", "deal_stage": "Proposal", "deal_stage_kind": "open"}
    assert [r["stage_against_outcome"] for r in resolved([kept, {**kept, "stage_kind": "lost"}])] == [False, False]


def test_lost_deals_that_keep_their_stage_contradict_nothing_where_only_wins_have_a_stage_of_their_own() -> None:
    won = {"stage_kind": "won", "deal_stage": "Won", "deal_stage_kind": "won"}
    lost = {"stage_kind": "lost", "deal_stage": "Proposition", "deal_stage_kind": "open"}
    left = {**won, "deal_stage": "Proposition", "deal_stage_kind": "open"}
    assert [row["stage_against_outcome"] for row in resolved([won, lost, left])] == [False, False, True]
    closed = {"stage_kind": "lost", "deal_stage": "Lost", "deal_stage_kind": "lost"}
    assert [row["stage_against_outcome"] for row in resolved([won, lost, closed])] == [False, True, False]


@pytest.mark.parametrize(
    "closing", [{"deal_stage": "Closed", "deal_stage_kind": "unclassified"}, {"deal_stage_kind": "lost"}]
)
def test_an_open_stage_contradicts_where_other_deals_do_reach_a_closing_one(closing: Row) -> None:
    rows = resolved(
        [{"stage_kind": "won", "deal_stage": "Demo", "deal_stage_kind": "open"}, {"stage_kind": "lost", **closing}]
    )
    assert [r["stage_against_outcome"] for r in rows] == [True, False]


def at(hour: int) -> dt.datetime:
    return dt.datetime(2026, 3, 1, hour, tzinfo=dt.UTC)


def debrief(deal: str, role: str, reason: str | None, hour: int = 1, **more: Any) -> Row:
    return {
        "debrief_id": f"{deal}{role}{hour}",
        "deal_id": deal,
        "role": role,
        "reason": reason,
        "answered_at": at(hour),
        **more,
    }


def test_a_debrief_is_heard_before_the_crm() -> None:
    row = one(
        {"stage_kind": "lost", "loss_reason_raw": "Price", "competitor_raw": "Acme"},
        debriefs=[debrief("100", "rep", "trust_credibility", competitor="Globex")],
    )
    assert (row["reason"], row["reason_source"], row["competitor"]) == ("trust_credibility", "rep", "Globex")
    assert row["reason_value"] == "Price"


def test_the_rep_is_heard_before_the_manager_before_the_buyer_and_the_latest_of_each() -> None:
    lost = {"stage_kind": "lost"}
    rows = resolved(
        [lost, lost, lost, lost],
        debriefs=[
            debrief("100", "buyer", "price_value", 9),
            debrief("100", "manager", "sales_execution", 8),
            debrief("100", "rep", "qualification", 1),
            debrief("100", "rep", "messaging_content", 2),
            debrief("101", "buyer", "price_value", 9),
            debrief("101", "manager", "sales_execution", 1),
            debrief("102", "buyer", "price_value", 1),
        ],
    )
    assert [r["reason"] for r in rows] == ["messaging_content", "sales_execution", "price_value", None]
    assert [r["reason_source"] for r in rows] == ["rep", "manager", "buyer", None]
    assert [r["reason_given"] for r in rows] == [True, True, True, False]


def test_a_debrief_can_disqualify_and_can_take_a_junk_reason_back() -> None:
    rows = resolved(
        [{"stage_kind": "lost", "loss_reason_raw": "Price"}, {"stage_kind": "lost", "loss_reason_raw": "Duplicate"}],
        debriefs=[debrief("100", "rep", "junk_duplicate"), debrief("101", "rep", "price_value")],
    )
    assert [r["outcome"] for r in rows] == ["disqualified", "lost"]


def test_a_debrief_of_an_old_code_is_read_as_the_code_in_force_and_an_unknown_code_is_not_heard() -> None:
    listed = Taxonomy.parse('extends = "winloss"\n[[reason]]\ncode = "price_value"\nrenamed_from = ["pricing"]')
    lost = {"stage_kind": "lost", "loss_reason_raw": "Timing"}
    rows = resolved(
        [lost, lost], debriefs=[debrief("100", "rep", "pricing"), debrief("101", "rep", "weather")], taxonomy=listed
    )
    assert [r["reason"] for r in rows] == ["price_value", "indecision_timing"]


def test_a_debrief_is_read_as_the_crm_is() -> None:
    """Finer codes, words, lists, lines of the map; what stands for nothing is no answer."""
    said = ["missing_feature", "hesitation", "Too expensive", "Price; Timing", "Gut feeling", "-"]
    rows = resolved(
        [{"stage_kind": "lost", "loss_reason_raw": "Champion left"}] * len(said),
        debriefs=[debrief(str(n), "rep", words) for n, words in enumerate(said, 100)],
        reasons={"gut feeling": "trust_credibility"},
    )
    heard = ["product_capability", "indecision_timing", "price_value", "price_value", "trust_credibility"]
    assert [r["reason"] for r in rows] == [*heard, rows[-1]["reason"]]
    assert [r["reason_source"] for r in rows] == ["rep"] * 5 + ["crm"]


def test_words_of_a_debrief_that_are_not_understood_are_given_and_never_guessed() -> None:
    rows = resolved(
        [{"stage_kind": "lost"}, {"stage_kind": "lost", "loss_reason_raw": "Price"}, {"stage_kind": "lost"}],
        debriefs=[
            debrief("100", "rep", "Sunspots"),
            debrief("101", "rep", "Sunspots"),
            debrief("102", "rep", "Sunspots"),
            debrief("102", "buyer", "terms"),
        ],
    )
    assert [(r["reason"], r["reason_given"], r["reason_value"], r["reason_source"]) for r in rows] == [
        (None, True, "Sunspots", "rep"),
        ("price_value", True, "Price", "crm"),
        ("price_value", True, "terms", "buyer"),
    ]
    readings = read({"debrief_reason": {"Sunspots": 3, "terms": 1}}, shipped()).reasons
    assert readings.map_lines == ("[reasons]", '"Sunspots" = "code"  # 3 deals')
    assert readings["terms"].sub_reason == "terms"


def test_the_competitor_that_a_debriefs_reason_names_is_heard() -> None:
    row = one(
        {"stage_kind": "lost", "loss_reason_raw": "Price"},
        debriefs=[debrief("100", "rep", "Lost to Acme")],
        competitors={"Acme": "Acme"},
    )
    assert (row["reason"], row["competitor"]) == ("unknown", "Acme")


def test_none_and_unknown_are_answers_of_a_debrief_and_blank_is_not() -> None:
    acme = {"stage_kind": "lost", "competitor_raw": "Acme"}
    rows = resolved(
        [acme, acme, acme],
        debriefs=[
            debrief("100", "rep", None, competitor="None"),
            debrief("101", "rep", None, competitor="Unknown"),
            debrief("102", "rep", None),
        ],
    )
    assert [r["competitor_kind"] for r in rows] == ["none", "unknown", "competitor"]


def test_a_debrief_of_an_open_deal_waits() -> None:
    row = one({"stage_kind": "open"}, debriefs=[debrief("100", "rep", "price_value")])
    assert (row["reason"], row["outcome"]) == (None, "open")


def test_the_map_reads_what_the_taxonomy_does_not() -> None:
    row = one({"stage_kind": "lost", "loss_reason_raw": "Inadequate"}, reasons={"Inadequate": "junk_spam"})
    assert (row["reason"], row["outcome"]) == ("junk_spam", "disqualified")


def test_an_empty_book_resolves_to_an_empty_one() -> None:
    assert resolved([]) == []


def test_custom_columns_stay() -> None:
    deals = table([{"deal_id": "1", "stage_kind": "won"}], DEAL).mutate(x_cloud=ibis.literal("yes"))
    readings = read({}, shipped())
    assert "x_cloud" in resolve(deals, readings).columns


@pytest.mark.parametrize(
    ("loss", "common", "value"),
    [
        ("Price", "Delivery", "Price"),
        (None, "Price", "Price"),
        ("Xyzzy", "Price", "Price"),
        ("Xyzzy", "Plugh", "Xyzzy"),
    ],
)
def test_a_common_reason_stands_in_where_that_of_the_loss_is_silent_or_not_understood(
    loss: str | None, common: str, value: str
) -> None:
    row = one({"stage_kind": "lost", "loss_reason_raw": loss, "reason_raw": common})
    assert row["reason_value"] == value
