"""Preflight, holds, estimates and upserts, sync and async alike."""

from __future__ import annotations

import asyncio
import inspect
import socket
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from conftest import EVENT, KEY, eventually
from oliver_cost_tracker import (
    AsyncCostTracker,
    AuthenticationFailed,
    BudgetExceeded,
    Conflict,
    CostTracker,
    CostTrackerUnavailable,
    HoldEnded,
    InvalidRequest,
    NotFound,
    OliverError,
    UnpricedModel,
    estimate_usage,
)
from support.fake_oliver import FakeOliver, problem
from support.oliver import Oliver

ALLOW = {
    "decision": "allow", "hold_id": "h-1", "expires_at": "2026-11-28T10:00:00Z", "estimated_cost_usd": "0.05",
    "budgets": [{"id": "b", "name": "Growth", "scope": {"type": "team", "id": "growth"}, "period": "month", "limit_usd": "100",
                 "spent_usd": "61.2", "held_usd": "0.05", "remaining_usd": "38.75", "period_end": "2026-12-01T00:00:00Z"}],
}  # fmt: skip
DENY = problem(
    402, "budget-exceeded", detail="Growth monthly is used up", budgets=[{"id": "b", "name": "Growth"}], retry_after=60
)


class Both:
    """A tracker of either kind, called alike."""

    def __init__(self, kind: type, url: str, path: Path, options: dict[str, Any]) -> None:
        self.kind, self.loop = kind, asyncio.new_event_loop()
        self.tracker = kind(url, KEY, outbox=path, **options)

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: self.run(getattr(self.tracker, name)(*args, **kwargs))

    def run(self, result: Any) -> Any:
        return self.loop.run_until_complete(result) if inspect.isawaitable(result) else result

    def guarded(self, work: Callable[[Any], Any], **event: Any) -> Any:
        guard = self.tracker.guard(**event)
        if self.kind is CostTracker:
            with guard as hold:
                return work(hold)

        async def inside() -> Any:
            async with guard as hold:
                result = work(hold)
                return await result if inspect.isawaitable(result) else result

        return self.loop.run_until_complete(inside())


@pytest.fixture(params=[CostTracker, AsyncCostTracker])
def both(request: pytest.FixtureRequest, outbox: Path) -> Iterator[Callable[..., Both]]:
    made: list[Both] = []

    def make(url: str, **options: Any) -> Both:
        made.append(Both(request.param, url, outbox, options))
        return made[-1]

    yield make
    for each in made:
        each.close(0)
        each.loop.close()


def test_an_allowed_preflight_is_read_with_its_money(fake: FakeOliver, both: Callable[..., Both]) -> None:
    fake.script.append((200, {}, ALLOW))
    answer = both(fake.url, team="growth").preflight(**EVENT, service_tier="flex", hold=True, ttl_seconds=60, user="u")
    assert (answer.decision, answer.hold_id, answer.estimated_cost_usd, answer.degraded) == (
        "allow",
        "h-1",
        Decimal("0.05"),
        False,
    )
    assert answer.budgets[0].remaining_usd == Decimal("38.75") and answer.budgets[0].scope["id"] == "growth"
    path, headers, body = fake.requests[0]
    assert path == "/v1/preflight" and headers["idempotency-key"] and headers["authorization"] == f"Bearer {KEY}"
    assert body == {
        "provider": "openai", "model": "gpt-4o-mini", "team": "growth", "user": "u", "hold": True, "ttl_seconds": 60, "dry_run": False,
        "service_tier": "flex", "estimate": {"usage": {"input_tokens": 1200, "output_tokens": 300}},
    }  # fmt: skip


def test_a_cost_can_be_the_estimate(fake: FakeOliver, both: Callable[..., Both]) -> None:
    fake.script.append((200, {}, ALLOW))
    both(fake.url).preflight(provider="openai", model="m", cost_usd=Decimal("0.05"))
    assert fake.requests[0][2]["estimate"] == {"cost_usd": "0.05"}


def test_a_denial_raises_with_the_problem_and_is_never_retried(fake: FakeOliver, both: Callable[..., Both]) -> None:
    fake.script.append((402, {}, DENY))
    with pytest.raises(BudgetExceeded) as caught:
        both(fake.url).preflight(**EVENT)
    assert caught.value.budgets[0]["name"] == "Growth" and caught.value.retry_after == 60
    assert caught.value.problem.type == "urn:oliver:problem:budget-exceeded"
    assert isinstance(caught.value, OliverError) and len(fake.requests) == 1


def test_caps_are_told(fake: FakeOliver, both: Callable[..., Both]) -> None:
    fake.script.append((200, {}, {**ALLOW, "decision": "allow_with_caps", "caps": {"max_output_tokens": 512}}))
    assert both(fake.url).preflight(**EVENT).max_output_tokens == 512


def test_a_failure_is_tried_three_times_more_with_one_idempotency_key(
    fake: FakeOliver, both: Callable[..., Both]
) -> None:
    fake.script.extend([(503, {}, {}), (500, {}, {}), (429, {"Retry-After": "0"}, {}), (200, {}, ALLOW)])
    assert not both(fake.url).preflight(**EVENT).degraded
    assert len(fake.requests) == 4 and len({headers["idempotency-key"] for _, headers, _ in fake.requests}) == 1


def test_retry_after_is_honoured(fake: FakeOliver, both: Callable[..., Both]) -> None:
    fake.script.extend([(503, {"Retry-After": "1"}, {}), (200, {}, ALLOW)])
    started = time.monotonic()
    both(fake.url).preflight(**EVENT)
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize("mode", ["unavailable", "error", "hang_up", "unauthorized"])
def test_without_an_answer_the_fail_mode_decides(mode: str, fake: FakeOliver, both: Callable[..., Both]) -> None:
    fake.mode = mode
    answer = both(fake.url, retries=1).preflight(**EVENT)
    assert answer.degraded and answer.decision == "allow" and answer.hold_id is None and answer.reason
    with pytest.raises(CostTrackerUnavailable):
        both(fake.url, retries=1, fail_mode="closed").preflight(**EVENT)


def test_a_workspace_that_fails_closed_is_obeyed_by_an_open_tracker(
    fake: FakeOliver, both: Callable[..., Both]
) -> None:
    fake.script.extend([(503, {}, problem(503, "budget-unavailable", fail_mode="closed"))] * 2)
    with pytest.raises(CostTrackerUnavailable) as caught:
        both(fake.url, retries=1, fail_mode="open").preflight(**EVENT)
    assert caught.value.problem is not None and caught.value.problem.type.endswith("budget-unavailable")


def test_an_answer_of_a_server_that_could_not_check_is_degraded(fake: FakeOliver, both: Callable[..., Both]) -> None:
    fake.script.append((200, {}, {"decision": "allow", "hold_id": None, "fail_mode": "open", "budgets": []}))
    answer = both(fake.url).preflight(**EVENT)
    assert answer.degraded and answer.hold_id is None


def test_a_model_without_a_price_is_a_denial_of_its_own(fake: FakeOliver, both: Callable[..., Both]) -> None:
    fake.script.append((402, {}, problem(402, "unpriced-model")))
    with pytest.raises(BudgetExceeded) as caught:
        both(fake.url).preflight(**EVENT)
    assert isinstance(caught.value, UnpricedModel) and caught.value.budgets == ()


def test_a_preflight_takes_no_longer_than_it_may(fake: FakeOliver, both: Callable[..., Both]) -> None:
    fake.script.extend([(503, {"Retry-After": "30"}, {})] * 9)
    started = time.monotonic()
    assert both(fake.url, preflight_timeout=1).preflight(**EVENT).degraded
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert both(url, preflight_timeout=0.5).preflight(**EVENT).degraded
    assert time.monotonic() - started < 4


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, InvalidRequest), (422, InvalidRequest), (409, Conflict)],
)
def test_what_is_the_callers_fault_raises_in_any_fail_mode(
    status: int, kind: type, fake: FakeOliver, both: Callable[..., Both]
) -> None:
    fake.script.append((status, {}, problem(status, "x")))
    with pytest.raises(kind):
        both(fake.url).preflight(**EVENT)


@pytest.mark.parametrize(("status", "kind"), [(401, AuthenticationFailed), (404, NotFound), (410, HoldEnded)])
def test_answers_about_holds_have_errors_of_their_own(
    status: int, kind: type, fake: FakeOliver, both: Callable[..., Both]
) -> None:
    fake.script.append((status, {}, problem(status, "x")))
    with pytest.raises(kind):
        both(fake.url).extend("h/1", 5)
    assert fake.requests[0][0] == "/v1/holds/h%2F1/extend"


def test_redirects_are_not_followed(fake: FakeOliver, both: Callable[..., Both]) -> None:
    fake.script.append((307, {"location": fake.url + "/elsewhere"}, {}))
    assert both(fake.url).preflight(**EVENT).degraded
    assert [path for path, _, _ in fake.requests] == ["/v1/preflight"]


def test_an_upsert_is_sent_as_it_is(fake: FakeOliver, both: Callable[..., Both]) -> None:
    fake.script.append((200, {}, {"created": 1}))
    assert both(fake.url, workspace="acme").upsert(teams=[{"id": "growth"}]) == {"created": 1}
    assert fake.requests[0][2] == {"workspace": "acme", "teams": [{"id": "growth"}]}


def test_a_guard_settles_its_hold_with_what_is_recorded(fake: FakeOliver, both: Callable[..., Both]) -> None:
    fake.script.append((200, {}, ALLOW))
    tracker = both(fake.url)
    tracker.guarded(lambda hold: hold.settle({"input_tokens": 7}), **EVENT, user="u")
    assert tracker.flush()
    (event,) = fake.events.values()
    assert (event["hold_id"], event["usage"], event["user"]) == ("h-1", {"input_tokens": 7}, "u")
    assert [path for path, _, _ in fake.requests] == ["/v1/preflight", "/v1/record"]


def test_the_first_event_inside_a_guard_settles_it_and_only_that(fake: FakeOliver, both: Callable[..., Both]) -> None:
    fake.script.append((200, {}, ALLOW))
    tracker = both(fake.url)
    tracker.guarded(lambda _: [tracker.tracker.recorder.record(EVENT) for _ in range(2)], **EVENT)
    assert tracker.flush()
    assert sorted(str(event.get("hold_id")) for event in fake.events.values()) == ["None", "h-1"]


def test_a_guard_without_a_record_releases_its_hold(fake: FakeOliver, both: Callable[..., Both]) -> None:
    fake.script.extend([(200, {}, ALLOW), (200, {}, {})])

    def fails(_: Any) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError):
        both(fake.url).guarded(fails, **EVENT)
    assert [path for path, _, _ in fake.requests] == ["/v1/preflight", "/v1/holds/h-1/release"]


def test_a_guard_does_not_enter_when_denied(fake: FakeOliver, both: Callable[..., Both]) -> None:
    fake.script.append((402, {}, DENY))
    with pytest.raises(BudgetExceeded):
        both(fake.url).guarded(lambda _: pytest.fail("the call was made"), **EVENT)


def test_a_failing_release_hides_nothing(fake: FakeOliver, both: Callable[..., Both]) -> None:
    fake.script.extend([(200, {}, ALLOW), (410, {}, problem(410, "gone"))])
    assert both(fake.url).guarded(lambda _: 42, **EVENT) == 42


def test_async_recording_does_not_block_the_loop_while_others_write(fake: FakeOliver, outbox: Path) -> None:
    async def run() -> None:
        async with AsyncCostTracker(fake.url, KEY, outbox=outbox) as tracker:
            await tracker.record(**EVENT)
            with tracker.recorder.outbox._front.transaction(1):
                task = asyncio.create_task(tracker.record(**EVENT))
                ticks = 0
                for _ in range(20):
                    await asyncio.sleep(0.005)
                    ticks += 1
                assert ticks == 20 and not task.done()
            assert await task is not None
            assert await tracker.flush()

    asyncio.run(run())
    assert len(fake.events) == 2


@pytest.mark.real
def test_estimates_are_the_servers(oliver: Oliver, both: Callable[..., Both], outbox: Path) -> None:
    tracker = CostTracker(oliver.url, oliver.key, outbox=outbox)
    usage = {"input_tokens": 1200, "cache_read_tokens": 800, "output_tokens": 300}
    found = tracker.estimate([{**EVENT, "usage": usage}, {**EVENT, "model": "no-such-model"}])
    assert (found[0].status, found[0].cost_usd) == ("priced", Decimal("0.0003"))
    assert (found[1].status, found[1].cost_usd) == ("unpriced", None)
    tracker.close()


@pytest.mark.real
def test_a_real_preflight_holds_and_a_record_settles(oliver: Oliver, project: str, outbox: Path) -> None:
    if not oliver.has_route("/v1/preflight"):
        pytest.skip("this server has no preflight yet")
    with CostTracker(oliver.url, oliver.key, outbox=outbox, project=project, fail_mode="closed") as tracker:
        with tracker.guard(
            provider="openai", model="gpt-4o-mini", usage=estimate_usage("gpt-4o-mini", "Hi", max_output_tokens=50)
        ) as guard:
            assert guard.answer.decision in ("allow", "allow_with_caps") and not guard.answer.degraded
            guard.settle({"input_tokens": 8, "output_tokens": 2})
        assert tracker.flush()
    (event,) = oliver.usage(project, 1)
    assert "unheld" not in event["provenance"]["flags"]


@pytest.mark.real
def test_a_real_budget_denies(oliver: Oliver, project: str, outbox: Path) -> None:
    if not (oliver.has_route("/v1/preflight") and oliver.has_route("/v1/budgets")):
        pytest.skip("this server has no budgets or no preflight yet")
    budget = {"name": project, "workspace": "default", "scope": {"type": "project", "id": project}, "period": "month",
              "limit_usd": "0.000001", "action": "block"}  # fmt: skip
    oliver.post("/v1/budgets", budget)
    with CostTracker(oliver.url, oliver.key, outbox=outbox, project=project, fail_mode="closed") as tracker:
        with pytest.raises(BudgetExceeded) as caught:
            tracker.preflight(**EVENT)
        assert caught.value.budgets[0]["name"] == project
        assert not tracker.preflight(**{**EVENT, "project": "another"}).degraded


def test_estimates_of_the_wrong_number_are_no_answer(fake: FakeOliver, both: Callable[..., Both]) -> None:
    fake.script.append((200, {}, {"items": []}))
    with pytest.raises(CostTrackerUnavailable):
        both(fake.url).estimate([EVENT])
    eventually(lambda: len(fake.requests) == 1)
