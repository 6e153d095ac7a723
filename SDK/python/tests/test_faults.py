"""Disks, files and processes that misbehave: no exception into the caller, and the loss is counted."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import EVENT, KEY, eventually
from oliver_cost_tracker import CostTracker, OutboxLimits
from support.fake_oliver import FakeOliver

Make = Callable[..., CostTracker]
HERE = Path(__file__).parent


def test_a_corrupt_file_is_set_aside_and_a_new_one_works(make: Make, fake: FakeOliver, outbox: Path) -> None:
    outbox.parent.mkdir()
    outbox.write_bytes(b"this is no database, " * 1000)
    tracker = make(fake.url)
    names = {tracker.record(**EVENT) for _ in range(5)}
    assert None not in names and tracker.flush(20)
    assert set(fake.events) == names
    assert len(list(outbox.parent.glob("events.db.corrupt-*"))) == 1


def test_a_file_that_breaks_while_in_use_costs_only_what_was_in_it(make: Make, fake: FakeOliver, outbox: Path) -> None:
    tracker = make(fake.url)
    tracker.record(**EVENT)
    assert tracker.flush(10)
    tracker.recorder.outbox.close()
    for path in (outbox, outbox.with_name(outbox.name + "-wal")):
        if path.exists():
            path.write_bytes(os.urandom(20_000))
    names = {tracker.record(**EVENT) for _ in range(5)}
    assert None not in names and tracker.flush(20) and names <= set(fake.events)


def test_a_file_that_somebody_removed_is_made_again(make: Make, fake: FakeOliver, outbox: Path) -> None:
    tracker = make(fake.url)
    tracker.record(**EVENT)
    assert tracker.flush(10)
    shutil.rmtree(outbox.parent)
    name = tracker.record(**EVENT)
    assert tracker.flush(10) and name in fake.events and outbox.exists()


def test_a_folder_that_cannot_be_written_means_memory_and_events_arrive(
    make: Make, fake: FakeOliver, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    tracker = make(fake.url, outbox=tmp_path / "file" / "events.db")
    names = {tracker.record(**EVENT) for _ in range(5)}
    assert None not in names and tracker.flush(10) and set(fake.events) == names
    assert "outbox" in (tracker.stats().trouble or "")


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    if (
        os.getuid() != 0
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("cannot mount a small file system here")
    yield folder

    subprocess.run(["umount", "-l", folder], check=False)


def test_a_read_only_disk_means_memory_and_the_file_is_used_again_later(
    make: Make, fake: FakeOliver, tiny_disk: Path
) -> None:
    fake.mode = "unavailable"
    tracker = make(fake.url, outbox=tiny_disk / "events.db")
    subprocess.run(["mount", "-o", "remount,ro", tiny_disk], check=True)
    names = [tracker.record(**EVENT) for _ in range(20)]
    assert None not in names and tracker.stats().in_memory == 20
    subprocess.run(["mount", "-o", "remount,rw", tiny_disk], check=True)
    eventually(lambda: tracker.stats().in_memory == 0, within=30)
    assert tracker.stats().pending == 20
    fake.mode = "up"
    assert tracker.flush(30) and set(fake.events) == set(names)


def test_a_full_disk_loses_nothing_that_fits_into_memory(make: Make, fake: FakeOliver, tiny_disk: Path) -> None:
    fake.mode = "unavailable"
    tracker = make(fake.url, outbox=tiny_disk / "events.db")
    names = [tracker.record(**EVENT, trace_id="x" * 100) for _ in range(1500)]
    assert None not in names
    stats = tracker.stats()
    assert stats.in_memory > 0 and stats.pending > 0 and stats.dropped == 0
    fake.mode = "up"
    subprocess.run(["mount", "-o", "remount,size=4m", tiny_disk], check=True)
    assert tracker.flush(30)
    assert set(fake.events) == set(names) and set(fake.accepted.values()) == {1}


def test_a_full_disk_and_full_memory_drop_and_count(make: Make, fake: FakeOliver, tiny_disk: Path) -> None:
    fake.mode = "unavailable"
    tracker = make(fake.url, outbox=tiny_disk / "events.db", limits=OutboxLimits(memory_rows=10))
    names = [tracker.record(**EVENT, trace_id="x" * 1000) for _ in range(400)]
    lost = names.count(None)
    assert lost > 0 and tracker.stats().dropped == lost
    fake.mode = "up"
    subprocess.run(["mount", "-o", "remount,size=4m", tiny_disk], check=True)
    assert tracker.flush(30) and set(fake.events) == set(names) - {None}


def test_a_lock_that_another_program_holds_means_memory_for_a_while(make: Make, fake: FakeOliver, outbox: Path) -> None:
    tracker = make(fake.url)
    tracker.record(**EVENT)
    assert tracker.flush(10)
    other = sqlite3.connect(outbox, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    started = time.monotonic()
    names = {tracker.record(**EVENT) for _ in range(50)}
    assert time.monotonic() - started < 5 and None not in names
    other.execute("ROLLBACK")
    other.close()
    assert tracker.flush(20) and names <= set(fake.events)


def test_what_ends_while_the_file_is_locked_is_counted_and_does_not_wait(
    make: Make, fake: FakeOliver, outbox: Path
) -> None:
    tracker = make(fake.url, limits=OutboxLimits(memory_rows=40))
    tracker.record(**EVENT)
    assert tracker.flush(10)
    other = sqlite3.connect(outbox, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for _ in range(50):
        tracker.recorder.record_soon(EVENT)
    other.execute("ROLLBACK")
    other.close()
    assert tracker.flush(20) and len(fake.events) == 41 and set(fake.accepted.values()) == {1}
    stats = tracker.stats()
    assert (stats.recorded, stats.dropped, stats.sent) == (41, 10, 41)


def test_threads_share_a_tracker(make: Make, fake: FakeOliver) -> None:
    tracker = make(fake.url)
    threads = [threading.Thread(target=lambda: [tracker.record(**EVENT) for _ in range(100)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tracker.flush(20) and len(fake.events) == 800 and set(fake.accepted.values()) == {1}
    assert tracker.stats().recorded == 800


def test_parent_and_children_of_a_fork_record_to_one_file(make: Make, fake: FakeOliver) -> None:
    tracker = make(fake.url)
    tracker.record(**EVENT, user="parent")
    children = []
    for child in range(4):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                names = [tracker.record(**EVENT, user=f"child-{child}") for _ in range(50)]
                code = 0 if None not in names and tracker.flush(20) else 2
            finally:
                os._exit(code)
        children.append(pid)
        tracker.record(**EVENT, user="parent")
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0, 0, 0]
    tracker.record(**EVENT, user="parent")
    assert tracker.flush(20)
    users = [event["user"] for event in fake.events.values()]
    assert users.count("parent") == 6 and len(users) == 206 and set(fake.accepted.values()) == {1}


def test_a_child_keeps_its_events_when_its_parent_ends_first(fake: FakeOliver, outbox: Path) -> None:
    # The last connection that closes removes the log: a child that only believed to be connected would lose events.
    code = f"""
import os, time
from oliver_cost_tracker import CostTracker
t = CostTracker({fake.url!r}, {KEY!r}, outbox={str(outbox)!r})
event = dict(provider="openai", model="m", usage={{"input_tokens": 1}})
t.record(**event); t.flush(10)
if os.fork():
    t.close(); os._exit(0)
for _ in range(100):
    assert t.record(**event); time.sleep(0.002)
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

    def all_there() -> bool:
        with CostTracker(fake.url, KEY, outbox=outbox) as tracker:
            tracker.flush(5)
        return len(fake.events) == 101

    eventually(all_there, within=20)


@pytest.mark.timeout(120)
def test_twenty_processes_share_one_file(fake: FakeOliver, outbox: Path) -> None:
    code = f"""
import sys, json
from oliver_cost_tracker import CostTracker
t = CostTracker({fake.url!r}, {KEY!r}, outbox={str(outbox)!r}, exit_timeout=20)
names = [t.record(provider="openai", model="m", usage={{"input_tokens": n}}, user=sys.argv[1]) for n in range(50)]
print(json.dumps(names))
"""
    running = [subprocess.Popen([sys.executable, "-c", code, str(n)], stdout=subprocess.PIPE) for n in range(20)]
    names = {name for process in running for name in json.loads(process.communicate(timeout=100)[0])}
    assert [process.returncode for process in running] == [0] * 20
    assert None not in names and len(names) == 1000
    with CostTracker(fake.url, KEY, outbox=outbox) as tracker:
        assert tracker.flush(20)
        stats = tracker.stats()
    assert set(fake.events) == names and set(fake.accepted.values()) == {1}
    assert fake.most_in_flight == 1, "two processes sent at the same time"
    assert (stats.recorded, stats.sent, stats.dropped) == (1000, 1000, 0)


def test_a_stopped_sender_gives_its_lease_back_when_it_dies(fake: FakeOliver, outbox: Path) -> None:
    fake.mode = "slow"
    code = f"""
import time
from oliver_cost_tracker import CostTracker
t = CostTracker({fake.url!r}, {KEY!r}, outbox={str(outbox)!r})
t.recorder._sender.lease.acquire(); print("held", flush=True); time.sleep(60)
"""
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
    with CostTracker(fake.url, KEY, outbox=outbox) as tracker:
        tracker.record(**EVENT)
        assert not tracker.flush(0.5)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert tracker.flush(10)
