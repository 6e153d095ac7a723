"""LiteLLM's usage: OpenAI's form, with the cache writes of others in names of their own; input is the total."""

from __future__ import annotations

from typing import Any

from . import openai
from .reading import Found, count, get, quantities


def extract(response: Any) -> Found:
    """Reads a response or its usage."""
    found = openai.extract(response)
    if found.usage is None:
        return found
    usage = get(response, "usage") or response
    details = get(usage, "prompt_tokens_details")
    split = get(details, "cache_creation_token_details")
    written = count(details, "cache_creation_tokens", "cache_write_tokens") or count(
        usage, "cache_creation_input_tokens"
    )
    read = count(details, "cached_tokens") or count(usage, "cache_read_input_tokens")
    more = {
        "cache_read_tokens": read,
        "cache_write_tokens": written,
        "cache_write_1h_tokens": count(split, "ephemeral_1h_input_tokens"),
        "web_search_requests": count(get(usage, "server_tool_use"), "web_search_requests")
        or count(details, "web_search_requests"),
    }
    return Found(quantities(found.usage, more), found.model, found.operation, found.attributes)
