"""Who may ask: keys of each scope, people of each role, and what each may do by the product's rules."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import requests

from document import Operation
from product import OWN, Product, session

ADMIN = "admin"
# Each scope but `admin` gives the permission of its name.
SCOPES = ("record", "report_cost", "preflight", "upsert", "read", ADMIN)
EVERYTHING = frozenset(
    (*SCOPES[:-1], "budgets", "prices", "channels", "directory", "keys", "people", "workspaces", "audit", "operate")
)
ROLES = {
    "viewer": frozenset({"read"}),
    "finance": frozenset({"read", "budgets", "prices", "channels", "audit"}),
    "admin": EVERYTHING,
    "owner": EVERYTHING,
}


@dataclass(frozen=True)
class Caller:
    name: str
    permissions: frozenset[str]
    workspace: str | None
    session: requests.Session = field(repr=False)
    is_person: bool = False

    def may(self, operation: Operation) -> bool:
        if operation.workspace == "none" and self.workspace is not None:
            return False
        if operation.permission == "session":
            return self.is_person
        return operation.permission in {"public", "any"} or operation.permission in self.permissions

    @staticmethod
    def anonymous(key: str | None) -> requests.Session:
        return session(key)

    @staticmethod
    @functools.cache
    def with_key(product: Product, scope: str, workspace: str | None) -> Caller:
        permissions = EVERYTHING if scope == ADMIN else frozenset({scope})
        name = f"a key with {scope} for {workspace or 'all workspaces'}"
        return Caller(name, permissions, workspace, session(product.make_key(scope, workspace)))

    @staticmethod
    @functools.cache
    def with_roles(product: Product) -> list[Caller]:
        return [Caller.with_role(product, role, workspace) for role in ROLES for workspace in (None, OWN)]

    @staticmethod
    def with_role(product: Product, role: str, workspace: str | None) -> Caller:
        """Somebody new, who has signed in by a one-time link."""
        made = session(None)
        answer = made.post(product.url + "/auth/link", json={"token": product.make_person(role, workspace)}, timeout=30)
        assert answer.ok, answer.text
        made.headers["x-csrf-token"] = answer.json()["csrf_token"]
        # As a browser says it of a page of the same server.
        made.headers["sec-fetch-site"] = "same-origin"
        name = f"a person who is {role} of {workspace or 'all workspaces'}"
        return Caller(name, ROLES[role], workspace, made, is_person=True)
