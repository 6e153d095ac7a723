"""The running product with its document, and what tests ask it for."""

from __future__ import annotations

import copy
import functools
import itertools
import json
import os
import subprocess
import sys
import tempfile
import urllib.parse
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis

from document import Document, Example, Operation

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "SDK/python/tests"))

from support.oliver import Oliver, binary  # noqa: E402

SEED = int(os.environ.get("OLIVER_TEST_SEED", "0")) or 1
FULL = bool(os.environ.get("OLIVER_FULL"))
OWN, FOREIGN = "default", "foreign"
# Where the id of a thing is from, when its collection does not make it.
MAKERS = {"/v1/holds": ("/v1/preflight", "hold_id")}
UNKNOWN_IDS = {"/v1/budgets": "00000000-0000-0000-0000-000000000000"}


class Product:
    """`oliver up` in a folder of its own."""

    def __init__(self) -> None:
        program = binary()
        if program is None:
            pytest.exit("oliver is not built: ./oliver build", returncode=1)
        self._folder = tempfile.TemporaryDirectory(prefix="oliver-api-", ignore_cleanup_errors=True)
        # As root, PostgreSQL runs under an account of its own, which must get through.
        Path(self._folder.name).chmod(0o755)
        self.server = Oliver(program, Path(self._folder.name) / "home")
        self.url = self.server.url
        self.admin = session(self.server.admin_key)
        self.document = Document(self.admin.get(self.url + "/openapi.json", timeout=30).json())
        self._numbers = itertools.count(1)
        # Naming a workspace makes it.
        self.make_key("read", FOREIGN)

    @functools.cached_property
    def schemathesis(self) -> Any:
        return schemathesis.openapi.from_dict(self.document.content)

    def close(self) -> None:
        self.server.close()
        self._folder.cleanup()

    def make_key(self, scopes: str, workspace: str | None) -> str:
        return self.server.make_key(scopes, workspace)

    def make_person(self, role: str, workspace: str | None) -> str:
        """The token of a link that signs a new person in."""
        bound = ["--workspace", workspace] if workspace else []
        email = f"{role}-{next(self._numbers)}@example.com"
        made = subprocess.run(
            [
                self.server.program,
                "admin",
                "create",
                "--home",
                self.server.home,
                "--email",
                email,
                "--role",
                role,
                *bound,
            ],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return made.stdout.strip().rsplit("#link=", 1)[1]

    def send(
        self,
        caller: requests.Session,
        operation: Operation,
        example: Example | None = None,
        *,
        thing: str | None = None,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> requests.Response:
        """Sends a request as the document describes it, with an example as its body."""
        path = operation.path
        values = {**operation.values("path", every=True), **({"id": thing} if thing else {})}
        for name, value in values.items():
            path = path.replace("{" + name + "}", urllib.parse.quote(str(value), safe=""))
        sent: dict[str, Any] = {}
        if example is not None:
            text = example.value if isinstance(example.value, str) else json.dumps(example.value)
            sent = {"data": text.encode()}
            headers = {"content-type": example.media_type, **(headers or {})}
        parameters = {**operation.values("query"), **(query or {})}
        return caller.request(
            operation.method,
            self.url + path,
            params=parameters,
            headers=headers,
            timeout=60,
            allow_redirects=False,
            **sent,
        )

    def thing(self, operation: Operation, workspace: str = OWN) -> str | None:
        """The id of a thing that an operation can be about, made for it; None when clients cannot make such things."""
        collection = operation.path.split("/{id}")[0]
        path, member = MAKERS.get(collection, (collection, "id"))
        maker = self.document.operation("post", path)
        example = maker and next(iter(sorted(maker.examples(), key=lambda e: -(e.status or 0))), None)
        if maker is None or example is None:
            found = self.admin.get(self.url + collection, timeout=30)
            items = found.json().get("items", []) if found.ok else []
            return str(items[0]["id"]) if items else None
        answer = self.send(self.admin, maker, self.unique(maker, example, workspace))
        assert answer.ok, answer.text
        return str(answer.json()[member])

    def unique(self, operation: Operation, example: Example, workspace: str = OWN) -> Example:
        """The example for a workspace, with names of its own where another thing of that name would be in the way."""
        if not isinstance(example.value, dict):
            return example
        value = copy.deepcopy(example.value)
        if operation.workspace == "item":
            for item in value.get("items") or value.get("events") or [value]:
                item["workspace"] = workspace
        elif operation.workspace == "grants":
            for grant in value["grants"]:
                grant["workspace"] = workspace
        elif operation.workspace == "body":
            value["workspace"] = workspace
        number = next(self._numbers)
        for name in ("id", "model", "key"):
            if name in value and "estimate" not in value:
                value[name] = f"{value[name]}-{number}"
        if isinstance(value.get("email"), str):
            value["email"] = f"{number}.{value['email']}"
        return Example(example.name, example.media_type, value, example.status)


def session(key: str | None) -> requests.Session:
    made = requests.Session()
    # No cookie of one caller may end up with another.
    made.trust_env = False
    if key:
        made.headers["authorization"] = f"Bearer {key}"
    return made


@functools.cache
def product() -> Product:
    """The one product of a test run: its document also names the tests."""
    return Product()
