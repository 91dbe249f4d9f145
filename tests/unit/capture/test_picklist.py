from __future__ import annotations

import datetime as dt

import ibis
import pyarrow as pa
import pytest

from winloss.capture.picklist import Entry, Loss, Picklist, adopt, in_force, losses, propose, shipped_picklist
from winloss.capture.reasons import read_values
from winloss.capture.taxonomy import shipped
from winloss.errors import UserError

DAY = dt.date(2026, 5, 31)


def found(**counts: int) -> list[Loss]:
    return [Loss(code=code, value=f"{code} value", count=count) for code, count in counts.items()]


def read(*values: tuple[str, int]) -> tuple[list[Loss], dict[str, int]]:
    """Losses by what the taxonomy makes of the values."""
    readings = read_values(dict(values), shipped())
    return [Loss(code=r.code, value=r.value, count=r.count) for r in readings.readings], dict(values)


def test_the_most_frequent_reasons_are_taken_at_most_five_with_their_coverage() -> None:
    counts = {
        "price_value": 40,
        "product_capability": 30,
        "indecision_timing": 20,
        "sales_execution": 10,
        "qualification": 8,
        "trust_credibility": 6,
        "other": 4,
        "unknown": 2,
    }
    proposal = propose(found(**counts), shipped(), as_of=DAY)
    assert [(r.code, r.count) for r in proposal.reasons] == list(counts.items())[:5]
    assert (proposal.losses, proposal.with_reason, proposal.other_or_unknown) == (120, 114, 6)
    assert proposal.covered.value == pytest.approx(108 / 114)
    assert proposal.covered_of_all.value == pytest.approx(108 / 120)
    assert proposal.left_over == (("trust_credibility", "Trust & credibility", 6),)
    share = proposal.reasons[0].share
    assert (share.successes, share.n) == (40, 114)
    assert share.low is not None
    assert share.low < 40 / 114
    assert proposal.notes == ()
    assert (proposal.since, proposal.as_of) == (dt.date(2025, 11, 30), DAY)


def test_a_reason_of_under_two_percent_earns_no_line() -> None:
    proposal = propose(found(price_value=200, qualification=100, trust_credibility=3), shipped())
    assert [r.code for r in proposal.reasons] == ["price_value", "qualification"]


def test_raw_values_fold_into_their_reason_and_all_but_the_most_used_retire() -> None:
    rows, values = read(
        ("Expensive", 40), ("Price", 20), ("Kein Bedarf", 30), ("Duplicate", 9), ("Competition", 7), ("Foo", 5)
    )
    kept = [row for row in rows if row.value != "Duplicate"]
    proposal = propose(kept, shipped(), readings=read_values(values, shipped()))
    assert [(r.label, r.values) for r in proposal.reasons] == [
        ("Price & value", (("Expensive", 40), ("Price", 20))),
        ("Qualification", (("Kein Bedarf", 30),)),
    ] or proposal.reasons[0].sub_reason
    assert {row.value: row.why for row in proposal.retire if row.value in ("Competition", "Foo", "Duplicate")} == {
        "Competition": "says who won, not why: use the competitor field",
        "Foo": "not understood: map it or drop it",
        "Duplicate": "no reason but duplicate: disqualify such deals instead",
    }
    assert proposal.not_understood == 5


def test_a_reason_that_dominates_is_split_by_its_finer_reasons_while_lines_are_free() -> None:
    rows, values = read(("No response", 50), ("Timing", 30), ("Price", 20))
    proposal = propose(rows, shipped(), readings=read_values(values, shipped()))
    assert [(r.label, r.code, r.sub_reason, r.count) for r in proposal.reasons] == [
        ("Fell silent", "indecision_timing", "no_response", 50),
        ("Indecision & timing", "indecision_timing", "", 30),
        ("Price & value", "price_value", "", 20),
    ]
    assert proposal.covered.value == 1.0


def test_losses_without_reasons_get_the_shipped_list_and_are_told() -> None:
    proposal = propose([Loss(code=None, value=None, count=2473)], shipped())
    assert [r.code for r in proposal.reasons] == [
        "price_value",
        "product_capability",
        "indecision_timing",
        "buyer_organisation",
        "qualification",
    ]
    assert not any(r.from_history or r.share.given for r in proposal.reasons)
    assert not proposal.covered.given
    assert proposal.without == 2473
    assert proposal.notes[0] == (
        "No reasons given that say why, on 2,473 lost or no-decision deals: here is the shipped picklist to start with."
    )


def test_no_losses_at_all_get_the_shipped_list_too() -> None:
    proposal = propose([], shipped(), as_of=DAY)
    assert proposal.notes == (
        "No lost or no-decision deal in the 183 days looked at: here is the shipped picklist to start with.",
    )
    assert len(proposal.reasons) == 5


def test_few_losses_are_told_as_few_and_filled_from_the_shipped_list() -> None:
    proposal = propose(found(trust_credibility=4, price_value=2), shipped())
    assert [(r.code, r.from_history) for r in proposal.reasons] == [
        ("trust_credibility", True),
        ("price_value", True),
        ("product_capability", False),
        ("indecision_timing", False),
        ("buyer_organisation", False),
    ]
    assert proposal.notes[0].startswith("Only 6 lost or no-decision deals say why: too few to choose by.")


def test_the_picklist_ends_with_other_and_unknown_and_pastes_one_a_line() -> None:
    proposal = propose(found(price_value=60, qualification=40), shipped())
    assert proposal.picklist.to_paste == "Price & value\nQualification\nOther\nUnknown"


def test_adopting_gives_a_text_that_reads_back_the_same() -> None:
    rows, values = read(('Say "no"; | price', 40), ("No response", 60))
    proposal = propose(rows, shipped(), readings=read_values(values, shipped()))
    text = adopt(proposal, on=DAY, taxonomy=shipped(), labels={"price_value": "Too dear"})
    picklist = Picklist.parse(text, shipped())
    assert picklist.adopted_on == DAY
    assert picklist.taxonomy == shipped().stamp
    assert picklist.to_toml() == text


def test_an_adopted_picklist_reads_its_labels_and_values_and_the_map_wins_over_it() -> None:
    picklist = Picklist(
        entries=(Entry(label="Too dear", code="price_value", folds=("Gutstein refusal",)),), taxonomy=shipped().stamp
    )
    settings = {"picklist": picklist.to_toml(), "reasons": {"Too dear": "other"}}
    assert in_force(settings, shipped()) == {
        "Gutstein refusal": "price_value",
        "Too dear": "other",
        "Other": "other",
        "Unknown": "unknown",
    }
    assert in_force({}, shipped()) == {}


def test_a_ready_list_becomes_a_picklist_of_all_its_choices() -> None:
    picklist = shipped_picklist(shipped(), "picklist")
    assert [(e.label, e.code, e.competitor) for e in picklist.entries] == [
        ("Timing", "indecision_timing", False),
        ("Need", "qualification", False),
        ("Price", "price_value", False),
        ("Competition", "unknown", True),
        ("Poor qualification", "qualification", False),
        ("Other", "other", False),
        ("Unknown", "unknown", False),
    ]
    for name, preset in shipped().presets.items():
        text = adopt(shipped_picklist(shipped(), name), on=DAY, taxonomy=shipped())
        told = Picklist.parse(text, shipped())
        assert told.to_toml() == text
        pasted = told.to_paste.splitlines()
        assert [label for label in pasted if label not in ("Other", "Unknown")] == [
            one.label for one in preset.entries if one.label != "Other"
        ]
        assert pasted[-2:] == ["Other", "Unknown"]


def test_a_choice_of_a_ready_list_is_read_as_it_is_mapped_and_a_competitor_sets_that_one_was_met() -> None:
    for name, label in (("three_field", "Competitor loss"), ("picklist", "Competition")):
        overrides = in_force(
            {"picklist": adopt(shipped_picklist(shipped(), name), on=DAY, taxonomy=shipped())}, shipped()
        )
        assert overrides[label] == "competitor"
        read = read_values({label: 3}, shipped(), overrides)[label]
        assert (read.code, read.rival, read.competitor) == ("unknown", True, None)
    assert (overrides["Need"], overrides["Poor qualification"]) == ("qualification", "qualification")


def test_only_a_ready_list_has_more_than_five_reasons() -> None:
    text = adopt(shipped_picklist(shipped(), "three_field"), on=DAY, taxonomy=shipped())
    more = text + entry("No budget", "sales_execution")
    with pytest.raises(UserError, match="has 7 reasons: keep at most 6"):
        Picklist.parse(more, shipped())


def entry(label: str, code: str, more: str = "") -> str:
    return f'[[entry]]\nlabel = "{label}"\ncode = "{code}"\n{more}\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("entry = ", r"mine\.toml is no valid TOML"),
        ("", r"mine\.toml has no \[\[entry\]\]"),
        ("[[entry]]\nlabel = 'x'", r"entry 1 needs a label and a code"),
        (entry("Price", "pricevalue"), r"'Price' has the code 'pricevalue'; did you mean \"price_value\""),
        (entry("Dup", "junk_duplicate"), r"'Dup' \(junk_duplicate\) is no reason that a rep can choose"),
        (entry("A", "price_value") + entry("a", "qualification"), r"'a' stands under two entries, 'A' and 'a'"),
        (entry("A", "price_value", "folds = [1]"), r"folds of entry 'A' must be a list of texts"),
        (entry("A", "price_value", "competitor = true"), r"'A' says competitor = true only with the code unknown"),
        (
            "".join(entry(reason.label, reason.code) for reason in shipped().primary[:6]),
            r"has 6 reasons: keep at most 5 beside Other and Unknown",
        ),
    ],
)
def test_a_wrong_picklist_says_what_is_wrong(text: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        Picklist.parse(text, shipped(), where="mine.toml")


def test_an_unknown_ready_list_is_told() -> None:
    with pytest.raises(UserError, match="No ready list is called 'picklst'; did you mean \"picklist\""):
        shipped_picklist(shipped(), "picklst")


def test_markdown_shows_values_shares_notes_and_what_to_paste() -> None:
    rows, values = read(("Ex|pensive price", 40), ("No response", 10), ("???!", 3))
    page = propose(rows, shipped(), readings=read_values(values, shipped()), as_of=DAY).to_markdown()
    assert "From losses and no-decisions closed 30 Nov 2025 to 31 May 2026: " in page
    assert "| Indecision & timing | 10 |" in page
    assert "Ex\\|pensive" in page
    assert page.rstrip().endswith("Unknown\n```")


def test_losses_are_counted_from_the_first_day_to_the_last_and_by_reason_and_value() -> None:
    rows = [
        ("lost", "price_value", "Price", DAY),
        ("no_decision", "price_value", "Price", DAY - dt.timedelta(days=9)),
        ("lost", None, None, DAY - dt.timedelta(days=10)),
        ("lost", None, None, DAY + dt.timedelta(days=1)),
        ("won", "price_value", "Price", DAY),
        ("disqualified", "junk_test", "Test", DAY),
        ("lost", "other", "Other", None),
    ]
    names = ("outcome", "reason", "reason_value", "closed_on")
    types = (pa.string(), pa.string(), pa.string(), pa.date32())
    columns = {n: pa.array(values, t) for n, values, t in zip(names, zip(*rows, strict=True), types, strict=True)}
    deals = ibis.memtable(pa.table(columns))
    ask = ibis.duckdb.connect().to_pyarrow
    assert ask(losses(deals, as_of=DAY, days=10)).to_pylist() == [{"code": "price_value", "value": "Price", "n": 2}]
    assert sum(row["n"] for row in ask(losses(deals)).to_pylist()) == 5
