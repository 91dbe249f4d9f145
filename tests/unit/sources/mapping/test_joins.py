from __future__ import annotations

from pathlib import Path

import pytest

from pulled import Pulled, pull, write
from winloss.errors import UserError
from winloss.sources.files.mapfile import FileMap, MapFile

STAGES = ["Won", "Lost", "Open"]


def deals(tmp_path: Path, count: int = 30, **more: str) -> Path:
    rows = [
        {
            "Deal Id": f"D{n}",
            "Stage": STAGES[n % 3],
            "Account": f"Account {n % 10}",
            "Product": ["GTX Basic", "GTXPro", "MG"][n % 3],
            "Owner": f"Rep {n % 4}",
            "Amount": "10",
            **more,
        }
        for n in range(count)
    ]
    return write(tmp_path / "deals.csv", rows)


def accounts(tmp_path: Path, count: int = 9) -> Path:
    rows = [
        {"account": f"Account {n}", "sector": f"sector {n % 3}", "employees": str(n * 10), "founded": str(1990 + n)}
        for n in range(count)
    ]
    return write(tmp_path / "accounts.csv", rows)


def test_accounts_are_joined_by_name_and_described(tmp_path: Path) -> None:
    found = pull(deals(tmp_path), accounts(tmp_path))
    (join,) = found.told.joins
    assert (join.right, join.on_left, join.on_right) == ("accounts.csv", "Account", "account")
    assert (join.matched, join.unmatched, join.blank) == (27, 3, 0)
    assert join.examples == ("Account 9",)
    assert found.column("industry")[:2] == ["sector 0", "sector 1"]
    assert found.column("industry")[9] is None
    assert found.column("employees")[:3] == [0, 10, 20]
    assert found.column("x_founded")[1] == 1991.0
    assert found.column("account_id", "accounts")[0] == "Account 0"


def test_another_spelling_finds_its_row_and_is_told(tmp_path: Path) -> None:
    products = [{"product": name, "series": name[:3]} for name in ("GTX Basic", "GTX Pro", "MG")]
    found = pull(deals(tmp_path), write(tmp_path / "products.csv", products))
    (join,) = found.told.joins
    assert (join.matched, join.unmatched) == (30, 0)
    assert set(found.column("product")) == {"GTX Basic", "GTX Pro", "MG"}
    assert [(f.kept, f.folded) for f in found.told.folds] == [("GTX Pro", (("GTXPro", 10),))]


def test_case_and_punctuation_do_not_keep_names_apart(tmp_path: Path) -> None:
    rows = [
        {"Deal Id": f"D{n}", "Stage": STAGES[n % 2], "Customer": ["Acme-001 Ltd.", "Bolt & Co", "B-1 1"][n % 3]}
        for n in range(30)
    ]
    told = [("ACME-001 LTD", "Retail"), ("Bolt, Co.", "Public"), ("B-11", "Energy"), ("B 11", "Mining")]
    other = [{"Company Name": name, "Industry": industry} for name, industry in told]
    found = pull(write(tmp_path / "deals.csv", rows), write(tmp_path / "accounts.csv", other))
    assert found.column("industry")[:3] == ["Retail", "Public", None]
    (join,) = found.told.joins
    assert (join.matched, join.unmatched) == (20, 10)


def test_a_join_that_finds_nobody_is_a_problem(tmp_path: Path) -> None:
    other = write(tmp_path / "accounts.csv", [{"Company": f"Other {n}", "Industry": "Retail"} for n in range(20)])
    mapped = MapFile(files={"accounts.csv": FileMap(on_deals="Account", on_file="Company")})
    found = pull(deals(tmp_path), other, mapping=mapped)
    problem = found.problem("join_found_nobody")
    assert problem is not None
    assert problem.fact.startswith("accounts.csv: no deal found its row by 'Account' = 'Company'")
    assert problem.count == 30
    assert pull(deals(tmp_path), accounts(tmp_path)).problem("join_found_nobody") is None


def test_what_the_deals_say_themselves_stands_and_the_other_file_is_kept_beside(tmp_path: Path) -> None:
    rows = [
        {"Deal Id": f"D{n}", "Stage": STAGES[n % 2], "Account": f"Account {n % 9}", "Industry": ["own", "mine"][n % 2]}
        for n in range(30)
    ]
    found = pull(write(tmp_path / "deals.csv", rows), accounts(tmp_path))
    assert set(found.column("industry")) == {"own", "mine"}
    assert found.column("x_sector")[:2] == ["sector 0", "sector 1"]


def test_a_team_file_gives_the_region_and_the_manager_as_an_opaque_id(tmp_path: Path) -> None:
    team = [{"Owner": f"Rep {n}", "Manager": "Kim Poe", "Regional Office": ["East", "West"][n % 2]} for n in range(4)]
    found = pull(deals(tmp_path), write(tmp_path / "team.csv", team))
    assert found.column("region")[:2] == ["East", "West"]
    (manager,) = set(found.column("x_manager"))
    assert manager.startswith("p_")
    people = {row["name"]: row for row in found.rows("people")}
    assert people["Rep 1"]["manager_id"] == manager
    assert people["Kim Poe"]["person_id"] == manager


def test_a_key_is_found_by_values_where_names_differ(tmp_path: Path) -> None:
    contacts = [{"Ref": f"Account {n}", "Plan Level": f"level {n % 2}"} for n in range(10)]
    found = pull(deals(tmp_path), write(tmp_path / "extra.csv", contacts))
    (join,) = found.told.joins
    assert (join.on_left, join.on_right, join.matched) == ("Account", "Ref", 30)
    assert found.column("x_plan_level")[:2] == ["level 0", "level 1"]


def test_a_file_that_joins_nothing_is_said_and_not_forced(tmp_path: Path) -> None:
    other = write(tmp_path / "other.csv", [{"Thing": f"thing {n}", "Colour": "red"} for n in range(5)])
    found = pull(deals(tmp_path), other)
    assert found.told.joins == ()
    problem = found.problem("file_not_joined")
    assert problem is not None
    assert "other.csv" in problem.message


def test_the_map_may_name_the_columns_that_join(tmp_path: Path) -> None:
    other = write(tmp_path / "other.csv", [{"Thing": f"D{n}", "Colour": f"colour {n % 2}"} for n in range(5)])
    text = '[files."other.csv"]\non = {deals = "Deal Id", file = "Thing"}\n'
    (tmp_path / "map.toml").write_text(text)
    found = pull(deals(tmp_path), other, mapping=tmp_path / "map.toml")
    assert found.told.joins[0].matched == 5
    (tmp_path / "map.toml").write_text(text.replace("Thing", "Thingy"))
    with pytest.raises(UserError, match="Thingy"):
        pull(deals(tmp_path), other, mapping=tmp_path / "map.toml")


def test_a_row_named_twice_joins_by_its_first_and_is_counted(tmp_path: Path) -> None:
    rows = [{"account": f"Account {n}", "sector": f"sector {n}"} for n in range(60)] + [
        {"account": "Account 1", "sector": "other"}
    ]
    found = pull(deals(tmp_path), write(tmp_path / "accounts.csv", rows))
    assert found.column("industry")[1] == "sector 1"
    problem = found.problem("repeated_partner")
    assert problem is not None
    assert problem.count == 1


def leads(tmp_path: Path) -> Pulled:
    deals_file = write(
        tmp_path / "deals.csv",
        [{"lead_id": f"L{n}", "won_date": "13-02-2018", "rep_id": f"r{n % 3}"} for n in range(10)],
    )
    lead_rows = [
        {
            "lead_id": f"L{n}",
            "first_contact_date": "20-01-2018",
            "origin": ["paid", "organic"][n % 2],
            "landing_page_id": "p1",
        }
        for n in range(40)
    ]
    return pull(deals_file, write(tmp_path / "leads.csv", lead_rows))


def test_leads_give_the_deals_their_source_and_learn_which_deal_they_became(tmp_path: Path) -> None:
    found = leads(tmp_path)
    assert found.column("stage_kind") == ["won"] * 10
    assert found.column("deal_id") == [f"L{n}" for n in range(10)]
    assert found.column("lead_source")[:2] == ["paid", "organic"]
    assert found.column("deal_id", "leads")[:11] == [f"L{n}" for n in range(10)] + [None]
    assert found.tables["leads"].num_rows == 40


def test_spend_touches_and_stage_changes_land_in_their_own_tables(tmp_path: Path) -> None:
    spend = write(
        tmp_path / "spend.csv",
        [{"Date": "2024-01-31", "Source": "Ads", "Campaign": "c", "Spend": "12.34", "Impressions": "7", "Clicks": "1"}]
        * 2,
    )
    moves = write(
        tmp_path / "stage_history.csv",
        [
            {"Deal Id": "D1", "From Stage": "", "To Stage": "Demo", "Changed At": "2024-01-31 10:00"},
            {"Deal Id": "D1", "From Stage": "Demo", "To Stage": "Won", "Changed At": "2024-02-01 10:00"},
        ],
    )
    touches = write(
        tmp_path / "touches.csv",
        [{"Deal Id": "D1", "Touch Type": "webinar", "Campaign": "c", "Date": f"2024-01-{n:02}"} for n in range(10, 14)],
    )
    found = pull(deals(tmp_path), spend, moves, touches)
    assert [row["amount_cents"] for row in found.rows("spend")] == [1234, 1234]
    assert len({row["spend_id"] for row in found.rows("spend")}) == 2
    assert found.problem("repeated_rows") is not None
    assert found.column("to_kind", "deal_stage_changes") == ["open", "won"]
    assert found.column("kind", "touches") == ["webinar"] * 4
    assert found.tables["deals"].num_rows == 30


def test_what_a_move_led_to_is_told_from_its_stage_and_a_column_of_it_is_no_loss(tmp_path: Path) -> None:
    move = {"Deal Id": "D1", "From Stage": "Demo", "To Stage": "Won", "Changed At": "2024-01-31", "to_kind": "lost"}
    found = pull(deals(tmp_path), write(tmp_path / "moves.csv", [move, {**move, "Changed At": "2024-02-01"}]))
    assert found.column("to_kind", "deal_stage_changes") == ["won", "won"]
    (told,) = [c for c in found.told.columns if c.header == "moves.csv: to_kind"]
    assert told.why == "it is made from the other columns"


def test_two_files_of_the_same_columns_are_one_table(tmp_path: Path) -> None:
    first = [{"Deal Id": f"A{n}", "Stage": STAGES[n % 3]} for n in range(5)]
    second = [{"Stage": STAGES[n % 3], "Deal Id": f"B{n}"} for n in range(4)]
    found = pull(write(tmp_path / "jan.csv", first), write(tmp_path / "feb.csv", second))
    assert found.column("deal_id") == [f"A{n}" for n in range(5)] + [f"B{n}" for n in range(4)]
    assert found.told.tallies["deals"].rows == 9


@pytest.mark.parametrize(
    ("mine", "theirs", "said"),
    [
        ("001Ee08bc5d{n:04}", "001Ee08bc5d{n:04}IAC", "by their first 15 characters: one side has 15 and the other 18"),
        ("001Ee08bc5d{n:04}IAC", "001Ee08bc5d{n:04}", "by their first 15 characters: one side has 15 and the other 18"),
        ("{n:06}", "{n}", "without the zeros in front, which one side has lost"),
    ],
)
def test_ids_written_in_two_forms_meet_and_it_is_told(mine: str, theirs: str, said: str, tmp_path: Path) -> None:
    rows = [{"Id": f"D{n}", "Stage": STAGES[n % 2], "Account ID": mine.format(n=100 + n % 12 * 800)} for n in range(60)]
    partner = [
        {"Account ID": theirs.format(n=100 + n * 800), "Industry": ["Retail", "Energy"][n % 2]} for n in range(12)
    ]
    found = pull(write(tmp_path / "deals.csv", rows), write(tmp_path / "accounts.csv", partner))
    assert [join.matched for join in found.told.joins] == [60]
    assert found.column("industry")[:2] == ["Retail", "Energy"]
    problem = found.problem("ids_in_two_forms")
    assert problem is not None
    assert problem.message == f"The ids of 'Account ID' meet those of accounts.csv {said}."


def test_numbers_that_would_be_two_ids_in_one_form_do_not_meet(tmp_path: Path) -> None:
    rows = [
        {"Id": f"D{n}", "Stage": STAGES[n % 2], "Account ID": ["0100", "0200", "0300", "0400"][n % 4]}
        for n in range(40)
    ]
    partner = [{"Account ID": said, "Industry": "Retail"} for said in ("100", "00100", "200", "300", "400")]
    found = pull(write(tmp_path / "deals.csv", rows), write(tmp_path / "accounts.csv", partner))
    assert found.told.joins == ()
