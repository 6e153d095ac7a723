"""Every page: it shows, in light and dark and on a phone, and breaks no rule."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from support.product import Product
from support.watch import Watch, accessible, accessible_in_both

# What only shows with the page's data, so that it is the page that is looked at and not its beginning.
PAGES = {
    "/?workspace=acme": "Daily spend",
    "/explore?workspace=acme&rows=team,provider&columns=month": "Spend by Team, Provider, Month",
    "/insights?workspace=acme&range=90d": "Likely between",
    "/insights/units?workspace=acme&by=team&quantity=requests": "Per 1M tokens",
    "/usage?workspace=acme": "gpt-4o",
    "/usage/acme/hostile-1": "How it adds up",
    "/budgets?workspace=acme": "Growth, monthly",
    "/alerts?workspace=acme": "Told",
    "/alerts/channels?workspace=acme": "Send a test",
    "/prices?search=gpt-4o": "Prices now",
    "/prices/openai/gpt-4.1": "All versions",
    "/prices/changes": "Nothing to decide",
    "/prices/overrides?workspace=acme": "gpt-4.1",
    "/prices/impact?workspace=acme": "Made by changes of prices",
    "/prices/unpriced?workspace=acme": "Set a price",
    "/prices/reprice?workspace=acme": "Price events again",
    "/directory": "Time zone",
    "/directory/teams?workspace=acme": "growth",
    "/directory/projects?workspace=acme": "growth",
    "/directory/users?workspace=acme": "Erase",
    "/directory/memberships?workspace=acme": "New membership",
    "/keys": "New key",
    "/people": "Roles",
    "/audit": "Verify",
    "/operations": "Stages",
    "/start": "Make a key",
}


# What pages show that services of the version before do not have.
ROUTES = {"/people": "/v1/people", "/operations": "/v1/operations"}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_shows_and_is_accessible(path: str, product: Product, admin: Page) -> None:
    page = admin
    if path in ROUTES and not product.has_route(ROUTES[path]):
        pytest.skip(f"this server has no {ROUTES[path]} yet")
    page.goto(path)
    expect(page.get_by_text(PAGES[path]).first).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)
    expect(page.locator(".empty.error")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    accessible_in_both(page)
    page.set_viewport_size({"width": 390, "height": 844})
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, f"{path} is {width} px wide on a phone"


def test_the_sign_in_page_is_accessible(opened: Callable[..., tuple[Page, Watch]]) -> None:
    page, watch = opened()
    watch.expected = ("401",)
    page.goto("/")
    expect(page.get_by_text("Sign in to see")).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)
    accessible_in_both(page)


def test_windows_are_accessible(admin: Page) -> None:
    for path, button in [("/budgets?workspace=acme", "New budget"), ("/keys", "New key"), ("/prices/overrides", "Set an own price")]:
        admin.goto(path)
        admin.get_by_role("button", name=button).first.click()
        expect(admin.get_by_role("dialog")).to_be_visible()
        accessible(admin, f"{path}: {button}")
        admin.keyboard.press("Escape")
        expect(admin.get_by_role("dialog")).to_have_count(0)


def test_a_page_that_is_not_there_says_so(admin: Page) -> None:
    admin.goto("/nowhere/at/all")
    expect(admin.get_by_text("There is no such page")).to_be_visible()


def test_the_dashboard_fits_every_screen(admin: Page) -> None:
    admin.goto("/?workspace=acme")
    for width in [390, 768, 1280, 2560]:
        admin.set_viewport_size({"width": width, "height": 900})
        expect(admin.locator("svg.plot .mark").first).to_be_visible()
        assert admin.evaluate("document.documentElement.scrollWidth") <= width


def test_pickers_open_on_the_screen(admin: Page) -> None:
    for width in [390, 1280]:
        admin.set_viewport_size({"width": width, "height": 900})
        admin.goto("/?workspace=acme")
        admin.get_by_role("button", name="Add a filter").click()
        box = admin.get_by_role("dialog", name="Add a filter").bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= width, box
        assert admin.evaluate("document.documentElement.scrollLeft") == 0


def test_rows_of_many_columns_are_cards_on_a_phone(admin: Page) -> None:
    admin.set_viewport_size({"width": 390, "height": 844})
    for path, label in [("/usage?workspace=acme", "Usage events"), ("/keys", "API keys"), ("/budgets?workspace=acme", "Budgets")]:
        admin.goto(path)
        region = admin.get_by_role("region", name=label)
        expect(region.locator("td").first).to_be_visible()
        assert region.evaluate("box => box.scrollWidth <= box.clientWidth"), path


def test_paper_is_light_and_has_the_page_alone(admin: Page) -> None:
    admin.emulate_media(color_scheme="dark", media="print")
    admin.goto("/?workspace=acme")
    expect(admin.locator("svg.plot .mark").first).to_be_visible()
    expect(admin.get_by_role("navigation", name="Main")).not_to_be_visible()
    expect(admin.get_by_role("button", name="Workspace: acme")).to_be_visible()
    expect(admin.locator("body")).to_have_css("color", "rgb(22, 25, 31)")
    admin.emulate_media(media="screen")
