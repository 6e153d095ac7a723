"""The served OpenAPI document, read for tests: operations, their examples, and whether an answer is as described."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import jsonschema
import requests

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Example:
    """A request body that the document shows."""

    name: str
    media_type: str
    value: Any
    status: int | None


@dataclass(frozen=True)
class Operation:
    document: Document
    method: str
    path: str
    spec: dict[str, Any] = field(repr=False)
    parameters: list[dict[str, Any]] = field(repr=False)

    @property
    def name(self) -> str:
        return self.spec["operationId"]

    @property
    def permission(self) -> str:
        return self.spec["x-oliver-permission"]

    @property
    def is_by_id(self) -> bool:
        return "{id}" in self.path

    @property
    def workspace(self) -> str | None:
        """Where a request says which workspace it is about (`query`, `body`, `item`, `grants`); `none` is about all."""
        named = self.spec.get("x-oliver-workspace")
        if named is None and any(p["name"] == "workspace" and p["in"] == "query" for p in self.parameters):
            return "query"
        return named

    @property
    def success(self) -> int:
        return next(int(status) for status in self.spec["responses"] if status < "4")

    def examples(self) -> list[Example]:
        body = self.document.resolve(self.spec.get("requestBody", {}))
        return [
            Example(name, media_type, example["value"], example.get("x-oliver-status"))
            for media_type, content in body.get("content", {}).items()
            for name, example in content.get("examples", {}).items()
        ]

    def example(self) -> Example | None:
        return next(iter(self.examples()), None)

    def values(self, place: str, *, every: bool = False) -> dict[str, Any]:
        """Example values of the parameters in a place: of the required ones, or of every one that has an example."""
        return {
            p["name"]: p["example"]
            for p in self.parameters
            if p["in"] == place and "example" in p and (every or p.get("required"))
        }

    def problem_of(self, answer: requests.Response) -> str | None:
        """How an answer differs from what the document says; None when it does not."""
        described = self.spec["responses"].get(str(answer.status_code))
        if described is None:
            return f"status {answer.status_code} is not described: {answer.text[:300]}"
        described = self.document.resolve(described)
        for name, header in described.get("headers", {}).items():
            if self.document.resolve(header).get("required") and name not in answer.headers:
                return f"the header {name} is missing"
        contents = described.get("content", {})
        if not contents:
            return f"a body that is not described: {answer.text[:100]}" if answer.content else None
        media_type = answer.headers.get("content-type", "").split(";")[0]
        if media_type not in contents:
            return f"the content type {media_type!r} is not described"
        if media_type == "application/json" or media_type.endswith("+json"):
            return self.document.flaw(contents[media_type]["schema"], answer.json())
        return None


class Document:
    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content
        self.operations = list(self._operations())

    def _operations(self) -> Iterator[Operation]:
        for path, item in self.content["paths"].items():
            shared = item.get("parameters", [])
            for method in METHODS:
                if spec := item.get(method):
                    parameters = [self.resolve(p) for p in [*shared, *spec.get("parameters", [])]]
                    yield Operation(self, method, path, spec, parameters)

    def operation(self, method: str, path: str) -> Operation | None:
        return next((o for o in self.operations if (o.method, o.path) == (method, path)), None)

    def named(self, name: str) -> Operation:
        return next(o for o in self.operations if o.name == name)

    def resolve(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            target: Any = self.content
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def flaw(self, schema: dict[str, Any], value: Any) -> str | None:
        """What is wrong with a value by a schema, which may refer to others."""
        whole = {**schema, "components": self.content["components"]}
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        errors = jsonschema.Draft202012Validator(whole, format_checker=checker).iter_errors(value)
        error = jsonschema.exceptions.best_match(errors)
        return f"{error.json_path}: {error.message[:300]}" if error else None
