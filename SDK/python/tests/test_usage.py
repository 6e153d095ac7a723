"""Golden usage objects: raw JSON of each provider, its quantities, and its cost computed by hand from the list price."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from oliver_cost_tracker import CostTracker, extract
from support.oliver import Oliver

M = Decimal("0.000001")
# name, provider, model, raw, expected quantities, other expected fields, cost
CASES: list[tuple[str, str, str, dict[str, Any], dict[str, Any], dict[str, Any], Decimal | None]] = [
    ("openai chat, cached and reasoning", "openai", "gpt-5-mini",
     {"model": "gpt-5-mini-2025-08-07", "service_tier": "default", "choices": [], "usage": {
         "prompt_tokens": 2000, "completion_tokens": 500, "total_tokens": 2500,
         "prompt_tokens_details": {"cached_tokens": 1500, "audio_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 320}}},
     {"input_tokens": 2000, "output_tokens": 500, "cache_read_tokens": 1500, "reasoning_tokens": 320}, {},
     500 * Decimal("0.25") * M + 1500 * Decimal("0.025") * M + 500 * 2 * M),
    ("openai chat, flex tier", "openai", "gpt-5-mini",
     {"model": "gpt-5-mini", "service_tier": "flex", "usage": {"prompt_tokens": 1000, "completion_tokens": 100}},
     {"input_tokens": 1000, "output_tokens": 100}, {"service_tier": "flex"},
     1000 * Decimal("0.125") * M + 100 * M),
    ("openai responses with a web search", "openai", "gpt-5-mini",
     {"model": "gpt-5-mini", "output": [{"type": "web_search_call"}, {"type": "message"}], "usage": {
         "input_tokens": 400, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 50, "output_tokens_details": {"reasoning_tokens": 0}}},
     {"input_tokens": 400, "output_tokens": 50, "web_search_requests": 1}, {},
     400 * Decimal("0.25") * M + 50 * 2 * M + Decimal("0.01")),
    ("openai embeddings", "openai", "text-embedding-3-small",
     {"model": "text-embedding-3-small", "data": [{"embedding": []}], "usage": {"prompt_tokens": 1000, "total_tokens": 1000}},
     {"input_tokens": 1000}, {}, 1000 * Decimal("0.02") * M),
    ("openai image", "openai", "gpt-image-1",
     {"data": [{"b64_json": "…"}], "size": "1024x1024", "quality": "high", "usage": {
         "input_tokens": 50, "output_tokens": 4160, "input_tokens_details": {"image_tokens": 0, "text_tokens": 50}}},
     {"input_tokens": 50, "output_tokens": 4160, "image_output_tokens": 4160}, {"size": "1024x1024", "quality": "high", "operation": "image"},
     50 * 5 * M + 4160 * 40 * M),
    ("openai transcription by tokens", "openai", "gpt-4o-mini-transcribe",
     {"text": "…", "usage": {"type": "tokens", "input_tokens": 100, "output_tokens": 20, "input_token_details": {"audio_tokens": 90, "text_tokens": 10}}},
     {"input_tokens": 100, "output_tokens": 20, "audio_input_tokens": 90}, {},
     100 * Decimal("1.25") * M + 20 * 5 * M),
    ("openai transcription by time", "openai", "whisper-1",
     {"text": "…", "usage": {"type": "duration", "seconds": 9}}, {"seconds": 9}, {}, 9 * Decimal("0.0001")),
    ("openai audio in and out", "openai", "gpt-4o-mini-audio",
     {"usage": {"prompt_tokens": 100, "completion_tokens": 40, "prompt_tokens_details": {"audio_tokens": 60, "cached_tokens": 30, "cached_tokens_details": {"audio_tokens": 20}},
                "completion_tokens_details": {"audio_tokens": 30}}},
     {"input_tokens": 100, "output_tokens": 40, "cache_read_tokens": 30, "cached_audio_tokens": 20, "audio_input_tokens": 60, "audio_output_tokens": 30}, {}, None),
    ("deepseek", "deepseek", "x", {"usage": {"prompt_tokens": 100, "completion_tokens": 5, "prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36}},
     {"input_tokens": 100, "output_tokens": 5, "cache_read_tokens": 64}, {}, None),
    ("anthropic, cached and written for 5 minutes and an hour", "anthropic", "claude-sonnet-4-5",
     {"model": "claude-sonnet-4-5-20250929", "usage": {
         "input_tokens": 100, "output_tokens": 200, "cache_read_input_tokens": 3000, "cache_creation_input_tokens": 1500,
         "cache_creation": {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 500}, "service_tier": "standard"}},
     {"input_tokens": 4600, "output_tokens": 200, "cache_read_tokens": 3000, "cache_write_tokens": 1500, "cache_write_1h_tokens": 500}, {},
     100 * 3 * M + 3000 * Decimal("0.3") * M + 1000 * Decimal("3.75") * M + 500 * 6 * M + 200 * 15 * M),
    ("anthropic, batch with a web search", "anthropic", "claude-sonnet-4-5",
     {"model": "claude-sonnet-4-5", "usage": {"input_tokens": 1000, "output_tokens": 100, "service_tier": "batch", "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 0}}},
     {"input_tokens": 1000, "output_tokens": 100, "web_search_requests": 2}, {"service_tier": "batch"},
     1000 * Decimal("1.5") * M + 100 * Decimal("7.5") * M + 2 * Decimal("0.01")),
    ("anthropic, only the split of writes", "anthropic", "x",
     {"usage": {"input_tokens": 1, "output_tokens": 2, "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4}}},
     {"input_tokens": 8, "output_tokens": 2, "cache_write_tokens": 7, "cache_write_1h_tokens": 4}, {}, None),
    ("gemini, thoughts and audio", "gemini", "gemini-2.5-flash",
     {"modelVersion": "gemini-2.5-flash", "usageMetadata": {
         "promptTokenCount": 1000, "candidatesTokenCount": 200, "thoughtsTokenCount": 300, "totalTokenCount": 1500,
         "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 400}, {"modality": "AUDIO", "tokenCount": 600}]}},
     {"input_tokens": 1000, "output_tokens": 500, "audio_input_tokens": 600, "reasoning_tokens": 300}, {},
     400 * Decimal("0.3") * M + 600 * M + 500 * Decimal("2.5") * M),
    ("gemini, cached, tools and grounding", "gemini", "x",
     {"usage_metadata": {"prompt_token_count": 1000, "candidates_token_count": 10, "cached_content_token_count": 600, "tool_use_prompt_token_count": 50,
                         "traffic_type": "ON_DEMAND_PRIORITY"},
      "candidates": [{"grounding_metadata": {"web_search_queries": ["a", "b"]}}]},
     {"input_tokens": 1050, "output_tokens": 10, "cache_read_tokens": 600, "web_search_requests": 2}, {"service_tier": "priority"}, None),
    ("gemini, above 200k", "gemini", "gemini-2.5-pro",
     {"usageMetadata": {"promptTokenCount": 300000, "candidatesTokenCount": 1000}},
     {"input_tokens": 300000, "output_tokens": 1000}, {},
     300000 * Decimal("2.5") * M + 1000 * 15 * M),
    ("bedrock converse", "bedrock", "x",
     {"usage": {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15, "cacheReadInputTokens": 100, "cacheWriteInputTokens": 50,
                "cacheDetails": [{"ttl": "1h", "inputTokens": 20}, {"ttl": "5m", "inputTokens": 30}]}},
     {"input_tokens": 160, "output_tokens": 5, "cache_read_tokens": 100, "cache_write_tokens": 50, "cache_write_1h_tokens": 20}, {}, None),
    ("bedrock converse stream", "bedrock", "x", {"metadata": {"usage": {"inputTokens": 10, "outputTokens": 5}}},
     {"input_tokens": 10, "output_tokens": 5}, {}, None),
    ("bedrock with anthropic's body", "bedrock", "x", {"usage": {"input_tokens": 3, "output_tokens": 4, "cache_read_input_tokens": 5}},
     {"input_tokens": 8, "output_tokens": 4, "cache_read_tokens": 5}, {}, None),
    ("mistral", "mistral", "x", {"usage": {"prompt_tokens": 10, "completion_tokens": 5, "prompt_audio_seconds": 7}},
     {"input_tokens": 10, "output_tokens": 5, "audio_seconds": 7}, {}, None),
    ("cohere chat", "cohere", "x", {"usage": {"billed_units": {"input_tokens": 10.0, "output_tokens": 5.0}, "tokens": {"input_tokens": 99, "output_tokens": 9}}},
     {"input_tokens": 10, "output_tokens": 5}, {}, None),
    ("cohere rerank", "cohere", "rerank-v3.5", {"meta": {"billed_units": {"search_units": 3}}}, {"queries": 3}, {"operation": "rerank"}, 3 * Decimal("0.002")),
    ("elevenlabs transcript", "elevenlabs", "scribe_v1", {"text": "…", "audio_duration_secs": 12.5}, {"seconds": 12.5}, {"operation": "transcription"},
     Decimal("12.5") * Decimal("0.0000611")),
    ("elevenlabs speech", "elevenlabs", "eleven_multilingual_v2", {"headers": {"character-cost": "100"}}, {"characters": 100}, {"operation": "speech"}, 100 * Decimal("0.00018")),
    ("langchain", "langchain", "x", {"usage_metadata": {"input_tokens": 350, "output_tokens": 240, "total_tokens": 590,
     "input_token_details": {"audio": 10, "cache_creation": 200, "cache_read": 100}, "output_token_details": {"audio": 10, "reasoning": 200}}},
     {"input_tokens": 350, "output_tokens": 240, "cache_read_tokens": 100, "cache_write_tokens": 200, "audio_input_tokens": 10, "audio_output_tokens": 10, "reasoning_tokens": 200}, {}, None),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_quantities_are_those_of_the_response(case: Any) -> None:
    _, provider, _, raw, quantities, fields, _ = case
    found = extract(provider, raw)
    assert found.usage == quantities
    known = {name: value for name, value in found.fields().items() if name not in ("usage", "model")}
    assert known == fields


@pytest.mark.real
def test_costs_are_those_computed_by_hand(oliver: Oliver, outbox: Path) -> None:
    priced = [case for case in CASES if case[6] is not None]
    items = [
        {"provider": p, "model": m, **{k: v for k, v in extract(p, raw).fields().items() if k != "model"}}
        for _, p, m, raw, *_ in priced
    ]
    with CostTracker(oliver.url, oliver.key, outbox=outbox) as tracker:
        found = tracker.estimate(items)
    for case, estimate in zip(priced, found, strict=True):
        assert (estimate.status, estimate.exact_cost_usd) == ("priced", case[6]), case[0]


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
