"""A backup of many events, restored into an empty installation."""

import os
import pathlib
import tempfile
import time

from compose.client import ITEM, document, fetch, wait_for
from compose.engine import say
from compose.stages import pico

EVENTS = int(os.environ.get("OLIVER_COMPOSE_EVENTS", "1000000"))
RANGE = "workspace=demo&from=2020-01-01T00:00:00Z&to=2040-01-01T00:00:00Z"
REPORTS = [
    f"/v1/analytics/summary?{RANGE}",
    f"/v1/analytics/breakdown?{RANGE}&by=model&limit=100",
    f"/v1/analytics/breakdown?{RANGE}&by=team&limit=100",
    f"/v1/analytics/breakdown?{RANGE}&by=user&limit=100",
    f"/v1/analytics/timeseries?{RANGE}&granularity=month&group_by=provider",
]


def restored(stack):
    engine = stack.engine
    start = time.monotonic()
    done = engine.oliver("demo", "--events", EVENTS)
    check(stack, done, f"{EVENTS} events are laid into the ledger in {time.monotonic() - start:.0f} s")
    budget = {"name": "Demo", "workspace": "demo", "scope": {"type": "workspace", "id": "demo"}, "period": "total",
              "limit_usd": "100000000", "action": "block"}
    # 503 when the spend so far cannot be counted in time: the ledger has just been written.
    wait_for("a budget for them", 120, lambda: fetch("/v1/budgets", stack.key, budget)[0] == 201)
    before = wait_for("the budget has counted them", 180, lambda: counted(stack))
    stack.expect(before[0]["events"] == EVENTS, f"reports and counters tell {EVENTS} events and {before[0]['cost_usd']} dollars")
    with tempfile.TemporaryDirectory(prefix="oliver-backup-") as folder:
        folder = pathlib.Path(folder)
        options = ["--user", f"{os.geteuid()}:{os.getegid()}", "-v", f"{folder}:/out"]
        start = time.monotonic()
        done = engine.oliver("backup", "/out/oliver.dump", options=options)
        check(stack, done, f"backed up in {time.monotonic() - start:.0f} s while everything runs")
        say(f"the backup has {(folder / 'oliver.dump').stat().st_size / 1e6:.0f} MB")
        engine.down()
        engine.up("redis", "postgres")
        start = time.monotonic()
        wait_for("an empty PostgreSQL", 60, lambda: engine.ends(engine.containers("postgres")[0], "pg_isready", "-h", "127.0.0.1"))
        done = engine.oliver("restore", "/out/oliver.dump", options=options)
        check(stack, done, f"restored into empty volumes in {time.monotonic() - start:.0f} s")
    start = time.monotonic()
    stack.up()
    say(f"everything is ready {time.monotonic() - start:.1f} s after `up`")
    stack.expect(fetch("/v1/workspaces", stack.key)[0] == 200, "the key of before works")
    wait_for("the same reports and counters", 180, lambda: told(stack) == before)
    stack.expect(True, f"reports, and counters that are rebuilt, are equal to the pico-dollar {time.monotonic() - start:.1f} s after `up`")
    # Redis knows no ids any more; the ledger does.
    event = {"event_id": "first", "usage": {"input_tokens": 1}, **ITEM}
    stack.expect(fetch("/v1/record", stack.key, event)[0] == 202, "an event of before is taken once more")
    stack.quiet()
    wait_for("ledger, rollups and counters agree", 120, lambda: engine.answer("ledger", "verify"))
    stack.expect(told(stack) == before, "and counts nothing: ledger, rollups, counters and reports agree")


def check(stack, done, text):
    if done.returncode != 0:
        raise SystemExit(f"FAILED: {text}\n{done.stdout[-500:]}{done.stderr[-500:]}")
    stack.expect(True, text)


def counted(stack):
    """What is told, once the budget's counter has all that the report has."""
    answers = told(stack)
    return pico(answers[-2]) == pico(answers[0]["cost_usd"]) and answers


def told(stack):
    """The reports, and what the counters hold."""
    answers = [document(path, stack.key) for path in REPORTS]
    for workspace in ["demo", "default"]:
        [budget] = document(f"/v1/budgets?workspace={workspace}", stack.key)["items"]
        answers.append(budget["spent_usd"])
    return answers
