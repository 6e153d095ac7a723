"""`CostTracker` and `AsyncCostTracker`: the same calls, blocking and not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from . import flows
from .answers import Estimate, Preflight
from .config import Settings, from_environment
from .counters import Stats
from .fields import checked
from .guard import AsyncGuard, Guard
from .outbox import OutboxBusy, RejectedEvent
from .recorder import Recorder
from .transport import AsyncTransport
from .usage import recorded_fields
from .wire import Flow, drive, drive_async

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from .fields import UsageEvent

T = TypeVar("T")


class _Tracker:
    """What both trackers share: settings, the recorder, and everything that waits for no network."""

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        settings: Settings | None = None,
        **options: Any,
    ) -> None:
        """Takes a server's address and key, and any field of `Settings`; what is missing comes from the environment.

        Raises `ConfigurationError`.
        """
        self.settings = settings or from_environment(base_url=base_url, api_key=api_key, **options)
        self.recorder = Recorder(self.settings)

    def stats(self) -> Stats:
        """What was recorded, sent, lost, and what waits."""
        return self.recorder.stats()

    def rejected(self, limit: int = 100) -> list[RejectedEvent]:
        """The newest events that the server refused, with its reasons."""
        return self.recorder.rejected(limit)

    def _preflight(self, event: Mapping[str, Any], options: Mapping[str, Any]) -> Flow[Preflight]:
        known = {"hold", "ttl_seconds", "dry_run", "idempotency_key"}
        asked = {"hold": False, "ttl_seconds": 600, "dry_run": False, "idempotency_key": None, **options}
        if not asked.keys() <= known:
            raise TypeError(f"no option of preflight: {', '.join(sorted(asked.keys() - known))}")
        return flows.preflight(self.settings, self.recorder.described(checked(event)), **asked)

    def _estimate(self, items: Sequence[Mapping[str, Any]]) -> Flow[list[Estimate]]:
        return flows.estimate(self.settings, [self.recorder.described(checked(item)) for item in items])


class CostTracker(_Tracker):
    """Records usage and asks before spending. Safe for threads and forks; one for each process is enough.

    >>> tracker = CostTracker("https://oliver.example.com", "olv_…", project="chatbot")
    >>> tracker.record(provider="openai", model="gpt-4o-mini", usage={"input_tokens": 1200, "output_tokens": 300})
    """

    def record(self, **event: Unpack[UsageEvent]) -> str | None:
        """Keeps an event in the outbox and returns its id; takes well under a millisecond and no network.

        Returns `None` if the event could not be kept (counted in `stats`). Raises nothing, unless a name is wrong
        (`TypeError`) or the tracker is strict.
        """
        return self.recorder.record(checked(event))

    def record_many(self, events: Iterable[Mapping[str, Any]]) -> list[str | None]:
        """Keeps events in one transaction: the way to record thousands at once."""
        return self.recorder.keep(self.recorder.made(checked(event) for event in events))

    def record_response(self, provider: str, response: Any, **fields: Any) -> str | None:
        """Records what a provider's raw response, or its `usage`, says; `fields` go before what is found there."""
        return self.recorder.record(checked(recorded_fields(provider, response, fields)))

    def preflight(self, *, hold: bool = False, ttl_seconds: int = 600, dry_run: bool = False,
                  idempotency_key: str | None = None, **event: Unpack[UsageEvent]) -> Preflight:  # fmt: skip
        """Asks whether a call may be made: `usage` (or `cost_usd`) is the estimate.

        Raises `BudgetExceeded` if not, and `CostTrackerUnavailable` without an answer in the fail mode `closed`.
        """
        options = {"hold": hold, "ttl_seconds": ttl_seconds, "dry_run": dry_run,
                   "idempotency_key": idempotency_key}  # fmt: skip
        return self._run(self._preflight(event, options))

    def guard(self, *, ttl_seconds: int = 600, **event: Unpack[UsageEvent]) -> Guard:
        """Preflight with a hold around a block; what is recorded in it settles the hold, else it is released."""
        return Guard(self, event, {"ttl_seconds": ttl_seconds, "hold": True})

    def estimate(self, items: Sequence[Mapping[str, Any]]) -> list[Estimate]:
        """Prices up to 1,000 events without recording them."""
        return self._run(self._estimate(items))

    def upsert(self, **entities: Any) -> Mapping[str, Any]:
        """Creates or updates `teams`, `projects` and `users` (lists of objects) of a `workspace`."""
        return self._run(flows.upsert(self.settings, {"workspace": self.settings.workspace, **entities}))

    def extend(self, hold_id: str, ttl_seconds: int = 600) -> Mapping[str, Any]:
        """Lets a hold live `ttl_seconds` from now."""
        return self._run(flows.extend(self.settings, hold_id, ttl_seconds))

    def release(self, hold_id: str) -> None:
        """Gives a hold back."""
        self._run(flows.release(self.settings, hold_id))

    def flush(self, timeout: float = 10.0) -> bool:
        """Waits until the server has all that was recorded so far; False when `timeout` seconds were not enough."""
        return self.recorder.flush(timeout)

    def close(self, timeout: float | None = None) -> None:
        """Sends for up to `timeout` seconds and stops; what is left stays in the outbox.

        The end of the process does the same.
        """
        self.recorder.close(timeout)

    def _run(self, flow: Flow[T]) -> T:
        return drive(flow, self.recorder.transport.send, time.sleep)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncCostTracker(_Tracker):
    """`CostTracker` for asyncio: no call blocks the event loop."""

    def __init__(self, base_url: str | None = None, api_key: str | None = None, **options: Any) -> None:
        super().__init__(base_url, api_key, **options)
        self._transport = AsyncTransport(self.settings)

    async def record(self, **event: Unpack[UsageEvent]) -> str | None:
        """Keeps an event; see `CostTracker.record`."""
        return (await self._keep([checked(event)]))[0]

    async def record_many(self, events: Iterable[Mapping[str, Any]]) -> list[str | None]:
        """Keeps events in one transaction."""
        return await self._keep([checked(event) for event in events])

    async def record_response(self, provider: str, response: Any, **fields: Any) -> str | None:
        """Records what a provider's raw response says; see `CostTracker.record_response`."""
        return (await self._keep([checked(recorded_fields(provider, response, fields))]))[0]

    async def _keep(self, events: list[Mapping[str, Any]]) -> list[str | None]:
        made = self.recorder.made(events)
        if not self.settings.durable:
            # A local write is shorter than the way to a thread and back.
            with suppress(OutboxBusy):
                return self.recorder.keep(made, wait=0)
        return await asyncio.to_thread(self.recorder.keep, made)

    async def preflight(self, *, hold: bool = False, ttl_seconds: int = 600, dry_run: bool = False,
                        idempotency_key: str | None = None, **event: Unpack[UsageEvent]) -> Preflight:  # fmt: skip
        """Asks whether a call may be made; see `CostTracker.preflight`."""
        options = {"hold": hold, "ttl_seconds": ttl_seconds, "dry_run": dry_run,
                   "idempotency_key": idempotency_key}  # fmt: skip
        return await self._run(self._preflight(event, options))

    def guard(self, *, ttl_seconds: int = 600, **event: Unpack[UsageEvent]) -> AsyncGuard:
        """Preflight with a hold around a block, by `async with`; see `CostTracker.guard`."""
        return AsyncGuard(self, event, {"ttl_seconds": ttl_seconds, "hold": True})

    async def estimate(self, items: Sequence[Mapping[str, Any]]) -> list[Estimate]:
        """Prices up to 1,000 events without recording them."""
        return await self._run(self._estimate(items))

    async def upsert(self, **entities: Any) -> Mapping[str, Any]:
        """Creates or updates `teams`, `projects` and `users`."""
        return await self._run(flows.upsert(self.settings, {"workspace": self.settings.workspace, **entities}))

    async def extend(self, hold_id: str, ttl_seconds: int = 600) -> Mapping[str, Any]:
        """Lets a hold live `ttl_seconds` from now."""
        return await self._run(flows.extend(self.settings, hold_id, ttl_seconds))

    async def release(self, hold_id: str) -> None:
        """Gives a hold back."""
        await self._run(flows.release(self.settings, hold_id))

    async def flush(self, timeout: float = 10.0) -> bool:
        """Waits until the server has all that was recorded so far."""
        return await asyncio.to_thread(self.recorder.flush, timeout)

    async def close(self, timeout: float | None = None) -> None:
        """Sends for up to `timeout` seconds and stops; what is left stays in the outbox."""
        await asyncio.to_thread(self.recorder.close, timeout)
        await self._transport.close()

    async def _run(self, flow: Flow[T]) -> T:
        return await drive_async(flow, self._transport.send, asyncio.sleep)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
