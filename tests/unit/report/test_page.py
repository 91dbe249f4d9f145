from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from report_study import deals_of, full, nearly_empty, refusing
from winloss.report import page
from winloss.report.behind import gather
from winloss.report.figures import NBSP

STUDIES = {"full": full, "nearly empty": nearly_empty, "refusing": refusing}
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Seen(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"style", "script"}:
            self.text.append(data)


@cache
def html(name: str) -> str:
    study = STUDIES[name]()
    return page.html(study, gather(study, deals_of), csv="my report.deals.csv")


def seen(text: str) -> Seen:
    parser = Seen()
    parser.feed(text)
    return parser


def words(text: str) -> str:
    return " ".join(" ".join(seen(text).text).replace(NBSP, " ").split())


@pytest.mark.parametrize("name", STUDIES)
def test_every_tag_is_closed_where_it_should_be(name: str) -> None:
    assert seen(html(name)).wrong == []
    assert seen(html(name)).open == []


@pytest.mark.parametrize("name", STUDIES)
def test_the_file_loads_nothing(name: str) -> None:
    loaded = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?\s*((?:https?:)?//[^"')\s]+)""", html(name))
    assert loaded == []
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in seen(html(name)).tags}


@pytest.mark.parametrize("name", STUDIES)
def test_ids_are_unique_and_every_anchor_leads_somewhere(name: str) -> None:
    tags = seen(html(name)).tags
    ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
    anchors = {(attrs.get("href") or "")[1:] for tag, attrs in tags if tag == "a" and (attrs["href"] or "")[0] == "#"}
    assert len(ids) == len(set(ids))
    assert anchors - set(ids) == set()


@pytest.mark.parametrize("name", STUDIES)
def test_headings_go_down_one_step_at_a_time(name: str) -> None:
    levels = [int(tag[1]) for tag, _ in seen(html(name)).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    body = levels[levels.index(1) :]
    assert all(b - a <= 1 for a, b in pairwise(body))


@pytest.mark.parametrize("name", STUDIES)
def test_every_chart_says_in_words_what_it_shows(name: str) -> None:
    charts = [attrs for _, attrs in seen(html(name)).tags if attrs.get("role") == "img"]
    assert all((attrs["aria-label"] or "").strip() for attrs in charts)
    if name == "full":
        assert len([a for a in charts if a.get("class") == "chart"]) == 9


def test_the_first_page_holds_the_answer_the_patterns_and_the_actions() -> None:
    first = words(html("full").split('<section id="trend"')[0])
    for part in (
        "We won 598 of 1,422 closed deals: 42.1 %",
        "The 95 % interval is 39.5–44.6 %",
        "One win pattern Buyers with 50–149 employees: we win 261 of 455 (57.4 %)",
        "One loss pattern We win 31 of 171 mid-market healthcare deals (18.1 %)",
        "What to do Publish two healthcare references",
        "Before you rely on it 12 deals stand in a deal stage",
        "We won 598 of 1,422 closed deals: 42.1 % Left out on request: Deal type Renewal (337 deals). The 95 %",
        "2,090 rows, those left out among them: 598 won + 701 lost",
    ):
        assert part in first


def test_the_page_says_in_words_what_it_was_made_from() -> None:
    book = {
        "name": "acme.csv",
        "version": 3,
        "made_at": "2026-05-31T08:10:51.410715+00:00",
        "taxonomy": "",
        "program": "1",
    }
    study = replace(full(), book=book)
    told = words(page.html(study, gather(study, deals_of)))
    assert "Made from acme.csv, version 3, of 2026-05-31 08:10 UTC, winloss 1" in told


def test_every_section_is_there_in_order() -> None:
    ids = re.findall(r'<section id="([a-z]+)"', html("full"))
    assert ids == [key for key, _ in page.SECTIONS]


def test_a_finding_shows_n_interval_method_chance_comparison_confounder_and_deals() -> None:
    text = html("full")
    card = words(text[text.index('id="segment-4fa2b91c07"') :].split("</article>")[0])
    for part in (
        "Established",
        "31 of 171 (18.1 %) 13.1–24.6 %",
        "The rest 567 of 1,251 (45.3 %)",
        "−27.2 points (−33.0 to −20.2 points)",
        "p < 0.001, q 0.001 over 214 comparisons",
        "Fisher's exact test; clustered by rep, account and month (CR2)",
        "Within equal lead source, the strongest competing explanation, the difference holds",
        "An association: who chose these deals is not known.",
        "The deals behind it: 6 of 9",
        "my report.deals.csv",
    ):
        assert part in card


def test_an_early_signal_looks_early_and_says_what_would_make_it_firm() -> None:
    text = html("full")
    card = text[text.index('class="finding early" id="season') :].split("</article>")[0]
    assert "What would make it firm: Two more quarters of about this size." in words(card)


def test_the_link_to_the_deals_is_quoted() -> None:
    assert 'href="my%20report.deals.csv"' in html("full")


def test_values_of_the_data_are_never_markup() -> None:
    assert "Rollout 0 &lt;pilot&gt;" in html("full")
    assert "&lt;b&gt;bold&lt;/b&gt;" in html("full")
    study = full()
    odd = replace(study.loss_reasons[0], label='<script>alert("x")</script>')
    text = page.html(replace(study, loss_reasons=(odd,)), {})
    assert "<script>" not in text


def test_a_refused_number_says_why_in_place() -> None:
    text = words(html("refusing"))
    assert "Win rate by amount not given Losses carry no amount: 3 of 824 are filled." in text
    assert "Amounts of several currencies are not added without a rate." in text
    assert "Wins carry no competitor (0 of 598)" in text
    assert "No trend can be told 448 deals carry no closing date." in text


def test_an_empty_book_gives_a_page_that_says_so() -> None:
    text = words(html("nearly empty"))
    assert "How 1 deal ended could not be read: say what its value means" in text
    assert "None is established." in text
    assert "No action is recommended" in text
    assert "nan" not in text.lower().split()


def test_no_rep_is_named() -> None:
    assert "rep-3f2a" not in html("full")


def test_a_number_and_its_percent_sign_stay_on_one_line() -> None:
    assert re.findall(r"\d %", html("full")) == []


def test_a_usual_report_is_light() -> None:
    assert len(html("full").encode()) < 600_000


def test_long_lists_are_cut_and_say_so() -> None:
    study = full()
    first = study.attributes[0]
    many = tuple(replace(first.levels[0], value=f"Value {i}", closed=10) for i in range(40))
    text = words(page.html(replace(study, attributes=(replace(first, levels=many),)), {}))
    assert "And 26 more values with 260 closed deals, in the workbook and the JSON." in text


def test_small_values_do_not_stretch_the_scale() -> None:
    assert page.scale(full()) == pytest.approx(0.7)
    assert page.scale_of_losses(full()) == pytest.approx(0.7)
    assert page.place(0.35, 0.7) == "50.00%"
    assert page.place(0.9, 0.7) == "100.00%"


def test_a_line_of_losses_is_explained_only_where_there_is_one() -> None:
    study = full()
    wins = replace(study, findings=tuple(f for f in study.findings if page.of_wins(f)))
    months = next(f for f in study.findings if f.kind == "season")
    assert page.of_wins(replace(months, measure="win_rate:month_in_quarter:3"))
    assert page.scale_of_losses(wins) == 0
    assert "those of shares of losses" in words(html("full"))
    assert "those of shares of losses" not in words(page.html(wins, {}))


def test_the_p_of_an_attribute_says_over_how_many_values_it_is() -> None:
    industry = replace(full().attributes[0], tested=0)
    told = words(page.html(replace(full(), attributes=(industry,)), {}))
    assert "Industry · p < 0.001 over 5 values" in told


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two colours."""

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("text", ["ink", "soft", "accent"])
@pytest.mark.parametrize("ground", ["paper", "raised"])
def test_text_stands_out_from_its_ground(scheme: int, text: str, ground: str) -> None:
    style = html("nearly empty")
    found = {name: re.findall(rf"--{name}: (#[0-9a-f]{{6}})", style)[scheme] for name in (text, ground)}
    assert contrast(found[text], found[ground]) >= 4.5
