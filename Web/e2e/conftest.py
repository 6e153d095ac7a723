from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from support.people import People
from support.product import Product, binary, furnish
from support.watch import Watch

expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """The real product, one for all tests."""
    program = binary()
    if program is None:
        if os.environ.get("OLIVER_BIN_DIR"):
            pytest.fail("OLIVER_BIN_DIR holds no oliver")
        pytest.skip("oliver is not built: ./oliver build")
    with tempfile.TemporaryDirectory(prefix="oliver-web-", ignore_cleanup_errors=True) as folder:
        # As root, PostgreSQL runs under an account of its own, which must get through.
        Path(folder).chmod(0o755)
        made = Product(program, Path(folder) / "home")
        try:
            yield made
        finally:
            made.close()


@pytest.fixture(scope="session")
def made(product: Product) -> dict[str, str]:
    """The ids of what was laid for the pages to show."""
    return furnish(product)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        yield playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])


@pytest.fixture(scope="session")
def people(product: Product, made: dict[str, str], browser: Browser) -> People:
    """Those who sign in: an owner, a viewer of one firm, and a viewer of another."""
    return People(product, browser)


@pytest.fixture
def opened(browser: Browser, product: Product) -> Iterator[Callable[..., tuple[Page, Watch]]]:
    """Opens pages that are watched; at the end nothing bad must have been heard."""
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def open_page(state: Any = None, **options: Any) -> tuple[Page, Watch]:
        settings: dict[str, Any] = {"locale": "en-US", "timezone_id": "Europe/Berlin", "base_url": product.url, **options}
        context = browser.new_context(storage_state=state, **settings)
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        watches.append(Watch(page, product.url))
        return page, watches[-1]

    yield open_page
    for context in contexts:
        context.close()
    for watch in watches:
        watch.check()


@pytest.fixture(scope="session")
def desk(browser: Browser, product: Product, people: People) -> Iterator[tuple[Page, Watch]]:
    """The owner's page, one for all tests: what it has loaded once need not be loaded again."""
    context = browser.new_context(
        storage_state=people.owner, locale="en-US", timezone_id="Europe/Berlin", base_url=product.url
    )
    context.set_default_timeout(30_000)
    page = context.new_page()
    yield page, Watch(page, product.url)
    context.close()


@pytest.fixture
def admin(desk: tuple[Page, Watch]) -> Iterator[Page]:
    """The owner's page, which is watched during the test."""
    page, watch = desk
    watch.faults.clear()
    watch.expected = ()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light")
    yield page
    # What the page still asks for belongs to this test, and is given up with it.
    page.goto("about:blank")
    watch.check()
