"""What stands before the services."""

import re
import unittest

import yaml

from .common import BUILT, DEPLOY, ROOT, SERVICES


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
