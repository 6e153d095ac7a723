"""Each sees what is theirs, and may do what they may."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from support.people import People
from support.product import Product
from support.watch import Watch

Opened = Callable[..., tuple[Page, Watch]]


def test_a_viewer_reads_and_changes_nothing(opened: Opened, people: People) -> None:
    page, _ = opened(people.viewer)
    page.goto("/")
    menu = page.get_by_role("navigation", name="Main")
    expect(menu.get_by_role("link", name="Explore")).to_be_visible()
    for name in ["API keys", "People", "Audit log", "Operations", "Directory"]:
        expect(menu.get_by_role("link", name=name)).to_have_count(0)
    page.goto("/budgets")
    expect(page.get_by_role("link", name="Growth, monthly")).to_be_visible()
    expect(page.get_by_role("button", name="New budget")).to_have_count(0)
    page.goto("/prices/unpriced")
    expect(page.get_by_text("Used, and without a price")).to_be_visible()
    expect(page.get_by_role("button", name="Set a price")).to_have_count(0)


@pytest.mark.parametrize("path", ["/people", "/audit", "/operations"])
def test_a_viewer_who_knows_an_address_is_refused_there(path: str, opened: Opened, people: People) -> None:
    page, watch = opened(people.viewer)
    watch.expected = ("403", "404")
    page.goto(path)
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(0)


def test_another_firm_sees_nothing_of_this_one(opened: Opened, people: People, made: dict[str, str]) -> None:
    page, watch = opened(people.foreign)
    watch.expected = ("403", "404")
    page.goto("/?workspace=acme&range=90d")
    expect(page.get_by_role("button", name="Workspace: rival")).to_be_visible()
    page.goto("/usage/acme/hostile-1")
    expect(page.get_by_role("alert")).to_be_visible()
    page.goto("/budgets/" + made["budget Growth, monthly"])
    expect(page.get_by_role("alert")).to_be_visible()
    assert "Growth" not in page.content()
    page.goto("/budgets")
    expect(page.get_by_text("No budgets", exact=True)).to_be_visible()


def test_whoever_is_not_signed_in_comes_back_to_where_they_wanted(product: Product, opened: Opened, people: People) -> None:
    page, watch = opened()
    watch.expected = ("401",)
    page.goto("/explore?workspace=acme&rows=user")
    expect(page.get_by_text("Sign in to see")).to_be_visible()
    page.context.add_cookies(people.owner["cookies"])
    page.reload()
    expect(page.get_by_role("heading", name="Spend by User")).to_be_visible()


def test_a_link_works_once_and_is_in_no_history(product: Product, opened: Opened, people: People) -> None:
    page, watch = opened()
    watch.expected = ("401", "404", "410", "422", "403")
    link = people.fresh_link("viewer@acme.example")
    page.goto(link)
    expect(page.get_by_role("button", name="Sign in with this link")).to_be_visible()
    assert "link=" not in page.url
    page.get_by_role("button", name="Sign in with this link").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("Sign in to see")).to_be_visible()
    page.goto("about:blank")
    page.goto(link)
    page.get_by_role("button", name="Sign in with this link").click()
    expect(page.get_by_role("alert")).to_be_visible()


def test_a_return_address_is_never_another_site(opened: Opened) -> None:
    page, watch = opened()
    watch.expected = ("401",)
    page.goto("/sign-in?return=//evil.example/")
    expect(page.get_by_text("Sign in to see")).to_be_visible()
    for link in page.get_by_role("link").all():
        assert "evil" not in (link.get_attribute("href") or "")
