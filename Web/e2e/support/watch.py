"""What a page must never do, whatever the test is about."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


class Watch:
    """Hears errors, refusals of the content policy and requests to other places."""

    def __init__(self, page: Page, origin: str) -> None:
        self.faults: list[str] = []
        self.expected: tuple[str, ...] = ()
        self.origin = origin
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("request", self._request)

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def _request(self, request: Any) -> None:
        own = (self.origin + "/", "data:", "blob:" + self.origin)
        if not request.url.startswith(own):
            self.faults.append(f"outside request: {request.url}")
        if request.url.endswith("/csp-report"):
            self.faults.append(f"policy report: {request.post_data}")

    def check(self) -> None:
        """Fails when something was heard that the test did not say to expect."""
        left = [fault for fault in self.faults if not any(text in fault for text in self.expected)]
        assert not left, "\n".join(left)


def accessible(page: Page, what: str, rules: list[str] | None = None) -> None:
    """Fails when axe finds something serious; further rows of a table are like its first, and left out."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    found = Axe().run(page, context={"exclude": [["tbody tr:nth-child(n+4)"], ["option"]]}, options=options)
    serious = [
        f"{what}: {one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert not serious, "\n".join(serious)


def accessible_in_both(page: Page) -> None:
    """Looks at a page in light, and at its colours in dark."""
    page.emulate_media(color_scheme="light")
    accessible(page, "light")
    page.emulate_media(color_scheme="dark")
    accessible(page, "dark", ["color-contrast", "link-in-text-block"])
