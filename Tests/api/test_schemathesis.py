"""Requests that nobody would think of: none is answered 5xx, and every answer is as described."""

from __future__ import annotations

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi import checks as openapi_checks

from document import Operation
from product import FULL, SEED, Product

CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]
# A longer URL than 32 kB is refused by the HTTP parser, before there is a route.
LONGEST_URL = 30_000


@schemathesis.serializer("application/x-ndjson")
def lines(context: schemathesis.SerializationContext, value: object) -> bytes:
    return str(value).encode()


def test_any_request_is_answered_as_described(product: Product, operation: Operation) -> None:
    described = product.schemathesis[operation.path][operation.method.upper()]
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    case_strategy = st.one_of(*(described.as_strategy(generation_mode=mode) for mode in modes))

    # The same requests each time, so that a change is judged by what it changes; others with --full.
    @seed(SEED if FULL else 1)
    @settings(
        max_examples=300 if FULL else 20,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=case_strategy)
    def try_it(case: schemathesis.Case) -> None:
        headers = {"authorization": product.admin.headers["authorization"]}
        sent = case.as_transport_kwargs(product.url)
        url = requests.Request(sent["method"], sent["url"], params=sent.get("params")).prepare().url
        if len(url or "") > LONGEST_URL:
            return
        case.call_and_validate(base_url=product.url, headers=headers, checks=CHECKS, timeout=60)

    try_it()
