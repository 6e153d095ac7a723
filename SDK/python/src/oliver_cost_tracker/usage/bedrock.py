"""Amazon Bedrock's Converse. Its input excludes cached and written tokens, as Anthropic's does."""

from __future__ import annotations

from typing import Any

from . import anthropic
from .reading import Found, count, get, members, quantities, text, total


def extract(response: Any) -> Found:
    """Reads an answer of Converse, the metadata event of ConverseStream, or an Anthropic body of InvokeModel."""
    usage = get(response, "usage") or get(get(response, "metadata"), "usage") or response
    fresh, made = count(usage, "inputTokens"), count(usage, "outputTokens")
    if fresh is None and made is None:
        return anthropic.extract(response)
    read = count(usage, "cacheReadInputTokens", "cacheReadInputTokenCount")
    written = count(usage, "cacheWriteInputTokens", "cacheWriteInputTokenCount")
    hour = sum(count(part, "inputTokens") or 0 for part in members(usage, "cacheDetails") if text(part, "ttl") == "1h")
    found = quantities(
        {"input_tokens": total(fresh, read, written), "output_tokens": made},
        {"cache_read_tokens": read, "cache_write_tokens": written, "cache_write_1h_tokens": hour},
    )
    tier = text(get(response, "serviceTier"), "type")
    latency = text(get(response, "performanceConfig"), "latency")
    return Found(
        found,
        None,
        None,
        {
            "service_tier": None if tier == "default" else tier,
            "speed": "fast" if latency == "optimized" else None,
        },
    )
