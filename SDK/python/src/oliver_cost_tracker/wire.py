"""Requests and answers as plain values, and flows: what to send, without who sends it.

A flow is a generator that yields `Request`s and `Pause`s and returns a result. The sync and the async client drive the
same flows; the difference between them is the ten lines in `drive` and `drive_async`.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from . import _version

T = TypeVar("T")
USER_AGENT = f"oliver-cost-tracker/{_version.__version__} (python)"


@dataclass(frozen=True)
class Request:
    """One POST of JSON. `timeout` is in seconds, for the whole exchange."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 10.0


@dataclass(frozen=True)
class Reply:
    """An answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, or `None` when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True)
class Lost:
    """No answer came: the connection failed or the time was up. Nobody knows whether the request arrived."""

    reason: str


@dataclass(frozen=True)
class Pause:
    """Wait so many seconds."""

    seconds: float


Flow = Generator["Request | Pause", "Reply | Lost | None", T]


def drive(flow: Flow[T], send: Callable[[Request], Reply | Lost], sleep: Callable[[float], None]) -> T:
    """Runs a flow to its end, blocking."""
    answer: Reply | Lost | None = None
    while True:
        try:
            step = flow.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        if isinstance(step, Pause):
            sleep(step.seconds)
            answer = None
        else:
            answer = send(step)


async def drive_async(
    flow: Flow[T],
    send: Callable[[Request], Awaitable[Reply | Lost]],
    sleep: Callable[[float], Awaitable[None]],
) -> T:
    """Runs a flow to its end on an event loop."""
    answer: Reply | Lost | None = None
    while True:
        try:
            step = flow.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        if isinstance(step, Pause):
            await sleep(step.seconds)
            answer = None
        else:
            answer = await send(step)
