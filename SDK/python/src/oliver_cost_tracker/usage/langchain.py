"""LangChain's `UsageMetadata`, which is the same for all models: totals, with parts in details."""

from __future__ import annotations

from typing import Any

from . import openai
from .reading import Found, count, get, quantities


def extract(response: Any) -> Found:
    """Reads a message or its usage metadata."""
    usage = get(response, "usage_metadata") or response
    received, made = count(usage, "input_tokens"), count(usage, "output_tokens")
    if received is None and made is None:
        return Found(None)
    inside, outside = get(usage, "input_token_details"), get(usage, "output_token_details")
    hour = count(inside, "ephemeral_1h_input_tokens")
    written = (count(inside, "cache_creation") or 0) or (
        (count(inside, "ephemeral_5m_input_tokens") or 0) + (hour or 0)
    )
    found = quantities(
        {"input_tokens": received, "output_tokens": made},
        {
            "cache_read_tokens": count(inside, "cache_read"),
            "cache_write_tokens": written,
            "cache_write_1h_tokens": hour,
            "audio_input_tokens": count(inside, "audio"),
            "audio_output_tokens": count(outside, "audio"),
            "reasoning_tokens": count(outside, "reasoning"),
        },
    )
    return Found(found)


def extract_legacy(usage: Any) -> Found:
    """Reads the `token_usage` of `llm_output`, where integrations without usage metadata put what OpenAI says."""
    return openai.extract(usage) if usage is not None else Found(None)
