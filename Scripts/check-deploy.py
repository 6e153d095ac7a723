#!/usr/bin/env python3
"""Checks what Deploy/ holds against the programs as they are: `./oliver test deploy`.

Needs promtool, prometheus and amtool (Debian: prometheus, prometheus-alertmanager), and kubectl for the manifests.
"""

import pathlib
import sys
import unittest

from deploy_checks import alerting, gateways, images, manifests, metrics


def main():
    load = unittest.defaultTestLoader.loadTestsFromModule
    suite = unittest.TestSuite(load(module) for module in [images, manifests, metrics, gateways, alerting])
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    broken = {str(test).split(" (")[0] + str(test) for test, _ in result.failures + result.errors}
    if len(sys.argv) > 1:
        passed = result.testsRun - len(broken) - len(result.skipped)
        pathlib.Path(sys.argv[1]).write_text(f"{max(passed, 0)} {len(broken)}\n")
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
