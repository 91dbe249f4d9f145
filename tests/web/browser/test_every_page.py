"""Every page in a real browser: nobody is shut out, nothing is broken, nothing runs over the edge."""

from __future__ import annotations

import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Browser, Page

from web.browser.conftest import COMPUTE_S, Open, Served
from winloss.web.house.context import MENU

PAGES = [
    *(reverse(entry.to) for _, entries in MENU for entry in entries),
    reverse("people:me"),
    reverse("sources:upload"),
    reverse("book:segments"),
    "/nowhere",
]
SEGMENT = "?segment=industry+%3D+Retail"
SLICED = [reverse(entry.to) + SEGMENT for _, entries in MENU for entry in entries if entry.keeps_segment]
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
WIDE, PHONE, SMALL = {"width": 1280, "height": 900}, {"width": 390, "height": 844}, {"width": 360, "height": 740}
LOOKS = [(WIDE, "light"), (WIDE, "dark"), (PHONE, "light"), (PHONE, "dark")]


@pytest.fixture(scope="module", autouse=True)
def _computed(chromium: Browser, served: Served) -> None:
    """Pages whose figures take a while are looked at when they have come."""
    context = chromium.new_context(base_url=served.url, storage_state=served.cookies(chromium, "revops"))
    ends = time.monotonic() + COMPUTE_S
    while context.request.get(reverse("report:patterns")).status == 202:
        assert time.monotonic() < ends, "the worker has not computed the findings"
        time.sleep(1)
    context.close()


def looked_at(page: Page, path: str) -> list[str]:
    """What axe-core objects to."""
    page.goto(path)
    found = Axe().run(page, options=WCAG).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]} ({len(one['nodes'])} times)" for one in found]


@pytest.mark.parametrize("path", [*PAGES, *SLICED])
def test_nobody_is_shut_out(path: str, opened: Open) -> None:
    wrong: dict[str, str] = {}
    for size, scheme in LOOKS:
        # What axe-core injects would be stopped by the page's policy, which other tests keep on.
        page = opened(viewport=size, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True).new_page()
        wrong |= {f"{size['width']} {scheme}: {one}": one for one in looked_at(page, path)}
    assert list(wrong) == []


@pytest.mark.parametrize("path", [*PAGES, *SLICED])
def test_no_page_has_an_error_or_breaks_its_policy(path: str, opened: Open) -> None:
    page, said = opened(viewport=WIDE).new_page(), []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("requestfailed", lambda request: said.append(f"{request.url} failed"))
    page.goto(path, wait_until="networkidle")
    expected = "the server responded with a status of 404" if path == "/nowhere" else None
    assert [one for one in said if expected is None or expected not in one] == []


@pytest.mark.parametrize("path", [*PAGES, *SLICED])
def test_nothing_runs_over_the_edge_of_a_phone(path: str, opened: Open) -> None:
    page = opened(viewport=SMALL).new_page()
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_works_without_javascript(path: str, opened: Open) -> None:
    page = opened(viewport=WIDE, java_script_enabled=False).new_page()
    response = page.goto(path)
    assert response is not None
    assert response.status == (404 if path == "/nowhere" else 200)
    assert page.locator("h1").count() == 1
    assert page.locator("h1").is_visible()


def test_the_menu_is_walked_by_keyboard(opened: Open) -> None:
    page = opened(viewport=WIDE).new_page()
    page.goto(reverse("report:overview"))
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.locator(":focus").get_attribute("id") == "content"


@pytest.mark.parametrize("script", [True, False])
def test_on_a_phone_the_menu_is_folded_and_opens_by_keyboard_with_and_without_script(
    script: bool, opened: Open
) -> None:
    entry = "#menu ul a"
    wide = opened(viewport=WIDE, java_script_enabled=script).new_page()
    wide.goto(reverse("report:overview"))
    assert wide.locator(entry).first.is_visible()
    phone = opened(viewport=PHONE, java_script_enabled=script).new_page()
    phone.goto(reverse("report:overview"))
    assert not phone.locator(entry).first.is_visible()
    phone.locator(".house-toggle").focus()
    phone.keyboard.press("Enter")
    assert phone.locator(entry).first.is_visible()
    assert phone.locator("#menu [aria-current=page]").count() == 1


@pytest.mark.parametrize("role", ["rep", "manager", "marketing", "viewer"])
def test_everything_in_a_persons_menu_opens_for_them(role: str, opened: Open) -> None:
    context = opened(role)
    page = context.new_page()
    page.goto("/")
    links = page.locator("#menu ul a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert links
    assert {link: context.request.get(link).status for link in links} == dict.fromkeys(links, 200)
