"""Real exports, mapped by hand: what stands in them and what does not. Skipped where they are absent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from exports import export
from resolved import attributes, on_duckdb, resolved
from winloss.synthesize.finding import Kind, Status
from winloss.synthesize.search import SearchResult, search
from winloss.tables.custom import CustomColumn, Use

_NUMBER = {"revenue": "revenue", "year_established": "Year established"}


def _rows(query: str) -> dict[str, list[Any]]:
    answer = duckdb.sql(query)
    assert answer is not None
    table = answer.to_arrow_table()
    return {name: table[name].to_pylist() for name in table.column_names}


def _search(columns: dict[str, list[Any]], custom: tuple[CustomColumn, ...] = ()) -> SearchResult:
    deals, ask = on_duckdb(resolved(columns))
    return search(deals, ask=ask, custom=custom)


def _firm(result: SearchResult) -> list[tuple[str, str]]:
    return [(str(f.kind), f.segment) for f in result.findings if f.status is Status.ESTABLISHED]


def _maven() -> SearchResult:
    folder = export("maven-crm")
    columns = _rows(
        f"""
        with deal as (from read_csv('{folder}/sales_pipeline.csv', all_varchar = true)),
        team as (from read_csv('{folder}/sales_teams.csv', all_varchar = true)),
        buyer as (from read_csv('{folder}/accounts.csv', all_varchar = true))
        select opportunity_id as deal_id, sales_agent as owner_id, replace(product, 'GTXPro', 'GTX Pro') as product,
            account as account_id, sector as industry, regional_office as region, office_location as country,
            manager as x_manager, subsidiary_of as x_subsidiary_of, revenue::double as x_revenue,
            year_established::double as x_year_established, employees::bigint as employees,
            case deal_stage when 'Won' then 'won' when 'Lost' then 'lost' else 'open' end as outcome,
            strptime(engage_date, '%m/%d/%Y')::date as created_on, strptime(close_date, '%m/%d/%Y')::date as closed_on,
            (close_value::double * 100)::bigint as amount_cents
        from deal left join team using (sales_agent) left join buyer using (account)
        """
    )
    numbers = tuple(CustomColumn(name=f"x_{n}", label=label, use=Use.NUMBER) for n, label in _NUMBER.items())
    return _search(columns, (*attributes("Manager", "Subsidiary_of"), *numbers))


def _skygeni() -> SearchResult:
    path = export("skygeni-sales", "skygeni_sales_data.csv")
    return _search(
        _rows(
            f"""
            select deal_id, sales_rep_id as owner_id, created_date as created_on, closed_date as closed_on, industry,
                region, product_type as product, lead_source, (deal_amount * 100)::bigint as amount_cents,
                lower(outcome) as outcome
            from read_csv('{path}')
            """
        )
    )


def _salvirt() -> SearchResult:
    path = export("salvirt-b2b", "deals.csv")
    raw = _rows(f"select * from read_csv('{path}', delim = ';', all_varchar = true)")
    named = {"Seller": "owner_id", "Product": "product", "Source": "lead_source", "Deal_type": "deal_type"}
    columns = {target: raw.pop(header) for header, target in named.items()}
    columns["outcome"] = [word.lower() for word in raw.pop("Status")]
    return _search(columns | {f"x_{h.lower()}": values for h, values in raw.items()}, attributes(*raw))


def _day(text: str | None) -> dt.date | None:
    if not text:
        return None
    day, month, year = text[:10].split(".")
    return dt.date(int(year), int(month), int(day))


def _it_school() -> SearchResult:
    path = export("it-school-crm", "deals.csv")
    raw = _rows(f"select * from read_csv('{path}', all_varchar = true) where Id is not null")
    junk = ("Duplicate", "Invalid number")
    outcome = [
        "won" if s == "Payment Done" else "open" if s != "Lost" else "disqualified" if r in junk else "lost"
        for s, r in zip(raw["Stage"], raw["Lost Reason"], strict=True)
    ]
    columns: dict[str, list[Any]] = {
        "outcome": outcome,
        "owner_id": raw["Deal Owner Name"],
        "account_id": raw["Contact Name"],
        "created_on": [_day(t) for t in raw["Created Time"]],
        "closed_on": [_day(t) for t in raw["Closing Date"]],
        "reason": [r if o == "lost" else None for r, o in zip(raw["Lost Reason"], outcome, strict=True)],
        "lead_source": raw["Source"],
        "campaign": raw["Campaign"],
        "product": raw["Product"],
        "x_page": raw["Page"],
        "x_months": [float(m) if m else None for m in raw["Months of study"]],
    }
    months = CustomColumn(name="x_months", label="Months of study", use=Use.NUMBER)
    quality = CustomColumn(name="x_quality", label="Quality", use=Use.LEAK, why="it is set while selling")
    return _search(columns, (*attributes("Page"), months, quality))


@pytest.fixture(scope="module")
def maven() -> SearchResult:
    return _maven()


def test_maven_holds_its_quarter_ends_and_nothing_else(maven: SearchResult) -> None:
    assert _firm(maven) == [("season", "")]
    season = maven.findings[0]
    assert season.measure == "win_rate:month_in_quarter:3"
    assert (season.here.successes, season.here.n) == (2076, 2574)


def test_maven_says_what_was_asked_and_not_found(maven: SearchResult) -> None:
    told = {f.measure: f.p for f in maven.findings if f.status is Status.NOT_SUPPORTED}
    assert told["win_rate:by:product"] == pytest.approx(0.37, abs=0.005)
    assert told["win_rate:by:industry"] == pytest.approx(0.97, abs=0.005)
    assert told["win_rate:by:region"] == pytest.approx(0.60, abs=0.005)


def test_maven_compares_neither_people_nor_amounts_that_losses_lack(maven: SearchResult) -> None:
    out = {o.name: o for o in maven.left_out}
    assert "people" in out["x_manager"].why
    assert out["deal_size"].quarantined


def test_skygeni_holds_nothing() -> None:
    assert _firm(_skygeni()) == []


def test_salvirt_holds_up_sale_and_client_but_neither_authority_nor_cross_sale() -> None:
    result = _salvirt()
    found = {f.segment: f for f in result.findings if f.status is Status.ESTABLISHED and f.kind is Kind.SEGMENT}
    up_sale, client = found["x_up_sale = Yes"], found["x_client = New"]
    assert (up_sale.here.successes, up_sale.here.n) == (179, 241)
    assert up_sale.comparison is not None
    assert up_sale.comparison.value == pytest.approx(0.232, abs=5e-4)
    assert (client.here.successes, client.here.n) == (27, 158)
    assert not [s for s in found if "authority" in s or "cross_sale" in s]
    assert all("no closing date" in " ".join(f.caveats) for f in found.values())


def test_it_school_holds_organic_and_not_partnership_and_quarantines_what_wins_alone_carry() -> None:
    result = _it_school()
    organic = [f for f in result.findings if f.segment == "lead_source = Organic" and f.measure == "win_rate"]
    assert (organic[0].here.successes, organic[0].here.n) == (147, 982)
    assert organic[0].status is Status.ESTABLISHED
    assert not [f for f in result.findings if "Partnership" in f.segment]
    quarantined = {out.name for out in result.left_out if out.quarantined}
    assert {"x_months", "product", "x_quality"} <= quarantined


@pytest.mark.parametrize("read", [_maven, _skygeni, _salvirt, _it_school])
def test_every_claim_counts_before_it_rates(read: Callable[[], SearchResult]) -> None:
    for finding in read().findings:
        if finding.status is not Status.NOT_SUPPORTED:
            assert f"{finding.here.successes:,} of {finding.here.n:,}" in finding.claim
