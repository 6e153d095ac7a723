"""OpenAI's chat, responses, embeddings, images and audio, and those who imitate them (Azure, Mistral, DeepSeek, …)."""

from __future__ import annotations

from typing import Any

from .reading import Found, count, get, members, quantities, text

_IMAGE_ATTRIBUTES = ("size", "quality")


def extract(response: Any) -> Found:
    """Reads a response or its usage."""
    usage = get(response, "usage")
    has_usage = usage is not None
    if usage is None and _looks_like_usage(response):
        usage = response
    images = _images(response) if has_usage or usage is None else None
    found = _tokens(usage, images=images is not None) if usage is not None else None
    if found is None and images:
        found = {"images": images}
    if found is not None:
        searches = sum(1 for item in members(response, "output") if text(item, "type") == "web_search_call")
        found = quantities(found, {"web_search_requests": searches})
    attributes: dict[str, Any] = {"service_tier": _tier(response)}
    if images is not None:
        attributes.update((name, text(response, name)) for name in _IMAGE_ATTRIBUTES)
    return Found(found, text(response, "model"), "image" if images is not None else None, attributes)


def _looks_like_usage(thing: Any) -> bool:
    return get(thing, "prompt_tokens", "input_tokens", "completion_tokens", "output_tokens", "seconds") is not None


def _images(response: Any) -> int | None:
    # A streamed image is told of by an event that holds it.
    data = members(response, "data") or ([response] if get(response, "b64_json") is not None else [])
    is_image = bool(data) and get(data[0], "b64_json", "url", "revised_prompt") is not None
    return len(data) if is_image else None


def _tier(response: Any) -> str | None:
    tier = text(response, "service_tier")
    return None if tier in (None, "default", "auto", "standard") else tier


def _tokens(usage: Any, *, images: bool) -> dict[str, Any] | None:
    seconds = get(usage, "seconds")
    if text(usage, "type") == "duration" and isinstance(seconds, (int, float)):
        return {"seconds": seconds}
    received = count(usage, "prompt_tokens", "input_tokens")
    made = count(usage, "completion_tokens", "output_tokens")
    if received is None and made is None:
        return None
    inside = get(usage, "prompt_tokens_details", "input_tokens_details", "input_token_details")
    outside = get(usage, "completion_tokens_details", "output_tokens_details", "output_token_details")
    image_output = count(outside, "image_tokens")
    if images and image_output is None:
        image_output = made  # an image model's output is images, unless it says otherwise
    return quantities(
        {"input_tokens": received, "output_tokens": made},
        {
            "cache_read_tokens": _cached(usage, inside),
            "cache_write_tokens": count(inside, "cache_write_tokens"),
            "cached_audio_tokens": count(get(inside, "cached_tokens_details"), "audio_tokens"),
            "audio_input_tokens": count(inside, "audio_tokens"),
            "image_input_tokens": count(inside, "image_tokens"),
            "reasoning_tokens": count(outside, "reasoning_tokens"),
            "audio_output_tokens": count(outside, "audio_tokens"),
            "image_output_tokens": image_output,
            # Mistral's Voxtral counts audio by time, beside the tokens.
            "audio_seconds": count(usage, "prompt_audio_seconds"),
        },
    )


def _cached(usage: Any, details: Any) -> int | None:
    # DeepSeek's and Mistral's names stand beside the totals.
    return count(details, "cached_tokens") or count(usage, "prompt_cache_hit_tokens", "num_cached_tokens")
