"""Exchanges methods of a client's objects for ones that measure."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..recorder import Recorder
from .calls import Call, Method
from .streams import followed

_RAW = "X-Stainless-Raw-Response"
_MARK = "_oliver_wrapped"


def instrument(owner: Any, name: str, method: Method, recorder: Recorder, extra: Mapping[str, Any]) -> None:
    """Exchanges `owner.name`, once. An owner without it is left alone: versions of packages differ."""
    original = getattr(owner, name, None)
    if original is None or getattr(original, _MARK, False):
        return
    is_async = inspect.iscoroutinefunction(inspect.unwrap(original))
    wrapped = _async(original, method, recorder, extra) if is_async else _sync(original, method, recorder, extra)
    setattr(wrapped, _MARK, True)
    setattr(owner, name, wrapped)


def _start(
    method: Method, recorder: Recorder, extra: Mapping[str, Any], original: Callable[..., Any],
    args: tuple[Any, ...], kwargs: dict[str, Any],
) -> Call:  # fmt: skip
    method.prepare(kwargs)
    arguments = kwargs
    if args:
        try:
            arguments = inspect.signature(original).bind_partial(*args, **kwargs).arguments
        except (TypeError, ValueError):
            arguments = kwargs
    return Call(recorder, method, arguments, extra)


def _sync(
    original: Callable[..., Any], method: Method, recorder: Recorder, extra: Mapping[str, Any]
) -> Callable[..., Any]:
    @functools.wraps(original)
    def call_it(*args: Any, **kwargs: Any) -> Any:
        call = _start(method, recorder, extra, original, args, kwargs)
        try:
            answer = original(*args, **kwargs)
        except BaseException:
            call.failed()
            raise
        if inspect.isawaitable(answer):  # an async method behind a plain decorator
            return _awaited(answer, method, call, kwargs)
        if _raw_mode(kwargs) == "raw":
            observe(answer.parse(), method, call, kwargs)
            return answer
        return observe(answer, method, call, kwargs)

    return call_it


def _async(
    original: Callable[..., Any], method: Method, recorder: Recorder, extra: Mapping[str, Any]
) -> Callable[..., Any]:
    @functools.wraps(original)
    async def call_it(*args: Any, **kwargs: Any) -> Any:
        call = _start(method, recorder, extra, original, args, kwargs)
        return await _awaited(original(*args, **kwargs), method, call, kwargs)

    return call_it


async def _awaited(answer: Any, method: Method, call: Call, kwargs: Mapping[str, Any]) -> Any:
    try:
        answer = await answer
    except BaseException:
        call.failed()
        raise
    if _raw_mode(kwargs) == "raw":
        parsed = answer.parse()
        observe(await parsed if inspect.isawaitable(parsed) else parsed, method, call, kwargs)
        return answer
    return observe(answer, method, call, kwargs)


def _raw_mode(kwargs: Mapping[str, Any]) -> str | None:
    headers = kwargs.get("extra_headers")
    mode = headers.get(_RAW) if isinstance(headers, Mapping) else None
    return mode if isinstance(mode, str) else None


def observe(answer: Any, method: Method, call: Call, kwargs: Mapping[str, Any]) -> Any:
    """Records an answer, or follows it if it is a stream; returns what the caller is to get."""
    if _raw_mode(kwargs) not in (None, "raw"):
        _observe_parsing(answer, method, call, kwargs)
        return answer
    stream = followed(answer, method.follow(kwargs), call)
    if stream is not None:
        return stream
    call.answered(answer)
    return answer


def _observe_parsing(answer: Any, method: Method, call: Call, kwargs: Mapping[str, Any]) -> None:
    """For `with_streaming_response`: the caller decides when the body is read."""
    original = answer.parse
    plain = {name: value for name, value in kwargs.items() if name != "extra_headers"}

    def parse(*args: Any, **more: Any) -> Any:
        parsed = original(*args, **more)
        if not inspect.isawaitable(parsed):
            return observe(parsed, method, call, plain)

        async def later() -> Any:
            return observe(await parsed, method, call, plain)

        return later()

    answer.parse = parse
