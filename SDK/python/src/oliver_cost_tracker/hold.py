"""A hold that surrounds a call: the first event that is recorded inside settles it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextvars import ContextVar, Token
from typing import Any

from .answers import Preflight


class Hold:
    """A hold in use. Safe for threads: it is spent once."""

    def __init__(self, answer: Preflight, event: Mapping[str, Any]) -> None:
        self.answer = answer
        self.event = event
        self._lock = threading.RLock()
        self._unspent = answer.hold_id
        self._token: Token[Hold | None] | None = None

    def take(self) -> str | None:
        """The hold's id, the first time; the event that gets it settles the hold."""
        with self._lock:
            hold_id, self._unspent = self._unspent, None
        return hold_id

    def enter(self) -> None:
        """Makes it the current one."""
        self._token = _current.set(self)

    def leave(self) -> str | None:
        """Ends that, and returns the id that is to be released, if nothing was recorded."""
        if self._token is not None:
            _current.reset(self._token)
            self._token = None
        return self.take()

    def settling(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The event that settles: what was asked for, overlaid with what came of it."""
        asked = {k: v for k, v in self.event.items() if k not in ("usage", "cost_usd")}
        return {**asked, **values}


_current: ContextVar[Hold | None] = ContextVar("oliver_hold", default=None)


def current_hold() -> Hold | None:
    """The hold around here, if any."""
    return _current.get()
