"""Usage extractors: from what providers answer to Oliver's quantities. Pure; no provider's package is imported.

Each takes a whole response, or only its usage object, as the provider's own classes or as plain JSON. Quantities follow
Oliver's convention: `input_tokens` and `output_tokens` are totals, everything else is part of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import anthropic, bedrock, cohere, elevenlabs, google, langchain, litellm, openai
from .reading import Found

__all__ = ["EXTRACTORS", "Found", "extract", "recorded_fields"]

EXTRACTORS: Mapping[str, Callable[[Any], Found]] = {
    "openai": openai.extract,
    "azure": openai.extract,
    "mistral": openai.extract,
    "anthropic": anthropic.extract,
    "gemini": google.extract,
    "google": google.extract,
    "vertex_ai": google.extract,
    "bedrock": bedrock.extract,
    "bedrock_converse": bedrock.extract,
    "cohere": cohere.extract,
    "cohere_chat": cohere.extract,
    "elevenlabs": elevenlabs.extract,
    "langchain": langchain.extract,
    "litellm": litellm.extract,
}
"""By provider. Others are read like OpenAI's, which most imitate."""


def extract(provider: str, response: Any) -> Found:
    """Reads a response; `usage` is `None` when it holds none, which is not zero."""
    return EXTRACTORS.get(provider.lower(), openai.extract)(response)


def recorded_fields(provider: str, response: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an event for a response; what is `given` goes before what was found."""
    found = extract(provider, response)
    given = {name: value for name, value in given.items() if value is not None}
    return {"provider": provider, **found.fields(), **given}
