"""Cohere's chat, embed and rerank: what is billed goes before what was counted."""

from __future__ import annotations

from typing import Any

from .reading import Found, count, get, quantities


def extract(response: Any) -> Found:
    """Reads a response (v1 and v2) or its usage."""
    usage = get(response, "usage") or get(response, "meta") or response
    billed = get(usage, "billed_units", "billedUnits") or get(usage, "tokens") or usage
    received, made = (
        count(billed, "input_tokens", "inputTokens"),
        count(billed, "output_tokens", "outputTokens"),
    )
    queries = count(billed, "search_units", "searchUnits")
    found = quantities(
        {"input_tokens": received, "output_tokens": made},
        {
            "cache_read_tokens": count(usage, "cached_tokens", "cachedTokens"),
            "queries": queries,
            "images": count(billed, "images"),
        },
    )
    return Found(found or None, None, "rerank" if queries else None)
