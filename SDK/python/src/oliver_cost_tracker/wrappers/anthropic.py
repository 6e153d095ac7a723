"""Anthropic's client; on Bedrock and Vertex AI too."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..estimators import count_message_tokens, count_tokens
from ..recorder import Recorder
from ..usage import anthropic as usage
from ..usage.reading import Found, get, text
from .calls import Call, Follower, Method
from .instrument import instrument, observe

_PLACES = (("Bedrock", "bedrock"), ("Vertex", "vertex_ai"), ("Foundry", "azure_ai"))
_REQUEST = "__api_request"


def wrap(client: Any, recorder: Recorder, fields: Mapping[str, Any]) -> None:
    """Wraps messages, those of the beta too."""
    kind = type(client).__name__
    known = next((name for part, name in _PLACES if part in kind), "anthropic")
    method = Method(str(fields.get("provider") or known), "chat", read=usage.extract, follow=MessageFollower)
    for owner in (get(client, "messages"), get(get(client, "beta"), "messages")):
        if owner is not None:
            for name in ("create", "parse"):
                instrument(owner, name, method, recorder, fields)
            _wrap_stream(owner, method, recorder, fields)


def _wrap_stream(owner: Any, method: Method, recorder: Recorder, fields: Mapping[str, Any]) -> None:
    """`stream()` gives a manager that makes the call when it is entered: the call is measured from there."""
    original = getattr(owner, "stream", None)
    if original is None or getattr(original, "_oliver_wrapped", False):
        return

    def stream(**kwargs: Any) -> Any:
        manager = original(**kwargs)
        name = next((each for each in vars(manager) if each.endswith(_REQUEST)), None)
        if name is not None:
            setattr(manager, name, _measured(getattr(manager, name), method, recorder, fields, kwargs))
        return manager

    stream._oliver_wrapped = True  # type: ignore[attr-defined]
    owner.stream = stream


def _measured(
    request: Any, method: Method, recorder: Recorder, fields: Mapping[str, Any], kwargs: Mapping[str, Any]
) -> Any:
    async def awaited() -> Any:
        call = Call(recorder, method, kwargs, fields)
        try:
            answer = await request
        except BaseException:
            call.failed()
            raise
        return observe(answer, method, call, kwargs)

    def called() -> Any:
        call = Call(recorder, method, kwargs, fields)
        try:
            answer = request()
        except BaseException:
            call.failed()
            raise
        return observe(answer, method, call, kwargs)

    return awaited() if inspect.isawaitable(request) else called


class MessageFollower(Follower):
    """Follows the events of a message: the first brings the input, the last the output, each total so far."""

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self._kwargs = kwargs
        self._model: str | None = None
        self._usage: dict[str, Any] = {}
        self._said: list[str] = []
        self._ended = False

    def feed(self, part: Any) -> bool:
        """Takes an event."""
        kind = text(part, "type")
        if kind == "message_start":
            message = get(part, "message")
            self._model = text(message, "model")
            self._update(get(message, "usage"))
        elif kind == "message_delta":
            self._update(get(part, "usage"))
            self._ended = True
        elif kind == "content_block_delta":
            said = text(get(part, "delta"), "text", "thinking", "partial_json")
            if said:
                self._said.append(said)
        return True

    def _update(self, said: Any) -> None:
        dump: Callable[..., Any] | None = getattr(said, "model_dump", None)
        plain = dump(exclude_none=True) if dump is not None else said
        if isinstance(plain, Mapping):
            self._usage.update((name, value) for name, value in plain.items() if value is not None)

    def found(self) -> Found:
        """What the events said; without the last one, the output so far is an estimate at least."""
        if not self._usage:
            return Found(None, self._model)
        said = dict(self._usage)
        if not self._ended:
            model = str(self._kwargs.get("model", ""))
            said["output_tokens"] = max(int(said.get("output_tokens") or 0), count_tokens("".join(self._said), model))
        return Found(usage.quantities_of(said), self._model, None, usage.attributes_of(said))

    def guess(self) -> Mapping[str, Any]:
        """By estimate from question and answer."""
        model = str(self._kwargs.get("model", ""))
        asked = count_message_tokens(self._kwargs.get("messages") or "", model)
        return {"input_tokens": asked, "output_tokens": count_tokens("".join(self._said), model)}
