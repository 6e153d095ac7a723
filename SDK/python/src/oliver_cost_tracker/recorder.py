"""Recording: an event is in the outbox before `record` returns, whatever the network does."""

from __future__ import annotations

import atexit
import json
import logging
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from . import context
from .config import Settings
from .counters import NAMES, Counters, Stats
from .errors import OutboxError
from .events import Event, make_event
from .flusher import Flusher
from .hold import current_hold
from .outbox import Outbox, OutboxBusy, OutboxFailed, OutboxMended, RejectedEvent
from .overflow import Overflow
from .sender import Sender
from .transport import Transport

log = logging.getLogger("oliver_cost_tracker")
_WAIT = 1.0
"""Seconds that `record` waits at most for other processes to finish their writes."""
_SULK = 1.0
"""Seconds for which a file that failed is not tried again by callers."""
_WARN_EVERY = 60.0


class Recorder:
    """The part of a tracker that records; sync and async trackers share it. Safe for threads and forks."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.outbox = Outbox(settings.outbox_path(), settings.limits, durable=settings.durable)
        self.overflow = Overflow(settings.limits.memory_rows)
        self.counters = Counters()
        self.transport = Transport(settings)
        self._sender = Sender(settings, self.outbox, self.overflow, self.counters, self.transport.send)
        self._flusher = Flusher(self._sender, self.outbox, interval=settings.flush_interval, linger=settings.linger)
        self._last = 0
        self._failed_until = 0.0
        self._warned_at = -_WARN_EVERY
        self._file_trouble: str | None = None
        self._closed = False
        own = {name: getattr(settings, name) for name in ("workspace", "team", "project", "user", "tags")}
        self._defaults = {name: value for name, value in own.items() if value is not None}
        _recorders.add(self)

    def described(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """An event's fields with those of the context and of the tracker behind them."""
        return context.merged(self._defaults, context.current(), values)

    def record(self, values: Mapping[str, Any]) -> str | None:
        """Keeps an event and returns its id, or `None` when it could not be kept.

        Raises `OutboxError` if the tracker is strict.
        """
        event = self._make(values) if self.settings.enabled else None
        return None if event is None or self._keep([event], _WAIT) else event.event_id

    def made(self, many: Iterable[Mapping[str, Any]]) -> list[Event | None]:
        """Makes events; those that are none are kept as rejected, and are `None`."""
        return [self._make(values) if self.settings.enabled else None for values in many]

    def keep(self, made: Sequence[Event | None], wait: float = _WAIT) -> list[str | None]:
        """Keeps events in one transaction; the result has an id or `None` for each.

        Raises `OutboxBusy` if `wait` is 0 and somebody else writes; they can be kept later.
        """
        events = [event for event in made if event is not None]
        lost = {id(event) for event in self._keep(events, wait)} if events else set()
        return [None if event is None or id(event) in lost else event.event_id for event in made]

    def record_soon(self, described: Mapping[str, Any]) -> None:
        """Keeps an event without ever waiting: while another process writes, it is in memory for a moment.

        The event says itself who spends and which hold it settles: it may end elsewhere than it began.
        """
        made = [self._event(described)] if self.settings.enabled else []
        try:
            self.keep(made, wait=0)
        except OutboxBusy:
            for event in made:
                if event is not None:
                    self.counters.add("recorded" if self.overflow.put(event) else "dropped")
            self._flusher.wake()

    def _make(self, values: Mapping[str, Any]) -> Event | None:
        described = self.described(values)
        hold = current_hold()
        if hold is not None and not described.get("hold_id"):
            described["hold_id"] = hold.take()
        return self._event(described)

    def _event(self, described: Mapping[str, Any]) -> Event | None:
        try:
            return make_event(described)
        except Exception as error:  # values are the caller's, and so is what they raise
            self._refuse(described, error)
        return None

    def _refuse(self, values: Mapping[str, Any], error: Exception) -> None:
        """Keeps what is no event among the rejected, as far as it can be written."""
        problem = {
            "type": "urn:oliver:sdk:not-an-event",
            "title": "The event cannot be sent",
            "detail": str(error),
        }
        try:
            shown = repr(dict(values))
        except Exception:
            shown = f"what cannot be shown: {sorted(values)}"
        try:
            self.outbox.reject(shown.encode("utf-8", "replace"), json.dumps(problem), {"rejected": 1})
        except (OutboxBusy, OutboxFailed):
            self.counters.add("rejected")
        self._warn("a usage event is wrong and is not sent: %s", error)
        if self.settings.strict:
            raise OutboxError(f"not an event: {error}") from error

    def _keep(self, events: list[Event], wait: float) -> list[Event]:
        """Keeps events and returns those that could not be kept."""
        kept = self._append(events, wait)
        if kept == len(events):
            self.counters.add("recorded", kept)
            self._flusher.wake()
            return []
        full = kept is not None and kept < len(events)
        rest = events if kept is None else events[kept:]
        # What does not fit into a full outbox does not get around its bound by way of memory.
        lost = list(rest) if full else [event for event in rest if not self.overflow.put(event)]
        self.counters.add("recorded", len(events) - len(lost))
        self._flusher.wake()
        if lost:
            self.counters.add("dropped", len(lost))
            self._warn("usage events are lost: %s", "the outbox is full" if full else self._file_trouble)
        if self.settings.strict and rest:
            raise OutboxError("the outbox is full" if full else f"events are in memory only: {self._file_trouble}")
        return lost

    def _append(self, events: list[Event], wait: float) -> int | None:
        """Writes to the file; `None` says that it cannot be written."""
        if time.monotonic() < self._failed_until:
            return None
        try:
            try:
                kept = self.outbox.append(events, wait)
            except OutboxMended:
                kept = self.outbox.append(events, wait)
            self._file_trouble = None
            return kept
        except OutboxBusy:
            if wait == 0:
                raise
            self._file_trouble = "another process held the outbox for too long"
        except OutboxFailed as error:
            self._file_trouble = str(error)
        self._failed_until = time.monotonic() + _SULK
        self._warn("the outbox cannot be written, events are in memory only: %s", self._file_trouble)
        return None

    def _warn(self, message: str, detail: object) -> None:
        now = time.monotonic()
        if now - self._warned_at >= _WARN_EVERY:
            self._warned_at = now
            log.warning(message, detail)

    def flush(self, timeout: float) -> bool:
        """Waits until the server has answered for all that was recorded; False when time was up."""
        return not self.settings.enabled or self._flusher.flush(self.overflow, timeout)

    def stats(self) -> Stats:
        """The counts, as far as they can be read."""
        trouble = self._flusher.trouble
        counts, rows, size = self.counters.peek(), 0, 0
        if self.settings.enabled:
            try:
                level = self.outbox.level()
                for name, value in level.totals.items():
                    counts[name] = counts.get(name, 0) + value
                rows, size = level.rows, level.bytes
            except (OutboxBusy, OutboxFailed) as error:
                trouble = trouble or f"outbox: {error}"
        known = {name: counts.get(name, 0) for name in NAMES}
        return Stats(
            **known,
            pending=rows,
            pending_bytes=size,
            in_memory=len(self.overflow),
            trouble=trouble or self._file_trouble,
        )

    def rejected(self, limit: int) -> list[RejectedEvent]:
        """The newest rejected events; none when the file cannot be read."""
        try:
            return self.outbox.rejected(limit)
        except (OutboxBusy, OutboxFailed) as error:
            self._warn("rejected events cannot be read: %s", error)
            return []

    def close(self, timeout: float | None = None) -> None:
        """Sends what it can in `timeout` seconds and stops. What is unsent stays in the file."""
        if self._closed:
            return
        self._closed = True
        started = time.monotonic()
        left = self.settings.exit_timeout if timeout is None else timeout
        if self.settings.enabled and (self._flusher.is_running or len(self.overflow)):
            self.flush(left)
            self._flusher.stop(max(0.1, left - (time.monotonic() - started)))
            self._write_last_counts()
        self.transport.close()
        self.outbox.close()
        _recorders.discard(self)

    def _write_last_counts(self) -> None:
        self.counters.add("dropped", len(self.overflow))
        if len(self.overflow):
            log.warning("%d usage events were only in memory and are lost", len(self.overflow))
        counts = self.counters.take()
        try:
            self.outbox.settle(counts=counts, wait=0.5)
        except (OutboxBusy, OutboxFailed) as error:
            log.warning("counts of usage events could not be written: %s %s", counts, error)

    def before_fork(self) -> None:
        """Holds still."""
        self._sender.lease.guard.acquire()
        self.outbox.before_fork()

    def after_fork_in_parent(self) -> None:
        """Goes on."""
        self.outbox.after_fork()
        self._sender.lease.guard.release()

    def after_fork_in_child(self) -> None:
        """Starts afresh: threads, connections and what is in memory are the parent's."""
        self.after_fork_in_parent()
        self._sender.after_fork()
        self._flusher.after_fork()
        self.transport.after_fork()
        self.overflow.restart()
        self.counters.restart()


_recorders: set[Recorder] = set()  # until they are closed: forks and the end of the process must find them
_held: list[Recorder] = []


def _before_fork() -> None:
    _held.extend(_recorders)
    for recorder in _held:
        recorder.before_fork()


def _after_fork_in_parent() -> None:
    while _held:
        _held.pop().after_fork_in_parent()


def _after_fork_in_child() -> None:
    while _held:
        _held.pop().after_fork_in_child()


def _at_exit() -> None:
    for recorder in list(_recorders):
        recorder.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
atexit.register(_at_exit)
