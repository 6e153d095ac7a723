"""The authorization matrix: every operation of the document, asked by everyone.

What an operation needs is its `x-oliver-permission`; what a caller has follows from a key's scope or a person's role. A
caller who lacks it is refused before anything is looked up, so that ids need not exist.
"""

from __future__ import annotations

import pytest
import requests

from callers import ADMIN, ROLES, SCOPES, Caller
from document import Operation
from product import FOREIGN, OWN, UNKNOWN_IDS, Product, session

REFUSED = {401, 403}


def callers(product: Product, operation: Operation) -> list[Caller]:
    keys = [*(Caller.with_key(product, scope, OWN) for scope in SCOPES), Caller.with_key(product, ADMIN, None)]
    if operation.name == "signOut":
        # Whoever signs out is of no use afterwards.
        return [*keys, Caller.with_role(product, "viewer", None)]
    return [*keys, *Caller.with_roles(product)]


def bound_callers(product: Product) -> list[Caller]:
    people = [caller for caller in Caller.with_roles(product) if caller.workspace and "operate" in caller.permissions]
    return [Caller.with_key(product, ADMIN, OWN), *people]


def unknown(operation: Operation) -> str:
    return UNKNOWN_IDS.get(operation.path.split("/{id}")[0], "999999999")


def ask(product: Product, caller: requests.Session, operation: Operation, workspace: str = OWN) -> requests.Response:
    example = operation.example()
    if example is not None:
        example = product.unique(operation, example, workspace)
    query = {"workspace": workspace} if operation.workspace == "query" else {}
    thing = unknown(operation) if operation.is_by_id else None
    return product.send(caller, operation, example, thing=thing, query=query)


def test_without_a_valid_key_only_what_is_public_is_answered(product: Product, operation: Operation) -> None:
    for key in (None, "olv_000000000000000000000000000000", "nonsense"):
        answer = ask(product, Caller.anonymous(key), operation)
        if operation.permission == "public":
            # A sign-in may be refused, and says so.
            assert answer.status_code not in REFUSED or str(answer.status_code) in operation.spec["responses"], key
        else:
            assert answer.status_code == 401, (key, answer.status_code, answer.text[:300])
            # OTLP has a form of its own for errors.
            said = answer.json()
            assert said.get("type", said.get("code")) in ("urn:oliver:problem:unauthorized", 16)
            assert "www-authenticate" in answer.headers


def test_each_caller_may_do_what_their_permissions_say(product: Product, operation: Operation) -> None:
    if operation.permission == "public":
        pytest.skip("anyone may ask, and a sign-in may be refused")
    wrong = []
    for caller in callers(product, operation):
        answer = ask(product, caller.session, operation)
        is_allowed = answer.status_code not in REFUSED
        if is_allowed != caller.may(operation):
            wrong.append(f"{caller.name} was answered {answer.status_code}: {answer.text[:200]}")
    assert wrong == []


def test_who_is_bound_to_a_workspace_reaches_no_other(product: Product, operation: Operation) -> None:
    if operation.permission in {"public", "session"}:
        pytest.skip("is about no workspace")
    foreign = product.thing(operation, FOREIGN) if operation.is_by_id and operation.workspace != "none" else None
    for caller in bound_callers(product):
        if operation.is_by_id and operation.workspace != "none":
            if foreign is None:
                pytest.skip("clients cannot make such a thing")
            query = {"workspace": FOREIGN} if operation.workspace == "query" else {}
            answer = product.send(
                caller.session,
                operation,
                operation.example(),
                thing=foreign,
                query=query,
                headers={"if-match": '"1"'},
            )
            assert answer.status_code in {403, 404}, (caller.name, answer.text[:300])
        elif operation.workspace == "item":
            answer = ask(product, caller.session, operation, FOREIGN)
            assert answer.ok
            items = answer.json()["items"]
            assert items and all(item.get("problem", {}).get("status") == 403 for item in items), answer.text[:300]
        elif operation.workspace is not None:
            answer = ask(product, caller.session, operation, FOREIGN)
            assert answer.status_code == 403, (caller.name, answer.text[:300])


def test_the_same_request_for_the_own_workspace_is_let_in(product: Product, operation: Operation) -> None:
    for caller in bound_callers(product):
        if operation.permission not in {"public", "session"} and caller.may(operation):
            assert ask(product, caller.session, operation).status_code not in REFUSED, caller.name


def test_a_session_changes_nothing_without_its_token(product: Product, operation: Operation) -> None:
    if not any("csrf" in scheme for scheme in operation.spec.get("security", [])):
        pytest.skip("changes nothing")
    owner = next(caller for caller in Caller.with_roles(product) if caller.permissions == ROLES["owner"])
    answer = ask(product, without_token(owner.session), operation)
    assert answer.status_code == 403, answer.text[:300]
    told = answer.json()
    # OTLP has a form of its own for errors: google.rpc.Status, here PERMISSION_DENIED.
    assert told.get("type") == "urn:oliver:problem:csrf" or (operation.name == "receiveTraces" and told["code"] == 7)


def without_token(signed_in: requests.Session) -> requests.Session:
    made = session(None)
    made.cookies = signed_in.cookies
    made.headers["sec-fetch-site"] = "same-origin"
    return made
