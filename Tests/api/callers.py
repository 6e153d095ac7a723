"""Who may ask: keys of each scope, people of each role, and what each may do by the product's rules."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import requests

from document import Operation
from product import Product, session

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
    def with_roles(product: Product) -> list[Caller]:
        return []
