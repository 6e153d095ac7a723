"""A callback for LangChain: in a model's `callbacks`, or in those of a call's `config`."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from ..estimators import count_message_tokens, count_tokens
from ..recorder import Recorder
from ..usage import langchain as usage
from ..usage.reading import get, members, text
from . import HasRecorder
from .calls import NOTHING, UNREPORTED, Attribution

log = logging.getLogger("oliver_cost_tracker")
_PROVIDERS = {
    "google_genai": "gemini",
    "google_vertexai": "vertex_ai",
    "amazon_bedrock": "bedrock",
    "mistralai": "mistral",
    "azure": "azure",
}
_RUNS = 10_000
"""Runs that are remembered at once: those that LangChain never ends must not fill the memory."""


def callback(tracker: HasRecorder, **fields: Any) -> Callback:
    """Makes a callback that records each call of a model, streamed or not, sync or async."""
    return Callback(tracker.recorder, fields)


class _Run:
    def __init__(self, provider: str, model: str, asked: Any, who: Attribution) -> None:
        self.started = time.perf_counter()
        self.provider = provider
        self.model = model
        self.asked = asked
        self.who = who
        self.said: list[str] = []


class Callback(BaseCallbackHandler):  # type: ignore[misc] # langchain may be absent
    """Records LangChain's model calls. Safe for threads."""

    run_inline = True  # in the caller's context, which says who spends

    def __init__(self, recorder: Recorder, fields: Mapping[str, Any]) -> None:
        super().__init__()
        self._recorder = recorder
        self._fields = fields
        self._lock = threading.Lock()
        self._runs: OrderedDict[UUID, _Run] = OrderedDict()

    def on_chat_model_start(
        self, serialized: Any, messages: Any, *, run_id: UUID, metadata: Any = None, **kwargs: Any
    ) -> None:
        """A chat begins."""
        asked = [str(get(message, "content") or "") for batch in messages for message in batch]
        self._begin(serialized, asked, run_id, metadata, kwargs)

    def on_llm_start(self, serialized: Any, prompts: Any, *, run_id: UUID, metadata: Any = None, **kwargs: Any) -> None:
        """A completion begins."""
        self._begin(serialized, list(prompts), run_id, metadata, kwargs)

    def _begin(self, serialized: Any, asked: Any, run_id: UUID, metadata: Any, kwargs: Mapping[str, Any]) -> None:
        try:
            parameters = get(kwargs, "invocation_params") or {}
            named = text(metadata, "ls_provider") or "unknown"
            model = (
                text(metadata, "ls_model_name") or text(parameters, "model", "model_name") or text(serialized, "name")
            )
            run = _Run(
                _PROVIDERS.get(named, named), model or "unknown", asked, Attribution(self._recorder, self._fields)
            )
            with self._lock:
                self._runs[run_id] = run
                while len(self._runs) > _RUNS:
                    self._runs.popitem(last=False)
        except Exception:
            log.exception("a call was not recorded")

    def on_llm_new_token(self, token: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A part of the answer came."""
        run = self._runs.get(run_id)
        if run is not None and isinstance(token, str):
            run.said.append(token)

    def on_llm_end(self, response: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """The answer is whole."""
        self._end(run_id, response, "ok")

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """The call failed."""
        self._end(run_id, None, "error")

    def _end(self, run_id: UUID, response: Any, status: str) -> None:
        with self._lock:
            run = self._runs.pop(run_id, None)
        if run is None:
            return
        try:
            self._recorder.record_soon(self._event(run_id, run, response, status))
        except Exception:
            log.exception("a call was not recorded")

    def _event(self, run_id: UUID, run: _Run, response: Any, status: str) -> dict[str, Any]:
        used, model = _read(response)
        estimated = used is None and bool(run.said)
        if estimated:
            used = {
                "input_tokens": count_message_tokens(run.asked, run.model),
                "output_tokens": count_tokens("".join(run.said), run.model),
            }
        return {
            "event_id": str(run_id),
            "provider": run.provider,
            "model": model or run.model,
            "operation": "chat",
            **run.who.fields(estimated=estimated),
            "usage": used or (NOTHING if status == "error" else UNREPORTED),
            "status": status,
            "latency_ms": round((time.perf_counter() - run.started) * 1000),
        }


def _read(response: Any) -> tuple[Mapping[str, Any] | None, str | None]:
    """Usage and model of a result. All its generations are one answer, and carry the usage once."""
    for batch in members(response, "generations"):
        for generation in batch:
            message = get(generation, "message")
            found = usage.extract(message) if message is not None else None
            if found is not None and found.usage is not None:
                metadata = get(message, "response_metadata")
                return found.usage, text(metadata, "model_name", "model")
    output = get(response, "llm_output")
    found = usage.extract_legacy(get(output, "token_usage", "usage"))
    return found.usage, text(output, "model_name")
