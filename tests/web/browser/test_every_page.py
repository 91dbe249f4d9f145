"""Every page in a real browser: nobody is shut out, nothing is broken, nothing runs over the edge."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from django.urls import reverse
from playwright.sync_api import Browser, Page, ViewportSize

from web.browser.conftest import COMPUTE_S, Open, Served, address_of, fill_sign_in
from winloss.web.house.context import MENU

SEGMENT = "segment=industry+%3D+Retail"
STANDING = {
    **{entry.to: reverse(entry.to) for _, entries in MENU for entry in entries},
    "overview, filtered": f"{reverse('report:overview')}?{SEGMENT}",
    "overview, choosing": f"{reverse('report:overview')}?choose=industry",
    "deals, filtered": f"{reverse('book:deals')}?{SEGMENT}",
    "no deals": f"{reverse('book:deals')}?q=nobody+is+called+so",
    "jobs, all": f"{reverse('jobs:list')}?regular=1",
    "own page": reverse("people:me"),
    "invite": reverse("people:invite"),
    "teams of people": reverse("people:teams"),
    "second factor": reverse("mfa_index"),
    "second factor, on": reverse("mfa_activate_totp"),
    "password": reverse("account_change_password"),
    "upload": reverse("sources:upload"),
    "segments": reverse("book:segments"),
    "undo": reverse("sources:undo"),
    "version": reverse("sources:version", args=[1]),
    "not found": "/nowhere",
    "bad": f"{reverse('report:overview')}?segment=nonsense",
}
GROWN = ("mapping", "unreadable", "deal", "person", "team", "team without deals", "team of people", "job")
"""Pages whose addresses come to be while the tests begin."""
EVERY = [*STANDING, *GROWN]
STATUS = {"not found": 404, "bad": 400}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPTIONS = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"], "preload": False}
AXE = Path(AXE_FILE_PATH).read_text(encoding="utf-8")
WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
SMALL: ViewportSize = {"width": 360, "height": 740}
EXPORT = """Opportunity ID,Stage,Sector,Amount,Created Date,Close Date,F_17
1,Closed Won,Retail,100,2026-01-01,2026-02-01,
2,Closed Lost,Retail,100,2026-01-01,2026-02-30,Zork
3,Closed Lost,Health,1.5e,2026-01-02,2026-02-03,Price
4,Perhaps,Health,200,2026-01-02,,
"""


@pytest.fixture(scope="module")
def places(chromium: Browser, served: Served) -> dict[str, str]:
    """The address of every page, after somebody uploaded, saved and invited."""
    context = chromium.new_context(base_url=served.url, storage_state=served.cookies(chromium, "revops"))
    page = context.new_page()
    found = {
        "mapping": uploaded(page, "deals.csv", EXPORT.encode()),
        "unreadable": uploaded(page, "broken.xlsx", b"PK\x03\x04 and nothing else"),
    }
    save_segment(page)
    invite(page)
    found |= {
        "deal": first_link(page, reverse("book:deals")),
        "person": first_link(page, reverse("people:list")),
        "team of people": first_link(page, reverse("people:teams")),
        "team": first_link(page, reverse("report:teams"), "North"),
        "team without deals": first_link(page, reverse("report:teams"), "South"),
        "job": first_link(page, f"{reverse('jobs:list')}?regular=1"),
    }
    # Pages whose figures take a while are looked at when they have come.
    ends = time.monotonic() + COMPUTE_S
    while context.request.get(reverse("report:patterns")).status == 202:
        assert time.monotonic() < ends, "the worker has not computed the findings"
        time.sleep(0.5)
    context.close()
    return STANDING | found


def uploaded(page: Page, name: str, content: bytes) -> str:
    """The address of an upload that was read."""
    page.goto(reverse("sources:upload"))
    page.set_input_files("#files", {"name": name, "mimeType": "application/octet-stream", "buffer": content})
    page.get_by_role("button", name="Upload and look").click()
    page.locator("#mapping, .house-lead").first.wait_for(timeout=COMPUTE_S * 1000)
    return page.url


def save_segment(page: Page) -> None:
    page.goto(STANDING["overview, filtered"])
    page.locator("summary", has_text="Save").click()
    page.get_by_label("Name").fill("Retail")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_load_state()


def invite(page: Page) -> None:
    page.goto(reverse("people:invite"))
    page.get_by_label("Email").fill("somebody@example.test")
    page.get_by_role("button", name="Make the link").click()
    page.wait_for_load_state()


def first_link(page: Page, path: str, text: str = "") -> str:
    page.goto(path)
    to = page.locator("main table a", has_text=text or None).first.get_attribute("href")
    assert to
    return to


@pytest.fixture(scope="module")
def wide(chromium: Browser, served: Served) -> Iterator[Page]:
    yield from _page(chromium, served, viewport=WIDE, color_scheme="light")


@pytest.fixture(scope="module")
def phone(chromium: Browser, served: Served) -> Iterator[Page]:
    yield from _page(chromium, served, viewport=PHONE, color_scheme="dark")


@pytest.fixture(scope="module")
def plain(chromium: Browser, served: Served) -> Iterator[Page]:
    """Without JavaScript."""
    yield from _page(chromium, served, viewport=WIDE, java_script_enabled=False)


def _page(chromium: Browser, served: Served, **options: object) -> Iterator[Page]:
    state = served.cookies(chromium, "revops")
    context = chromium.new_context(base_url=served.url, storage_state=state, reduced_motion="reduce", **options)  # type: ignore[arg-type]  # what playwright takes
    yield context.new_page()
    context.close()


def objections(page: Page) -> list[str]:
    """What axe-core objects to. It is run by the debugger: the page's policy, which stays on, would not let it in."""
    debugger = page.context.new_cdp_session(page)
    expression = f"{AXE}; axe.run({json.dumps(OPTIONS)}).then(all => JSON.stringify(all.violations))"
    asked = {"expression": expression, "awaitPromise": True, "returnByValue": True}
    found = json.loads(debugger.send("Runtime.evaluate", asked)["result"]["value"])
    debugger.detach()
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]} ({len(one['nodes'])} times)" for one in found]


def test_what_shuts_somebody_out_is_seen(wide: Page) -> None:
    wide.goto(reverse("book:segments"))
    wide.evaluate("() => document.querySelector('h1').after(document.createElement('select'))")
    assert [one.partition(":")[0] for one in objections(wide)] == ["select-name"]


@pytest.mark.parametrize("name", EVERY)
def test_a_page_is_whole_on_a_wide_light_screen(name: str, wide: Page, places: dict[str, str]) -> None:
    said: list[str] = []
    listeners = {
        "console": lambda message: said.append(message.text) if message.type in ("error", "warning") else None,
        "pageerror": lambda error: said.append(str(error)),
        "requestfailed": lambda request: said.append(f"{request.url} failed"),
    }
    for event, listener in listeners.items():
        wide.on(event, listener)  # type: ignore[call-overload]  # playwright names each event
    wide.goto(places[name])
    for event, listener in listeners.items():
        wide.remove_listener(event, listener)
    expected = f"the server responded with a status of {STATUS.get(name)}"
    assert [one for one in said if expected not in one] == []
    assert objections(wide) == []


@pytest.mark.parametrize("name", EVERY)
def test_a_page_is_whole_on_a_dark_phone(name: str, phone: Page, places: dict[str, str]) -> None:
    phone.set_viewport_size(PHONE)
    phone.goto(places[name])
    assert objections(phone) == []
    phone.set_viewport_size(SMALL)
    assert phone.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]


@pytest.mark.parametrize("name", EVERY)
def test_a_page_works_without_javascript(name: str, plain: Page, places: dict[str, str]) -> None:
    response = plain.goto(places[name])
    assert response is not None
    assert response.status == STATUS.get(name, 200)
    assert plain.locator("h1").count() == 1
    assert plain.locator("h1").is_visible()


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")])
def test_the_door_is_open_to_everybody(size: dict[str, int], scheme: str, chromium: Browser, served: Served) -> None:
    page = chromium.new_context(base_url=served.url, viewport=size, color_scheme=scheme).new_page()  # type: ignore[arg-type]  # what playwright takes
    for path in (reverse("account_login"), reverse("account_reset_password"), "/people/join/nothing"):
        page.goto(path)
        assert objections(page) == []
    fill_sign_in(page, address_of("guarded"))
    page.wait_for_url("**/2fa/**")
    assert objections(page) == []
    page.context.close()


def test_a_refusal_is_open_to_everybody(opened: Open) -> None:
    for size, scheme in ((WIDE, "light"), (PHONE, "dark")):
        page = opened("viewer", viewport=size, color_scheme=scheme).new_page()
        response = page.goto(reverse("people:list"))
        assert response is not None
        assert response.status == 403
        assert objections(page) == []


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


def test_ones_own_page_is_not_the_list_of_people(wide: Page) -> None:
    wide.goto(reverse("people:me"))
    assert wide.locator('#menu a[aria-current="page"]').count() == 0
