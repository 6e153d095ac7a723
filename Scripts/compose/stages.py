"""The stack of compose.yaml: building it, starting it, and how it is confined."""

import json
import pathlib
import ssl
import time
import urllib.request
from datetime import datetime

from compose.client import ITEM, Load, document, fetch, wait_for
from compose.engine import ENVIRONMENT, PORT, ROOT, SERVICES, run, say

SECRETS = ["redis_password", "postgres_password"]


class Stack:
    def __init__(self, engine):
        self.engine, self.checks, self.key = engine, 0, None

    def expect(self, condition, text):
        if not condition:
            raise SystemExit(f"FAILED: {text}")
        self.checks += 1
        say(f"ok: {text}")

    def build(self):
        run(ROOT / "Scripts/make-secrets")
        start = time.monotonic()
        for name in [*SERVICES, "oliver"]:
            self.engine.build(name, "test")
            say(f"image {name} is built, {time.monotonic() - start:.0f} s")
        sizes = {name: self.size(f"oliver/{name}:test") for name in [*SERVICES, "oliver"]}
        base = self.size("debian:bookworm-slim")
        say(f"image sizes: {', '.join(f'{name} {size} MB' for name, size in sizes.items())}; {base} MB of each are Debian")

    def size(self, image):
        return int(run(self.engine.program, "image", "inspect", "--format", "{{.Size}}", image)) // 1_000_000

    def start(self):
        self.engine.down()
        start = time.monotonic()
        self.up()
        say(f"everything is ready {time.monotonic() - start:.1f} s after `up`, on empty volumes")
        self.expect(self.engine.oliver("workspaces", "create", "default").returncode == 0, "a workspace can be made")
        self.key = self.engine.answer("keys", "create", "--name", "test", "--source-app", "test", "--scopes", "admin")["key"]
        event = {"event_id": "first", "usage": {"input_tokens": 1}, **ITEM}
        wait_for("the first event", 30, lambda: fetch("/v1/record", self.key, event)[0] == 202)
        again = json.loads(fetch("/v1/record", self.key, event)[2])
        self.expect(again["duplicates"] == 1, "an event is taken through the gateway, and known when it comes again")
        budget = {"name": "All", "workspace": "default", "scope": {"type": "workspace", "id": "default"}, "period": "total",
                  "limit_usd": "100000", "action": "block"}
        self.expect(fetch("/v1/budgets", self.key, budget)[0] == 201, "a budget is made through the gateway")
        self.expect(fetch("/metrics")[0] == 404, "metrics are not for everybody")
        status, _, page = fetch("/reference")
        self.expect(status == 200 and b"<html" in page, "the gateway serves the console's pages")

    def up(self):
        self.engine.up("redis", "postgres", *SERVICES, "gateway")
        wait_for("console behind the gateway", 120, lambda: fetch("/readyz")[0] == 200)
        for name in SERVICES:
            wait_for(f"{name} is healthy", 60, lambda name=name: self.healthy(name))

    def healthy(self, name):
        """Whether all replicas of a service say so, as the image's health check asks them."""
        containers = self.engine.containers(name)
        return bool(containers) and all(self.engine.ends(container, f"/app/{name}", "--probe") for container in containers)

    def load(self):
        return Load(self.key)

    def lag(self):
        """Entries that each group is behind, as `oliver lag` tells."""
        return {stage["group"]: stage["entries_behind"] for stage in self.engine.answer("lag")["stages"]}

    def quiet(self, seconds=120):
        """Waits until nothing waits anywhere; how long that took."""
        start = time.monotonic()
        wait_for("lag is 0", seconds, lambda: set(self.lag().values()) == {0})
        return time.monotonic() - start

    def started_within(self, name):
        """Seconds from the start of a service's container until it listened, by the log."""
        [container] = self.engine.containers(name)
        started = datetime.fromisoformat(self.engine.inspect(container)["State"]["StartedAt"][:26].rstrip("Z") + "+00:00")
        for line in self.engine.log(container, 200).splitlines():
            if '"listening"' in line:
                entry = json.loads(line[line.index("{"):])
                return (datetime.fromisoformat(entry["ts"].replace("Z", "+00:00")) - started).total_seconds()
        raise SystemExit(f"FAILED: the log of {name} does not say when it listened")

    def confined(self):
        """Each service is held as compose.yaml says, and as the kernel sees it."""
        secrets = [(ROOT / "Deploy/secrets" / name).read_text().strip() for name in SECRETS]
        for name in SERVICES:
            [container] = self.engine.containers(name)
            facts = self.engine.inspect(container)
            self.expect(facts["HostConfig"]["ReadonlyRootfs"] and 0 < facts["HostConfig"]["Memory"] <= 512 << 20,
                        f"{name} has a read-only root and a bound on memory")
            if self.engine.ends(container, "touch", "/app/x") or not self.engine.ends(container, "touch", "/tmp/x"):
                raise SystemExit(f"FAILED: {name} may write elsewhere than in /tmp")
            # Docker gives a remote daemon's containers no process here.
            process = pathlib.Path(f"/proc/{facts['State']['Pid']}")
            if not (process / "status").exists():
                say(f"the process of {name} cannot be seen from here: its rights were not checked")
                continue
            status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines() if ":\t" in line)
            self.expect(status["Uid"].split()[0] == "10001" and int(status["CapEff"], 16) == 0 and status["NoNewPrivs"] == "1",
                        f"{name} runs as uid 10001, without capabilities, and can get none")
            seen = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
            self.expect(not any(secret.encode() in seen for secret in secrets), f"{name}'s environment holds no password")

    def encrypted(self):
        """The gateway with a certificate: one of its own authority, whose root this test trusts."""
        ENVIRONMENT["OLIVER_SITE"] = "https://localhost"
        self.engine.up("--no-deps", "--force-recreate", "gateway")
        try:
            [container] = wait_for("the gateway", 20, lambda: self.engine.containers("gateway"))
            path = "/data/caddy/pki/authorities/local/root.crt"
            wait_for("its certificate", 30, lambda: self.engine.ends(container, "cat", path))
            root = run(self.engine.program, "exec", container, "cat", path)
            trust = ssl.create_default_context(cadata=root)

            def answers():
                with urllib.request.urlopen(f"https://localhost:{PORT + 1}/readyz", context=trust, timeout=5) as answer:
                    return answer.status == 200

            self.expect(wait_for("an answer over TLS", 30, answers), "the gateway answers over TLS, with a certificate that holds")
        finally:
            del ENVIRONMENT["OLIVER_SITE"]
        self.engine.up("--no-deps", "--force-recreate", "gateway")
        wait_for("console behind the gateway", 60, lambda: fetch("/readyz")[0] == 200)

    def totals(self, workspace="default"):
        """Events and cost in pico-dollars, as reports tell them."""
        day = "from=2020-01-01T00:00:00Z&to=2040-01-01T00:00:00Z"
        answer = document(f"/v1/analytics/summary?workspace={workspace}&{day}", self.key)
        return answer["events"], pico(answer["cost_usd"])


def pico(text):
    """A decimal string of dollars as pico-dollars."""
    whole, _, part = text.partition(".")
    return int(whole) * 10**12 + int(part.ljust(12, "0"))
