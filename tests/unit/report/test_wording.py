from __future__ import annotations

import datetime as dt
from dataclasses import replace

from report_study import full, gap, nearly_empty, refusing, share
from winloss.report import anonymise, page, wording
from winloss.report.figures import NBSP
from winloss.report.formats.md import markdown
from winloss.stats.estimate import Estimate
from winloss.synthesize.finding import Survival
from winloss.synthesize.intake import ColumnFact
from winloss.synthesize.study import AttributeTable, LevelRow, PicklistCover, StageRow, Study


def said(text: str) -> str:
    return text.replace(NBSP, " ")


def test_the_headline_is_the_answer_with_its_number() -> None:
    assert said(wording.headline(full())) == "We won 598 of 1,422 closed deals: 42.1 %"


def test_a_book_without_closed_deals_says_so() -> None:
    assert said(wording.headline(nearly_empty())) == "How 1 deal ended could not be read: say what its value means"
    read = replace(nearly_empty(), counts=replace(nearly_empty().counts, unclassified=0))
    assert wording.headline(read) == "No deal is closed yet"
    assert wording.subject(nearly_empty()) == "The deals carry no dates"


def test_a_refused_win_rate_is_not_shown_as_zero() -> None:
    study = full()
    refused = replace(study, totals=replace(study.totals, win_rate=Estimate.refused("x", n=1422)))
    assert wording.headline(refused) == "1,422 deals closed; the win rate cannot be given"
    unread = replace(refused, counts=replace(refused.counts, unclassified=500))
    assert wording.headline(unread) == (
        "1,422 deals closed; the win rate cannot be given: how 500 more ended could not be read"
    )


def with_change(study: Study, won: int, n: int) -> Study:
    first = study.trend.comparisons[0]
    changed = replace(
        first, this=replace(first.this, win_rate=share(won, n)), difference=gap(won, n, first.other.won, 148)
    )
    return replace(study, trend=replace(study.trend, comparisons=(changed,)))


def test_a_change_is_called_one_only_where_its_interval_leaves_zero_out() -> None:
    assert wording.trend(full()).startswith("No change that can be told from chance")
    assert wording.trend(with_change(full(), 10, 118)).startswith("The win rate fell: ")
    assert wording.trend(with_change(full(), 110, 118)).startswith("The win rate rose: ")


def test_amounts_say_of_how_many_deals_they_are_known() -> None:
    told = full()
    assert (wording.priced(told, won=True), wording.priced(told, won=False)) == (
        "known of 598 of 598",
        "known of 810 of 824",
    )
    assert "average deal $36,400 · known of 810 of 824" in said(page.html(told, {}))
    assert "known of 598 of 598" in markdown(told)


def test_a_segment_is_told_in_a_readers_words() -> None:
    names = wording.labels(full())
    written = 'industry = Healthcare and size_band in (150-199, 200-499) and x_has_pilot = "not yet"'
    assert wording.segment(written, names) == ("Industry Healthcare, Size band 150-499, Has pilot not yet")
    assert wording.segment("", names) == "All closed deals"
    assert wording.segment("industry is blank", names) == "Industry blank"
    assert wording.segment("amount_cents between 1000000 and 4999900", names, "EUR") == "Deal size €10,000 to €49,999"


def sizes(*rows: tuple[str, str]) -> AttributeTable:
    nothing = Estimate.refused("x")
    levels = [
        LevelRow(value=label, kind="value", segment=written, closed=1, won=0, win_rate=nothing, difference=nothing)
        for label, written in rows
    ]
    return AttributeTable(name="deal_size", label="Deal size", levels=tuple(levels), ordered=True, tested=1)


def test_a_band_or_a_run_of_bands_is_called_as_everywhere() -> None:
    """The bounds of a condition are amounts that occur in the book; readers know the band by its label."""
    bands = sizes(
        ("under €8,000", "amount_cents between 100 and 799000"),
        ("€8,000-€14,999", "amount_cents between 802000 and 1499000"),
        ("€15,000-€29,999", "amount_cents between 1500100 and 2990000"),
        ("€30,000 and over", "amount_cents between 3000000 and 9990000"),
    )
    names = wording.labels(replace(full(), attributes=(bands,)))
    told = {
        "amount_cents between 802000 and 1499000": "Deal size €8,000-€14,999",
        "amount_cents between 802000 and 2990000 and region = EMEA": "Deal size €8,000-€29,999, Region EMEA",
        "amount_cents between 100 and 1499000": "Deal size up to €14,999",
        "amount_cents between 1500100 and 9990000": "Deal size €15,000 and over",
        "amount_cents between 802000 and 1499100": "Deal size €8,020 to €14,991",
    }
    assert {written: wording.segment(written, names, "EUR") for written in told} == told


def test_a_value_is_called_by_its_label() -> None:
    met = replace(
        sizes(("Yes", "competitor_raw = Yes"), ("No", "competitor_raw = No")),
        name="competitor_raw",
        label="Competitor met",
        ordered=False,
    )
    names = wording.labels(replace(full(), attributes=(met,)))
    assert wording.segment("competitor_raw = Yes", names) == "Competitor met Yes"


def test_a_segment_that_cannot_be_read_stands_as_it_is() -> None:
    assert wording.segment("((", {}) == "(("


def test_the_reason_named_most_is_neither_other_nor_none() -> None:
    assert (
        said(wording.reasons(full()))
        == "Price & value is the reason named most: 214 of 824 losses and no-decisions (26.0 %)"
    )


def test_where_most_losses_carry_no_reason_that_is_the_answer() -> None:
    study = full()
    rows = tuple(replace(r, share=share(600, 824), count=600) if r.code is None else r for r in study.loss_reasons)
    told = said(wording.reasons(replace(study, loss_reasons=rows)))
    assert told == "Why deals were lost is not told: 600 of 824 losses and no-decisions (72.8 %) carry no reason"


def test_a_withheld_win_rate_against_a_competitor_is_not_said() -> None:
    assert "met most; we win" in wording.competitors(full())
    told = said(wording.competitors(refusing()))
    assert told == "Northstar is named most: in 214 of 824 losses and no-decisions (26.0 %)"


def test_a_field_of_yes_and_no_gives_the_rates_with_and_without_a_competitor() -> None:
    assert not wording.names_no_competitor(full())
    some, none = (
        replace(row, name=name, kind=kind, win_rate=share(k, n), share_of_losses=share(n - k, 221), by_size=())
        for row, name, kind, k, n in zip(
            full().competitors,
            ("A competitor", "No competitor"),
            ("competitor", "none"),
            (30, 192),
            (143, 285),
            strict=False,
        )
    )
    study = replace(full(), competitors=(some, none), rival_shares=())
    told = said(wording.competitors(study))
    assert told == "With a competitor we win 30 of 143 (21.0 %), without one 192 of 285 (67.4 %)"
    assert "says whether a competitor was met, and not which one" in page.html(study, {})
    assert "against each" not in page.html(study, {})
    assert anonymise.study(study, anonymise.labels(study)).competitors == study.competitors
    withheld = replace(study, competitors=(replace(some, win_rate=Estimate.refused("No.")), none))
    assert (
        said(wording.competitors(withheld))
        == "A competitor is recorded in 113 of 221 losses and no-decisions (51.1 %), and never which one"
    )


def test_a_share_of_losses_says_of_which_and_calls_to_nothing_where_few_have_an_answer() -> None:
    act, watch = full().rival_shares
    assert [wording.rival_share(act), wording.rival_share(watch)] == ["over 40 %: act", "over 30 %: watch"]
    few = replace(act, level="watch", losses=431)
    assert wording.rival_share(few) == "only 215 of 431 losses say who was met"
    written = said(page.html(replace(full(), rival_shares=(few,)), {}))
    assert "Of losses with an answer" in written
    assert "only 215 of 431 losses say who was met" in written
    assert ": act" not in written


def test_the_notes_that_deals_carry_are_counted_over_all_rows() -> None:
    study = full()
    column = ColumnFact(header="deal_notes", target="notes", use="canonical", why="", filled=1254)
    told = replace(study, quality=replace(study.quality, columns=(column,)))
    assert said(wording.notes_filled(told)) == "Notes about the close are filled on 1,254 of 2,090 rows (60.0 %)."
    assert said(wording.notes_filled(told)) in said(page.html(told, {}))
    assert said(wording.notes_filled(told)) in said(markdown(told))
    none = replace(told, quality=replace(study.quality, columns=(replace(column, target="region"),)))
    assert wording.notes_filled(none) == "No deal carries notes about its close."
    assert wording.notes_filled(nearly_empty()) == ""


def test_patterns_are_counted_over_everything_looked_at() -> None:
    assert wording.findings(full()) == "3 patterns are established, 2 early signals, of 214 comparisons looked at"
    assert wording.findings(refusing()) == "Nothing is established, of 214 comparisons looked at"
    assert wording.findings(nearly_empty()) == "Nothing could be compared yet"


def test_the_closed_deals_are_those_of_the_headline_where_some_are_left_out() -> None:
    whole = replace(full(), excluded=())
    totals = replace(whole.totals, win_rate=share(3, 6), competitive_win_rate=share(3, 5))
    part = replace(whole, totals=totals, excluded=("industry = Health",))
    assert wording.closed(part) == (6, "3 won · 2 lost · 1 no decision")
    assert wording.closed(whole)[0] == whole.counts.closed


def test_the_rows_add_up_in_words() -> None:
    assert said(wording.rows(full())).startswith("2,090 rows, those left out among them: 598 won + 701 lost")
    assert said(wording.rows(replace(full(), excluded=()))) == (
        "2,090 rows: 598 won + 701 lost + 123 no decision + 214 disqualified + 402 open + 12 unclassified"
        " + 9 rejected + 31 folded."
    )


def test_the_confounder_is_told_with_what_is_left() -> None:
    told = said(wording.confounder(full().findings[0]))
    assert told == (
        "Within equal lead source, the strongest competing explanation, the difference holds: "
        "−25.2 points (−33.4 to −16.8)."
    )


def test_a_difference_that_keeps_its_size_is_not_called_weaker() -> None:
    finding = full().findings[0]
    assert finding.confounder is not None
    wide = replace(finding.confounder, survival=Survival.WEAKENS, difference=-0.43, low=-0.9, high=0.1)
    assert "the difference keeps its size, but cannot be told from chance any more: −43.0 points" in said(
        wording.confounder(replace(finding, confounder=wide))
    )
    less = replace(wide, difference=-0.15, low=-0.2, high=-0.1)
    assert "the difference is weaker: −15.0 points" in said(wording.confounder(replace(finding, confounder=less)))


def test_a_duration_is_told_in_days() -> None:
    finding = replace(full().findings[0], measure="cycle_days", here=Estimate(value=47, low=44, high=51, n=598))
    assert said(wording.value(finding, finding.here)) == "47 days (n 598)"
    assert said(wording.bounds(finding, finding.here)) == "44–51 days"


def test_what_the_picklist_covers_is_told_with_what_it_lacks() -> None:
    assert wording.picklist(full()) == ""
    outside = tuple((f"Reason {i}", 10 - i) for i in range(7))
    cover = PicklistCover(
        adopted_on=dt.date(2026, 3, 1), covered=share(50, 100), other_or_unknown=2, not_understood=1, outside=outside
    )
    told = wording.picklist(replace(full(), quality=replace(full().quality, picklist=cover))).replace(NBSP, " ")
    assert told == (
        "The picklist adopted on 1 Mar 2026 covers 50 of 100 closed deals with a reason (50.0 %). "
        "Outside it: Reason 0 10, Reason 1 9, Reason 2 8, Reason 3 7, Reason 4 6, 2 more reasons 9. "
        "2 say Other, Unknown, or only that a competitor won. 1 are not understood."
    )


def test_a_deal_stage_is_called_first_only_where_chance_does_not_make_it_first() -> None:
    def at(**lost: int) -> str:
        total = sum(lost.values())
        rows = tuple(
            StageRow(deal_stage=name.replace("_", " "), lost=n, share=share(n, total)) for name, n in lost.items()
        )
        return said(wording.stages(replace(full(), stages=rows)))

    assert at(Proposal=98, Qualified=96, Demo=85) == (
        "No one deal stage stands out: of 279 losses and no-decisions, the most stand at Proposal (98) and Qualified (96)"
    )
    assert at(Demo=40, Offer=90, Call=70, Not_recorded=200) == (
        "No one deal stage stands out: of 400 losses and no-decisions, the most stand at Offer (90) and Call (70)"
    )
    assert (
        at(Offer=90, Call=50, Demo=45) == "More losses happen at Offer than at any other deal stage: 90 of 185 (48.6 %)"
    )
    assert at(Offer=150, Call=50) == "Most losses happen at Offer: 150 of 200 (75.0 %)"
    assert (
        at(Offer=277)
        == "277 of 277 losses and no-decisions (100.0 %) stand at Offer, the only deal stage named: it tells nothing"
    )
    assert at(Not_recorded=9) == "The deal stage at loss is not recorded"
