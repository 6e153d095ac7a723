"""`guard()`: preflight, hold and settlement around a block."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import flows
from .answers import Preflight
from .fields import checked
from .hold import Hold

if TYPE_CHECKING:
    from typing_extensions import Self

    from .client import AsyncCostTracker, CostTracker


class _Guard:
    """What both guards share."""

    hold: Hold

    @property
    def answer(self) -> Preflight:
        """The preflight's answer."""
        return self.hold.answer

    @property
    def max_output_tokens(self) -> int | None:
        """The largest output that fits, if the server capped the call."""
        return self.hold.answer.max_output_tokens


class Guard(_Guard):
    """A hold around a block; made by `CostTracker.guard`."""

    def __init__(self, tracker: CostTracker, event: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        self._tracker = tracker
        self._event = event
        self._options = options

    def __enter__(self) -> Self:
        """Raises `BudgetExceeded` when the call must not be made."""
        flow = self._tracker._preflight(self._event, self._options)
        self.hold = Hold(self._tracker._run(flow), self._event)
        self.hold.enter()
        return self

    def settle(self, usage: Any = None, **fields: Any) -> str | None:
        """Records what the call really used, which settles the hold. Wrapped clients do it by themselves."""
        return self._tracker.recorder.record(checked(self.hold.settling({**fields, "usage": usage})))

    def extend(self, ttl_seconds: int = 600) -> None:
        """Lets the hold live `ttl_seconds` from now, for a call that takes long."""
        if self.answer.hold_id is not None:
            self._tracker.extend(self.answer.hold_id, ttl_seconds)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        unspent = self.hold.leave()
        if unspent is not None:
            self._tracker._run(flows.release_quietly(self._tracker.settings, unspent))


class AsyncGuard(_Guard):
    """A hold around a block; made by `AsyncCostTracker.guard`."""

    def __init__(self, tracker: AsyncCostTracker, event: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        self._tracker = tracker
        self._event = event
        self._options = options

    async def __aenter__(self) -> Self:
        """Raises `BudgetExceeded` when the call must not be made."""
        flow = self._tracker._preflight(self._event, self._options)
        self.hold = Hold(await self._tracker._run(flow), self._event)
        self.hold.enter()
        return self

    async def settle(self, usage: Any = None, **fields: Any) -> str | None:
        """Records what the call really used, which settles the hold."""
        event = checked(self.hold.settling({**fields, "usage": usage}))
        return (await self._tracker._keep([event]))[0]

    async def extend(self, ttl_seconds: int = 600) -> None:
        """Lets the hold live `ttl_seconds` from now."""
        if self.answer.hold_id is not None:
            await self._tracker.extend(self.answer.hold_id, ttl_seconds)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        unspent = self.hold.leave()
        if unspent is not None:
            await self._tracker._run(flows.release_quietly(self._tracker.settings, unspent))
