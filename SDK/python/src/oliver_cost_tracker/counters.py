"""What a tracker counts, so that loss is a number and not a guess."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

NAMES = ("recorded", "sent", "retried", "rejected", "dropped", "forgotten")


@dataclass(frozen=True)
class Stats:
    """Counts since the outbox file was made, over all processes that share it, and what waits now.

    `recorded` were kept; `sent` were answered accepted or duplicate; `retried` is requests sent again; `rejected`
    were refused by the server; `dropped` were lost (outbox full, or in memory when the process ended); `forgotten`
    rejected events are no longer kept. `pending` wait in the file, `in_memory` only in this process.
    `trouble` is why the last request or write failed, or `None`.
    """

    recorded: int = 0
    sent: int = 0
    retried: int = 0
    rejected: int = 0
    dropped: int = 0
    forgotten: int = 0
    pending: int = 0
    pending_bytes: int = 0
    in_memory: int = 0
    trouble: str | None = None


class Counters:
    """Counts that are not in the file yet. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._counts: dict[str, int] = {}

    def add(self, name: str, count: int = 1) -> None:
        """Counts."""
        with self._lock:
            self._counts[name] = self._counts.get(name, 0) + count

    def take(self) -> dict[str, int]:
        """All counts, which start again from zero; `put_back` undoes it when they could not be written."""
        with self._lock:
            counts, self._counts = self._counts, {}
        return counts

    def put_back(self, counts: Mapping[str, int]) -> None:
        """Adds counts again."""
        for name, count in counts.items():
            self.add(name, count)

    def peek(self) -> dict[str, int]:
        """All counts, left as they are."""
        with self._lock:
            return dict(self._counts)

    def restart(self) -> None:
        """Forgets all, in the child of a fork: they are the parent's."""
        self._lock = threading.RLock()
        self._counts = {}


def header(totals: Mapping[str, int], outbox: str, pending: int, in_memory: int) -> str:
    """The value of `Oliver-Client-Counters`, which the server may show: totals of the outbox file."""
    parts = [f"outbox={outbox}", f"pending={pending}", f"in_memory={in_memory}"]
    parts += [f"{name}={totals.get(name, 0)}" for name in NAMES]
    return "; ".join(parts)
