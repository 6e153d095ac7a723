#!/usr/bin/env python3
"""Runs the README's first example as pasted, against a release build: `check-readme.py OLIVER`.

Only the port and the folder differ from what the README says: another Oliver may run on this machine.
"""

import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PATIENCE = 90


def example() -> str:
    """The shell lines below "Record a call, see its cost"."""
    text = (ROOT / "README.md").read_text()
    match = re.search(r"^## Record a call, see its cost\n.*?^```sh\n(.*?)^```", text, re.M | re.S)
    assert match, "README.md has no example any more"
    return match.group(1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def until(condition, what: str):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.1)
    raise SystemExit(f"not within {PATIENCE} s: {what}")


def check(port: int, home: str):
    lines = example().replace("localhost:8080", f"localhost:{port}")
    lines = lines.replace("~/.oliver/admin.key", f"{home}/admin.key")

    def run() -> str:
        return subprocess.run(["bash", "-c", lines], text=True, capture_output=True, check=True).stdout

    first = run()
    assert '"accepted":1' in first, first
    until(lambda: '"cost_usd":"0.000300000000"' in run(), "the cost that the README promises")
    again = run()
    assert '"duplicates":1' in again and '"cost_usd":"0.000300000000"' in again, again
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
        assert b"<html" in page.read(), "the dashboard is not served"


def main(oliver: str):
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="oliver-readme-") as folder:
        # PostgreSQL's own account must reach its data.
        pathlib.Path(folder).chmod(0o755)
        log = pathlib.Path(folder) / "up.log"
        start = time.monotonic()
        with log.open("w") as output:
            up = subprocess.Popen(
                [oliver, "up", "--home", f"{folder}/home", "--port", str(port)], stdout=output, stderr=output
            )
        try:
            until(lambda: up.poll() is not None or is_ready(port), "`oliver up` is ready")
            seconds = time.monotonic() - start
            check(port, f"{folder}/home")
            up.send_signal(signal.SIGTERM)
            assert up.wait(30) == 0, f"`oliver up` ended with {up.returncode}"
        except BaseException:
            print(log.read_text()[-4000:])
            raise
        finally:
            up.kill()
            up.wait()
    print(f"the README's example works; the first start took {seconds:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1])
