"""Who spends and for what, said once around a piece of work.

It flows through asyncio by itself, and through threads on request (`carried`, `ContextThreadPool`).
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, Token, copy_context
from types import TracebackType
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")

_attribution: ContextVar[Mapping[str, Any]] = ContextVar("oliver_attribution", default={})  # noqa: B039 # never changed


def current() -> Mapping[str, Any]:
    """What holds here: any of workspace, team, project, user, trace_id and tags."""
    return _attribution.get()


def merged(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Layers of fields, later ones first; tags are merged one by one. `None` hides nothing."""
    result: dict[str, Any] = {}
    tags: dict[str, Any] = {}
    for layer in layers:
        for name, value in layer.items():
            if value is not None:
                result[name] = value
        if own := layer.get("tags"):
            tags.update(own)
    result["tags"] = tags or None
    return result


class track:  # used like a keyword
    """Says who spends: as a decorator of functions, coroutines and generators, or by `with`.

    >>> @track(project="chatbot", tags={"feature": "summarise"})
    ... def summarise(text): ...

    An inner `track` adds to the outer one. Tags: at most 16, keys ≤ 64 bytes, values ≤ 256 bytes.
    """

    def __init__(
        self,
        *,
        project: str | None = None,
        team: str | None = None,
        user: str | None = None,
        workspace: str | None = None,
        trace_id: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        self._fields = {
            "project": project,
            "team": team,
            "user": user,
            "workspace": workspace,
            "trace_id": trace_id,
            "tags": tags,
        }
        self._tokens: list[Token[Mapping[str, Any]]] = []

    def _set(self) -> Token[Mapping[str, Any]]:
        return _attribution.set(merged(_attribution.get(), self._fields))

    def __enter__(self) -> track:
        self._tokens.append(self._set())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _attribution.reset(self._tokens.pop())

    def __call__(self, function: F) -> F:
        """Decorates a function of any kind."""
        if inspect.isasyncgenfunction(function):
            return cast(F, self._async_generator(function))
        if inspect.iscoroutinefunction(function):
            return cast(F, self._coroutine(function))
        if inspect.isgeneratorfunction(function):
            return cast(F, self._generator(function))

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            token = self._set()
            try:
                return function(*args, **kwargs)
            finally:
                _attribution.reset(token)

        return cast(F, call)

    def _coroutine(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        async def call(*args: Any, **kwargs: Any) -> Any:
            token = self._set()
            try:
                return await function(*args, **kwargs)
            finally:
                _attribution.reset(token)

        return call

    def _generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Sets the context for each step only: between steps the caller's code runs."""

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            inner = function(*args, **kwargs)
            step: Callable[[], Any] = functools.partial(next, inner)
            while True:
                token = self._set()
                try:
                    value = step()
                except StopIteration as end:
                    return end.value
                finally:
                    _attribution.reset(token)
                try:
                    step = functools.partial(inner.send, (yield value))
                except GeneratorExit:
                    inner.close()
                    raise
                except BaseException as error:
                    step = functools.partial(inner.throw, error)

        return call

    def _async_generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
            inner = function(*args, **kwargs)
            step: Callable[[], Any] = inner.__anext__
            while True:
                token = self._set()
                try:
                    value = await step()
                except StopAsyncIteration:
                    return
                finally:
                    _attribution.reset(token)
                try:
                    step = functools.partial(inner.asend, (yield value))
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as error:
                    step = functools.partial(inner.athrow, error)

        return call


def carried(function: Callable[..., R]) -> Callable[..., R]:
    """Binds a function to the context of here and now, for `threading.Thread(target=carried(work))`.

    asyncio tasks and `asyncio.to_thread` carry the context by themselves; new threads do not.
    """
    context = copy_context()

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> R:
        # A context runs once at a time: each call gets a copy.
        return context.copy().run(function, *args, **kwargs)

    return call


class ContextThreadPool(ThreadPoolExecutor):
    """A thread pool whose work runs in the context of who submitted it."""

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> Future[R]:
        """Schedules a call; see `ThreadPoolExecutor.submit`."""
        return super().submit(copy_context().run, functools.partial(fn, *args, **kwargs))
