"""Forks victims: each records as fast as it can and writes down every id whose `record` returned, until it is killed."""

from __future__ import annotations

import os
import random
import sys
import time


def victim(url: str, key: str, outbox: str, ids: str, seed: int) -> None:
    from oliver_cost_tracker import CostTracker

    draw = random.Random(seed)
    tracker = CostTracker(url, key, outbox=outbox, timeout=1, linger=0.005, workspace="default", project=sys.argv[1])
    out = os.open(ids, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    while True:
        name = tracker.record(provider="openai", model="gpt-4o-mini", usage={"input_tokens": draw.randrange(1000)})
        if name is not None:
            os.write(out, name.encode() + b"\n")
        if draw.random() < 0.1:
            time.sleep(draw.random() * 0.01)


def main() -> None:
    import oliver_cost_tracker  # noqa: F401 # loaded once, for all victims

    for line in sys.stdin:
        url, key, outbox, ids, seed = line.split()
        pid = os.fork()
        if pid == 0:
            try:
                victim(url, key, outbox, ids, int(seed))
            finally:
                os._exit(1)
        print(pid, flush=True)
        os.waitpid(pid, 0)
        print("gone", flush=True)


main()
