"""Those who sign in, each through the front door, once."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Browser, expect

from support.product import Product

LINK = r"/sign-in#link=[\w-]+"


class People:
    def __init__(self, product: Product, browser: Browser) -> None:
        self.product, self.browser = product, browser
        self.owner = self._through(self._first_link())
        self.viewer = self._invited("viewer@acme.example", "Vera Viewer", "acme")
        self.foreign = self._invited("fritz@rival.example", "Fritz Foreign", "rival")

    def _first_link(self) -> str:
        """The link that the first start prints."""
        found = re.search(LINK, self.product.log_path.read_text())
        return found[0] if found else self.fresh_link()

    def _invited(self, email: str, name: str, workspace: str) -> Any:
        words = ["--email", email, "--name", name, "--role", "viewer", "--workspace", workspace]
        return self._through(self._link(self.product.run("admin", "create", *words)))

    def fresh_link(self, *email: str) -> str:
        """A new one-time link for somebody, else for the first owner."""
        return self._link(self.product.run("admin", "link", *email))

    def _link(self, printed: str) -> str:
        found = re.search(LINK, printed)
        assert found, printed
        return found[0]

    def _through(self, link: str) -> Any:
        """Signs in by a link and gives what the browser keeps of it."""
        context = self.browser.new_context(base_url=self.product.url, locale="en-US")
        page = context.new_page()
        page.goto(link)
        page.get_by_role("button", name="Sign in with this link").click()
        expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
        state = context.storage_state()
        context.close()
        return state
