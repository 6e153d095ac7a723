"""Golden usage objects: raw JSON of each provider, its quantities, and its cost computed by hand from the list price."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from oliver_cost_tracker import CostTracker, extract
from support.oliver import ROOT, Oliver

GOLDEN = [json.loads(line) for line in (ROOT / "Tests/Fixtures/usage.jsonl").read_text().splitlines()]
"""The server's own reader is held to the same file."""

LANGCHAIN = {
    "name": "langchain",
    "provider": "langchain",
    "raw_usage": {
        "usage_metadata": {
            "input_tokens": 350,
            "output_tokens": 240,
            "total_tokens": 590,
            "input_token_details": {"audio": 10, "cache_creation": 200, "cache_read": 100},
            "output_token_details": {"audio": 10, "reasoning": 200},
        }
    },
    "usage": {
        "input_tokens": 350,
        "output_tokens": 240,
        "cache_read_tokens": 100,
        "cache_write_tokens": 200,
        "audio_input_tokens": 10,
        "audio_output_tokens": 10,
        "reasoning_tokens": 200,
    },
}
CASES = [*GOLDEN, LANGCHAIN]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_quantities_are_those_of_the_response(case: Any) -> None:
    found = extract(case["provider"], case["raw_usage"])
    assert found.usage == case["usage"]
    known = {name: value for name, value in found.fields().items() if name not in ("usage", "model")}
    assert known == case.get("fields", {})


@pytest.mark.real
def test_costs_are_those_computed_by_hand(oliver: Oliver, outbox: Path) -> None:
    priced = [case for case in GOLDEN if "cost_usd" in case]
    items = [
        {**extract(case["provider"], case["raw_usage"]).fields(), "provider": case["provider"], "model": case["model"]}
        for case in priced
    ]
    with CostTracker(oliver.url, oliver.key, outbox=outbox) as tracker:
        found = tracker.estimate(items)
    for case, estimate in zip(priced, found, strict=True):
        assert (estimate.status, estimate.exact_cost_usd) == ("priced", Decimal(case["cost_usd"])), case["name"]


@pytest.mark.parametrize(
    "provider",
    [
        "openai",
        "anthropic",
        "gemini",
        "bedrock",
        "cohere",
        "elevenlabs",
        "mistral",
        "langchain",
        "litellm",
        "unheard-of",
    ],
)
@pytest.mark.parametrize(
    "nonsense",
    [
        {},
        None,
        "text",
        5,
        [],
        {"usage": None},
        {"usage": "many"},
        {"usage": {"input_tokens": "5", "prompt_tokens": -1, "inputTokens": True}},
        {"usage": []},
    ],
)
def test_what_says_nothing_is_none_and_not_zero(provider: str, nonsense: Any) -> None:
    assert extract(provider, nonsense).usage is None
