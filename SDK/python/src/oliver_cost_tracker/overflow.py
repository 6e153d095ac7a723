"""Events in memory, for as long as the outbox file cannot be written."""

from __future__ import annotations

import threading
from collections import deque

from .events import Event


class Overflow:
    """A bounded queue; what it holds is lost with the process. Safe for threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # Reentrant: a stream that the garbage collector finds is recorded in the middle of whatever runs then.
        self._lock = threading.RLock()
        self._events: deque[Event] = deque()

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: Event) -> bool:
        """Keeps an event, unless it is full."""
        with self._lock:
            if len(self._events) >= self._limit:
                return False
            self._events.append(event)
            return True

    def first(self, count: int) -> list[Event]:
        """The oldest events, which stay."""
        with self._lock:
            return [self._events[i] for i in range(min(count, len(self._events)))]

    def drop_first(self, count: int) -> None:
        """Removes the oldest events; only the flusher calls it, so they are those it asked for."""
        with self._lock:
            for _ in range(min(count, len(self._events))):
                self._events.popleft()

    def restart(self) -> None:
        """Forgets all, in the child of a fork: the parent sends them."""
        self._lock = threading.RLock()
        self._events = deque()
