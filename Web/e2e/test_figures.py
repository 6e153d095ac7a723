"""What is shown is what the API says, to the cent, whatever the language."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from playwright.sync_api import Locator, Page, expect
from support.people import People
from support.product import Product, eventually
from support.watch import Watch

YEAR = date.today().year
DAYS = {"from": f"{YEAR - 1}-01-01", "to": f"{YEAR}-12-31"}
# The same days by Berlin's clocks.
RANGE = {"from": f"{YEAR - 2}-12-31T23:00:00Z", "to": f"{YEAR}-12-31T23:00:00Z"}

TODAY = datetime.now(timezone.utc).date()
LAST_90 = {"from": f"{TODAY - timedelta(days=89)}T00:00:00Z", "to": f"{TODAY + timedelta(days=1)}T00:00:00Z"}


def written(amount: str | Decimal, locale: str = "en-US") -> str:
    """An amount as Intl writes it in a language, without leaning on Intl: to the cent, below a cent with two figures."""
    exact = Decimal(amount)
    digits = 2 if exact == 0 or abs(exact) >= Decimal("0.01") else 1 - exact.adjusted()
    whole, fraction = f"{exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN):f}".split(".")
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


def test_insights_show_the_apis_figures(product: Product, admin: Page) -> None:
    product.post(
        "/v1/record",
        {"provider": "openai", "model": "gpt-4.1", "usage": {"input_tokens": 1_000_000}, "workspace": "acme", "team": "growth"},
    )
    impact = eventually(lambda: (found := product.get("/v1/prices/impact", workspace="acme"))["total"]["impact_usd"][0] == "-" and found)
    admin.goto("/prices/impact?workspace=acme&time_zone=UTC")
    expect(kpi(admin, "Made by changes of prices")).to_have_text(minus(impact["total"]["impact_usd"]))
    row = admin.get_by_role("region", name="Impact of changes of prices").get_by_role("row", name=re.compile("gpt-4.1"))
    of_model = next(one for one in impact["rows"] if one["model"] == "gpt-4.1")
    for column, name in [(2, "cost_usd"), (3, "cost_at_old_prices_usd")]:
        expect(row.locator("td").nth(column)).to_have_text(written(of_model[name]))

    days = "&".join(f"{name}={day}" for name, day in DAYS.items())
    report = {"workspace": "acme", "time_zone": "Europe/Berlin", **RANGE}
    units = product.get("/v1/analytics/insight/unit-economics", by="team", limit=100, **report)
    admin.goto(f"/insights/units?workspace=acme&time_zone=Europe/Berlin&by=team&{days}")
    expect(kpi(admin, "Per event")).to_have_text(written(units["total"]["usd_per_event"]))
    expect(kpi(admin, "Per team")).to_have_text(written(units["usd_per_value"]))
    expect(kpi(admin, "Per 1M tokens")).to_have_text(written(Decimal(units["total"]["usd_per_1000_tokens"]) * 1000))
    expect(admin.get_by_role("group", name=re.compile("Cost of 1M tokens over time"))).to_be_visible()

    forecast = product.get("/v1/analytics/insight/forecast", workspace="acme", time_zone="UTC", period="quarter")
    admin.goto("/insights?workspace=acme&time_zone=UTC&range=90d")
    admin.get_by_role("button", name="Quarter").click()
    expect(kpi(admin, "Spent so far")).to_have_text(written(forecast["spent_usd"]))
    # It falls with each second without spend: the page shows one from between two answers.
    later = product.get("/v1/analytics/insight/forecast", workspace="acme", time_zone="UTC", period="quarter")
    either = "|".join(re.escape(written(one["forecast_usd"])) for one in (forecast, later))
    expect(kpi(admin, "Forecast")).to_have_text(re.compile(f"^({either})$"))
    odd = product.get("/v1/analytics/insight/anomalies", workspace="acme", time_zone="UTC", **LAST_90)["items"]
    rows = admin.get_by_role("region", name="Unusual days").locator("tbody tr")
    expect(rows).to_have_count(len(odd))


def kpi(page: Page, title: str) -> Locator:
    return page.locator(".kpi", has=page.get_by_role("heading", name=title, exact=True)).locator(".value")


def minus(amount: str) -> str:
    """A negative amount has its sign before the currency's."""
    return "-" + written(amount.removeprefix("-"))


def test_an_events_cost_is_explained_to_the_last_digit(product: Product, admin: Page) -> None:
    explained = product.get("/v1/explain", workspace="acme", event_id="hostile-1")
    admin.goto("/usage/acme/hostile-1")
    expect(admin.get_by_text("Computed again: agrees")).to_be_visible()
    exact = explained["cost_usd"].rstrip("0")
    expect(admin.get_by_role("heading", name=f"${exact}")).to_be_visible()
    parts = admin.get_by_role("region", name="Parts of the cost").locator("tbody tr")
    expect(parts).to_have_count(len(explained["explanation"]["components"]))
