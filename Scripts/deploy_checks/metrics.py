"""Rules and dashboard, against what a running process tells."""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

import yaml

from .common import DEPLOY, rules


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
