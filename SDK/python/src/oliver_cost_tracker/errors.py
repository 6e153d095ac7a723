"""Everything that this package raises, as one tree below `OliverError`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .money import usd


@dataclass(frozen=True)
class Problem:
    """An error answer of the server (RFC 9457).

    `type` is stable (`urn:oliver:problem:…`); `retry_after` is in seconds; `raw` is the whole body.
    """

    type: str
    title: str
    status: int
    detail: str | None = None
    request_id: str | None = None
    retry_after: float | None = None
    invalid_parameters: tuple[Mapping[str, Any], ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, status: int, body: Any) -> Problem:
        """Reads a problem; a body that is none still gives one that says the status."""
        raw: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
        wait = raw.get("retry_after")
        faults = raw.get("invalid_parameters")
        return cls(
            type=str(raw.get("type", "about:blank")),
            title=str(raw.get("title", f"HTTP {status}")),
            status=status,
            detail=None if raw.get("detail") is None else str(raw["detail"]),
            request_id=None if raw.get("request_id") is None else str(raw["request_id"]),
            retry_after=float(wait) if isinstance(wait, (int, float)) else None,
            invalid_parameters=tuple(f for f in faults if isinstance(f, Mapping)) if isinstance(faults, list) else (),
            raw=raw,
        )

    def __str__(self) -> str:
        return f"{self.title}: {self.detail}" if self.detail else self.title


class OliverError(Exception):
    """The root of all errors of this package."""


class ConfigurationError(OliverError):
    """The tracker cannot work as it was set up: no key, an address that is none, a limit below 1."""


class OutboxError(OliverError):
    """An event could not be kept, or only in memory. Raised by `record` of a tracker with `strict=True` only."""


class CostTrackerUnavailable(OliverError):
    """The server gave no usable answer in time; trying again later may help.

    Preflight raises it in the fail mode `closed`, the tracker's or the workspace's own; in `open` it allows instead.
    """

    def __init__(
        self,
        reason: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        problem: Problem | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.retry_after = retry_after
        self.problem = problem


class ApiError(OliverError):
    """The server said no, and would say it again: such an answer is never retried."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status


class InvalidRequest(ApiError):
    """What was sent is wrong (400, 413, 415, 422): `problem.invalid_parameters` says where."""


class AuthenticationFailed(ApiError):
    """The key is missing, unknown or revoked (401), or may not do this (403)."""


class NotFound(ApiError):
    """There is no such thing (404), for example a hold."""


class Conflict(ApiError):
    """The idempotency key was used with another body (409)."""


class HoldEnded(ApiError):
    """The hold has expired, was settled or was released (410)."""


class BudgetExceeded(ApiError):
    """A budget denies the call (402). Do not make it."""

    @property
    def budgets(self) -> tuple[Mapping[str, Any], ...]:
        """The budgets that deny, as the server names them; money in them is decimal text."""
        named = self.problem.raw.get("budgets")
        return tuple(b for b in named if isinstance(b, Mapping)) if isinstance(named, list) else ()

    @property
    def retry_after(self) -> float | None:
        """Seconds until the period ends, if the server says so."""
        return self.problem.retry_after

    @property
    def estimated_cost_usd(self) -> Decimal | None:
        """What the call would have cost."""
        return usd(self.problem.raw.get("estimated_cost_usd"))


class UnpricedModel(BudgetExceeded):
    """A budget denies the call because nobody knows its price (402): set one, or send `cost_usd` as the estimate."""


_BY_STATUS: Mapping[int, type[ApiError]] = {
    400: InvalidRequest,
    401: AuthenticationFailed,
    402: BudgetExceeded,
    403: AuthenticationFailed,
    404: NotFound,
    409: Conflict,
    410: HoldEnded,
    413: InvalidRequest,
    415: InvalidRequest,
    422: InvalidRequest,
}


def api_error(problem: Problem) -> ApiError:
    """The error that a problem's status, or its type, stands for."""
    if problem.type == "urn:oliver:problem:unpriced-model":
        return UnpricedModel(problem)
    return _BY_STATUS.get(problem.status, ApiError)(problem)
