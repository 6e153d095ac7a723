"""Google's Gemini API and Vertex AI. Thoughts and tool prompts stand beside the totals there; Oliver's include them."""

from __future__ import annotations

from typing import Any

from .reading import Found, count, get, members, quantities, text, total

_TIERS = {"ON_DEMAND_PRIORITY": "priority", "ON_DEMAND_FLEX": "flex"}


def extract(response: Any) -> Found:
    """Reads a response or its usage metadata."""
    usage = get(response, "usage_metadata", "usageMetadata")
    if usage is None and count(response, "prompt_token_count", "promptTokenCount") is not None:
        usage = response
    model = text(response, "model_version", "modelVersion")
    if usage is None:
        return Found(_embedding(response), model, None)
    tier = _TIERS.get(text(usage, "traffic_type", "trafficType") or "")
    found = _tokens(usage)
    if found is not None:
        found = quantities(found, _grounding(response))
    return Found(found, model, None, {"service_tier": tier})


def _tokens(usage: Any) -> dict[str, Any] | None:
    prompt = count(usage, "prompt_token_count", "promptTokenCount")
    answer = count(usage, "candidates_token_count", "candidatesTokenCount", "responseTokenCount")
    thoughts = count(usage, "thoughts_token_count", "thoughtsTokenCount")
    tools = count(usage, "tool_use_prompt_token_count", "toolUsePromptTokenCount")
    if prompt is None and answer is None and thoughts is None:
        return None
    inside = _modalities(usage, "prompt_tokens_details", "promptTokensDetails")
    outside = _modalities(usage, "candidates_tokens_details", "candidatesTokensDetails")
    cached = _modalities(usage, "cache_tokens_details", "cacheTokensDetails")
    return quantities(
        {"input_tokens": total(prompt, tools), "output_tokens": total(answer, thoughts) or 0},
        {
            "cache_read_tokens": count(usage, "cached_content_token_count", "cachedContentTokenCount"),
            "cached_audio_tokens": cached.get("AUDIO"),
            "audio_input_tokens": inside.get("AUDIO"),
            "image_input_tokens": inside.get("IMAGE"),
            "video_input_tokens": inside.get("VIDEO"),
            "reasoning_tokens": thoughts,
            "audio_output_tokens": outside.get("AUDIO"),
            "image_output_tokens": outside.get("IMAGE"),
            "video_output_tokens": outside.get("VIDEO"),
        },
    )


def _modalities(usage: Any, *names: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in members(usage, *names):
        modality, tokens = text(part, "modality"), count(part, "token_count", "tokenCount")
        if modality and tokens:
            found[modality.upper()] = found.get(modality.upper(), 0) + tokens
    return found


def _grounding(response: Any) -> dict[str, int]:
    """Google Search bills grounded prompts: the searches of all candidates."""
    searches = 0
    for candidate in members(response, "candidates"):
        metadata = get(candidate, "grounding_metadata", "groundingMetadata")
        searches += len(members(metadata, "web_search_queries", "webSearchQueries"))
    return {"web_search_requests": searches}


def _embedding(response: Any) -> dict[str, Any] | None:
    """Vertex AI counts an embedding's tokens for each text; the Gemini API says nothing."""
    counts = [count(get(each, "statistics"), "token_count", "tokenCount") for each in members(response, "embeddings")]
    tokens = total(*counts)
    return None if tokens is None else {"input_tokens": tokens}
