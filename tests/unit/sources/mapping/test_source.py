from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pulled import pull, write
from winloss.errors import DataError, UserError
from winloss.sources.files import FileSource
from winloss.sources.files.mapfile import MapFile
from winloss.tables import TABLES
from winloss.tables.custom import Use
from winloss.tables.written import BEHIND

ROW = {
    "Id": "1",
    "Stage": "Won",
    "Amount": "10",
    "Created Date": "2024-01-01",
    "Close Date": "2024-02-01",
    "Loss Reason": "",
    "Segment": "a",
}


def deals(tmp_path: Path, *rows: dict[str, Any]) -> Path:
    plain = [{**ROW, "Id": f"p{n}", "Stage": ["Won", "Lost"][n % 2], "Segment": ["a", "b"][n % 2]} for n in range(20)]
    return write(tmp_path / "deals.csv", [*plain, *({**ROW, **row} for row in rows)])


def rejected(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def test_rows_whose_deciding_values_cannot_be_read_are_set_aside_with_line_and_reason(tmp_path: Path) -> None:
    path = deals(
        tmp_path,
        {"Id": "x1", "Amount": "lots"},
        {"Id": "x2", "Close Date": "31.02.2024"},
        {"Id": "x3", "Created Date": "soon"},
        {"Id": ""},
        {"Id": "5.80503E+18"},
        {"Id": "ok"},
    )
    found = pull(path, keep_rejects=True)
    tally = found.told.tallies["deals"]
    assert (tally.rows, tally.kept, tally.rejected) == (26, 21, 5)
    assert found.told.rejects == tmp_path / "deals.rejects.csv"
    rows = rejected(tmp_path / "deals.rejects.csv")
    assert [(row["line"], row["column"], row["value"]) for row in rows] == [
        ("22", "Amount", "lots"),
        ("23", "Close Date", "31.02.2024"),
        ("24", "Created Date", "soon"),
        ("25", "Id", ""),
        ("26", "Id", "5.80503E+18"),
    ]
    assert all(row["reason"] and row["file"] == "deals.csv" for row in rows)


def test_a_formula_in_a_rejected_value_is_written_as_text(tmp_path: Path) -> None:
    pull(deals(tmp_path, {"Amount": '=HYPERLINK("x")'}), keep_rejects=True)
    assert rejected(tmp_path / "deals.rejects.csv")[0]["value"] == '\'=HYPERLINK("x")'


def test_no_outcome_is_asked_for_that_stands_on_rows_set_aside_alone(tmp_path: Path) -> None:
    rows = [
        {"Id": "x1", "Amount": "lots", "Stage": "Limbo"},
        {"Id": "", "Stage": "Maybe"},
        {"Id": "ok", "Stage": "Maybe"},
    ]
    found = pull(deals(tmp_path, *rows))
    problem = found.problem("unclassified_outcome")
    assert problem is not None
    assert (problem.count, problem.examples) == (1, ("Maybe",))
    asked = {r.value: r.count for r in found.told.outcomes if r.read_as == "unclassified"}
    assert asked == {"Maybe": 1}


def test_a_figure_that_cannot_be_read_settles_no_decimal_sign(tmp_path: Path) -> None:
    found = pull(deals(tmp_path, {"Id": "x1", "Amount": "12,34,5"}))
    (amount,) = (c for c in found.told.columns if c.header == "Amount")
    assert amount.how == "whole numbers"
    assert found.told.tallies["deals"].rejected == 1


def test_without_rejects_no_file_is_written(tmp_path: Path) -> None:
    assert pull(deals(tmp_path), keep_rejects=True).told.rejects is None
    assert [path.name for path in tmp_path.iterdir()] == ["deals.csv"]


def test_rejects_go_where_they_are_sent(tmp_path: Path) -> None:
    found = pull(deals(tmp_path, {"Amount": "lots"}), keep_rejects=True, rejects_dir=tmp_path / "bad")
    assert found.told.rejects == tmp_path / "bad" / "deals.rejects.csv"


def test_strict_reading_fails_after_writing_the_rejects(tmp_path: Path) -> None:
    source = FileSource([deals(tmp_path, {"Amount": "lots"})], strict=True)
    with pytest.raises(DataError, match=r"1 row.*line 22.*'lots'.*deals\.rejects\.csv"):
        list(source.pull("deals"))
    assert len(rejected(tmp_path / "deals.rejects.csv")) == 1


def test_an_unreadable_expected_date_of_an_open_deal_costs_nothing(tmp_path: Path) -> None:
    found = pull(
        deals(tmp_path, {"Stage": "Demo", "Close Date": "next year"}, {"Stage": "Demo", "Close Date": "2030-01-01"})
    )
    assert found.told.tallies["deals"].rejected == 0
    assert found.column("closed_on")[-2:] == [None, None]
    problem = found.problem("unreadable_value")
    assert problem is not None
    assert (problem.column, problem.count) == ("Close Date", 1)


def test_an_amount_that_is_not_given_is_null_and_no_reject(tmp_path: Path) -> None:
    found = pull(deals(tmp_path, {"Amount": ""}, {"Amount": "n/a"}))
    assert found.column("amount_cents")[-2:] == [None, None]
    assert found.told.tallies["deals"].rejected == 0


def test_contradictions_are_counted_with_lines_and_the_rows_kept(tmp_path: Path) -> None:
    path = deals(
        tmp_path,
        {"Id": "c1", "Created Date": "2024-03-01", "Close Date": "2024-02-01"},
        {"Id": "c2", "Close Date": ""},
        {"Id": "c3", "Loss Reason": "Price"},
        {"Id": "c4", "Stage": "Demo", "Loss Reason": "Price"},
    )
    found = pull(path)
    told = {p.code: (p.count, p.lines) for p in found.told.problems}
    assert told["closed_before_created"] == (1, (22,))
    assert told["closed_without_date"] == (1, (23,))
    assert told["loss_reason_on_won"] == (1, (24,))
    assert told["loss_reason_on_open"] == (1, (25,))
    assert found.told.tallies["deals"].kept == 24


def test_a_stage_against_the_status_is_a_contradiction_where_stages_close_deals(tmp_path: Path) -> None:
    rows = [
        {"Id": f"d{n}", "Outcome": ["Won", "Lost"][n % 2], "Deal Stage": ["Closed", "Demo", "Proposal"][n % 3]}
        for n in range(12)
    ]
    found = pull(write(tmp_path / "d.csv", rows))
    problem = found.problem("stage_against_outcome")
    assert problem is not None
    assert problem.count == 8
    assert found.kinds == {"won": 6, "lost": 6}
    open_stages = [{**row, "Deal Stage": ["Demo", "Proposal"][n % 2]} for n, row in enumerate(rows)]
    assert pull(write(tmp_path / "e.csv", open_stages)).problem("stage_against_outcome") is None


def test_lost_deals_keep_their_last_stage_where_only_wins_have_a_closing_one(tmp_path: Path) -> None:
    stages = ["Won", "New", "Qualified", "Contract"]
    rows = [{"Id": f"d{n}", "Status": "Won" if n % 4 == 0 else "Lost", "Stage": stages[n % 4]} for n in range(16)]
    found = pull(write(tmp_path / "d.csv", rows))
    assert found.problem("stage_against_outcome") is None
    assert found.column("stage_reached")[:4] == [None, "New", "Qualified", "Contract"], (
        "an unknown word stands as it is"
    )
    one_left = [{**rows[0], "Id": "x", "Stage": "Qualified"}, *rows]
    problem = pull(write(tmp_path / "e.csv", one_left)).problem("stage_against_outcome")
    assert problem is not None
    assert problem.count == 1


def test_a_stage_that_only_says_that_a_deal_is_over_is_none_that_was_reached(tmp_path: Path) -> None:
    rows = [{"Id": f"d{n}", "Status": "Lost", "Stage": ["Closed", "Demo"][n % 2]} for n in range(6)]
    assert pull(write(tmp_path / "d.csv", rows)).column("stage_reached")[:2] == [None, "Demo"]


def test_a_stage_that_says_the_opposite_is_always_a_contradiction(tmp_path: Path) -> None:
    rows = [{"Id": f"d{n}", "Status": "Won", "Stage": ["Closed Won", "Closed Lost"][n % 2]} for n in range(4)]
    problem = pull(write(tmp_path / "d.csv", rows)).problem("stage_against_outcome")
    assert problem is not None
    assert problem.count == 2


def test_rows_without_ids_get_them_from_their_content_and_repeats_are_said(tmp_path: Path) -> None:
    rows = [{"Status": "Won", "Segment": "a"}, {"Status": "Lost", "Segment": "b"}, {"Status": "Won", "Segment": "a"}]
    found = pull(write(tmp_path / "d.csv", rows))
    ids = found.column("deal_id")
    assert ids[2] == f"{ids[0]}-2"
    assert len(set(ids)) == 3
    problem = found.problem("repeated_rows")
    assert problem is not None
    assert (problem.count, problem.lines) == (1, (4,))


def test_rows_with_one_id_are_passed_on_and_said(tmp_path: Path) -> None:
    found = pull(deals(tmp_path, {"Id": "p0"}))
    assert found.column("deal_id").count("p0") == 2
    problem = found.problem("repeated_ids")
    assert problem is not None
    assert (problem.count, problem.examples) == (1, ("p0",))
    assert problem.message == (
        "1 row with the id of another row; no column says which of them is the latest, so of each deal the last one in the file counts."
    )


@pytest.mark.parametrize("header", ["snapshot_date", "As of", "loaded_at", "_fivetran_synced", "Stichtag"])
def test_of_snapshots_the_day_they_were_taken_says_which_row_of_a_deal_is_the_latest(
    header: str, tmp_path: Path
) -> None:
    rows = [
        {"Id": f"d{n % 20}", "Stage": "Won" if n < 20 else "Demo", "Updated": f"2024-01-0{n % 2 + 1}", header: day}
        for n, day in enumerate(["2024-03-31"] * 20 + ["2024-02-29"] * 20)
    ]
    found = pull(write(tmp_path / "d.csv", rows))
    assert {str(at)[:10] for at in found.column("modified_at")[:20]} == {"2024-03-31"}
    assert (found.target(header), found.target("Updated")) == ("modified_at", "x_updated")
    problem = found.problem("repeated_ids")
    assert problem is not None
    assert problem.message == (
        f"20 rows with the id of another row; of each deal the one with the latest {header!r} counts."
    )


def test_a_column_that_looks_like_the_ids_is_named_where_no_id_is_known(tmp_path: Path) -> None:
    rows = [{"Sache Nr": f"N-{n // 2}", "Kd-Nr": f"K{n}", "Stage": ["Won", "Lost"][n % 2]} for n in range(40)]
    found = pull(write(tmp_path / "deals.csv", rows))
    problem = found.problem("ids_unknown")
    assert problem is not None
    assert problem.column == "Sache Nr"
    assert '"Sache Nr" = "deal_id"' in problem.message
    assert "could not be looked for" in problem.fact
    known = pull(write(tmp_path / "known.csv", [{"Id": f"d{n}", **row} for n, row in enumerate(rows)]))
    assert known.problem("ids_unknown") is None
    ignored = pull(tmp_path / "deals.csv", mapping=MapFile(columns={"Sache Nr": Use.IGNORED, "Kd-Nr": Use.IGNORED}))
    assert ignored.problem("ids_unknown") is None


def test_where_no_column_is_the_amount_those_of_money_are_named(tmp_path: Path) -> None:
    rows = [
        {
            "Id": f"d{n}",
            "Stage": ["Won", "Lost"][n % 2],
            "Sum of all": f"{n * 7}.5{n % 10}",
            "Seats": str(n),
            "Share": f"{n}.25 %",
        }
        for n in range(40)
    ]
    problem = pull(write(tmp_path / "deals.csv", rows)).problem("amount_unknown")
    assert problem is not None
    assert problem.fact == (
        "No column was recognised as the amount, so nothing is told by amount; candidates: 'Sum of all'."
    )
    assert '"Sum of all" = "amount"' in problem.message
    named = pull(write(tmp_path / "named.csv", [{**row, "Montant HT": "1,50"} for row in rows]))
    assert named.problem("amount_unknown") is None


def test_the_only_currency_that_values_name_is_taken_for_all_and_said(tmp_path: Path) -> None:
    found = pull(deals(tmp_path, {"Amount": "€ 3.500,00"}))
    assert set(found.column("currency")) == {"EUR"}
    assert found.column("amount_cents")[-1] == 350_000
    assert any("only currency" in c.how for c in found.told.columns)


def test_a_closing_date_long_after_everything_else_is_said(tmp_path: Path) -> None:
    rows = [
        {**ROW, "Id": str(n), "Stage": ["Won", "Lost"][n % 2], "Close Date": f"2024-02-{n % 28 + 1:02}"}
        for n in range(300)
    ]
    found = pull(write(tmp_path / "d.csv", [*rows, {**ROW, "Id": "late", "Close Date": "2034-02-01"}]))
    problem = found.problem("stray_closing_dates")
    assert problem is not None
    assert (problem.count, problem.examples) == (1, ("2034-02-01",))


def test_every_batch_has_the_declared_schema_and_every_value_its_line(tmp_path: Path) -> None:
    source = FileSource([deals(tmp_path)], keep_rejects=False)
    for batch in source.pull("deals"):
        assert batch.schema.names == source.schema("deals").names
        assert batch.cast(source.schema("deals")).to_pydict() == batch.to_pydict()
    declared = [name for name in source.schema("deals").names if not name.startswith("x_")]
    assert declared == [name for name in TABLES["deals"].schema.names if name in declared]
    assert [c.name for c in source.custom("deals")] == ["x_segment"]
    found = pull(deals(tmp_path))
    assert found.column("source_line")[:3] == [2, 3, 4]
    assert set(found.column("source_file")) == {"deals.csv"}


def test_no_value_of_a_row_set_aside_is_passed_on(tmp_path: Path) -> None:
    rows = [{"Deal ID": str(n), "Stage": "Won", "Industry": "Retail", "Amount": "10"} for n in range(20)]
    rows[7] |= {"Industry": "Wrongly read", "Amount": "ten or so"}
    source = FileSource([write(tmp_path / "deals.csv", rows)], keep_rejects=False)
    columns: list[Any] = [batch.column("industry") for batch in source.pull("deals")]
    passed = {value for column in columns for value in column.dictionary.to_pylist()}
    assert passed == {"Retail"}
    assert source.told().tallies["deals"].rejected == 1


def test_a_date_without_a_time_leaves_no_instant(tmp_path: Path) -> None:
    found = pull(deals(tmp_path))
    assert found.column("created_on")[0] == date(2024, 1, 1)
    assert found.column("created_at")[0] is None


def test_columns_that_the_files_do_not_have_are_left_out_and_blank_ones_are_not(tmp_path: Path) -> None:
    names = pull(deals(tmp_path)).tables["deals"].column_names
    assert not {"industry", "owner_id", "notes", "modified_at"} & set(names)
    assert {"loss_reason_raw", "amount_cents", "stage_kind", "stage_reached"} <= set(names)


def test_owners_are_opaque_and_named_in_people_alone(tmp_path: Path) -> None:
    rows = [
        {**ROW, "Id": str(n), "Stage": ["Won", "Lost"][n % 2], "Owner": ["Ann Lee", "ANN LEE", "bob@x.io"][n % 3]}
        for n in range(30)
    ]
    found = pull(write(tmp_path / "d.csv", rows))
    assert len(set(found.column("owner_id"))) == 2
    assert not any("Ann" in str(value) for row in found.rows() for value in row.values())
    assert {(p["name"], p["email"]) for p in found.rows("people")} == {("Ann Lee", None), ("bob@x.io", "bob@x.io")}


def test_the_expected_date_serves_where_it_is_the_only_closing_date_and_says_so(tmp_path: Path) -> None:
    rows = [
        {"Id": str(n), "Stage": ["Won", "Lost", "Demo"][n % 3], "Expected Close Date": "2024-02-01"} for n in range(6)
    ]
    found = pull(write(tmp_path / "d.csv", rows))
    assert found.column("closed_on")[:3] == [date(2024, 2, 1), date(2024, 2, 1), None]
    assert any("expected" in c.why for c in found.told.columns)


def test_no_file_at_all_is_said() -> None:
    with pytest.raises(UserError, match="at least one"):
        FileSource([])


def test_a_file_that_is_named_again_is_read_once_and_that_is_said(tmp_path: Path) -> None:
    one, other = deals(tmp_path), write(tmp_path / "reps.csv", [{"Rep": "Ann", "Team": "A"}])
    around = tmp_path / "more" / ".." / "deals.csv"
    (tmp_path / "more").mkdir()
    found = pull(one, other, around, one)
    assert found.told.tallies["deals"].rows == 20
    assert found.told.source == "deals.csv + reps.csv"
    problem = found.problem("reading")
    assert problem is not None
    assert problem.message == "deals.csv was named 3 times and is read once."


def test_the_name_of_the_source_is_that_of_its_files_and_its_check_a_sentence(tmp_path: Path) -> None:
    source = FileSource([deals(tmp_path)])
    assert source.name == "deals.csv"
    assert source.check() == "deals.csv holds deals."


def test_what_winloss_wrote_is_not_read_as_an_export(tmp_path: Path) -> None:
    own = tmp_path / "winloss-report.deals.csv"
    own.write_text(",".join(BEHIND) + "\nD1,,,won,,,,,,,,\n", "utf-8-sig")
    with pytest.raises(UserError, match=r"winloss-report.deals.csv was written by winloss"):
        FileSource([own]).check()
