"""SIGKILL at random points: every event whose `record` returned arrives exactly once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import FULL, KEY, SEED
from oliver_cost_tracker import CostTracker
from support.fake_oliver import FakeOliver
from support.oliver import Oliver

POINTS = 300 if FULL else 30
MODES = ["up", "up", "slow", "unavailable", "error", "hang_up", "garbage", "down"]
# Nobody listens there: the connection is refused.
NOBODY = "http://127.0.0.1:9"


def kill(zygote: subprocess.Popen[str], url: str, key: str, outbox: Path, ids: Path, draw: random.Random) -> None:
    assert zygote.stdin is not None and zygote.stdout is not None
    zygote.stdin.write(f"{url} {key} {outbox} {ids} {draw.randrange(2**31)}\n")
    zygote.stdin.flush()
    pid = int(zygote.stdout.readline())
    time.sleep(draw.uniform(0.005, 0.25))
    os.kill(pid, signal.SIGKILL)
    assert zygote.stdout.readline() == "gone\n"


def run(
    points: int, project: str, url: str | Callable[[random.Random], str], key: str, tmp_path: Path
) -> tuple[list[str], Path]:
    draw = random.Random(SEED)
    outbox, ids = tmp_path / "events.db", tmp_path / "ids"
    ids.touch()
    zygote = subprocess.Popen(
        [sys.executable, Path(__file__).parent / "support/zygote.py", project], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    for _ in range(points):
        kill(zygote, url(draw) if callable(url) else url, key, outbox, ids, draw)
    assert zygote.stdin is not None
    zygote.stdin.close()
    assert zygote.wait(10) == 0
    # The last line of a killed victim may be cut off.
    return [line for line in ids.read_text().splitlines() if len(line) == 36], outbox


@pytest.mark.timeout(600)
def test_every_recorded_event_arrives_exactly_once(fake: FakeOliver, tmp_path: Path) -> None:
    def another_mode(draw: random.Random) -> str:
        fake.mode = draw.choice(MODES)
        return NOBODY if fake.mode == "down" else fake.url

    recorded, outbox = run(POINTS, "p", another_mode, KEY, tmp_path)
    fake.mode = "up"
    with CostTracker(fake.url, KEY, outbox=outbox) as tracker:
        assert tracker.flush(60)
        assert tracker.stats().dropped == 0
    assert len(recorded) > POINTS
    assert set(recorded) - set(fake.events) == set(), "events whose record() returned are lost"
    assert set(fake.accepted.values()) == {1}
    # A victim may die between keeping an event and saying so: at most one each.
    assert len(set(fake.events) - set(recorded)) <= POINTS
    print(f"{POINTS} kills, {len(recorded)} events, {sum(fake.seen.values()) - len(fake.seen)} of them sent again")


@pytest.mark.real
@pytest.mark.timeout(120)
def test_every_recorded_event_is_in_the_ledger_exactly_once(oliver: Oliver, project: str, tmp_path: Path) -> None:
    recorded, outbox = run(max(5, POINTS // 10), project, oliver.url, oliver.key, tmp_path)
    with CostTracker(oliver.url, oliver.key, outbox=outbox) as tracker:
        assert tracker.flush(60)
        stats = tracker.stats()
    deadline = time.monotonic() + 60
    while oliver.summary(project)[0] < len(recorded) and time.monotonic() < deadline:
        time.sleep(0.2)
    events, _ = oliver.summary(project)
    # The file's own count knows of those whose id the victim could not write down any more.
    assert len(recorded) <= events <= len(recorded) + max(5, POINTS // 10)
    assert stats.dropped == 0
