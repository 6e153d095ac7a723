"""Iterators that pass on a streamed answer and tell its call how it ended."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from .calls import Call, Follower


class Following:
    """Passes on a stream's parts. An end, an error, `close` and being forgotten each end the call."""

    def __init__(self, inner: Iterator[Any], follower: Follower, call: Call) -> None:
        self._inner = inner
        self._follower = follower
        self._call = call

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        while True:
            try:
                part = next(self._inner)
            except StopIteration:
                self._call.streamed(self._follower)
                raise
            except BaseException:
                self._call.failed(self._follower)
                raise
            if _passes(self._follower, part):
                return part

    def close(self) -> None:
        """Stops the stream."""
        self.left()
        close = getattr(self._inner, "close", None)
        if close is not None:
            close()

    def left(self) -> None:
        """The caller reads no further."""
        self._call.broken_off(self._follower)

    def __del__(self) -> None:
        self.left()


class AsyncFollowing:
    """`Following` for asynchronous streams."""

    def __init__(self, inner: AsyncIterator[Any], follower: Follower, call: Call) -> None:
        self._inner = inner
        self._follower = follower
        self._call = call

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        while True:
            try:
                part = await self._inner.__anext__()
            except StopAsyncIteration:
                self._call.streamed(self._follower)
                raise
            except BaseException:
                self._call.failed(self._follower)
                raise
            if _passes(self._follower, part):
                return part

    async def aclose(self) -> None:
        """Stops the stream."""
        self.left()
        close = getattr(self._inner, "aclose", None)
        if close is not None:
            await close()

    def left(self) -> None:
        """The caller reads no further."""
        self._call.broken_off(self._follower)

    def __del__(self) -> None:
        self.left()


def _passes(follower: Follower, part: Any) -> bool:
    try:
        return follower.feed(part)
    except Exception:  # a part in a form that nobody knows is the caller's all the same
        return True


def followed(answer: Any, follower: Follower, call: Call) -> Any:
    """The answer, if it is a stream, with its parts watched; `None` if it is none.

    Streams of openai's and anthropic's keep their type: only the iterator inside is exchanged.
    """
    inner = getattr(answer, "_iterator", None)
    if inner is not None:
        following = _following(inner, follower, call)
        answer._iterator = following
        _closing(answer, following)
        return answer
    if hasattr(answer, "__next__") or hasattr(answer, "__anext__"):
        return _following(answer, follower, call)
    if hasattr(answer, "__aiter__") and not hasattr(answer, "read"):
        return _following(answer.__aiter__(), follower, call)
    return None


def _following(inner: Any, follower: Follower, call: Call) -> Following | AsyncFollowing:
    if hasattr(inner, "__anext__"):
        return AsyncFollowing(inner, follower, call)
    return Following(inner, follower, call)


def _closing(stream: Any, following: Following | AsyncFollowing) -> None:
    close = getattr(stream, "close", None)
    if close is None:
        return

    def closed() -> Any:
        # Its result may be awaitable: it is the caller's to await.
        following.left()
        return close()

    stream.close = closed
