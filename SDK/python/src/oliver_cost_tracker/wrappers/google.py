"""Google's google-genai client, for the Gemini API and Vertex AI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..estimators import count_message_tokens, count_tokens
from ..recorder import Recorder
from ..usage import google as usage
from ..usage.reading import Found, get, members, text
from .calls import Follower, Method
from .instrument import instrument


def wrap(client: Any, recorder: Recorder, fields: Mapping[str, Any]) -> None:
    """Wraps `models` and `aio.models`: content, streamed or not, embeddings and images."""
    vertex = bool(get(client, "vertexai", "_vertexai") or get(get(client, "_api_client"), "vertexai"))
    provider = str(fields.get("provider") or ("vertex_ai" if vertex else "gemini"))
    content = Method(provider, "chat", read=usage.extract, follow=ContentFollower)
    for models in (get(client, "models"), get(get(client, "aio"), "models")):
        if models is None:
            continue
        for name in ("generate_content", "generate_content_stream"):
            # The inner method makes one request; the outer may make many, when it calls functions by itself.
            inner = f"_{name}" if hasattr(models, f"_{name}") else name
            instrument(models, inner, content, recorder, fields)
        instrument(
            models,
            "embed_content",
            Method(provider, "embedding", read=usage.extract, asked=_embedded),
            recorder,
            fields,
        )
        instrument(models, "generate_images", Method(provider, None, read=_images), recorder, fields)


def _embedded(kwargs: Mapping[str, Any]) -> Found:
    """The Gemini API says nothing of an embedding's tokens: they are estimated."""
    tokens = count_message_tokens(kwargs.get("contents") or "", str(kwargs.get("model", "")))
    return Found({"input_tokens": tokens})


def _images(response: Any) -> Found:
    made = len(members(response, "generated_images"))
    return Found({"images": made} if made else None)


class ContentFollower(Follower):
    """Follows the parts of streamed content; each brings the totals so far, the last ones count."""

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self._kwargs = kwargs
        self._found = Found(None)
        self._said: list[str] = []

    def feed(self, part: Any) -> bool:
        """Takes a part."""
        found = usage.extract(part)
        if found.usage is not None:
            self._found = found
        for candidate in members(part, "candidates"):
            for piece in members(get(candidate, "content"), "parts"):
                self._said.append(text(piece, "text") or "")
        return True

    def found(self) -> Found:
        """What the parts said."""
        return self._found

    def guess(self) -> Mapping[str, Any]:
        """By estimate from question and answer."""
        model = str(self._kwargs.get("model", ""))
        asked = count_message_tokens(self._kwargs.get("contents") or "", model)
        return {"input_tokens": asked, "output_tokens": count_tokens("".join(self._said), model)}
