"""Takes the README's pictures: `pytest e2e/pictures.py`, which the tests leave alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from support.product import ROOT, Product


@pytest.mark.parametrize(("scheme", "name"), [("light", "dashboard.png"), ("dark", "dashboard-dark.png")])
def test_take(scheme: str, name: str, product: Product, admin: Page) -> None:
    product.run("demo", "--events", "200000", "--days", "90", "--users", "300", "--workspace", "demo")
    if not product.get("/v1/budgets", workspace="demo")["items"]:
        for title, scope, limit in [
            ("Growth", {"type": "team", "id": "growth"}, "250"),
            ("Everything", {"type": "workspace"}, "900"),
            ("Opus", {"type": "model", "id": "claude-opus-4"}, "60"),
        ]:
            product.post(
                "/v1/budgets",
                {"name": title, "workspace": "demo", "scope": scope, "period": "month", "limit_usd": limit, "action": "notify"},
            )
    admin.emulate_media(color_scheme=scheme)
    admin.set_viewport_size({"width": 1280, "height": 1230})
    admin.goto("/?workspace=demo&range=30d")
    expect(admin.locator("svg.plot .mark").first).to_be_visible()
    expect(admin.locator(".skeleton")).to_have_count(0)
    folder = ROOT / "docs/pictures"
    folder.mkdir(exist_ok=True)
    admin.screenshot(path=folder / name)
    assert (folder / name).stat().st_size <= 210_000
