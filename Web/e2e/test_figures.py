"""What is shown is what the API says, to the cent, whatever the language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from playwright.sync_api import Page, expect
from support.people import People
from support.product import Product
from support.watch import Watch

YEAR = date.today().year
DAYS = {"from": f"{YEAR - 1}-01-01", "to": f"{YEAR}-12-31"}
# The same days by Berlin's clocks.
RANGE = {"from": f"{YEAR - 2}-12-31T23:00:00Z", "to": f"{YEAR}-12-31T23:00:00Z"}


def written(amount: str, locale: str) -> str:
    """An amount to the cent as Intl writes it in a language, without leaning on Intl."""
    cents = Decimal(amount).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)
    whole, fraction = f"{cents:.2f}".split(".")
    group, point = {"en-US": (",", "."), "de-DE": (".", ","), "fr-FR": ("\u202f", ",")}[locale]
    parts = []
    while len(whole) > 3:
        parts.insert(0, whole[-3:])
        whole = whole[:-3]
    number = group.join([whole, *parts]) + point + fraction
    return {"en-US": f"${number}", "de-DE": f"{number}\xa0$", "fr-FR": f"{number}\xa0$"}[locale]


@pytest.mark.parametrize("locale", ["en-US", "de-DE", "fr-FR"])
def test_figures_equal_the_apis(locale: str, product: Product, opened: Callable[..., tuple[Page, Watch]], people: People) -> None:
    page, _ = opened(people.owner, locale=locale)
    days = "&".join(f"{name}={day}" for name, day in DAYS.items())
    page.goto(f"/?workspace=acme&time_zone=Europe/Berlin&{days}")
    report = {"workspace": "acme", "time_zone": "Europe/Berlin", **RANGE}
    summary = product.get("/v1/analytics/summary", **report)
    spend = page.locator(".kpi.main .value")
    expect(spend).to_have_text(written(summary["cost_usd"], locale))
    models = product.get("/v1/analytics/breakdown", by="model", limit=8, **report)
    rows = page.locator(".card", has_text="Top models").locator(".bars .figure")
    for place, row in enumerate(models["rows"]):
        expect(rows.nth(place)).to_have_text(written(row["cost_usd"], locale))

    pivot = product.get("/v1/analytics/pivot", rows="team", columns="provider", row_limit=50, column_limit=12, **report)
    page.goto(f"/explore?workspace=acme&time_zone=Europe/Berlin&{days}&rows=team&columns=provider")
    for place, total in enumerate(pivot["row_totals"][:5]):
        cell = page.locator(".pivot tbody tr").nth(place).locator("td").last
        if Decimal(total) < 1000 and Decimal(total) != int(Decimal(total)):
            expect(cell).to_have_text(written(total, locale))
    expect(page.locator(".pivot tfoot tr").last.locator("td").last).to_have_attribute("title", written(pivot["total"], locale))


def test_a_chart_has_the_same_figures_as_a_table(product: Product, admin: Page) -> None:
    admin.goto("/?workspace=acme&range=7d&time_zone=UTC&by=provider")
    admin.get_by_role("button", name="Show as a table").click()
    table = admin.get_by_role("table", name="Spend over time")
    expect(table).to_be_visible()
    total = table.get_by_role("columnheader").count()
    assert table.locator("tbody tr").count() == 7
    assert total >= 3


def test_an_events_cost_is_explained_to_the_last_digit(product: Product, admin: Page) -> None:
    explained = product.get("/v1/explain", workspace="acme", event_id="hostile-1")
    admin.goto("/usage/acme/hostile-1")
    expect(admin.get_by_text("Computed again: agrees")).to_be_visible()
    exact = explained["cost_usd"].rstrip("0")
    expect(admin.get_by_role("heading", name=f"${exact}")).to_be_visible()
    parts = admin.get_by_role("region", name="Parts of the cost").locator("tbody tr")
    expect(parts).to_have_count(len(explained["explanation"]["components"]))
