"""What the stack does under load: scaled, replaced, killed, fast; and what it does at rest."""

import os
import signal
import time

from compose.client import COST, Stream, document, wait_for
from compose.engine import ENVIRONMENT, SERVICES, Usage, run, say
from compose.stages import pico

REPLICAS = {"ingest": 3, "pricing": 3, "budget": 2, "analytics": 2}
RATE = int(os.environ.get("OLIVER_COMPOSE_RATE", "10000"))


def scaled(stack, load):
    engine = stack.engine
    time.sleep(3)
    for name, count in REPLICAS.items():
        engine.up("--no-deps", "--no-recreate", "--scale", f"{name}={count}", name)
    for name, count in REPLICAS.items():
        wait_for(f"{count} of {name}", 60, lambda name=name, count=count: len(engine.containers(name)) == count
                 and stack.healthy(name))
    stack.expect(True, f"scaled to {REPLICAS} under load")
    before = len(load.accepted)
    time.sleep(5)
    stack.expect(len(load.accepted) > before, "events are taken meanwhile")
    for name in REPLICAS:
        for container in engine.containers(name)[1:]:
            run(engine.program, "stop", "-t", "15", container)
            run(engine.program, "rm", "-f", container)
    time.sleep(3)
    stack.expect(all(len(engine.containers(name)) == 1 for name in REPLICAS), "scaled back under load")


def replaced(stack, load):
    before = len(load.accepted)
    for name in [*SERVICES, "oliver"]:
        stack.engine.rebuild(name)
    ENVIRONMENT["OLIVER_VERSION"] = "next"
    times = []
    for name in SERVICES:
        stack.engine.up("--no-deps", "--force-recreate", name)
        wait_for(f"the new {name}", 60, lambda name=name: stack.healthy(name))
        [container] = stack.engine.containers(name)
        stack.expect(stack.engine.inspect(container)["Config"]["Labels"].get("build"), f"{name} runs the new build")
        times.append(f"{name} {stack.started_within(name):.2f} s")
    say(f"from the start of the container until it listens, under load: {', '.join(times)}")
    stack.expect(len(load.accepted) > before, "each service was replaced by a new build under load")


def killed(stack, load):
    """Each service's process is killed; the engine starts it again by itself."""
    for name in SERVICES:
        [container] = stack.engine.containers(name)
        process = stack.engine.inspect(container)["State"]["Pid"]
        try:
            os.kill(process, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            run(stack.engine.program, "kill", "-s", "KILL", container)
            run(stack.engine.program, "start", container, check=False)
        wait_for(f"{name} after a kill", 60, lambda name=name: stack.healthy(name))
        [container] = stack.engine.containers(name)
        stack.expect(stack.engine.inspect(container)["State"]["Pid"] != process, f"{name} was killed and came back")
    time.sleep(3)


def settled(stack, load):
    """After the load: nothing else than 503 with Retry-After, and everything exactly once."""
    load.stop()
    stack.expect(load.wrong == [], f"no other error than 503 with Retry-After, of all services: {load.wrong[:3]}")
    say("answers, and the longest time in which there were 503s only: " + ", ".join(
        f"{name} {load.answers[name]}, {load.refused.get(name, 0)} refused, {load.outages.get(name, 0):.1f} s" for name in SERVICES
    ))
    stack.expect(all(load.answers.get(name) for name in SERVICES), "every service was used meanwhile")
    stack.quiet()
    stack.accepted = len(load.accepted)
    exact(stack)


def exact(stack):
    """What was accepted is in ledger, reports and counters exactly once, and nothing else."""
    def verified():
        report = stack.engine.answer("ledger", "verify")
        return next(item for item in report["workspaces"] if item["workspace"] == "default")

    workspace = wait_for("ledger, rollups and counters agree", 60, verified)
    count = stack.accepted + 1
    stack.expect(workspace["events"] == count, f"{stack.accepted} accepted events are in the ledger exactly once")
    # The first event has one input token.
    cost = stack.accepted * COST + 150_000
    stack.expect(stack.totals() == (count, cost), f"reports tell {count} events and {cost} pico-dollars")
    [budget] = document("/v1/budgets?workspace=default", stack.key)["items"]
    stack.expect(pico(budget["spent_usd"]) == cost, "the budget's counter tells the same to the pico-dollar")


def idle(stack, seconds=30):
    """CPU and memory of each service while nothing happens, and Prometheus asks."""
    time.sleep(5)
    names = [*SERVICES, "gateway", "redis", "postgres"]
    first = {name: Usage(stack.engine, name) for name in names}
    if not first["ingest"].memory:
        return say("processes of containers cannot be seen here: CPU and memory were not measured")
    start = time.monotonic()
    time.sleep(seconds)
    percent = {}
    for name in names:
        usage = Usage(stack.engine, name)
        percent[name] = (usage.seconds - first[name].seconds) / (time.monotonic() - start) * 100
        say(f"at rest: {name} {percent[name]:.2f} % of a core, {usage.memory / 1e6:.0f} MB")
    busy = {name: round(percent[name], 2) for name in SERVICES if percent[name] > 1}
    return stack.expect(not busy, f"no service uses more than 1 % of a core at rest {busy or ''}")


def fast(stack, seconds=60):
    """A given rate in batches of 500: what is taken, and what each process uses for it."""
    names = [*SERVICES, "gateway", "redis", "postgres"]
    first = {name: Usage(stack.engine, name) for name in names}
    stream = Stream(stack.key, RATE, seconds)
    took = stream.join()
    drained = stack.quiet(300)
    last = {name: Usage(stack.engine, name) for name in names}
    stack.expect(not stream.failed, f"no batch failed: {stream.failed[:2]}")
    say(f"{RATE} events a second were offered for {seconds} s: {stream.accepted / took:.0f} a second were accepted, and the "
        f"last was in the ledger {drained:.1f} s after")
    for name in names:
        each = (last[name].seconds - first[name].seconds) / stream.accepted * 1e6
        say(f"under load: {name} {each:.1f} µs of CPU an event, {last[name].memory / 1e6:.0f} MB")
    stack.accepted += stream.accepted
    exact(stack)
