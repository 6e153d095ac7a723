"""OpenAI's client, which also talks to Azure and to those who imitate OpenAI."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..estimators import count_characters, count_message_tokens, count_tokens
from ..recorder import Recorder
from ..usage import openai as usage
from ..usage.reading import Found, get, members, text
from .calls import Follower, Method
from .instrument import instrument

_HOSTS = {
    "openai.azure.com": "azure",
    "services.ai.azure.com": "azure_ai",
    "openrouter.ai": "openrouter",
    "api.deepseek.com": "deepseek",
    "api.x.ai": "xai",
    "api.groq.com": "groq",
    "api.mistral.ai": "mistral",
    "api.together.xyz": "together_ai",
    "api.fireworks.ai": "fireworks_ai",
    "api.perplexity.ai": "perplexity",
    "generativelanguage.googleapis.com": "gemini",
}


def provider_of(base_url: Any) -> str:
    """Who answers at an address; `openai` when nobody else is known for it."""
    host = urlsplit(str(base_url)).hostname or ""
    return next((name for end, name in _HOSTS.items() if host == end or host.endswith("." + end)), "openai")


def wrap(client: Any, recorder: Recorder, fields: Mapping[str, Any]) -> None:
    """Wraps chat, responses, embeddings, images and audio."""
    provider = str(fields.get("provider") or provider_of(get(client, "base_url")))
    for path, name, method in _methods(provider):
        owner: Any = client
        for step in path.split("."):
            owner = getattr(owner, step, None)
        if owner is not None:
            instrument(owner, name, method, recorder, fields)


def _methods(provider: str) -> list[tuple[str, str, Method]]:
    chat = Method(provider, "chat", read=usage.extract, follow=ChatFollower, prepare=_ask_for_usage)
    whole_chat = Method(provider, "chat", read=usage.extract)
    responses = Method(provider, "responses", read=usage.extract, follow=EventFollower)
    images = Method(provider, None, read=usage.extract, asked=_image_asked, follow=EventFollower)
    heard = Method(provider, None, read=usage.extract, follow=EventFollower)
    speech = Method(provider, None, asked=_speech_asked)
    return [
        ("chat.completions", "create", chat),
        ("chat.completions", "parse", whole_chat),
        ("responses", "create", responses),
        ("responses", "parse", responses),
        ("embeddings", "create", Method(provider, "embedding", read=usage.extract)),
        ("images", "generate", images),
        ("images", "edit", images),
        ("images", "create_variation", images),
        ("audio.speech", "create", speech),
        ("audio.transcriptions", "create", heard),
        ("audio.translations", "create", heard),
    ]


def _ask_for_usage(kwargs: dict[str, Any]) -> None:
    """Asks for the usage of a streamed chat; the part that brings it is kept from the caller, who did not ask."""
    if kwargs.get("stream") is True and not isinstance(kwargs.get("stream_options"), Mapping):
        kwargs["stream_options"] = _Asked(include_usage=True)


class _Asked(dict[str, bool]):
    """Stream options that come from here."""


class ChatFollower(Follower):
    """Follows the chunks of a chat."""

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self._kwargs = kwargs
        self._hides = isinstance(kwargs.get("stream_options"), _Asked)
        self._found = Found(None)
        self._said: list[str] = []

    def feed(self, part: Any) -> bool:
        """Takes a chunk."""
        found = usage.extract(part)
        self._found = Found(
            found.usage or self._found.usage,
            found.model or self._found.model,
            None,
            {**self._found.attributes, **{k: v for k, v in found.attributes.items() if v is not None}},
        )
        choices = members(part, "choices")
        for choice in choices:
            said = text(get(choice, "delta"), "content", "refusal")
            if said:
                self._said.append(said)
        return not (self._hides and not choices and found.usage is not None)

    def found(self) -> Found:
        """What the chunks said."""
        return self._found

    def guess(self) -> Mapping[str, Any]:
        """By estimate from question and answer."""
        model = str(self._kwargs.get("model", ""))
        return {
            "input_tokens": count_message_tokens(self._kwargs.get("messages") or "", model),
            "output_tokens": count_tokens("".join(self._said), model),
        }


class EventFollower(Follower):
    """Follows the events of responses, images and transcriptions: the last one brings the whole answer or its usage."""

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self._kwargs = kwargs
        self._found = Found(None)
        self._said: list[str] = []

    def feed(self, part: Any) -> bool:
        """Takes an event."""
        kind = text(part, "type") or ""
        whole = get(part, "response")
        if whole is not None:
            found = usage.extract(whole)
            self._found = found if found.usage else Found(self._found.usage, found.model, None, found.attributes)
        elif kind.endswith((".completed", ".done")) and get(part, "usage") is not None:
            self._found = usage.extract(part)
        elif kind.endswith("output_text.delta"):
            self._said.append(text(part, "delta") or "")
        return True

    def found(self) -> Found:
        """What the events said."""
        return self._found

    def guess(self) -> Mapping[str, Any] | None:
        """By estimate, for text; nobody can tell for images and sound."""
        asked, model = self._kwargs.get("input"), str(self._kwargs.get("model", ""))
        if asked is None:
            return None
        return {
            "input_tokens": count_message_tokens(asked, model),
            "output_tokens": count_tokens("".join(self._said), model),
        }


def _speech_asked(kwargs: Mapping[str, Any]) -> Found | None:
    spoken = kwargs.get("input")
    return Found({"characters": count_characters(spoken)}) if isinstance(spoken, str) else None


def _image_asked(kwargs: Mapping[str, Any]) -> Found:
    """Images that are billed by the piece: how many, how large, how good."""
    n = kwargs.get("n")
    quantities: dict[str, int] = {"images": n if isinstance(n, int) else 1}
    size = kwargs.get("size")
    sides = size.split("x") if isinstance(size, str) else []
    if len(sides) == 2 and all(side.isdigit() for side in sides):
        quantities.update(width=int(sides[0]), height=int(sides[1]))
    named: Callable[[str], str | None] = lambda name: text(kwargs, name)  # noqa: E731
    return Found(quantities, None, None, {"size": named("size"), "quality": named("quality")})
