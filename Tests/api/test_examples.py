"""The document's examples are executed, and what they show is what the schemas say."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import requests
from openapi_spec_validator import OpenAPIV31SpecValidator

from document import Document, Example, Operation
from product import OWN, Product

# What is answered instead of the first success, and why.
OTHERWISE = {
    "syncPrices": (409, "tests run without syncs"),
    "cancelJob": (409, "the job is done by then, or ends at once"),
    "resumeJob": (409, "a job that is done cannot go on"),
    "reverseJob": (409, "a job that changed nothing, or runs, cannot be reversed"),
    "explainEvent": (404, "the event may be on its way"),
    "beginSignIn": (404, "tests run without providers"),
    "endSignIn": (404, "tests run without providers"),
    "signInWithPassword": (401, "the example's person is nobody"),
    "signInWithLink": (401, "the example's link was never made"),
    "getSession": (401, "a key has no session"),
    "signOut": (401, "a key has no session"),
    "putMembership": (201, "the membership is new"),
}
# What cannot be made twice under one name.
ONCE = {"createOverride", "adjust", "createWorkspace", "createTeam", "createProject", "createUser", "createPerson"}
# What changes nothing that people administer: usage as it is reported, holds, questions and a channel's test.
NO_CHANGES = {
    "record",
    "receiveTraces",
    "receiveCloudEvents",
    "preflight",
    "extendHold",
    "releaseHold",
    "estimate",
    "testChannel",
}
# What must be there first, by the operations that make it.
NEEDS = {
    "putMembership": ("createTeam", "createUser"),
    "removeMembership": ("createTeam", "createUser", "putMembership"),
}
# What ends something: without it there is nothing to change, and nothing to tell.
ENDS = {
    "endRaise": "raiseBudget",
    "restoreWorkspace": "archiveWorkspace",
    "restoreTeam": "archiveTeam",
    "restoreProject": "archiveProject",
    "restoreUser": "archiveUser",
}


def test_examples_of_an_operation_are_answered_as_described(product: Product, operation: Operation) -> None:
    for name in NEEDS.get(operation.name, ()):
        maker = product.document.named(name)
        assert product.send(product.admin, maker, maker.example()).status_code in {200, 201, 409}
    for example in operation.examples() or [None]:
        thing = product.thing(operation) if operation.is_by_id else None
        expected = {(example and example.status) or operation.success}
        if operation.is_by_id and thing is None:
            expected, thing = {404}, "1"
        if other := OTHERWISE.get(operation.name):
            expected.add(other[0])
        if begins := ENDS.get(operation.name):
            begin(product, product.document.named(begins), thing)
        answer = product.send(
            product.admin,
            operation,
            prepared(product, operation, example),
            thing=thing,
            query=operation.values("query", every=True),
            headers=version(product, operation, thing),
        )
        assert operation.problem_of(answer) is None, answer.text[:1000]
        assert answer.status_code in expected, answer.text[:1000]
        is_preview = example is not None and example.name == "preview"
        if answer.ok and operation.method != "get" and operation.name not in NO_CHANGES and not is_preview:
            assert_audited(product, answer)


def begin(product: Product, operation: Operation, thing: str | None) -> None:
    answer = product.send(
        product.admin,
        operation,
        operation.example(),
        thing=thing,
        query=operation.values("query", every=True),
        headers=version(product, operation, thing),
    )
    assert answer.ok, answer.text[:1000]


def assert_audited(product: Product, answer: requests.Response) -> None:
    """A change has an entry in the audit log as soon as it is answered, which names the request and who made it."""
    listing = product.document.named("listAudit")
    entries = product.send(product.admin, listing, query={"limit": 10}).json()["items"]
    told = [entry for entry in entries if entry["request_id"] == answer.headers["x-request-id"]]
    assert told, [(entry["action"], entry["request_id"]) for entry in entries]
    assert {entry["actor"]["kind"] for entry in told} == {"key"}


def version(product: Product, operation: Operation, thing: str | None) -> dict[str, str]:
    """The header that names the version to change, where an operation takes one."""
    if all(p["name"] != "If-Match" for p in operation.parameters):
        return {}
    current = product.document.operation("get", operation.path.split("{id}")[0] + "{id}")
    assert current is not None
    shown = product.send(product.admin, current, thing=thing, query=current.values("query", every=True))
    return {"if-match": shown.headers["etag"]}


def prepared(product: Product, operation: Operation, example: Example | None) -> Example | None:
    """Creating the same thing twice would be refused, and telling the same twice changes nothing."""
    if example and operation.name == "upsert":
        users = [{**user, "name": f"{user['name']} {time.monotonic_ns()}"} for user in example.value["users"]]
        return replace(example, value={**example.value, "users": users})
    if example and operation.name == "reprice":
        return replace(example, value={**example.value, "filters": {"model": [f"house-{time.monotonic_ns()}"]}})
    return product.unique(operation, example) if example and operation.name in ONCE else example


def test_an_event_that_was_recorded_is_soon_explained_and_listed(product: Product) -> None:
    record, explain, usage = (product.document.named(name) for name in ("record", "explainEvent", "listUsage"))
    assert product.send(product.admin, record, record.example()).status_code == 202
    query = explain.values("query", every=True)
    answer = eventually(lambda: product.send(product.admin, explain, query=query), lambda answer: answer.ok)
    assert explain.problem_of(answer) is None
    assert answer.json()["verified"] is True
    rows = product.send(product.admin, usage, query={"workspace": OWN})
    assert usage.problem_of(rows) is None
    assert query["event_id"] in [row["event_id"] for row in rows.json()["items"]]


def eventually(ask: Callable[[], requests.Response], is_done: Callable[[requests.Response], bool]) -> requests.Response:
    deadline = time.monotonic() + 20
    while not is_done(answer := ask()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return answer


def test_the_document_is_openapi_3_1(product: Product) -> None:
    assert [str(error)[:500] for error in OpenAPIV31SpecValidator(product.document.content).iter_errors()] == []


def test_every_example_is_what_its_schema_says(product: Product) -> None:
    document = product.document
    assert flaws(document, document.content) == []


def flaws(document: Document, node: Any, place: str = "") -> list[str]:
    """What is wrong with the examples that stand beside a schema, here and below."""
    if isinstance(node, list):
        return [flaw for index, value in enumerate(node) for flaw in flaws(document, value, f"{place}/{index}")]
    if not isinstance(node, dict):
        return []
    found = [flaw for name, value in node.items() for flaw in flaws(document, value, f"{place}/{name}")]
    if isinstance(node.get("schema"), dict):
        named = node.get("examples", {})
        shown = [node[name] for name in ("example",) if name in node] + [each["value"] for each in named.values()]
        found += [f"{place}: {flaw}" for value in shown if (flaw := document.flaw(node["schema"], value))]
    return found
