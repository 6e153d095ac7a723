"""HTTP by httpx: one request, one `Reply` or `Lost`, never an exception."""

from __future__ import annotations

import asyncio
import threading
import time

import httpx

from .config import Settings
from .wire import USER_AGENT, Lost, Reply, Request

ANSWER_BYTES = 16 * 1024 * 1024
"""Longer answers are cut off: no answer of the server's is."""
_LIMITS = httpx.Limits(max_connections=32, max_keepalive_connections=8)

_abandoned: list[httpx.Client | httpx.AsyncClient] = []
"""Clients of a forked parent: closing them here would talk on the parent's connections."""


def _headers(settings: Settings) -> dict[str, str]:
    return {
        "authorization": f"Bearer {settings.api_key}",
        "user-agent": USER_AGENT,
        "accept": "application/json",
        "content-type": "application/json",
    }


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


class Transport:
    """Sends blocking. Safe for threads. Redirects are not followed: the key goes where it was meant to."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None

    def send(self, request: Request) -> Reply | Lost:
        """Sends once. `timeout` holds for connecting and for each silence, and is checked as the answer comes in."""
        deadline = time.monotonic() + request.timeout
        try:
            with self._open().stream(
                "POST",
                request.path,
                content=request.body,
                headers=dict(request.headers),
                timeout=request.timeout,
            ) as response:
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    if time.monotonic() > deadline or len(body) > ANSWER_BYTES:
                        return Lost("the answer was too slow or too long")
                return Reply(response.status_code, _lower(response.headers), bytes(body))
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            httpx.StreamError,
            OSError,
            ValueError,
            RuntimeError,
        ) as error:
            return Lost(_reason(error))

    def _open(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(
                    base_url=self._settings.base_url, headers=_headers(self._settings), limits=_LIMITS
                )
            return self._client

    def close(self) -> None:
        """Closes all connections; the next `send` opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def after_fork(self) -> None:
        """In the child: leaves the parent its connections."""
        self._lock = threading.Lock()
        if self._client is not None:
            _abandoned.append(self._client)
            self._client = None


class AsyncTransport:
    """Sends on the event loop it is used on; another loop gets connections of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(self, request: Request) -> Reply | Lost:
        """Sends once; `timeout` is for the whole exchange."""
        try:
            return await asyncio.wait_for(self._post(request), request.timeout)
        except asyncio.TimeoutError:
            return Lost("no answer in time")
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            httpx.StreamError,
            OSError,
            ValueError,
            RuntimeError,
        ) as error:
            return Lost(_reason(error))

    async def _post(self, request: Request) -> Reply:
        response = await self._open().post(
            request.path, content=request.body, headers=dict(request.headers), timeout=request.timeout
        )
        return Reply(response.status_code, _lower(response.headers), response.content)

    def _open(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            if self._client is not None:
                _abandoned.append(self._client)
            self._loop = loop
            self._client = httpx.AsyncClient(
                base_url=self._settings.base_url, headers=_headers(self._settings), limits=_LIMITS
            )
        return self._client

    async def close(self) -> None:
        """Closes all connections."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.aclose()

    def after_fork(self) -> None:
        """In the child: leaves the parent its connections."""
        if self._client is not None:
            _abandoned.append(self._client)
            self._client = None


def _lower(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
