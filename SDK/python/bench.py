"""Measures what the tracker costs its caller: `python bench.py`. Prints one figure a line; the README quotes them."""

from __future__ import annotations

import gzip
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from oliver_cost_tracker import CostTracker
from oliver_cost_tracker.recorder import Recorder
from oliver_cost_tracker.usage import openai as usage
from oliver_cost_tracker.wrappers.calls import Method
from oliver_cost_tracker.wrappers.instrument import instrument

EVENT: dict[str, Any] = {
    "provider": "openai",
    "model": "gpt-4o-mini",
    "usage": {"input_tokens": 1200, "output_tokens": 300},
    "tags": {"feature": "summarise"},
}


class Server(BaseHTTPRequestHandler):
    """Accepts everything at once; in a process of its own, so that it takes nothing from the tracker's."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answers."""
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers["content-encoding"] == "gzip":
            body = gzip.decompress(body)
        answer = b'{"accepted":%d,"duplicates":0,"rejected":0,"items":[]}' % body.count(b'"event_id"')
        self.send_response(202)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def serve() -> None:
    """Runs the server and prints its port."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    print(http.server_address[1], flush=True)
    http.serve_forever()


def milliseconds(times: list[float]) -> str:
    """Quantiles of times in seconds."""
    ordered = sorted(times)
    at = {
        name: ordered[int(len(ordered) * part)] * 1000 for name, part in (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999))
    }
    return ", ".join(f"{name} {value:.3f} ms" for name, value in at.items())


def timed(action: Callable[[], Any], count: int, pause: float = 0) -> list[float]:
    """How long each of `count` calls took."""
    times = []
    for _ in range(count):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
        if pause:
            time.sleep(pause)
    return times


def wrapped_call(recorder: Recorder) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """A pretended provider call of 100 ms, plain and wrapped."""
    answer = SimpleNamespace(
        model="gpt-4o-mini",
        usage=SimpleNamespace(prompt_tokens=1200, completion_tokens=300, prompt_tokens_details=None),
    )

    class Client:
        def create(self, **_: Any) -> Any:
            time.sleep(0.1)
            return answer

    plain, watched = Client(), Client()
    instrument(watched, "create", Method("openai", "chat", read=usage.extract), recorder, {})
    return (lambda: plain.create(model="gpt-4o-mini")), (lambda: watched.create(model="gpt-4o-mini"))


def main() -> None:
    """Measures."""
    server = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        assert server.stdout is not None  # noqa: S101
        measure(f"http://127.0.0.1:{int(server.stdout.readline())}")
    finally:
        server.kill()


def measure(url: str) -> None:
    """Measures against a server."""
    with tempfile.TemporaryDirectory() as folder:

        def tracker(name: str, to: str = url, **options: Any) -> CostTracker:
            return CostTracker(to, "olv_bench", outbox=Path(folder) / name, **options)

        paced = tracker("paced.db")
        timed(lambda: paced.record(**EVENT), 200)
        print("record(), 200 a second, sending:   ", milliseconds(timed(lambda: paced.record(**EVENT), 1000, 0.005)))

        busy = tracker("busy.db")
        started = time.perf_counter()
        times = timed(lambda: busy.record(**EVENT), 20_000)
        took = time.perf_counter() - started
        print("record(), as fast as it goes:      ", milliseconds(times), f"-> {20_000 / took:,.0f}/s")
        busy.flush(60)
        print("  sent as well:                     ", f"{20_000 / (time.perf_counter() - started):,.0f}/s")

        away = tracker("away.db", "http://127.0.0.1:9")
        print("record(), no server:               ", milliseconds(timed(lambda: away.record(**EVENT), 5_000)))
        durable = tracker("durable.db", durable=True)
        print("record(), durable=True:            ", milliseconds(timed(lambda: durable.record(**EVENT), 500)))
        many = tracker("many.db")
        took = sum(timed(lambda: many.record_many([EVENT] * 1000), 20))
        print("record_many(), 1,000 at a time:    ", f"{20_000 / took:,.0f}/s")

        plain, watched = wrapped_call(paced.recorder)
        without, with_it = statistics.median(timed(plain, 20)), statistics.median(timed(watched, 20))
        print(
            "wrapper around a call of 100 ms:   ",
            f"+{(with_it - without) * 1000:.2f} ms, {(with_it / without - 1):.2%}",
        )
        for each in (paced, busy, away, durable, many):
            each.close(0)
    json.dump({"python": sys.version.split()[0]}, sys.stdout)
    print()


if __name__ == "__main__":
    serve() if "--serve" in sys.argv else main()
