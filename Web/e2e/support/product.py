"""The real product: `oliver up` on a free port with the built web app, demo data, and all that pages show."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
EVENTS = 20_000
# What a careless or hostile client may send as a name, a tag or a reason.
HOSTILE = '<img src=x onerror="window.hacked=1">"\'</script><script>window.hacked=1</script>'


def binary() -> Path | None:
    """The executable: of OLIVER_BIN_DIR, else what was built in this checkout."""
    named = os.environ.get("OLIVER_BIN_DIR")
    folders = [Path(named)] if named else [ROOT / ".build/release", ROOT / ".build/debug"]
    return next((folder / "oliver" for folder in folders if (folder / "oliver").is_file()), None)


class Product:
    def __init__(self, program: Path, home: Path) -> None:
        self.program, self.home = program, home
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = home.parent / "oliver.log"
        self.log = self.log_path.open("wb")
        self.process = subprocess.Popen(
            [program, "up", "--home", home, "--port", str(self.port)],
            env={**os.environ, "OLIVER_PRICING_SYNC": "false", "OLIVER_CONSOLE_WEB": str(ROOT / "Web/dist")},
            stdout=self.log,
            stderr=self.log,
        )
        self._wait()
        self.admin_key = (home / "admin.key").read_text().strip()

    def _wait(self) -> None:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(self.url + "/readyz", timeout=5):
                    return
            except (OSError, urllib.error.URLError):
                time.sleep(0.1)
        raise RuntimeError("oliver did not start: " + self.log_path.read_text()[-2000:])

    def run(self, *words: str) -> str:
        """Runs a command of the executable on this home."""
        done = subprocess.run(
            [self.program, *words, "--home", self.home], check=False, capture_output=True, text=True, timeout=120
        )
        if done.returncode:
            raise RuntimeError(f"oliver {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Asks the API as the administrator."""
        address = self.url + path + ("?" + urllib.parse.urlencode(query, doseq=True, quote_via=urllib.parse.quote) if query else "")
        request = urllib.request.Request(
            address,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"authorization": f"Bearer {self.admin_key}", "content-type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read().decode()}") from None
        return json.loads(text) if text else None

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, **query)

    def post(self, path: str, body: Any) -> Any:
        return self.call("POST", path, body)

    def has_route(self, path: str) -> bool:
        """Whether the server knows a route yet."""
        try:
            self.get(path)
        except RuntimeError as error:
            return ": 404 " not in str(error)
        return True

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def eventually(check: Any, within: float = 20) -> Any:
    """The first true value of a condition."""
    deadline = time.monotonic() + within
    while not (value := check()):
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen in time")
        time.sleep(0.05)
    return value


def furnish(product: Product) -> dict[str, str]:
    """Lays data: a firm's usage, another firm's, budgets, a channel, an own price; hostile names in all of them."""
    made: dict[str, str] = {}
    product.run("demo", "--events", str(EVENTS), "--days", "80", "--users", "80", "--workspace", "acme")
    product.run("demo", "--events", "300", "--days", "20", "--users", "5", "--workspace", "rival", "--seed", "7")
    hostile = {
        "event_id": "hostile-1",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "usage": {"input_tokens": 1_000_000, "output_tokens": 1},
        "workspace": "acme",
        "team": HOSTILE,
        "project": HOSTILE,
        "user": HOSTILE,
        "tags": {"feature": HOSTILE},
        "status": "ok",
    }
    unpriced = {**hostile, "event_id": "hostile-2", "provider": HOSTILE, "model": HOSTILE, "team": "growth"}
    # Budgets first: what passes them is then told of at once.
    for name, scope, limit in [
        (HOSTILE, {"type": "team", "id": HOSTILE}, "0.1"),
        ("Growth, monthly", {"type": "team", "id": "growth"}, "50"),
        ("Everything", {"type": "workspace"}, "400"),
    ]:
        budget = product.post(
            "/v1/budgets",
            {
                "name": name,
                "workspace": "acme",
                "scope": scope,
                "period": "month",
                "limit_usd": limit,
                "action": "notify",
                "thresholds": [50, 80, 100],
            },
        )
        made[f"budget {name}"] = budget["id"]
    answer = product.post("/v1/record", {"events": [hostile, unpriced]})
    assert answer["accepted"] == 2, answer
    product.post("/v1/channels", {"name": HOSTILE, "kind": "webhook", "target": "http://127.0.0.1:9/hook", "workspace": "acme"})
    product.post(
        "/v1/prices/overrides",
        {
            "workspace": "acme",
            "provider": "openai",
            "model": "gpt-4.1",
            "rates": {"input_cost_per_token": "0.000001"},
            "reason": HOSTILE,
        },
    )
    eventually(lambda: product.get("/v1/usage", workspace="acme", team=HOSTILE)["items"])
    eventually(lambda: product.get("/v1/alerts", budget=made[f"budget {HOSTILE}"])["items"], within=60)
    return made
