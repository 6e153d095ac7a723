"""Sends what waits, one batch at a step, and writes down what became of it. No threads, no sleeping."""

from __future__ import annotations

import enum
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .batch import Outcome, Rejection, Row, fitting, outcome, pack
from .config import Settings
from .counters import Counters, header
from .errors import Problem
from .events import without_time
from .lease import FileLock
from .outbox import Level, Outbox, OutboxBusy, OutboxFailed
from .overflow import Overflow
from .retry import RetryPolicy, retry_after
from .wire import Lost, Reply, Request

_SLOW_STATUSES = frozenset({301, 302, 307, 308, 401, 403, 404, 405})
"""What only a person mends: a wrong key or address. The events stay; asking often would not help."""
_SLOW_WAIT = 30.0
_MEMORY_BATCH = 200


class Did(enum.Enum):
    """What one step did."""

    NOTHING = "nothing to send"
    SENT = "a batch was answered, and more waits"
    SENT_ALL = "a batch was answered, and it was all there was"
    BUSY = "another process sends"
    FAILED = "trying again later may help"


@dataclass(frozen=True)
class Step:
    """The end of a step; after `FAILED`, wait so many seconds and then try again."""

    did: Did
    wait: float = 0.0
    trouble: str | None = None


class Sender:
    """Sends the outbox' events and those in memory. Used by one thread at a time."""

    def __init__(
        self,
        settings: Settings,
        outbox: Outbox,
        overflow: Overflow,
        counters: Counters,
        send: Callable[[Request], Reply | Lost],
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._overflow = overflow
        self._counters = counters
        self._send = send
        self._policy = RetryPolicy(base=0.25, cap=60.0)
        path = settings.outbox_path()
        self.lease = FileLock(path.with_name(path.name + ".sender"))
        self._failures = 0
        self._size = settings.batch_rows
        self._past = 0  # events up to this place made the server fail and wait for the next round

    def step(self) -> Step:
        """Sends one batch, if there is one and nobody else is sending."""
        file_trouble = self._refile()
        try:
            if not self.lease.acquire():
                return Step(Did.BUSY)
            rows = self._outbox.take(self._size, self._past)
            if not rows and self._past:
                self._past, self._size = 0, self._settings.batch_rows
                return self._stop(Step(Did.FAILED, self._wait(None), "the server fails on an event"))
            if rows:
                return self._stop(self._send_rows(rows))
            self._write_counts()
        except (OutboxBusy, OutboxFailed, OSError) as error:
            file_trouble = f"outbox: {error}"
        return self._stop(self._send_memory(file_trouble))

    def _stop(self, step: Step) -> Step:
        if step.did is not Did.SENT:
            self.lease.release()
        return step

    def _refile(self) -> str | None:
        """Moves events from memory into the file as soon as it can be written again."""
        try:
            while waiting := self._overflow.first(_MEMORY_BATCH):
                kept = self._outbox.append(waiting, wait=0.5)
                self._overflow.drop_first(kept)
                if kept < len(waiting):
                    return "the outbox is full"
        except (OutboxBusy, OutboxFailed) as error:
            return f"outbox: {error}"
        return None

    def _write_counts(self) -> None:
        counts = self._counters.take()
        if not counts:
            return
        try:
            self._outbox.settle(counts=counts)
        except (OutboxBusy, OutboxFailed):
            self._counters.put_back(counts)
            raise

    def _send_rows(self, rows: Sequence[Row]) -> Step:
        level = self._outbox.level()
        reply = self._post(rows, level)
        if isinstance(reply, Reply) and reply.status in (200, 202):
            result = outcome(rows, reply.body)
            self._settle(result)
            if result.unanswered:
                return self._failed("the answer does not fit the request", None)
            self._size = min(self._size * 2, self._settings.batch_rows)
            more = level.rows > len(rows) or result.restamped or len(self._overflow)
            return self._succeeded(Did.SENT if more else Did.SENT_ALL)
        if isinstance(reply, Reply) and self._blames_content(reply):
            return self._narrow(rows, reply)
        return self._refused(reply)

    def _settle(self, result: Outcome) -> None:
        counts = self._counters.take()
        counts["sent"] = counts.get("sent", 0) + len(result.sent)
        counts["rejected"] = counts.get("rejected", 0) + len(result.rejected)
        rewritten = [Row(row.seq, without_time(row.body), False) for row in result.restamped]
        try:
            self._outbox.settle(result.sent, result.rejected, rewritten, counts)
        except (OutboxBusy, OutboxFailed):
            # Sent again next time; the server knows their ids.
            self._counters.put_back({k: v for k, v in counts.items() if k not in ("sent", "rejected")})
            raise

    @staticmethod
    def _blames_content(reply: Reply) -> bool:
        if reply.status == 500:
            return True
        body = reply.json()
        known = isinstance(body, dict) and str(body.get("type", "")).startswith("urn:oliver:problem:")
        # Any other 400 may be a proxy's, which would say it of every event.
        return reply.status in (400, 413, 422) and known

    def _narrow(self, rows: Sequence[Row], reply: Reply) -> Step:
        """Finds the event at fault by sending fewer at a time."""
        problem = Problem.parse(reply.status, reply.json())
        if len(rows) > 1:
            self._size = len(rows) // 2
            return self._refused(reply) if reply.status == 500 else self._succeeded(Did.SENT)
        if reply.status == 500:
            self._past = rows[0].seq
            return self._refused(reply)
        self._settle(Outcome(rejected=[Rejection(rows[0], reply.body.decode("utf-8", "replace"))]))
        return Step(Did.SENT, trouble=str(problem))

    def _send_memory(self, file_trouble: str | None) -> Step:
        events = self._overflow.first(min(_MEMORY_BATCH, self._settings.batch_rows))
        if not events:
            return Step(Did.NOTHING, trouble=file_trouble)
        rows = fitting(Row(index, event.body, False) for index, event in enumerate(events))
        try:
            level = self._outbox.level()
        except (OutboxBusy, OutboxFailed):
            level = Level("none", 0, 0, 0, {})
        reply = self._post(rows, level)
        if not isinstance(reply, Reply) or reply.status not in (200, 202):
            return self._refused(reply)
        result = outcome(rows, reply.body)
        if result.unanswered:
            return self._failed("the answer does not fit the request", None)
        self._overflow.drop_first(len(rows))
        self._counters.add("sent", len(result.sent))
        self._counters.add("rejected", len(result.rejected))
        return Step(Did.SENT, trouble=file_trouble)

    def _post(self, rows: Sequence[Row], level: Level) -> Reply | Lost:
        if self._failures:
            self._counters.add("retried")
        body, headers = pack(rows)
        totals = self._counters.peek()
        for key, value in level.totals.items():
            totals[key] = totals.get(key, 0) + value
        told = header(totals, level.name, level.rows, len(self._overflow))
        return self._send(
            Request(
                "/v1/record",
                body,
                {**headers, "oliver-client-counters": told},
                timeout=self._settings.timeout,
            )
        )

    def _succeeded(self, did: Did) -> Step:
        self._failures = 0
        return Step(did)

    def _refused(self, reply: Reply | Lost) -> Step:
        if isinstance(reply, Lost):
            return self._failed(reply.reason, None)
        wait = retry_after(reply.headers)
        if reply.status in _SLOW_STATUSES:
            wait = max(wait or 0.0, _SLOW_WAIT)
        return self._failed(f"HTTP {reply.status}: {Problem.parse(reply.status, reply.json())}", wait)

    def _failed(self, trouble: str, at_least: float | None) -> Step:
        return Step(Did.FAILED, self._wait(at_least), trouble)

    def _wait(self, at_least: float | None) -> float:
        self._failures += 1
        return self._policy.backoff(self._failures - 1, random.random(), at_least)  # noqa: S311 # no secret

    def after_fork(self) -> None:
        """In the child: starts afresh; the lease is the parent's."""
        self.lease.release()
        self._failures, self._size, self._past = 0, self._settings.batch_rows, 0
