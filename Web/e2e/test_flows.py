"""What people do, as they do it."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable

from playwright.sync_api import Page, expect
from support.people import People
from support.product import Product, eventually
from support.watch import Watch


def test_the_range_zone_and_workspace_are_in_the_address(admin: Page) -> None:
    admin.goto("/?workspace=acme")
    admin.get_by_role("button", name="Range:").click()
    admin.get_by_role("option", name="Last 7 days").click()
    expect(admin).to_have_url(re.compile(r"range=7d"))
    admin.get_by_role("button", name="Time zone:").click()
    admin.get_by_role("combobox", name="Search: Time zone").fill("tokyo")
    admin.keyboard.press("Enter")
    expect(admin).to_have_url(re.compile(r"time_zone=Asia(%2F|/)Tokyo"))
    admin.get_by_role("link", name="Usage events").click()
    expect(admin).to_have_url(re.compile(r"/usage\?.*workspace=acme.*range=7d"))
    admin.reload()
    expect(admin.get_by_role("button", name="Range: Last 7 days")).to_be_visible()
    admin.go_back()
    expect(admin.get_by_role("heading", name="Dashboard")).to_be_visible()
    expect(admin.get_by_role("button", name="Time zone: Asia/Tokyo")).to_be_visible()


def test_a_row_narrows_the_page_and_a_chip_widens_it(admin: Page) -> None:
    admin.goto("/?workspace=acme&range=90d")
    teams = admin.locator(".card", has_text="Top teams")
    teams.get_by_role("link", name=re.compile("^growth")).click()
    expect(admin).to_have_url(re.compile("team=growth"))
    expect(teams.locator("li")).to_have_count(1)
    admin.get_by_role("button", name="Remove the filter Team: growth").click()
    expect(admin).not_to_have_url(re.compile("team="))
    expect(teams.locator("li")).not_to_have_count(1)


def test_a_pivot_is_built_by_keyboard_and_shared_by_its_address(admin: Page) -> None:
    admin.goto("/explore?workspace=acme&range=90d&rows=team&columns=model")
    expect(admin.locator(".pivot tbody tr").first).to_be_visible()
    add = admin.get_by_role("button", name="Add to rows: Add")
    add.focus()
    admin.keyboard.press("Enter")
    admin.get_by_role("listbox", name="Add to rows").press("ArrowDown")
    admin.keyboard.press("Enter")
    expect(admin).to_have_url(re.compile(r"rows=team%2Cuser"))
    admin.get_by_role("button", name="Move User forward").click()
    expect(admin).to_have_url(re.compile(r"rows=user%2Cteam"))
    expect(admin.locator(".pivot thead th").first).to_have_text("User")
    admin.get_by_role("button", name="Swap").click()
    expect(admin).to_have_url(re.compile(r"rows=model&columns=user%2Cteam"))
    admin.get_by_label("Measure").select_option("events")
    expect(admin.get_by_role("heading", name="Events by Model, User, Team")).to_be_visible()
    address = admin.url
    admin.goto("/")
    admin.goto(address)
    expect(admin.get_by_role("heading", name="Events by Model, User, Team")).to_be_visible()
    admin.go_back()
    admin.go_back()
    expect(admin.get_by_label("Measure")).to_have_value("events")


def test_a_cell_leads_to_its_events(product: Product, admin: Page) -> None:
    admin.goto("/explore?workspace=acme&range=90d&rows=team&columns=model")
    link = admin.locator(".pivot tbody td a").first
    name = link.get_attribute("aria-label") or ""
    link.click()
    expect(admin.get_by_role("heading", name="Usage events")).to_be_visible()
    team, model = re.search(r"events of (.*), (.*)$", name).groups()  # type: ignore[union-attr]
    expect(admin.get_by_text(f"Team: {team}")).to_be_visible()
    expect(admin.locator("tbody tr").first).to_contain_text(model)


def test_a_pivot_is_saved_as_a_file(admin: Page) -> None:
    admin.goto("/explore?workspace=acme&range=90d&rows=team&columns=provider")
    expect(admin.locator(".pivot tbody tr").first).to_be_visible()
    with admin.expect_download() as waiting:
        admin.get_by_role("button", name="CSV").click()
    text = waiting.value.path().read_text(encoding="utf-8-sig")
    lines = text.splitlines()
    assert lines[0].startswith("Team,")
    assert lines[-1].startswith("Total,")
    assert re.search(r",\d+\.\d{12}$", lines[-1])


def test_a_budget_is_made_changed_raised_and_archived(admin: Page, desk: tuple[Page, Watch]) -> None:
    # The server says what is wrong with a limit.
    desk[1].expected = ("422",)
    admin.goto("/budgets?workspace=acme")
    admin.get_by_role("button", name="New budget").click()
    window = admin.get_by_role("dialog")
    window.get_by_label("Name").fill("Platform, weekly")
    window.get_by_label("Which").fill("platform")
    window.get_by_label("Per").select_option("week")
    window.get_by_role("button", name="Make budget").click()
    expect(window.get_by_text(re.compile("must be an amount of USD")).first).to_be_visible()
    window.get_by_label("Limit in USD").fill("12.50")
    window.get_by_role("button", name="Make budget").click()
    expect(admin.get_by_role("heading", name="Platform, weekly")).to_be_visible()
    admin.get_by_role("button", name="Change", exact=True).click()
    window.get_by_label("Limit in USD").fill("20")
    window.get_by_role("button", name="Save").click()
    expect(admin.get_by_role("heading", name=re.compile(r"of \$20\.00"))).to_be_visible()
    admin.get_by_role("button", name="Raise for a while").click()
    window.get_by_label("Limit in USD meanwhile").fill("30")
    window.get_by_role("button", name="Raise", exact=True).click()
    expect(admin.get_by_role("heading", name=re.compile(r"of \$30\.00"))).to_be_visible()
    admin.get_by_role("button", name="Archive").click()
    window.get_by_role("button", name="Archive").click()
    expect(admin.get_by_role("heading", name="Budgets")).to_be_visible()
    expect(admin.get_by_role("link", name="Platform, weekly")).to_have_count(0)


def test_a_key_is_shown_once_renamed_rotated_and_revoked(admin: Page) -> None:
    admin.goto("/keys?workspace=acme")
    admin.get_by_role("button", name="New key").first.click()
    window = admin.get_by_role("dialog")
    window.get_by_label("Name").fill("Chatbot")
    window.get_by_role("button", name="Make key").click()
    secret = window.locator("pre").inner_text()
    assert secret.startswith("olv_")
    window.get_by_role("button", name="Done").click()
    row = admin.get_by_role("row", name=re.compile("Chatbot"))
    expect(row).to_be_visible()
    assert secret not in admin.content()
    row.get_by_role("button", name="Rotate").click()
    window.get_by_role("button", name="Rotate").click()
    assert window.locator("pre").inner_text() != secret
    window.get_by_role("button", name="Done").click()
    row.get_by_role("button", name="Revoke").click()
    window.get_by_role("button", name="Revoke").click()
    expect(row.get_by_text("revoked")).to_be_visible()


def test_the_first_event_lights_the_page_up(product: Product, admin: Page) -> None:
    admin.goto("/start?workspace=acme")
    admin.get_by_role("button", name="Make a key").click()
    key = admin.locator("pre.secret").inner_text()
    expect(admin.get_by_text("Waiting for the first event…")).to_be_visible()
    line = admin.get_by_label("curl example").inner_text()
    assert key in line
    body = json.loads(re.search(r"-d '(.*)'", line, re.DOTALL)[1])  # type: ignore[index]
    request = urllib.request.Request(
        product.url + "/v1/record",
        data=json.dumps(body).encode(),
        headers={"authorization": f"Bearer {key}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 202
    expect(admin.get_by_text("Your first event is here")).to_be_visible()
    admin.get_by_role("link", name="Why does it cost that?").click()
    expect(admin.get_by_text("Computed again: agrees")).to_be_visible()


def test_a_user_is_put_into_a_team_leads_it_and_leaves(admin: Page) -> None:
    admin.goto("/directory/teams?workspace=acme&q=growth")
    admin.get_by_role("link", name="Members", exact=True).first.click()
    admin.get_by_role("button", name="New membership").click()
    window = admin.get_by_role("dialog")
    expect(window.get_by_label("Team")).to_have_value("growth")
    window.get_by_label("User").fill("u-7")
    window.get_by_role("button", name="Put into the team").click()
    row = admin.get_by_role("row", name=re.compile("u-7 "))
    row.get_by_role("button", name="Make lead").click()
    expect(row.get_by_role("button", name="Make member")).to_be_visible()
    row.get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)


def test_an_own_price_is_set_and_ended(admin: Page) -> None:
    admin.goto("/prices/openai/o3?workspace=acme")
    admin.get_by_role("button", name="Set an own price").click()
    window = admin.get_by_role("dialog")
    window.get_by_label("Input", exact=True).fill("1.25")
    window.get_by_label("Reason").fill("Contract")
    window.get_by_role("button", name="Set price").click()
    expect(admin.get_by_role("region", name="Rates now").get_by_text("$1.25 / 1M")).to_be_visible()
    expect(admin.get_by_role("group", name=re.compile("Arrow keys"))).to_be_visible()
    admin.goto("/prices/overrides?workspace=acme")
    row = admin.get_by_role("row", name=re.compile("openai.o3"))
    row.get_by_role("button", name="End").click()
    window.get_by_role("button", name="End it now").click()
    expect(row).to_have_count(0)


def test_events_are_priced_again_after_a_preview(admin: Page) -> None:
    admin.goto("/prices/reprice?workspace=acme&range=today")
    admin.get_by_role("button", name="See what would change").click()
    expect(admin.get_by_text(re.compile("events looked at"))).to_be_visible()


def test_colours_are_chosen_and_kept(admin: Page) -> None:
    admin.goto("/")
    admin.get_by_role("button", name="Dark colours").click()
    expect(admin.locator("html")).to_have_attribute("data-theme", "dark")
    admin.reload()
    expect(admin.locator("html")).to_have_attribute("data-theme", "dark")
    admin.get_by_role("button", name="Light colours").click()
    expect(admin.locator("html")).to_have_attribute("data-theme", "light")
    admin.evaluate("localStorage.clear()")


def test_figures_move_when_usage_arrives(product: Product, admin: Page) -> None:
    admin.goto("/?workspace=acme&range=today")
    events = admin.locator(".kpi", has_text="Events").locator(".value").first
    expect(events).to_be_visible()
    before = events.inner_text()
    event = {"provider": "openai", "model": "gpt-4o", "usage": {"input_tokens": 10}, "workspace": "acme", "user": "u-1"}
    product.post("/v1/record", event)
    eventually(lambda: events.inner_text() != before, within=30)


def test_the_menu_opens_on_a_phone(opened: Callable[..., tuple[Page, Watch]], people: People) -> None:
    page, _ = opened(people.owner, viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto("/?workspace=acme")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Budgets", exact=True).click()
    expect(page.get_by_role("heading", name="Budgets")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main")).not_to_be_visible()
