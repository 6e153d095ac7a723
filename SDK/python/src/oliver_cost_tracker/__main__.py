"""`python -m oliver_cost_tracker status|rejected|flush`: looks after the outbox that the environment names.

With `--outbox FILE` another one: what a key that is no more has left is sent with today's.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

from .client import CostTracker
from .config import from_environment
from .errors import OliverError


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; 0 when it did, 1 when events are left, 2 when it cannot."""
    parser = argparse.ArgumentParser(prog="python -m oliver_cost_tracker", description="Looks after an outbox.")
    parser.add_argument("command", choices=("status", "rejected", "flush"))
    parser.add_argument("--outbox", type=Path, help="the file; by default the one of OLIVER_URL and OLIVER_API_KEY")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds that flush may take")
    given = parser.parse_args(arguments)
    try:
        settings = from_environment(outbox=given.outbox)
        path = settings.outbox_path()
        if not path.exists():
            print(f"there is no outbox {path}", file=sys.stderr)  # noqa: T201
            return 2
        return run(given.command, CostTracker(settings=replace(settings, outbox=path)), given.timeout)
    except OliverError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2


def run(command: str, tracker: CostTracker, timeout: float) -> int:
    """Runs a command on a tracker's outbox and prints one JSON document a line."""
    done = tracker.flush(timeout) if command == "flush" else True
    if command == "rejected":
        for event in tracker.rejected(1_000_000):
            print(json.dumps(asdict(event)))  # noqa: T201
    else:
        print(json.dumps({"outbox": str(tracker.settings.outbox_path()), **asdict(tracker.stats())}))  # noqa: T201
    tracker.close(0)
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
