"""A newcomer: from `winloss init` to the deals behind a number, in a real browser."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from exports import export
from web.browser.conftest import NEXT_STEP, address_of, run, serving, sign_in

LANDED_MS, SHOWN_MS = 60_000, 30_000
DEALS = 360
FIELDS = ("Opportunity ID", "Opportunity Name", "Stage", "Sector", "Amount", "Created Date", "Close Date", "F_17")
"""The last is what nobody could guess from its name: why a deal was lost."""
SECTORS, WHY = ("Retail", "Health", "Energy"), ("Price", "Missing feature", "Timing", "Lost to competitor")


@pytest.fixture(scope="module")
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `winloss init` makes."""
    home = tmp_path_factory.mktemp("newcomer") / "home"
    told = run(home, "init", "--home", str(home), "--email", address_of("revops"), "--name", "A newcomer")
    assert "winloss serve" in told
    return home


@pytest.fixture
def newcomer(chromium: Browser, new_home: Path, tmp_path: Path) -> Iterator[Page]:
    """Signed in, by the form, on a home folder that holds nothing yet."""
    home = Path(shutil.copytree(new_home, tmp_path / "new" / "home"))
    with serving(home) as url:
        context = chromium.new_context(base_url=url, accept_downloads=True)
        page = context.new_page()
        page.set_default_timeout(SHOWN_MS)
        sign_in(page, "revops")
        yield page
        context.close()


def written(place: Path) -> Path:
    """An export of 240 closed deals and 120 open ones: in Retail 60 of 80 closed were won, elsewhere 40 of 160."""
    rows = []
    for i in range(DEALS):
        sector, turn = SECTORS[i % 3], i // 3
        won = turn % 4 != 0 if sector == "Retail" else turn % 4 == 0
        stage = "Negotiation" if turn % 3 == 0 else ("Closed Won" if won else "Closed Lost")
        closed = "" if stage == "Negotiation" else f"2026-{5 + turn % 4:02}-{1 + turn % 28:02}"
        why = WHY[turn % 4] if stage == "Closed Lost" else ""
        opened = f"2026-{1 + turn % 4:02}-{1 + i % 28:02}"
        rows.append((f"006{i:06}", f"Deal {i}", stage, sector, 1000 + 250 * (i % 40), opened, closed, why))
    path = place / "opportunities.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([FIELDS, *rows])
    return path


def upload(page: Page, file: Path) -> None:
    page.goto("/overview/")
    page.get_by_role("main").get_by_role("link", name="Upload an export").click()
    page.set_input_files("#files", file)
    page.get_by_role("button", name="Upload and look").click()
    expect(page.locator("#mapping")).to_be_visible(timeout=LANDED_MS)


def column(page: Page, header: str) -> Locator:
    """The choice of what a column becomes."""
    return page.locator(f'tr[data-find="{header}"] .sources-becomes select').first


def read_again(page: Page) -> None:
    page.get_by_role("button", name="Save and read again").click()
    expect(page.locator("[data-changes]")).to_have_text("Read as you corrected it.", timeout=LANDED_MS)


def land(page: Page) -> None:
    page.locator('header button[name="then"][value="land"]').click()
    expect(page.locator("#done")).to_contain_text("Imported as version 1", timeout=LANDED_MS)


def filter_to(page: Page, field: str, value: str) -> None:
    """By the menu of the segment bar."""
    page.locator("summary", has_text="Filter").click()
    page.locator(".bar-fields").get_by_role("link", name=field, exact=True).click()
    page.get_by_role("checkbox", name=value, exact=True).check()
    page.get_by_role("button", name="Show these").click()
    expect(page.locator(".chip")).to_contain_text(value)


def opened_and_downloaded(page: Page, place: Path) -> tuple[int, int, int]:
    """The first figure of the overview, what the heading of its deals says, and how many rows their CSV has."""
    figure = page.locator(".tiles dd.big a").first
    clicked = number(figure.inner_text())
    figure.click()
    page.wait_for_url("**/deals/**")
    told = number(page.locator("h1").inner_text())
    with page.expect_download() as awaited:
        page.get_by_role("link", name="Download CSV").click()
    awaited.value.save_as(place / "deals.csv")
    with (place / "deals.csv").open(newline="", encoding="utf-8-sig") as file:
        return clicked, told, len(list(csv.DictReader(file)))


def number(text: str) -> int:
    found = re.match(r"[\d,]+", text.strip())
    assert found, text
    return int(found[0].replace(",", ""))


def test_from_nothing_to_the_deals_behind_a_number(newcomer: Page, tmp_path: Path) -> None:
    page = newcomer
    for path in NEXT_STEP:
        page.goto(path)
        expect(page.locator("main")).to_contain_text(re.compile("upload an export", re.IGNORECASE))

    upload(page, written(tmp_path))
    expect(page.locator("h1")).to_contain_text("360 deals")
    column(page, "F_17").select_option(label="Loss reason")
    expect(page.locator("[data-changes]")).to_have_text("1 change not saved yet")
    read_again(page)
    land(page)
    page.get_by_role("link", name="See the overview").click()
    expect(page.locator("h1")).to_contain_text("100 of 240 closed deals")
    expect(page.locator("main")).to_contain_text("Product capability")

    filter_to(page, "Industry", "Retail")
    expect(page.locator("h1")).to_contain_text("60 of 80 closed deals")
    assert opened_and_downloaded(page, tmp_path) == (80, 80, 80)


def test_a_real_export_comes_in_by_the_same_way(newcomer: Page, tmp_path: Path) -> None:
    page, file = newcomer, export("maven-crm", "sales_pipeline.csv")
    upload(page, file)
    expect(page.locator("h1")).to_contain_text("8,800 deals: 4,238 won, 2,473 lost")
    column(page, "sales_agent").select_option(label="Own attribute")
    read_again(page)
    land(page)
    page.get_by_role("link", name="See the overview").click()
    expect(page.locator("h1")).to_contain_text("4,238 of 6,711 closed deals")

    filter_to(page, "Product", "GTK 500")
    clicked, told, rows = opened_and_downloaded(page, tmp_path)
    assert clicked == told == rows
