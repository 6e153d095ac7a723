"""compose.yaml and the Dockerfile."""

import re
import unittest

import yaml

from .common import DEPLOY, ROOT, SERVICES


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
