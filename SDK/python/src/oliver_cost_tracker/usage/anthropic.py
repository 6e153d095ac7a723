"""Anthropic's messages. Their input excludes what was read from and written to the cache; Oliver's is the total."""

from __future__ import annotations

from typing import Any

from .reading import Found, count, get, quantities, text, total


def extract(response: Any) -> Found:
    """Reads a message or its usage."""
    usage = get(response, "usage") or response
    return Found(quantities_of(usage), text(response, "model"), None, attributes_of(usage))


def quantities_of(usage: Any) -> dict[str, Any] | None:
    """Quantities of a usage object."""
    fresh, made = count(usage, "input_tokens"), count(usage, "output_tokens")
    if fresh is None and made is None:
        return None
    read = count(usage, "cache_read_input_tokens")
    split = get(usage, "cache_creation")
    hour = count(split, "ephemeral_1h_input_tokens")
    written = count(usage, "cache_creation_input_tokens")
    if written is None:
        written = total(count(split, "ephemeral_5m_input_tokens"), hour)
    return quantities(
        {"input_tokens": total(fresh, read, written), "output_tokens": made},
        {
            "cache_read_tokens": read,
            "cache_write_tokens": written,
            "cache_write_1h_tokens": hour,
            "reasoning_tokens": count(get(usage, "output_tokens_details"), "thinking_tokens", "reasoning_tokens"),
            "web_search_requests": count(get(usage, "server_tool_use"), "web_search_requests"),
        },
    )


def attributes_of(usage: Any) -> dict[str, Any]:
    """What changes the price: tier, place and speed, where they are not the usual ones."""
    tier, geo, speed = text(usage, "service_tier"), text(usage, "inference_geo"), text(usage, "speed")
    return {
        "service_tier": None if tier == "standard" else tier,
        "inference_geo": None if geo in ("global", "not_available") else geo,
        "speed": None if speed == "standard" else speed,
    }
