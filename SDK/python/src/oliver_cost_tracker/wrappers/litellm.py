"""A callback for LiteLLM: `litellm.callbacks.append(callback(tracker))`."""

from __future__ import annotations

import logging
import threading
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from litellm.integrations.custom_logger import CustomLogger

from ..recorder import Recorder
from ..usage import litellm as usage
from ..usage.reading import get, text
from . import HasRecorder
from .calls import NOTHING, UNREPORTED, Attribution

log = logging.getLogger("oliver_cost_tracker")
_CALLS = 10_000
"""Calls that are remembered at once."""
_SPACE = uuid.UUID("6c1f7d5e-6d0a-4c8e-9d1c-0f7f2b0a9a11")


def callback(tracker: HasRecorder, **fields: Any) -> Callback:
    """Makes a callback that records each call of LiteLLM's, streamed or not, sync or async."""
    return Callback(tracker.recorder, fields)


class Callback(CustomLogger):  # type: ignore[misc] # litellm may be absent
    """Records LiteLLM's calls. LiteLLM may tell of one call twice: its id makes that one event."""

    def __init__(self, recorder: Recorder, fields: Mapping[str, Any]) -> None:
        super().__init__()
        # LiteLLM takes callbacks of one class whose public texts are equal for one and the same, and drops the second.
        self.oliver_callback = str(uuid.uuid4())
        self._recorder = recorder
        self._fields = fields
        self._lock = threading.Lock()
        self._calls: OrderedDict[str, Attribution] = OrderedDict()

    def log_pre_api_call(self, model: Any, messages: Any, kwargs: Any) -> None:
        """LiteLLM is about to call: in the caller's context, while the end is told of in threads of LiteLLM's."""
        call_id = text(kwargs, "litellm_call_id")
        if call_id is not None:
            with self._lock:
                self._calls[call_id] = Attribution(self._recorder, self._fields)
                while len(self._calls) > _CALLS:
                    self._calls.popitem(last=False)

    def log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """LiteLLM says that a call succeeded."""
        self._record(kwargs, response_obj, start_time, end_time, "ok")

    async def async_log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """LiteLLM says that an async call succeeded."""
        self._record(kwargs, response_obj, start_time, end_time, "ok")

    def log_failure_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """LiteLLM says that a call failed."""
        self._record(kwargs, None, start_time, end_time, "error")

    async def async_log_failure_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """LiteLLM says that an async call failed."""
        self._record(kwargs, None, start_time, end_time, "error")

    def _record(self, kwargs: Any, response: Any, start: Any, end: Any, status: str) -> None:
        try:
            self._recorder.record_soon(self._event(kwargs, response, start, end, status))
        except Exception:  # the caller's call comes first
            log.exception("a call was not recorded")

    def _event(self, kwargs: Any, response: Any, start: Any, end: Any, status: str) -> dict[str, Any]:
        parameters = get(kwargs, "litellm_params") or {}
        found = usage.extract(response) if response is not None else None
        said = found.fields() if found is not None else {}
        call_id = text(kwargs, "litellm_call_id")
        with self._lock:
            # It stays for when LiteLLM tells of the call again.
            who = self._calls.get(call_id or "") or Attribution(self._recorder, self._fields)
        took = (end - start).total_seconds() if isinstance(start, datetime) and isinstance(end, datetime) else None
        spender = who.fields()
        metadata = get(parameters, "metadata")
        if spender.get("user") is None and isinstance(metadata, Mapping):
            spender["user"] = text(metadata, "user_api_key_user_id")
        return {
            "event_id": None if call_id is None else str(uuid.uuid5(_SPACE, f"{call_id}/{status}")),
            "latency_ms": None if took is None else round(took * 1000),
            "occurred_at": start.astimezone() if isinstance(start, datetime) else None,
            **said,
            "provider": text(kwargs, "custom_llm_provider") or text(parameters, "custom_llm_provider") or "unknown",
            "model": text(kwargs, "model") or said.get("model") or "unknown",
            "usage": said.get("usage") or (NOTHING if status == "error" else UNREPORTED),
            "status": status,
            **spender,
        }
