#!/usr/bin/env python3
"""Checks what Deploy/ holds against the programs as they are: `./oliver test deploy`.

Needs promtool, prometheus and amtool (Debian: prometheus, prometheus-alertmanager), and kubectl for the manifests.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

import kubernetes_validate
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "Deploy"
SERVICES = {"ingest": 8081, "pricing": 8082, "budget": 8083, "analytics": 8084, "alerts": 8085, "console": 8086}
# There are manifests for all services; programs only for those that are built already.
BUILT = [name for name in SERVICES if (ROOT / "Services" / name / "Server").is_dir()]


def run(*command, **options):
    """Runs a command and fails with all it said."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\n{done.stdout}")
    return done.stdout


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(url, body=None, headers=None, timeout=10):
    request = urllib.request.Request(url, data=body, headers=headers or {})
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return answer.read().decode()


def wait_for(what, seconds, check):
    """Polls a condition until it holds."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            result = check()
            if result:
                return result
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.1)


def dashboard_queries():
    panels = json.loads((DEPLOY / "grafana/dashboard.json").read_text())["panels"]
    return [(panel["title"], target["expr"]) for panel in panels for target in panel.get("targets", [])]


def rules():
    groups = yaml.safe_load((DEPLOY / "prometheus/rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


class Program:
    """A program that ends with the test."""

    def __init__(self, *command, log, **options):
        self.log = log
        self.process = subprocess.Popen(
            command, stdout=open(log, "wb"), stderr=subprocess.STDOUT, start_new_session=True, **options
        )

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Metrics(unittest.TestCase):
    """Rules and dashboard, against the metrics of a running `oliver up`, by a real Prometheus."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="oliver-deploy-"))
        # PostgreSQL's account must reach its data.
        cls.folder.chmod(0o755)
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.port, prometheus = free_port(), free_port()
        home = cls.folder / "home"
        oliver = pathlib.Path(os.environ["OLIVER_BIN_DIR"]) / "oliver"
        environment = dict(os.environ, OLIVER_PRICING_SYNC="false")
        up = Program(
            oliver, "up", "--home", home, "--port", str(cls.port), log=cls.folder / "up.log", env=environment
        )
        cls.addClassCleanup(up.stop)
        base = f"http://127.0.0.1:{cls.port}"
        wait_for("the start of oliver up", 60, lambda: fetch(f"{base}/readyz"))
        key = (home / "admin.key").read_text().strip()
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        events = [
            {"workspace": "default", "provider": "openai", "model": model, "usage": {"input_tokens": 10}}
            for model in ["gpt-4o-mini", "no-such-model"]
        ]
        fetch(f"{base}/v1/record", json.dumps({"events": events}).encode(), headers)
        estimate = {"workspace": "default", "provider": "openai", "model": "gpt-4o-mini",
                    "estimate": {"cost_usd": "0.01"}}
        fetch(f"{base}/v1/preflight", json.dumps(estimate).encode(), headers)
        cls.text = lambda: fetch(f"{base}/metrics")
        wait_for(
            "the event in the ledger", 20, lambda: 'oliver_ledger_entries_total{result="kept",service="analytics"} 2' in cls.text()
        )
        cls.api = cls.start_prometheus(prometheus)

    @classmethod
    def start_prometheus(cls, port):
        shutil.copy(DEPLOY / "prometheus/rules.yml", cls.folder / "rules.yml")
        targets = [{"targets": [f"127.0.0.1:{cls.port}"], "labels": {"app": "up"}}]
        configuration = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yml"],
            "scrape_configs": [{"job_name": "oliver", "static_configs": targets}],
        }
        (cls.folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
        server = Program(
            "prometheus",
            f"--config.file={cls.folder}/prometheus.yml",
            f"--storage.tsdb.path={cls.folder}/tsdb",
            f"--web.listen-address=127.0.0.1:{port}",
            log=cls.folder / "prometheus.log",
        )
        cls.addClassCleanup(server.stop)
        api = f"http://127.0.0.1:{port}"
        wait_for("the start of Prometheus", 20, lambda: fetch(f"{api}/-/ready"))
        wait_for("the first evaluations", 20, lambda: cls.result(api, "oliver:visible_delay_seconds:p99_5m"))
        return api

    @staticmethod
    def result(api, query):
        answer = json.loads(fetch(f"{api}/api/v1/query?" + urllib.parse.urlencode({"query": query})))
        return answer["data"]["result"]

    def test_exposition_is_clean(self):
        """`promtool check metrics` finds nothing in what a running process tells."""
        done = subprocess.run(
            ["promtool", "check", "metrics"], input=Metrics.text(), text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_label_sets_are_bounded(self):
        """What clients name (models, users, event ids) is no label; and no metric has more series than a hundred."""
        series = {}
        for line in Metrics.text().splitlines():
            if not line.startswith("#") and "_bucket{" not in line:
                name = re.split(r"[{ ]", line)[0]
                series[name] = series.get(name, 0) + 1
        self.assertLess(max(series.values()), 100, series)
        self.assertNotIn("no-such-model", Metrics.text())

    def test_every_query_of_the_dashboard_has_an_answer(self):
        for title, query in dashboard_queries():
            with self.subTest(panel=title, query=query):
                # What needs two samples or more has them soon.
                wait_for(f"an answer to {query}", 10, lambda: self.result(self.api, query))

    def test_every_metric_of_the_rules_is_told(self):
        """Alerts rarely have an answer; the metrics and labels that they look at must be there all the same."""
        defined = {rule["record"] for rule in rules() if "record" in rule}
        for rule in rules():
            for name, labels in re.findall(r"\b((?:oliver|process)[_:][a-z0-9_:]+|up)\b(\{[^}]*\})?", rule["expr"]):
                with self.subTest(rule=rule.get("alert", rule.get("record")), metric=name):
                    if name in defined:
                        continue
                    names = re.findall(r"([a-z_]+)(?:=~|!=|=)", labels or "")
                    selector = ",".join(f'{label}!=""' for label in names)
                    self.assertTrue(self.result(self.api, f"{name}{{{selector}}}"), f"{name}{{{selector}}}")


class Rules(unittest.TestCase):
    """The rules by themselves."""

    def test_rules_do_what_they_say(self):
        run("promtool", "check", "rules", DEPLOY / "prometheus/rules.yml")
        run("promtool", "test", "rules", "rules_test.yml", cwd=DEPLOY / "prometheus")

    def test_configurations_are_valid(self):
        run("promtool", "check", "config", "--syntax-only", DEPLOY / "prometheus/prometheus.yml")
        run("amtool", "check-config", DEPLOY / "prometheus/alertmanager.yml")

    def test_every_alert_is_tested(self):
        tests = (DEPLOY / "prometheus/rules_test.yml").read_text()
        missing = [rule["alert"] for rule in rules() if "alert" in rule and rule["alert"] not in tests]
        self.assertEqual(missing, [])

    def test_every_alert_has_a_runbook(self):
        page = (ROOT / "docs/operations.md").read_text()
        for rule in rules():
            if "alert" in rule:
                name = rule["alert"]
                self.assertIn(f"\n### {name}\n", page)
                self.assertEqual(rule["annotations"]["runbook"], f"docs/operations.md#{name.lower()}")


class Compose(unittest.TestCase):
    """compose.yaml and the Dockerfile."""

    def setUp(self):
        self.compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
        self.dockerfile = (DEPLOY / "Dockerfile").read_text()

    def test_every_service_is_confined(self):
        for name in SERVICES:
            with self.subTest(service=name):
                service = self.compose["services"][name]
                self.assertTrue(service["read_only"])
                self.assertEqual(service["cap_drop"], ["ALL"])
                self.assertIn("memory", service["deploy"]["resources"]["limits"])
                self.assertEqual(service["build"]["target"], name)
                self.assertEqual(service["depends_on"]["redis"]["condition"], "service_healthy")

    def test_every_service_says_whether_it_is_healthy(self):
        for name, port in SERVICES.items():
            with self.subTest(service=name):
                stage = self.dockerfile.split(f" AS {name}\n")[1].split("\nFROM ")[0]
                self.assertIn(f'CMD ["/app/{name}", "--probe"]', stage)
                self.assertIn(f"EXPOSE {port}\n", stage)
        self.assertIn("USER 10001", self.dockerfile)

    def test_secrets_come_from_files(self):
        for name, service in self.compose["services"].items():
            for variable, value in (service.get("environment") or {}).items():
                with self.subTest(service=name, variable=variable):
                    if re.search(r"PASSWORD|(REDIS|POSTGRES|SMTP)_URL|SECRET|TOKEN|_KEY", variable):
                        self.assertTrue(value.startswith("/run/secrets/"), value)
        for secret in self.compose["secrets"].values():
            self.assertTrue(secret["file"].startswith("./Deploy/secrets/"))

    def test_redis_keeps_what_was_accepted(self):
        script = (ROOT / "Scripts/make-secrets").read_text()
        for setting in ["appendonly yes", "maxmemory-policy noeviction"]:
            self.assertIn(setting, script)
        self.assertIn("${OLIVER_FSYNC:-always}", self.compose["services"]["redis"]["command"])


class Routes(unittest.TestCase):
    """The gateway and the Ingress send each path to the service that has it."""

    @staticmethod
    def paths():
        """The first two parts of every path that a service's code names."""
        found = {}
        for name in BUILT:
            for file in (ROOT / "Services" / name).rglob("*.swift"):
                # The probe is a client of the others.
                if "Probe" in file.parts:
                    continue
                for path in re.findall(r'"(/v1/[a-z-]+)', file.read_text()):
                    found.setdefault(path, set()).add(name)
        return found

    def test_gateway(self):
        text = (DEPLOY / "gateway/Caddyfile").read_text()
        matchers = {name: patterns.split() for name, patterns in re.findall(r"@(\w+) path (.*)", text)}
        for path, names in self.paths().items():
            with self.subTest(path=path):
                takers = {
                    name
                    for name, patterns in matchers.items()
                    if any(path == p or p == f"{path}/*" for p in patterns) and name != "internal"
                }
                self.assertEqual(takers or {"console"}, names)
        for name, port in SERVICES.items():
            self.assertIn(f"import service {name} {port}", text)

    def test_ingress(self):
        ingress = yaml.safe_load((DEPLOY / "kubernetes/overlays/production/ingress.yaml").read_text())
        table = {
            path["path"]: path["backend"]["service"]["name"] for path in ingress["spec"]["rules"][0]["http"]["paths"]
        }
        for path, names in self.paths().items():
            with self.subTest(path=path):
                self.assertEqual({table.get(path, table["/"])}, names)


@unittest.skipUnless(shutil.which("kubectl"), "kubectl is not here: the Kubernetes manifests were not checked")
class Kubernetes(unittest.TestCase):
    """The manifests, as kustomize puts them together."""

    @classmethod
    def setUpClass(cls):
        cls.overlays = {}
        for name in ["small", "production"]:
            text = run("kubectl", "kustomize", DEPLOY / f"kubernetes/overlays/{name}")
            cls.overlays[name] = list(yaml.safe_load_all(text))

    def named(self, overlay, kind):
        return {item["metadata"]["name"]: item for item in self.overlays[overlay] if item["kind"] == kind}

    def test_schemas(self):
        for overlay, items in self.overlays.items():
            for item in items:
                with self.subTest(overlay=overlay, kind=item["kind"], name=item["metadata"]["name"]):
                    if item["apiVersion"].startswith("keda.sh/"):
                        continue
                    kubernetes_validate.validate(item, "1.30", strict=True)

    def test_every_service_is_there_and_confined(self):
        for overlay in self.overlays:
            deployments = self.named(overlay, "Deployment")
            self.assertEqual(set(deployments), set(SERVICES))
            for name, deployment in deployments.items():
                with self.subTest(overlay=overlay, service=name):
                    pod = deployment["spec"]["template"]["spec"]
                    [container] = pod["containers"]
                    self.assertTrue(pod["securityContext"]["runAsNonRoot"])
                    self.assertFalse(pod["automountServiceAccountToken"])
                    self.assertTrue(container["securityContext"]["readOnlyRootFilesystem"])
                    self.assertEqual(container["securityContext"]["capabilities"]["drop"], ["ALL"])
                    self.assertEqual(container["ports"][0]["containerPort"], SERVICES[name])
                    self.assertEqual(container["readinessProbe"]["httpGet"]["path"], "/readyz")
                    self.assertEqual(container["livenessProbe"]["httpGet"]["path"], "/healthz")
                    self.assertIn("memory", container["resources"]["limits"])
                    for variable in container["env"]:
                        self.assertFalse(re.search(r"PASSWORD|(?<!PUBLIC)_URL$", variable["name"]), variable)
                    service = self.named(overlay, "Service")[name]
                    labels = deployment["spec"]["template"]["metadata"]["labels"]
                    self.assertEqual(labels, labels | service["spec"]["selector"])
                    budget = self.named(overlay, "PodDisruptionBudget")[name]
                    self.assertEqual(labels, labels | budget["spec"]["selector"]["matchLabels"])

    def test_every_stage_follows_its_lag(self):
        scaled = self.named("production", "ScaledObject")
        self.assertEqual(set(scaled), set(SERVICES))
        for name, item in scaled.items():
            with self.subTest(service=name):
                self.assertEqual(item["spec"]["scaleTargetRef"]["name"], name)
                self.assertLess(item["spec"]["minReplicaCount"], item["spec"]["maxReplicaCount"])
                [trigger] = item["spec"]["triggers"]
                if trigger["type"] == "prometheus":
                    query = trigger["metadata"]["query"]
                    stage = re.fullmatch(r'max\(oliver_stream_lag_entries\{stream="(.*)",group="(.*)"\}\)', query)
                    kinds = (ROOT / "Shared/Streams/StreamKind.swift").read_text()
                    self.assertIn(f'"{stage[1]}"' if ":" in stage[1] else f"case {stage[1]}\n", kinds)
                    self.assertIn(f"case {stage[2]}\n", kinds)
        for name, deployment in self.named("production", "Deployment").items():
            self.assertNotIn("replicas", deployment["spec"], name)


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    broken = {str(test).split(" (")[0] + str(test) for test, _ in result.failures + result.errors}
    if len(sys.argv) > 1:
        passed = result.testsRun - len(broken) - len(result.skipped)
        pathlib.Path(sys.argv[1]).write_text(f"{max(passed, 0)} {len(broken)}\n")
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
