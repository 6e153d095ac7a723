"""The manifests for Kubernetes."""

import re
import shutil
import unittest

import kubernetes_validate
import yaml

from .common import DEPLOY, ROOT, SERVICES, run


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
