"""One measured call of a provider, from its start to the event that tells of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..hold import current_hold
from ..recorder import Recorder
from ..usage.reading import Found

log = logging.getLogger("oliver_cost_tracker")

UNREPORTED: Mapping[str, Any] = {"custom": {"unreported_calls": 1}}
"""The usage of a call of which nobody said what it used: nothing prices it, so it shows as unpriced and not as free."""
NOTHING: Mapping[str, Any] = {"input_tokens": 0, "output_tokens": 0}
"""The usage of a call that failed before it answered."""


def nothing_read(_: Any) -> Found:
    """For answers that say nothing of their usage."""
    return Found(None)


def nothing_asked(_: Mapping[str, Any]) -> None:
    """For calls whose arguments say nothing of their usage."""


class Follower:
    """Watches the parts of a streamed answer. This one learns nothing from them."""

    def feed(self, part: Any) -> bool:
        """Takes a part; the result says whether the caller is to get it."""
        del part
        return True

    def found(self) -> Found:
        """What the provider has said of the usage so far."""
        return Found(None)

    def guess(self) -> Mapping[str, Any] | None:
        """The usage so far by estimate, for a stream that ended without saying it."""
        return None


@dataclass(frozen=True)
class Method:
    """How to measure one method of a client."""

    provider: str
    operation: str | None = None
    model: str = "model"
    """The name of the argument that names the model."""
    default_model: str = "unknown"
    read: Callable[[Any], Found] = nothing_read
    """Reads a whole answer."""
    asked: Callable[[Mapping[str, Any]], Found | None] = nothing_asked
    """Reads the arguments, which may say the usage themselves, as those of speech do."""
    follow: Callable[[Mapping[str, Any]], Follower] = field(default=lambda _: Follower())
    """Makes a follower for a streamed answer."""
    prepare: Callable[[dict[str, Any]], None] = field(default=lambda _: None)
    """Changes arguments in place before the call."""


class Attribution:
    """Who spends, and the hold around the call: as it was when the call began."""

    def __init__(self, recorder: Recorder, extra: Mapping[str, Any]) -> None:
        self._described = recorder.described(extra)
        self._hold = current_hold()

    def fields(self, *, estimated: bool = False) -> dict[str, Any]:
        """As fields of the event; takes the hold."""
        tags = dict(self._described.get("tags") or {})
        if estimated:
            tags["usage_source"] = "estimated"
        hold_id = self._hold.take() if self._hold is not None else None
        return {"hold_id": hold_id, **self._described, "tags": tags or None}


class Call:
    """A call under way. Its end is recorded once, whoever says it first; nothing here raises."""

    def __init__(
        self, recorder: Recorder, method: Method, arguments: Mapping[str, Any], extra: Mapping[str, Any]
    ) -> None:
        self._recorder = recorder
        self._method = method
        self._arguments = arguments
        self._extra = extra
        self._started = time.perf_counter()
        self._open = True
        # Streams end in other contexts, and some in a garbage collector's: who spends is said now.
        self._who = Attribution(recorder, extra)

    def answered(self, answer: Any) -> None:
        """The whole answer came."""
        self._end("ok", lambda: self._method.read(answer))

    def streamed(self, follower: Follower) -> None:
        """The stream ran to its end."""
        self._end("ok", follower.found, follower.guess)

    def broken_off(self, follower: Follower) -> None:
        """The caller stopped reading: what was made until then is billed."""
        self._end("incomplete", follower.found, follower.guess)

    def failed(self, follower: Follower | None = None) -> None:
        """The call raised."""
        if follower is None:
            self._end("error", lambda: Found(NOTHING))
        else:
            self._end("error", follower.found, follower.guess)

    def _end(
        self,
        status: str,
        read: Callable[[], Found],
        guess: Callable[[], Mapping[str, Any] | None] = lambda: None,
    ) -> None:
        if not self._open:
            return
        self._open = False
        try:
            self._recorder.record_soon(self._event(status, read, guess))
        except Exception:  # the caller's call comes first
            log.exception("a call was not recorded")

    def _event(
        self, status: str, read: Callable[[], Found], guess: Callable[[], Mapping[str, Any] | None]
    ) -> Mapping[str, Any]:
        found, asked = read(), self._method.asked(self._arguments) or Found(None)
        usage, guessed = found.usage or asked.usage, None
        if usage is None:
            guessed = guess()
            usage = guessed or (NOTHING if status == "error" else UNREPORTED)
        said = {**asked.fields(), **found.fields()}
        return {
            "provider": self._method.provider,
            "model": str(self._arguments.get(self._method.model) or self._method.default_model),
            "operation": self._method.operation,
            **said,
            **self._who.fields(estimated=guessed is not None),
            "usage": usage,
            "status": status,
            "latency_ms": round((time.perf_counter() - self._started) * 1000),
        }
