"""The whole search on small books whose answers are known."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pytest

from resolved import attributes, on_duckdb, resolved
from winloss.synthesize.closed import read_closed
from winloss.synthesize.family import joined, singles
from winloss.synthesize.finding import Finding, Kind, Status, Survival
from winloss.synthesize.lines import Line
from winloss.synthesize.listing import Lister
from winloss.synthesize.search import SearchOptions, SearchResult, depth_of, question, search
from winloss.synthesize.segments import segmented
from winloss.synthesize.survival import Reader, survive
from winloss.tables.custom import CustomColumn
from winloss.tables.segment import Segment

Columns = dict[str, list[object]]


def _search(columns: Columns, custom: tuple[CustomColumn, ...] = (), **options: object) -> SearchResult:
    deals, ask = on_duckdb(resolved(columns))
    return search(
        deals,
        ask=ask,
        custom=custom,
        taxonomy_labels={"price_value": "Price & value"},
        options=SearchOptions(**options),  # type: ignore[arg-type]  # as the test gives them
    )


def _book(n: int = 2400, *, effect: float = -0.2, seed: int = 1, months: int = 24) -> Columns:
    """Deals of twenty reps; Healthcare is won less by `effect`."""
    random = np.random.default_rng(seed)
    industry = random.choice(["Healthcare", "Retail", "Banking", "Energy"], n, p=[0.2, 0.3, 0.3, 0.2])
    chance = 0.45 + effect * (industry == "Healthcare")
    won = random.random(n) < chance
    reason = np.where(
        random.random(n) < np.where(industry == "Healthcare", 0.7, 0.3), "price_value", random.choice(["a", "b"], n)
    )
    months_of = random.integers(0, months, n)
    return {
        "outcome": ["won" if w else "lost" for w in won],
        "industry": industry.tolist(),
        "region": random.choice(["North", "South", "East"], n).tolist(),
        "product": random.choice(["Basic", "Pro"], n).tolist(),
        "owner_id": [f"r{i}" for i in random.integers(0, 20, n)],
        "account_id": [f"a{i}" for i in random.integers(0, n // 2, n)],
        "closed_on": [dt.date(2023 + m // 12, m % 12 + 1, 10) for m in months_of.tolist()],
        "reason": [None if w else r for w, r in zip(won.tolist(), reason.tolist(), strict=True)],
        "amount_cents": random.integers(100_000, 900_000, n).tolist(),
        "currency": ["EUR"] * n,
    }


def _of(result: SearchResult, kind: Kind, segment: str) -> Finding:
    found = [f for f in result.findings if f.kind is kind and f.segment == segment]
    assert found, [f.claim for f in result.findings]
    return found[0]


@pytest.fixture(scope="module")
def healthcare() -> SearchResult:
    return _search(_book())


def test_a_real_difference_is_established_with_counts_first(healthcare: SearchResult) -> None:
    finding = _of(healthcare, Kind.SEGMENT, "industry = Healthcare")
    assert finding.status is Status.ESTABLISHED
    k, n = finding.here.successes, finding.here.n
    assert finding.claim.startswith(f"Deals with industry Healthcare are won {k} of {n} times (")
    assert "points less than the rest (" in finding.claim
    assert finding.covers == n


def test_its_interval_is_adjusted_for_selection_and_holds_the_truth(healthcare: SearchResult) -> None:
    difference = _of(healthcare, Kind.SEGMENT, "industry = Healthcare").difference
    assert difference is not None
    assert difference.low is not None
    assert difference.high is not None
    assert difference.low <= -0.2 <= difference.high < 0
    assert "adjusted for selection" in difference.method


def test_the_reason_that_stands_out_in_the_segment_is_found_too(healthcare: SearchResult) -> None:
    finding = _of(healthcare, Kind.REASON, "industry = Healthcare")
    assert finding.measure == "share_of_losses:reason:price_value"
    assert finding.claim.startswith("Price & value is the reason of ")
    assert finding.status is Status.ESTABLISHED


def test_the_mirror_of_a_finding_is_no_line_of_its_own(healthcare: SearchResult) -> None:
    firm = [f for f in healthcare.findings if f.status is Status.ESTABLISHED]
    assert sorted((str(f.kind), f.segment) for f in firm) == [
        ("reason", "industry = Healthcare"),
        ("segment", "industry = Healthcare"),
    ]


def test_what_was_asked_and_not_found_says_so(healthcare: SearchResult) -> None:
    told = {f.measure: f for f in healthcare.findings if f.status is Status.NOT_SUPPORTED}
    assert {"win_rate:by:region", "win_rate:by:product", "win_rate:by:deal_size"} <= set(told)
    assert "would have been seen" in told["win_rate:by:region"].claim
    assert "win_rate:by:industry" not in told


def test_the_confounder_is_named_and_the_difference_holds(healthcare: SearchResult) -> None:
    confounder = _of(healthcare, Kind.SEGMENT, "industry = Healthcare").confounder
    assert confounder is not None
    assert confounder.survival is Survival.HOLDS


def test_the_family_is_counted_by_kind_and_adds_up(healthcare: SearchResult) -> None:
    assert healthcare.tested == sum(n for _, n in healthcare.tested_by)
    runs_of_deal_size = 5 * 6 // 2 - 1 - 5
    assert dict(healthcare.tested_by)["win rate by value"] == 4 + 3 + 2 + 5 + runs_of_deal_size
    assert "differs from the rest by" in healthcare.power


def test_the_tables_hold_every_deal(healthcare: SearchResult) -> None:
    for table in healthcare.attributes:
        assert sum(row.closed for row in table.levels) == 2400
        assert table.p is not None


def test_ids_and_results_repeat(healthcare: SearchResult) -> None:
    again = _search(_book())
    assert again == healthcare
    assert all(len(f.id) == 10 for f in again.findings)
    assert len({f.id for f in again.findings}) == len(again.findings)


def test_every_segment_can_be_read_back(healthcare: SearchResult) -> None:
    for finding in healthcare.findings:
        if finding.segment:
            assert str(Segment.parse(finding.segment)) == finding.segment


def test_a_segment_finds_exactly_the_deals_it_counts(healthcare: SearchResult) -> None:
    deals, ask = on_duckdb(resolved(_book()))
    closed = deals.filter(deals.is_closed)
    for table in healthcare.attributes:
        for row in table.levels:
            if row.segment:
                assert ask(Segment.parse(row.segment).of_table(closed)).num_rows == row.closed


def test_fewer_than_twenty_closings_a_month_make_early_signals_at_most() -> None:
    result = _search(_book(effect=-0.4, months=24, n=460))
    assert result.per_month is not None
    assert result.per_month < 20
    finding = _of(result, Kind.SEGMENT, "industry = Healthcare")
    assert finding.status is Status.EARLY_SIGNAL
    assert finding.what_would_firm_it == "At least 20 closed deals a month; there are 19.1."


def test_where_too_few_close_a_month_the_power_is_that_of_an_early_signal() -> None:
    columns = _book(effect=-0.4, months=24, n=460)
    told = _search(columns).power
    assert told.startswith(
        "Nothing can be established here: 19.1 deals close a month, and it takes 20. Four times in five"
    )
    assert "a value would show as an early signal that differs from the rest by" in told
    assert "would be established" not in told
    del columns["closed_on"]
    assert _search(columns).power.startswith("Four times in five, a value would be established here that differs")


def test_what_shows_as_an_early_signal_is_smaller_than_what_is_established() -> None:
    few, many = (_search(_book(effect=0.0, months=months, n=460)).power for months in (24, 12))
    at_hundred = [int(re.findall(r"(\d+) points on 100 deals", told)[0]) for told in (few, many)]
    assert at_hundred == [21, 23]


def test_a_book_without_dates_is_judged_by_its_number_and_says_so() -> None:
    columns = _book(effect=-0.4, n=460)
    del columns["closed_on"]
    finding = _of(_search(columns), Kind.SEGMENT, "industry = Healthcare")
    assert finding.status is Status.ESTABLISHED
    assert any("no closing date" in caveat for caveat in finding.caveats)


def test_a_region_of_two_reps_is_never_established() -> None:
    columns = _book(effect=0.0)
    random = np.random.default_rng(7)
    reps = [int(str(r)[1:]) for r in columns["owner_id"]]
    columns["region"] = ["Far" if r < 2 else "Near" for r in reps]
    columns["outcome"] = ["won" if random.random() < (0.9 if r < 2 else 0.4) else "lost" for r in reps]
    result = _search(columns)
    assert not [f for f in result.findings if f.status is not Status.NOT_SUPPORTED and "region" in f.segment]


def test_a_campaign_of_two_months_is_never_established() -> None:
    columns = _book(effect=0.0)
    random = np.random.default_rng(8)
    months = [day.month + 12 * day.year for day in columns["closed_on"] if isinstance(day, dt.date)]
    first = min(months)
    columns["campaign"] = ["Spring" if m < first + 2 else "None yet" for m in months]
    columns["outcome"] = ["won" if random.random() < (0.85 if m < first + 2 else 0.4) else "lost" for m in months]
    result = _search(columns)
    assert not [f for f in result.findings if f.status is Status.ESTABLISHED and "campaign" in f.segment]


def test_a_quarter_end_is_a_season_and_follows_the_fiscal_year() -> None:
    columns = _book(effect=0.0)
    random = np.random.default_rng(9)
    days = [day for day in columns["closed_on"] if isinstance(day, dt.date)]
    columns["outcome"] = ["won" if random.random() < (0.7 if d.month % 3 == 0 else 0.4) else "lost" for d in days]
    calendar = [f for f in _search(columns).findings if f.kind is Kind.SEASON]
    assert calendar[0].measure == "win_rate:month_in_quarter:3"
    assert calendar[0].status is Status.ESTABLISHED
    assert calendar[0].claim.startswith("Deals closed in the third month of a quarter are won ")
    # In a year that begins in March the strong months are the first of their quarters.
    fiscal = [f for f in _search(columns, fiscal_year_start_month=3).findings if f.kind is Kind.SEASON]
    assert fiscal[0].measure == "win_rate:month_in_quarter:1"


def test_a_pair_is_listed_only_where_it_differs_from_both_of_its_values() -> None:
    columns = _book(effect=0.0, n=4800)
    random = np.random.default_rng(10)
    both = zip(columns["industry"], columns["product"], strict=True)
    columns["outcome"] = [
        "won" if random.random() < (0.15 if b == ("Energy", "Pro") else 0.45) else "lost" for b in both
    ]
    result = _search(columns)
    firm = [f.segment for f in result.findings if f.status is Status.ESTABLISHED and f.measure == "win_rate"]
    assert firm == ["industry = Energy and product = Pro"]
    single = _search(_book(n=4800))
    assert not [f for f in single.findings if " and " in f.segment and f.status is Status.ESTABLISHED]


def test_missing_values_are_counted_shown_and_never_found() -> None:
    columns = _book(effect=0.0)
    random = np.random.default_rng(11)
    columns["product"] = ["Unknown" if random.random() < 0.2 else p for p in columns["product"]]
    columns["outcome"] = [
        "won" if random.random() < (0.1 if p == "Unknown" else 0.45) else "lost" for p in columns["product"]
    ]
    result = _search(columns)
    rows = [row for table in result.attributes if table.name == "product" for row in table.levels]
    assert not [f for f in result.findings if "product" in f.segment]
    assert not rows or [row.kind for row in rows] == ["value", "value", "unknown"]


def test_channels_and_content_have_their_own_kinds() -> None:
    columns = _book()
    columns["lead_source"] = columns.pop("industry")
    assert _of(_search(columns), Kind.CHANNEL, "lead_source = Healthcare").status is Status.ESTABLISHED
    columns["content"] = columns.pop("lead_source")
    assert _of(_search(columns), Kind.CONTENT, "content = Healthcare").status is Status.ESTABLISHED


def test_of_yes_and_no_the_yes_is_listed() -> None:
    columns = _book(effect=0.0)
    random = np.random.default_rng(12)
    flag = random.random(2400) < 0.7
    columns["x_demo"] = ["Yes" if f else "No" for f in flag]
    columns["outcome"] = ["won" if random.random() < (0.5 if f else 0.25) else "lost" for f in flag]
    firm = [f for f in _search(columns, attributes("Demo")).findings if f.status is Status.ESTABLISHED]
    assert [f.segment for f in firm if f.measure == "win_rate"] == ["x_demo = Yes"]


def test_empty_and_tiny_books_give_no_finding_and_no_error() -> None:
    assert _search({"outcome": []}).findings == ()
    assert _search({"outcome": ["open", "disqualified"]}).power == "No deal is closed yet."
    few = _search({"outcome": ["won", "lost"] * 20, "industry": ["A", "B"] * 20})
    assert not [f for f in few.findings if f.status is Status.ESTABLISHED]


def test_all_won_or_all_lost_is_nothing_to_compare() -> None:
    for outcome in ("won", "lost"):
        result = _search({"outcome": [outcome] * 200, "industry": ["A", "B", "C", "D"] * 50})
        assert not [f for f in result.findings if f.status is not Status.NOT_SUPPORTED]


def test_strange_values_are_quoted_and_read_back() -> None:
    columns = _book()
    strange = 'Health "care", and = (x)\\'
    columns["industry"] = [strange if i == "Healthcare" else i for i in columns["industry"]]
    found = [f for f in _search(columns).findings if f.status is Status.ESTABLISHED and f.kind is Kind.SEGMENT]
    assert Segment.parse(found[0].segment) == Segment.of(industry=strange)


def test_a_long_book_says_how_its_cycle_matters_and_that_this_explains_nothing() -> None:
    columns = _book(effect=0.0)
    random = np.random.default_rng(13)
    columns["cycle_days"] = random.integers(5, 200, 2400).tolist()
    columns["outcome"] = [
        "won" if random.random() < (0.2 if isinstance(d, int) and d > 160 else 0.45) else "lost"
        for d in columns["cycle_days"]
    ]
    found = [f for f in _search(columns).findings if f.kind is Kind.CYCLE]
    assert found[0].status is Status.ESTABLISHED
    assert any("at its end only" in caveat for caveat in found[0].caveats)


def test_a_campaign_that_says_no_more_than_its_channel_is_named_beside_it() -> None:
    columns = _book(effect=-0.25)
    random = np.random.default_rng(6)
    sources = ["Paid" if industry == "Healthcare" else "Organic" for industry in columns.pop("industry")]
    campaigns = [f"{source} {random.integers(1, 3)}" for source in sources]
    result = _search({**columns, "lead_source": list(sources), "campaign": list(campaigns)})
    established = [f for f in result.findings if f.status is Status.ESTABLISHED and f.measure == "win_rate"]
    assert len(established) == 1
    assert established[0].segment in {"lead_source = Paid", "lead_source = Organic"}
    assert "campaign Paid 1" in " ".join(established[0].caveats)


def test_a_band_of_days_is_told_in_days() -> None:
    columns = _book(effect=0.0)
    random = np.random.default_rng(13)
    days = random.integers(5, 200, 2400)
    columns["cycle_days"] = days.tolist()
    columns["outcome"] = ["won" if random.random() < (0.2 if d > 160 else 0.45) else "lost" for d in days.tolist()]
    claims = [f.claim for f in _search(columns).findings if f.kind is Kind.CYCLE]
    assert claims[0].startswith("Deals that took 150 days or more are won ")


def test_losses_that_are_not_in_the_denominator_are_counted_beside_it() -> None:
    columns = _book()
    silent = np.random.default_rng(5).random(2400) < 0.2
    columns["reason"] = [None if s else r for s, r in zip(silent.tolist(), columns["reason"], strict=True)]
    finding = _of(_search(columns), Kind.REASON, "industry = Healthcare")
    lost = sum(i == "Healthcare" and o == "lost" for i, o in zip(columns["industry"], columns["outcome"], strict=True))
    left_out = lost - finding.here.n
    assert left_out > 0
    assert f"Not counted: {left_out:,} of {lost:,} losses here, where no reason is given." in finding.caveats


def test_what_repeats_a_finding_is_not_said_to_show_no_difference() -> None:
    columns = _book(effect=-0.25)
    random = np.random.default_rng(6)
    lines = ["Care" if i == "Healthcare" else random.choice(["Shop", "Bank"]) for i in columns["industry"]]
    columns["product"] = [line if random.random() < 0.95 else "Other" for line in lines]
    result = _search(columns)
    assert any("product Care" in caveat for f in result.findings for caveat in f.caveats)
    assert not [f for f in result.findings if f.claim.startswith("No difference by product")]


def test_a_value_that_differs_more_than_chance_allows_but_does_not_stand_claims_no_power() -> None:
    columns = _book(effect=0.0)
    random = np.random.default_rng(8)
    owners = [int(str(owner)[1:]) for owner in columns["owner_id"]]
    columns["region"] = ["North" if owner < 2 else "South" for owner in owners]
    columns["outcome"] = ["won" if random.random() < (0.7 if owner == 0 else 0.4) else "lost" for owner in owners]
    claim = next(f.claim for f in _search(columns).findings if f.claim.startswith("No difference by region"))
    assert claim.endswith("reps, accounts or months that differ, or the number of comparisons, may make that.")
    assert "would have been seen" not in claim


def test_three_values_together_are_compared_where_attributes_are_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [depth_of(n) for n in (2, 20, 72, 73, 150)] == [3, 3, 3, 2, 2]
    three = dict(_search(_book()).tested_by)
    monkeypatch.setattr("winloss.synthesize.search._MOST_TRIPLES", 0)
    found = _search(_book())
    assert "win rate by three values together" in three
    assert dict(found.tested_by) == {kind: n for kind, n in three.items() if "three" not in kind}
    assert "only values and pairs of values were compared" in found.power


def _met(planted: dict[str, dict[str, float]], n: int = 12_000) -> Columns:
    """Deals of four regions; in each the competitors have equal weights but for those `planted`."""
    columns = _book(n, effect=0.0, seed=21, months=24)
    random = np.random.default_rng(22)
    names, regions = ["Kordia", "Zentrix", "Bluepeak", "Omnivo"], ["North", "South", "East", "West"]
    region = random.choice(regions, n)
    rival = np.empty(n, object)
    for one in regions:
        weights = np.array([planted.get(one, {}).get(name, 1.0) for name in names])
        rival[region == one] = random.choice(names, int((region == one).sum()), p=weights / weights.sum())
    return columns | {
        "region": region.tolist(),
        "competitor": rival.tolist(),
        "competitor_kind": ["competitor"] * n,
    }


def _rivals(result: SearchResult) -> set[tuple[str, str]]:
    listed = [f for f in result.findings if f.kind is Kind.COMPETITOR and f.status is Status.ESTABLISHED]
    return {(f.measure.split(":")[-1], f.segment) for f in listed}


def test_what_one_competitor_takes_in_a_region_makes_no_line_of_the_others() -> None:
    result = _search(_met({"East": {"Kordia": 4.0}}))
    assert _rivals(result) == {("Kordia", "region = East")}
    line = next(f for f in result.findings if f.kind is Kind.COMPETITOR)
    assert len(line.absorbed) >= 3
    assert any("says the same or nothing beyond it" in caveat for caveat in line.caveats)


def test_competitors_that_each_take_more_somewhere_are_each_a_line() -> None:
    result = _search(_met({"East": {"Kordia": 3.0}, "West": {"Zentrix": 3.0}}))
    assert _rivals(result) == {("Kordia", "region = East"), ("Zentrix", "region = West")}


def test_a_line_that_falls_among_the_lines_says_so_and_nothing_of_closings_a_month() -> None:
    deals, ask = on_duckdb(resolved(_book()))
    closed, _ = read_closed(ask(question(deals, ())), (), left_aside=frozenset(), as_of=None)
    family = joined([*singles(closed)], {})
    reader = Reader(closed, closed.months)
    survived = survive(family, reader, segmented(closed, depth=1))
    strongest = int(np.argmin(survived.family.p))
    fallen = Line(strongest, Status.EARLY_SIGNAL, p=0.0004, q=0.0768)
    lister = Lister(closed, survived, reader, {}, None, per_month=956.9)
    assert survived.family.q[strongest] <= 0.05
    assert lister.finding(fallen).what_would_firm_it == (
        "A q of at most 5 % among the patterns listed, too; there it is 7.7 %. "
        "More such deals would lower it, if the difference stays as large."
    )
