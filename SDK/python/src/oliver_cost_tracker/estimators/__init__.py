"""Estimators: how many tokens a text or a conversation has, before the call.

With tiktoken installed and its vocabulary on disk, OpenAI's models are counted exactly (messages to a few tokens).
Else a calibrated heuristic counts; the README says how far it is off. Nothing here ever touches the network.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from . import exact
from .features import features
from .weights import WEIGHTS

__all__ = ["count_characters", "count_message_tokens", "count_tokens", "estimate_usage", "tokenizer_of"]

_MESSAGE = 3
"""Tokens around each message, and once more for the answer's beginning."""
_IMAGE = {"low": 85, "high": 765, "auto": 765}
_IMAGE_CLAUDE = 1_600
_CL100K = ("gpt-4-", "gpt-3.5", "text-embedding", "text-davinci")


def tokenizer_of(model: str) -> str:
    """The family of a model's tokenizer: `o200k`, `cl100k` or `claude`. Unknown models count as `o200k`."""
    name = model.lower().rsplit("/", 1)[-1]
    if "claude" in name:
        return "claude"
    return "cl100k" if name == "gpt-4" or name.startswith(_CL100K) else "o200k"


def count_tokens(text: str, model: str = "") -> int:
    """Tokens of a text; exact or estimated, see above."""
    if not text:
        return 0
    family = tokenizer_of(model)
    counted = exact.count(text, family)
    return counted if counted is not None else estimated(text, family)


def estimated(text: str, family: str) -> int:
    """Tokens of a text by the heuristic, at least 1."""
    weights = WEIGHTS[family]
    return max(1, math.ceil(sum(weights[name] * value for name, value in features(text).items())))


def count_characters(text: str) -> int:
    """Characters as speech is billed: every one counts, spaces too."""
    return len(text)


def count_message_tokens(messages: Any, model: str = "") -> int:
    """Input tokens of a conversation in the form of OpenAI, Anthropic or Google: a text, or messages with parts."""
    if isinstance(messages, str):
        return count_tokens(messages, model)
    listed = list(messages) if isinstance(messages, Iterable) and not isinstance(messages, Mapping) else [messages]
    return sum(_MESSAGE + _tokens(message, model) for message in listed) + _MESSAGE


def _tokens(part: Any, model: str) -> int:
    if isinstance(part, Mapping):
        return _part_tokens(part, model)
    if isinstance(part, (list, tuple)):
        return sum(_tokens(each, model) for each in part)
    if part is None or isinstance(part, (bool, bytes)):
        return 0
    dump = getattr(part, "model_dump", None)
    return _tokens(dump(exclude_none=True), model) if callable(dump) else count_tokens(str(part), model)


def _part_tokens(part: Mapping[str, Any], model: str) -> int:
    kind = str(part.get("type", ""))
    if "image" in kind or "inline_data" in part:
        return _image_tokens(part, model)
    if kind in ("function", "tool_use", "tool_call", "function_call"):
        return count_tokens(json.dumps(part, default=str), model)
    return sum(_tokens(value, model) for name, value in part.items() if name not in ("type", "cache_control", "id"))


def _image_tokens(part: Mapping[str, Any], model: str) -> int:
    if tokenizer_of(model) == "claude":
        return _IMAGE_CLAUDE
    inside = part.get("image_url")
    detail = inside.get("detail") if isinstance(inside, Mapping) else part.get("detail")
    return _IMAGE.get(str(detail), _IMAGE["auto"])


def estimate_usage(
    model: str,
    messages: Any = None,
    *,
    system: Any = None,
    tools: Any = None,
    max_output_tokens: int | None = None,
    speech: str | None = None,
) -> dict[str, int]:
    """Quantities to put into a preflight: a conversation's tokens, or the characters of what is to be spoken.

    Without `max_output_tokens` the output is left out, and the server takes what the model usually answers.
    """
    if speech is not None:
        return {"characters": count_characters(speech)}
    tokens = count_message_tokens(messages, model) if messages is not None else 0
    tokens += _tokens(system, model)
    if tools:
        tokens += count_tokens(json.dumps(tools, default=str), model)
    usage = {"input_tokens": tokens}
    if max_output_tokens is not None:
        usage["output_tokens"] = max_output_tokens
    return usage
