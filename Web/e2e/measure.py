"""Tells how long people wait: `python e2e/measure.py --link 'http://…/sign-in#link=…'`, against any running Oliver.

Each dashboard is opened anew, from navigation start until figures and chart are on the screen; each change of a pivot
is one that was not shown before, from the click until the new figures are. Prints milliseconds, best to worst.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

DIMENSIONS = {
    "team": "Team",
    "project": "Project",
    "user": "User",
    "source_app": "Source app",
    "provider": "Provider",
    "model": "Model",
    "operation": "Operation",
    "service_tier": "Service tier",
}

# Waits by looking at each frame, as an eye does; the frame that shows it is the last one counted.
UNTIL = """
const until = (test) => new Promise((done, fail) => {
    const end = performance.now() + 60_000;
    const look = () => {
        if (test()) requestAnimationFrame(() => done(performance.now()));
        else if (performance.now() > end) fail(new Error("it was not shown within a minute"));
        else requestAnimationFrame(look);
    };
    look();
});
"""
SHOWN = "document.querySelector('.kpi.main .value') && document.querySelector('svg.plot .mark')"
DASHBOARD = f"""async () => {{
    {UNTIL}
    const first = await until(() => {SHOWN});
    const all = await until(() => !document.querySelector('.skeleton'));
    return [first, all];
}}"""
PIVOT = f"""async ([action, title]) => {{
    {UNTIL}
    const start = performance.now();
    if (action === "swap") {{
        [...document.querySelectorAll(".builder button")].find((button) => button.textContent === "Swap").click();
    }} else {{
        const select = document.querySelector(".builder-rest select");
        Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, "value").set.call(select, action);
        select.dispatchEvent(new Event("change", {{ bubbles: true }}));
    }}
    const end = await until(() =>
        !document.querySelector(".is-loading") && document.querySelector(".pivot tbody td") &&
        [...document.querySelectorAll("h2")].some((heading) => heading.textContent === title)
    );
    return end - start;
}}"""


def signed_in(browser: Browser, link: str) -> tuple[str, dict]:
    """The origin, and what the browser keeps of somebody who came by a one-time link."""
    parts = urlsplit(link)
    origin = f"{parts.scheme}://{parts.netloc}"
    context = browser.new_context(base_url=origin, locale="en-US")
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="Sign in with this link").click()
    page.get_by_role("heading", name="Dashboard").wait_for()
    state = context.storage_state()
    context.close()
    return origin, state


def opened(context: BrowserContext, path: str) -> Page:
    page = context.new_page()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(path, wait_until="commit")
    return page


def dashboards(browser: Browser, settings: dict, path: str, times: int) -> Iterator[tuple[str, float]]:
    """By somebody whose browser knows nothing, then by somebody who was there before."""
    for _ in range(times):
        context = browser.new_context(**settings)
        page = opened(context, path)
        first, everything = page.evaluate(DASHBOARD)
        yield "dashboard, first visit", first
        yield "dashboard, first visit, all cards", everything
        page.close()
        page = opened(context, path)
        first, everything = page.evaluate(DASHBOARD)
        yield "dashboard, again", first
        yield "dashboard, again, all cards", everything
        context.close()


def pivots(context: BrowserContext, query: str, times: int) -> Iterator[tuple[str, float]]:
    """Rows and columns change places; then another measure is chosen."""
    pairs = list(itertools.combinations(DIMENSIONS, 2))
    for row, column in itertools.islice(itertools.cycle(pairs), times):
        page = opened(context, f"/explore?{query}&rows={row}&columns={column}")
        page.locator(".pivot tbody td").first.wait_for()
        swapped = f"{DIMENSIONS[column]}, {DIMENSIONS[row]}"
        yield "pivot, rows and columns swapped", page.evaluate(PIVOT, ["swap", f"Spend by {swapped}"])
        yield "pivot, another measure", page.evaluate(PIVOT, ["output_tokens", f"Output tokens by {swapped}"])
        page.close()


def link_of(options: argparse.Namespace) -> str:
    if options.link:
        return options.link
    words = [options.oliver, "admin", "link", "--home", options.home]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--link", help="a one-time link, as `oliver admin link` prints it")
    parser.add_argument("--home", help="instead of a link: the data folder of the Oliver that runs")
    parser.add_argument("--oliver", default="oliver", help="the executable that makes the link for --home")
    parser.add_argument("--query", default="workspace=demo&range=30d", help="what the pages are asked for")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="print all figures as JSON too")
    options = parser.parse_args()
    if not options.link and not options.home:
        parser.error("say --link or --home")
    figures: dict[str, list[float]] = {}
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        origin, state = signed_in(browser, link_of(options))
        settings = {"base_url": origin, "locale": "en-US", "storage_state": state}
        context = browser.new_context(**settings)
        for name, taken in itertools.chain(
            dashboards(browser, settings, f"/?{options.query}", options.times),
            pivots(context, options.query, options.times),
        ):
            figures.setdefault(name, []).append(taken)
        browser.close()
    print(f"{'':38}{'best':>7}{'p50':>7}{'p95':>7}{'worst':>7}  ms of {options.times}")
    for name, values in figures.items():
        values.sort()
        middle, late = values[len(values) // 2], values[min(len(values) - 1, int(len(values) * 0.95))]
        print(f"{name:38}{values[0]:7.0f}{middle:7.0f}{late:7.0f}{values[-1]:7.0f}")
    if options.json:
        json.dump(figures, sys.stdout)


if __name__ == "__main__":
    main()
