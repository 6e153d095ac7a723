"""It is small, and stays quick when much is shown."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route, expect
from support.product import ROOT

KB = 1000


def test_the_app_is_small() -> None:
    sizes = {file.name: file.stat().st_size for file in (ROOT / "Web/dist/assets").glob("*.js.gz")}
    charts = [
        path for path, output in _meta()["outputs"].items() if any("node_modules/d3-" in name for name in output["inputs"])
    ]
    chart_names = {path.rsplit("/", 1)[1] + ".gz" for path in charts}
    total = sum(sizes.values())
    before_charts = sum(size for name, size in sizes.items() if name not in chart_names)
    print(f"{before_charts} bytes before charts, {total} in all")
    assert before_charts <= 120 * KB
    assert total <= 200 * KB


def _meta() -> dict:
    return json.loads((ROOT / "Web/node_modules/.meta.json").read_text())


def test_the_dashboard_is_there_within_a_second(admin: Page) -> None:
    page = admin
    page.goto("/?workspace=acme")
    expect(page.locator("svg.plot .mark").first).to_be_visible()
    times = []
    for _ in range(3):
        page.reload()
        expect(page.locator("svg.plot .mark").first).to_be_visible()
        times.append(page.evaluate("performance.now()"))
    print(f"dashboard with its chart after {min(times):.0f} ms at best of three")
    # The machine is shared with other tests: the best of three says what the page needs.
    assert min(times) < 3_000


def test_the_dashboard_asks_for_what_stands_first(admin: Page) -> None:
    page = admin
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.goto("/?workspace=acme")
    expect(page.locator("svg.plot .mark").first).to_be_visible()
    reports = [path for path in asked if path.startswith("/v1/")]
    assert reports[:2] == ["/v1/analytics/summary", "/v1/analytics/timeseries"], reports
    # It was under way before the app was there, and the app took that answer.
    assert asked.count("/auth/session") == 1


def test_a_pivot_of_ten_thousand_rows_stays_usable(admin: Page) -> None:
    page = admin
    page.goto("/explore?workspace=acme&range=90d&rows=day,user,model&columns=provider&top=10000")
    table = page.locator(".pivot")
    expect(table.locator("tbody tr").first).to_be_visible(timeout=30_000)
    expect(page.get_by_role("heading", name=re.compile(r"^[\d,]+ rows$"))).to_be_visible()
    rows = int(page.get_by_role("heading", name=re.compile(r"rows$")).inner_text().split()[0].replace(",", ""))
    assert rows >= 9_000
    assert table.locator("tbody tr").count() < 120
    table.evaluate("box => { box.scrollTop = box.scrollHeight }")
    expect(table.locator(f"tbody tr[aria-rowindex='{rows + 1}']")).to_be_visible()
    taken = page.evaluate(
        """async () => {
            const start = performance.now();
            document.querySelector(".pivot thead th:last-child button").click();
            await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
            return performance.now() - start;
        }"""
    )
    expect(table.locator("thead th").last).to_have_attribute("aria-sort", "ascending")
    print(f"{rows} rows sorted and shown after {taken:.0f} ms")
    assert taken < 2_000


def test_what_caches_saved_is_worked_out_when_asked_once_events_are_many(admin: Page) -> None:
    asked: list[str] = []
    admin.on("request", lambda request: asked.append(request.url) if "cache-savings" in request.url else None)

    def larger(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "events": 1_000_000})

    admin.route("**/v1/analytics/summary*", larger)
    admin.goto("/?workspace=acme")
    button = admin.get_by_role("button", name="Work out what it saved")
    expect(button).to_be_visible()
    assert asked == []
    button.click()
    expect(admin.get_by_role("heading", name="Saved by caches")).to_be_visible()
    assert len(asked) == 1
