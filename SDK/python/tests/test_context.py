"""Who spends flows through functions, tasks, threads and generators, and no further."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from conftest import EVENT
from oliver_cost_tracker import ContextThreadPool, CostTracker, carried, track
from oliver_cost_tracker.context import current, merged
from support.fake_oliver import FakeOliver


def now() -> object:
    return current().get("project")


def test_tracking_is_nested_and_ends() -> None:
    with track(project="a", tags={"x": "1"}):
        with track(user="u", tags={"y": "2"}):
            assert (current()["project"], current()["user"], current()["tags"]) == ("a", "u", {"x": "1", "y": "2"})
        assert current()["tags"] == {"x": "1"} and current().get("user") is None
    assert not current()


def test_later_layers_win_and_none_hides_nothing() -> None:
    found = merged({"team": "a", "tags": {"k": "1"}}, {"team": None}, {"team": "b", "tags": {"k": "2", "l": "3"}})
    assert found == {"team": "b", "tags": {"k": "2", "l": "3"}}


def test_functions_are_tracked_also_when_they_fail_or_recur() -> None:
    @track(project="f")
    def work(depth: int) -> object:
        if depth:
            return work(depth - 1)
        raise ValueError(now())

    try:
        work(3)
    except ValueError as error:
        assert error.args == ("f",)
    assert now() is None


def test_coroutines_that_run_together_keep_apart() -> None:
    async def work(name: str) -> list[object]:
        @track(project=name)
        async def inner() -> list[object]:
            seen = []
            for _ in range(3):
                seen.append(now())
                await asyncio.sleep(0)
            seen.append(await asyncio.to_thread(now))
            return seen

        return await inner()

    async def run() -> list[list[object]]:
        return list(await asyncio.gather(*(work(str(n)) for n in range(4))))

    assert asyncio.run(run()) == [[str(n)] * 4 for n in range(4)]


def test_generators_are_tracked_in_their_steps_only() -> None:
    @track(project="g")
    def steps() -> Iterator[object]:
        yield now()
        got = yield now()
        yield (now(), got)

    running = steps()
    assert next(running) == "g" and now() is None
    assert next(running) == "g" and now() is None
    assert running.send("value") == ("g", "value")  # type: ignore[attr-defined]
    assert list(running) == []


def test_async_generators_are_tracked_in_their_steps_only() -> None:
    @track(project="g")
    async def steps() -> AsyncIterator[object]:
        yield now()
        await asyncio.sleep(0)
        yield now()

    async def run() -> None:
        async for seen in steps():
            assert seen == "g" and now() is None

    asyncio.run(run())


def test_threads_get_the_context_when_asked_to() -> None:
    seen: list[object] = []
    with track(project="t"):
        thread = threading.Thread(target=carried(lambda: seen.append(now())))
        with ContextThreadPool(4) as pool:
            assert [f.result() for f in [pool.submit(now) for _ in range(8)]] == ["t"] * 8
            assert list(pool.map(lambda _: now(), range(8))) == ["t"] * 8
    thread.start()
    thread.join()
    assert seen == ["t"]


def test_events_carry_the_context_between_the_trackers_and_their_own(fake: FakeOliver, outbox: Path) -> None:
    tracker = CostTracker(fake.url, "olv_k", outbox=outbox, team="default-team", project="default", tags={"a": "0"})
    with track(project="context", tags={"b": "1"}):
        tracker.record(**EVENT)
        tracker.record(**EVENT, project="own", tags={"b": "2"})
    assert tracker.flush()
    found = [(e["team"], e["project"], e["tags"]) for e in fake.events.values()]
    assert found == [("default-team", "context", {"a": "0", "b": "1"}), ("default-team", "own", {"a": "0", "b": "2"})]
    tracker.close()
