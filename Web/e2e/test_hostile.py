"""Names, tags and reasons are text, whatever they say."""

from __future__ import annotations

import re
from urllib.parse import quote

from playwright.sync_api import Page, expect
from support.product import HOSTILE, Product
from support.watch import Watch

SHOWN = re.compile(re.escape("<img src=x onerror="))


def test_hostile_names_are_shown_as_they_are(
    product: Product, admin: Page, desk: tuple[Page, Watch], made: dict[str, str]
) -> None:
    # The last of the places names a model that has no price.
    desk[1].expected = ("404",)
    places = [
        "/?workspace=acme&team=" + quote(HOSTILE),
        "/explore?workspace=acme&range=today&rows=team,tag.feature&columns=user",
        "/usage/acme/hostile-1",
        "/budgets/" + made[f"budget {HOSTILE}"],
        "/alerts?workspace=acme",
        "/alerts/channels?workspace=acme",
        "/prices/unpriced?workspace=acme",
        "/prices/overrides?workspace=acme",
        "/prices/openai/gpt-4.1?workspace=acme",
        "/directory/teams?workspace=acme",
        "/directory/users?workspace=acme",
        f"/prices/{quote(HOSTILE, safe='')}/{quote(HOSTILE, safe='')}",
    ]
    for place in places:
        admin.goto(place)
        expect(admin.get_by_text(SHOWN).first).to_be_visible()
        assert admin.evaluate("window.hacked") is None, place
    assert admin.locator("img").count() == 0


def test_a_file_of_hostile_names_has_no_formulas(product: Product, admin: Page) -> None:
    event = {"provider": "openai", "model": "gpt-4o", "usage": {"input_tokens": 9}, "workspace": "acme", "team": '=HYPERLINK("//evil")'}
    product.post("/v1/record", event)
    admin.goto("/explore?workspace=acme&range=today&rows=team&columns=")
    expect(admin.get_by_text("=HYPERLINK").first).to_be_visible()
    with admin.expect_download() as waiting:
        admin.get_by_role("button", name="CSV").click()
    text = waiting.value.path().read_text(encoding="utf-8-sig")
    assert "'=HYPERLINK" in text
    assert not re.search(r'(^|,)"?=', text, re.MULTILINE)
