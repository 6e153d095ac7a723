"""Where things are, and what more than one check needs."""

import pathlib
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
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


def rules():
    groups = yaml.safe_load((DEPLOY / "prometheus/rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]
