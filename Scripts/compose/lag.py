"""A paused consumer: who tells of it, whether they agree, and whether somebody is called."""

import json
import time
import urllib.parse
import urllib.request

import yaml
from compose.client import ITEM, document, fetch, wait_for
from compose.engine import PORT, ROOT, run, say

EVENTS = 500


def ask(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return json.loads(answer.read())


def query(expression):
    """The value of an expression in Prometheus, as KEDA's scaler asks for it: the first of the answer."""
    [sample] = ask(PORT + 2, "/api/v1/query?" + urllib.parse.urlencode({"query": expression}))["data"]["result"]
    return float(sample["value"][1])


def keda():
    """The trigger of pricing's ScaledObject."""
    text = (ROOT / "Deploy/kubernetes/components/keda/scaled-objects.yaml").read_text()
    [item] = [item for item in yaml.safe_load_all(text) if item["metadata"]["name"] == "pricing"]
    return item["spec"]["triggers"][0]["metadata"]


def firing(name):
    """Whether a rule fires in Prometheus, and Alertmanager has heard of it."""
    alerts = ask(PORT + 2, "/api/v1/alerts")["data"]["alerts"]
    fires = any(alert["labels"]["alertname"] == name and alert["state"] == "firing" for alert in alerts)
    return fires and any(alert["labels"]["alertname"] == name for alert in ask(PORT + 3, "/api/v2/alerts?active=true"))


def lag_is_seen(stack):
    engine = stack.engine
    wanted = ["prometheus", "alertmanager"] + ([] if engine.stands_in else ["grafana"])
    engine.up("--no-deps", *wanted, profile="monitoring")

    def scraped():
        targets = ask(PORT + 2, "/api/v1/targets")["data"]["activeTargets"]
        return sorted(target["labels"]["app"] for target in targets if target["health"] == "up")

    apps = wait_for("Prometheus sees all services", 60, lambda: len(scraped()) == 6 and scraped())
    stack.expect(len(set(apps)) == 6, "Prometheus finds every service by its name")
    # The rule looks at the last minute: the load must be over for as long.
    wait_for("nothing is handled", 120, lambda: query('sum(rate(oliver_stream_handled_entries_total{group="pricing"}[1m])) or vector(0)') == 0)
    [container] = engine.containers("pricing")
    run(engine.program, "pause", container)
    paused = time.monotonic()
    usage = {"input_tokens": 100, "output_tokens": 10}
    events = [{"event_id": f"paused-{index}", "usage": usage, **ITEM} for index in range(EVENTS)]
    stack.expect(fetch("/v1/record", stack.key, {"events": events})[0] == 202, "events are accepted while pricing is paused")
    stack.accepted += EVENTS
    posted = time.monotonic()
    trigger = keda()

    def told():
        stages = document("/v1/operations", stack.key)["stages"]
        return {
            "oliver lag": stack.lag()["pricing"],
            "console": {stage["group"]: stage["entries_behind"] for stage in stages}["pricing"],
            "KEDA": query(trigger["query"]),
        }

    wait_for(f"all tell of {EVENTS}", 30, lambda: set(told().values()) == {EVENTS})
    seconds = time.monotonic() - posted
    stack.expect(seconds < 10, f"{', '.join(told())} tell of {EVENTS} entries {seconds:.1f} s after the last was accepted")
    say(f"KEDA: {query(trigger['query']):.0f} against a threshold of {trigger['threshold']} a replica")
    wait_for("OliverStageStalled fires", 120, lambda: firing("OliverStageStalled"))
    stack.expect(True, f"OliverStageStalled fires and Alertmanager has it {time.monotonic() - paused:.0f} s after the pause")
    run(engine.program, "unpause", container)
    stack.expect(True, f"lag is 0 again {stack.quiet(60):.1f} s after pricing goes on")
    wait_for("the alert ends", 60, lambda: not firing("OliverStageStalled") and query(trigger["query"]) == 0)
    stack.expect(True, "the alert ends, and KEDA's number is 0")
