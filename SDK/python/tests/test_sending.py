"""From `record` to the server: batches, retries, rejections, and what a misbehaving server cannot do."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import EVENT, KEY, eventually
from oliver_cost_tracker import CostTracker, OutboxError, OutboxLimits, Settings
from oliver_cost_tracker.counters import Counters
from oliver_cost_tracker.events import make_event
from oliver_cost_tracker.outbox import Outbox
from oliver_cost_tracker.overflow import Overflow
from oliver_cost_tracker.sender import Did, Sender
from oliver_cost_tracker.transport import Transport
from support.fake_oliver import FakeOliver

Make = Callable[..., CostTracker]


def test_an_event_is_sent_at_once_when_idle(fake: FakeOliver, make: Make) -> None:
    tracker = make(fake.url)
    started = time.monotonic()
    name = tracker.record(**EVENT)
    eventually(lambda: name in fake.events)
    assert time.monotonic() - started < 5
    eventually(lambda: tracker.stats().pending == 0)
    assert (tracker.stats().recorded, tracker.stats().sent) == (1, 1)


def test_a_trickle_gathers_and_is_not_sent_one_by_one(fake: FakeOliver, make: Make) -> None:
    tracker = make(fake.url, linger=0.05)
    started = time.monotonic()
    for _ in range(100):
        tracker.record(**EVENT)
        time.sleep(0.01)
    most = (time.monotonic() - started) / (10 * tracker.settings.linger)
    assert tracker.flush(20) and len(fake.events) == 100
    assert len(fake.requests) <= most + 3


def test_many_events_go_in_batches_of_a_thousand_as_gzip(fake: FakeOliver, make: Make) -> None:
    tracker = make(fake.url)
    names = tracker.record_many([EVENT] * 2_500)
    assert tracker.flush(20) and set(fake.events) == set(names)
    assert max(len(body) for _, _, body in fake.requests) == 1_000
    assert all(headers.get("content-encoding") == "gzip" for _, headers, _ in fake.requests)


def test_large_events_go_in_batches_below_four_megabytes(fake: FakeOliver, make: Make) -> None:
    tracker = make(fake.url)
    tracker.record_many([{**EVENT, "trace_id": "x" * 900_000}] * 9)
    assert tracker.flush(20) and len(fake.events) == 9
    assert [len(body) for _, _, body in fake.requests] == [4, 4, 1]


def test_counters_go_along_with_every_request(fake: FakeOliver, make: Make) -> None:
    tracker = make(fake.url)
    tracker.record(**EVENT)
    tracker.flush()
    tracker.record(**EVENT)
    tracker.flush()
    told = fake.requests[-1][1]["oliver-client-counters"]
    assert re.fullmatch(
        r"outbox=[0-9a-f]{16}; pending=1; in_memory=0; recorded=2; sent=1; retried=0; rejected=0; dropped=0; forgotten=0",
        told,
    )


@pytest.mark.parametrize("mode", ["unavailable", "error", "unauthorized", "garbage", "hang_up", "proxy_400"])
def test_nothing_is_lost_while_the_server_answers(mode: str, fake: FakeOliver, make: Make) -> None:
    fake.mode = mode
    tracker = make(fake.url, timeout=2)
    names = tracker.record_many([EVENT] * 20)
    assert not tracker.flush(0.5)
    assert tracker.stats().pending == 20 and tracker.stats().trouble
    tracker.close(0)
    fake.mode = "up"
    assert make(fake.url).flush(10)
    assert set(fake.accepted.values()) == {1} and set(fake.events) == set(names)


def test_nothing_is_lost_while_there_is_no_server(fake: FakeOliver, make: Make) -> None:
    tracker = make("http://127.0.0.1:9")
    name = tracker.record(**EVENT)
    assert not tracker.flush(0.3)
    tracker.close(0)
    assert make(fake.url).flush(10) and name in fake.events


def test_requests_after_a_failure_are_counted_as_retried(fake: FakeOliver, make: Make) -> None:
    fake.mode = "unavailable"
    tracker = make(fake.url)
    tracker.record(**EVENT)
    eventually(lambda: len(fake.requests) >= 3)
    fake.mode = "up"
    assert tracker.flush(10)
    eventually(lambda: tracker.stats().retried >= 2)


def test_backoff_holds_even_while_somebody_flushes(fake: FakeOliver, make: Make) -> None:
    fake.mode = "unavailable"
    tracker = make(fake.url)
    tracker.record(**EVENT)
    tracker.flush(2)
    assert len(fake.requests) <= 6


def test_a_rejected_event_is_kept_with_its_problem_and_harms_no_neighbour(fake: FakeOliver, make: Make) -> None:
    tracker = make(fake.url)
    tracker.record_many([EVENT, {"provider": "openai", "model": "bad"}, EVENT])
    assert tracker.flush() and len(fake.events) == 2
    (kept,) = tracker.rejected()
    assert '"name": "usage"' in kept.problem and '"model":"bad"' in kept.body
    assert (tracker.stats().rejected, tracker.stats().pending) == (1, 0)


def test_rejected_events_are_bounded_and_the_forgotten_are_counted(fake: FakeOliver, make: Make) -> None:
    tracker = make(fake.url, limits=OutboxLimits(rejected_rows=3))
    tracker.record_many([{"provider": "openai", "model": f"bad-{n}"} for n in range(5)])
    assert tracker.flush()
    assert ["bad-4" in each.body for each in tracker.rejected()] == [True, False, False]
    assert tracker.stats().forgotten == 2


def test_a_wrong_clock_costs_no_event(fake: FakeOliver, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    tracker = make(fake.url)
    for now in (0.0, 4_500_000_000.0):
        monkeypatch.setattr("oliver_cost_tracker.events.time.time", lambda now=now: now)
        assert tracker.record(**EVENT) is not None
    assert tracker.flush() and len(fake.events) == 2
    assert all("occurred_at" not in event for event in fake.events.values())


def test_a_time_that_the_caller_gave_is_not_taken_away(fake: FakeOliver, make: Make) -> None:
    tracker = make(fake.url)
    tracker.record(**EVENT, occurred_at="1970-01-01T00:00:00Z")
    assert tracker.flush() and len(tracker.rejected()) == 1


def test_an_event_that_makes_the_server_fail_does_not_hold_up_the_others(fake: FakeOliver, make: Make) -> None:
    fake.poison.add("poison")
    tracker = make(fake.url, linger=0)
    good = [tracker.record(**EVENT), tracker.record(**{**EVENT, "model": "poison"}), tracker.record(**EVENT)]
    eventually(lambda: {good[0], good[2]} <= set(fake.events), within=20)
    # The server has an event a moment before the outbox knows it.
    eventually(lambda: tracker.stats().pending == 1, within=20)
    fake.poison.clear()
    assert tracker.flush(30) and len(fake.events) == 3


def test_a_full_outbox_keeps_what_it_promised_and_counts_what_it_drops(make: Make, fake: FakeOliver) -> None:
    fake.mode = "unavailable"
    tracker = make(fake.url, limits=OutboxLimits(rows=3))
    names = [tracker.record(**EVENT) for _ in range(5)]
    assert [name is not None for name in names] == [True] * 3 + [False] * 2
    assert (tracker.stats().pending, tracker.stats().dropped, tracker.stats().in_memory) == (3, 2, 0)
    fake.mode = "up"
    assert tracker.flush(10) and set(fake.events) == set(names[:3])
    assert tracker.record(**EVENT) is not None


def test_the_outbox_is_bounded_in_bytes(make: Make) -> None:
    tracker = make("http://127.0.0.1:9", limits=OutboxLimits(bytes=1_000))
    kept = [name for name in (tracker.record(**EVENT) for _ in range(20)) if name]
    assert 0 < len(kept) < 20 and tracker.stats().pending_bytes <= 1_000


def test_only_a_strict_tracker_raises(make: Make) -> None:
    strict = make("http://127.0.0.1:9", limits=OutboxLimits(rows=1), strict=True)
    strict.record(**EVENT)
    with pytest.raises(OutboxError, match="full"):
        strict.record(**EVENT)
    with pytest.raises(OutboxError, match="not an event"):
        strict.record(**{**EVENT, "usage": {"input_tokens": "many"}})


def test_what_is_no_event_is_counted_and_kept_not_raised(make: Make) -> None:
    tracker = make("http://127.0.0.1:9")
    for wrong in ({"usage": {"input_tokens": "many"}}, {"cost_usd": 0.1}, {"model": object()}, {"user": "\ud800"}):
        assert tracker.record(**{**EVENT, **wrong}) is None
    assert tracker.stats().rejected == 4 and len(tracker.rejected()) == 4


def test_values_that_raise_are_not_the_callers_trouble(make: Make) -> None:
    class Vicious:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    itself: dict[str, object] = {}
    itself["itself"] = itself
    tracker = make("http://127.0.0.1:9")
    for wrong in ({"tags": {"a": Vicious()}}, {"usage": itself}, {"trace_id": itself}):
        assert tracker.record(**{**EVENT, **wrong}) is None
    assert tracker.stats().rejected == 3 and len(tracker.rejected()) == 3


def test_a_misspelt_field_is_a_programming_error(make: Make) -> None:
    with pytest.raises(TypeError, match="porject"):
        make("http://127.0.0.1:9").record(**EVENT, porject="x")


def test_a_tracker_that_is_switched_off_does_nothing(outbox: Path) -> None:
    tracker = CostTracker("http://127.0.0.1:9", "", enabled=False, outbox=outbox)
    assert tracker.record(**EVENT) is None and tracker.preflight(**EVENT).degraded and tracker.flush()
    tracker.close()
    assert not outbox.exists()


def test_closing_leaves_what_is_unsent_in_the_file(make: Make, fake: FakeOliver) -> None:
    tracker = make("http://127.0.0.1:9")
    name = tracker.record(**EVENT)
    started = time.monotonic()
    tracker.close(0.2)
    assert time.monotonic() - started < 3
    assert make(fake.url).flush() and name in fake.events


def test_what_another_run_left_is_sent_without_a_new_event(make: Make, fake: FakeOliver) -> None:
    left = make("http://127.0.0.1:9")
    name = left.record(**EVENT)
    left.close(0)
    tracker = make(fake.url)
    assert tracker.flush(10) and name in fake.events


def sender(url: str, outbox: Path) -> tuple[Sender, Outbox]:
    settings = Settings(base_url=url, api_key=KEY, outbox=outbox)
    box = Outbox(outbox, settings.limits)
    return Sender(settings, box, Overflow(10), Counters(), Transport(settings).send), box


def test_two_senders_never_send_at_the_same_time(fake: FakeOliver, outbox: Path) -> None:
    first, box = sender(fake.url, outbox)
    second, _ = sender(fake.url, outbox)
    box.append([make_event(EVENT) for _ in range(1500)], wait=1)
    assert first.step().did is Did.SENT  # and still holds the lease: there may be more
    assert second.step().did is Did.BUSY
    while first.step().did is Did.SENT:
        pass
    assert second.step().did is Did.NOTHING


def test_a_closed_tracker_gives_its_lease_back_once_its_request_has_ended(
    fake: FakeOliver, make: Make, outbox: Path
) -> None:
    fake.mode = "slow"
    tracker = make(fake.url, linger=0)
    tracker.record(**EVENT)
    eventually(lambda: fake.in_flight == 1 or fake.events)
    tracker.close(0)
    other, _ = sender(fake.url, outbox)
    eventually(other.lease.acquire)
    assert fake.in_flight == 0


def test_the_wait_after_a_wrong_key_is_long(fake: FakeOliver, outbox: Path) -> None:
    fake.mode = "unauthorized"
    alone, box = sender(fake.url, outbox)
    box.append([make_event(EVENT)], wait=1)
    step = alone.step()
    assert step.did is Did.FAILED and step.wait >= 30
