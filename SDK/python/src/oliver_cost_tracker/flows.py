"""The calls that wait for an answer, as flows (see `wire.py`): retries, deadlines and what each answer means."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from .answers import Estimate, Preflight
from .config import Settings
from .errors import ApiError, AuthenticationFailed, CostTrackerUnavailable, NotFound, Problem, api_error
from .events import encode, fields, new_id
from .retry import RETRIABLE, RetryPolicy, retry_after
from .wire import Flow, Lost, Pause, Reply, Request

log = logging.getLogger("oliver_cost_tracker")

_ESTIMATE = ("usage", "usage_convention", "custom", "cost_usd")
IDENTITY = ("workspace", "team", "project", "user", "tags", "provider", "model", "operation")
_ATTRIBUTES = ("router_fee", "service_tier", "size", "quality", "resolution", "search_context_size", "data_residency",
               "vertex_location", "inference_geo", "speed")  # fmt: skip


def post(
    settings: Settings,
    path: str,
    payload: Any,
    *,
    timeout: float | None = None,
    headers: Mapping[str, str] | None = None,
) -> Flow[Any]:
    """Posts JSON and returns the JSON of a 2xx answer, trying again as `RetryPolicy` says.

    All tries together take `timeout` seconds at most. Raises an `ApiError` for a no, and `CostTrackerUnavailable` when
    there is no answer.
    """
    policy = RetryPolicy(retries=settings.retries)
    limit = settings.timeout if timeout is None else timeout
    body, deadline, attempt = encode(payload), time.monotonic() + limit, 0
    while True:
        left = deadline - time.monotonic()
        outcome = yield Request(path, body, headers or {}, timeout=max(left, 0.001))
        if isinstance(outcome, Reply) and 200 <= outcome.status < 300:
            return outcome.json()
        if isinstance(outcome, Reply) and 400 <= outcome.status < 500 and outcome.status not in RETRIABLE:
            raise api_error(Problem.parse(outcome.status, outcome.json()))
        unavailable = _unavailable(outcome)
        may_help = not isinstance(outcome, Reply) or outcome.status in RETRIABLE
        left = deadline - time.monotonic() if may_help else 0.0
        wait = policy.next_wait(attempt, left, random.random(), unavailable.retry_after)  # noqa: S311 # no secret
        if wait is None:
            raise unavailable
        yield Pause(wait)
        attempt += 1


def _unavailable(outcome: Reply | Lost | None) -> CostTrackerUnavailable:
    if isinstance(outcome, Reply):
        problem = Problem.parse(outcome.status, outcome.json())
        return CostTrackerUnavailable(
            f"HTTP {outcome.status}: {problem}",
            status=outcome.status,
            retry_after=retry_after(outcome.headers),
            problem=problem,
        )
    return CostTrackerUnavailable(outcome.reason if isinstance(outcome, Lost) else "no answer")


def preflight(
    settings: Settings,
    event: Mapping[str, Any],
    *,
    hold: bool,
    ttl_seconds: int,
    dry_run: bool,
    idempotency_key: str | None,
) -> Flow[Preflight]:
    """Asks whether a call may be made.

    Raises `BudgetExceeded` when not. When the server gives no answer it allows (`degraded`) or raises
    `CostTrackerUnavailable`, as the fail mode says; so does a key that the server refuses.
    """
    if not settings.enabled:
        return Preflight("allow", degraded=True, reason="the tracker is switched off")
    try:
        payload = _preflight_payload(event, hold, ttl_seconds, dry_run)
        headers = {"idempotency-key": idempotency_key or new_id()}
        raw = yield from post(settings, "/v1/preflight", payload, timeout=settings.preflight_timeout, headers=headers)
        answer = Preflight.parse(raw) if isinstance(raw, Mapping) else None
        if answer is None:
            raise CostTrackerUnavailable("the answer is no preflight's")
        return answer
    except CostTrackerUnavailable as error:
        return _degraded(settings, error)
    except (AuthenticationFailed, NotFound) as error:
        return _degraded(settings, CostTrackerUnavailable(str(error), status=error.status))


def _degraded(settings: Settings, error: CostTrackerUnavailable) -> Preflight:
    # A workspace that says `closed` itself is obeyed, whatever the tracker was told.
    told = error.problem.raw.get("fail_mode") if error.problem is not None else None
    if "closed" in (settings.fail_mode, told):
        raise error
    log.warning("preflight allows without an answer: %s", error.reason)
    return Preflight("allow", degraded=True, reason=error.reason)


def _preflight_payload(event: Mapping[str, Any], hold: bool, ttl_seconds: int, dry_run: bool) -> dict[str, Any]:
    sent = fields(event)
    estimate = {name: sent[name] for name in _ESTIMATE if name in sent}
    payload = {name: sent[name] for name in (*IDENTITY, *_ATTRIBUTES) if name in sent}
    return {**payload, "estimate": estimate, "hold": hold, "ttl_seconds": ttl_seconds, "dry_run": dry_run}


def estimate(settings: Settings, items: Sequence[Mapping[str, Any]]) -> Flow[list[Estimate]]:
    """Prices up to 1,000 events without recording them."""
    raw = yield from post(settings, "/v1/estimate", {"items": [fields(item) for item in items]})
    found = Estimate.parse_all(raw)
    if len(found) != len(items):
        raise CostTrackerUnavailable("the answer has not one estimate for each item")
    return found


def upsert(settings: Settings, payload: Mapping[str, Any]) -> Flow[Mapping[str, Any]]:
    """Creates or updates teams, projects and users."""
    raw = yield from post(settings, "/v1/upsert", {k: v for k, v in payload.items() if v is not None})
    return raw if isinstance(raw, Mapping) else {}


def extend(settings: Settings, hold_id: str, ttl_seconds: int) -> Flow[Mapping[str, Any]]:
    """Lets a hold live `ttl_seconds` from now. Raises `HoldEnded` when it is too late."""
    raw = yield from post(settings, f"/v1/holds/{quote(hold_id, safe='')}/extend", {"ttl_seconds": ttl_seconds})
    return raw if isinstance(raw, Mapping) else {}


def release(settings: Settings, hold_id: str) -> Flow[None]:
    """Gives a hold back. Raises `HoldEnded` when it has ended already."""
    yield from post(settings, f"/v1/holds/{quote(hold_id, safe='')}/release", {})


def release_quietly(settings: Settings, hold_id: str) -> Flow[None]:
    """Gives a hold back; if that fails it expires by itself."""
    try:
        yield from release(settings, hold_id)
    except (ApiError, CostTrackerUnavailable) as error:
        log.debug("the hold was not released: %s", error)
