"""The rules by themselves, and the configurations of Prometheus and Alertmanager."""

import unittest

from .common import DEPLOY, ROOT, rules, run


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
