"""The real server: `oliver up` on a free port, with a home of its own."""

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
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[4]


def binary() -> Path | None:
    """The executable: of OLIVER_BIN_DIR, else what was built in this checkout."""
    named = os.environ.get("OLIVER_BIN_DIR")
    folders = [Path(named)] if named else [ROOT / ".build/release", ROOT / ".build/debug"]
    return next((folder / "oliver" for folder in folders if (folder / "oliver").is_file()), None)


class Oliver:
    def __init__(self, program: Path, home: Path) -> None:
        self.program, self.home = program, home
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = (home.parent / "oliver.log").open("wb")
        self.process = subprocess.Popen(
            [program, "up", "--home", home, "--port", str(self.port)],
            env={**os.environ, "OLIVER_PRICING_SYNC": "false", "OLIVER_INGEST_TRACES_WINDOW": "2s"}, stdout=self.log, stderr=self.log,
        )  # fmt: skip
        self._wait()
        self.admin_key = (home / "admin.key").read_text().strip()
        self.key = self.make_key("record,preflight,upsert,read")

    def _wait(self) -> None:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(self.url + "/readyz", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (OSError, urllib.error.URLError):
                time.sleep(0.2)
        raise RuntimeError("oliver did not start: " + Path(self.log.name).read_text()[-2000:])

    def make_key(self, scopes: str, workspace: str | None = "default") -> str:
        bound = ["--workspace", workspace] if workspace else []
        made = subprocess.run(
            [self.program, "keys", "create", "--home", self.home, "--name", "sdk", "--source-app", "sdk-tests",
             *bound, "--scopes", scopes, "--json"],
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip
        return str(json.loads(made.stdout)["key"])

    def get(self, path: str, **query: str) -> Any:
        request = urllib.request.Request(
            f"{self.url}{path}?{urllib.parse.urlencode(query)}", headers={"authorization": f"Bearer {self.admin_key}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def post(self, path: str, body: Any) -> Any:
        """Posts as the administrator."""
        headers = {"authorization": f"Bearer {self.admin_key}", "content-type": "application/json"}
        request = urllib.request.Request(self.url + path, data=json.dumps(body).encode(), headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def redis(self, *command: str) -> str:
        """Asks the private Redis."""
        url = urllib.parse.urlsplit(json.loads((self.home / "run.json").read_text())["redisURL"])
        program = ["redis-cli", "-e", "-h", str(url.hostname), "-p", str(url.port), *command]
        environment = {**os.environ, "REDISCLI_AUTH": url.password or ""}
        asked = subprocess.run(program, env=environment, check=True, capture_output=True, text=True, timeout=30)
        return asked.stdout.strip()

    def has_route(self, path: str) -> bool:
        """Whether the server knows a POST route yet."""
        request = urllib.request.Request(
            self.url + path,
            data=b"{}",
            headers={"authorization": f"Bearer {self.admin_key}", "content-type": "application/json"},
        )
        try:
            urllib.request.urlopen(request, timeout=30).close()
        except urllib.error.HTTPError as error:
            return error.code != 404
        return True

    def usage(self, project: str, count: int, within: float = 30, **query: str) -> list[dict[str, Any]]:
        """The events of a project, once there are `count`."""
        deadline, items = time.monotonic() + within, []
        while time.monotonic() < deadline:
            items = self.get("/v1/usage", workspace="default", project=project, limit="1000", **query)["items"]
            if len(items) >= count:
                return items
            time.sleep(0.1)
        raise AssertionError(f"{len(items)} of {count} events arrived")

    def summary(self, project: str) -> tuple[int, Decimal]:
        found = self.get("/v1/analytics/summary", workspace="default", project=project)
        return found["events"], Decimal(found["cost_usd"])

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()
