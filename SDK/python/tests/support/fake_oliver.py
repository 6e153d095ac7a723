"""A small server that speaks the API's contract and can be told to misbehave."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections import Counter, deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class FakeOliver:
    """Keeps what it accepts. `mode`: up, slow, unavailable, error, unauthorized, garbage, hang_up, proxy_400."""

    def __init__(self) -> None:
        self.mode = "up"
        self.lock = threading.Lock()
        self.events: dict[str, dict[str, Any]] = {}
        self.accepted: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self.script: deque[tuple[int, dict[str, str], Any]] = deque()  # answers for other routes, in order
        self.poison: set[str] = set()  # models that make it answer 500
        self.in_flight = 0
        self.most_in_flight = 0
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                owner.handle(self)

            def log_message(self, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: Any, address: Any) -> None:
                pass  # clients are killed here

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        raw = request.rfile.read(int(request.headers.get("content-length", 0)))
        if request.headers.get("content-encoding") == "gzip":
            raw = gzip.decompress(raw)
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = json.loads(raw) if raw else None
        with self.lock:
            self.requests.append((request.path, headers, body))
            self.in_flight += 1
            self.most_in_flight = max(self.in_flight, self.most_in_flight)
        try:
            status, more, answer = self.answer(request.path, body)
        finally:
            with self.lock:
                self.in_flight -= 1
        if status == 0:
            request.close_connection = True
            return
        data = answer if isinstance(answer, bytes) else json.dumps(answer, separators=(",", ":")).encode()
        request.send_response(status)
        for name, value in {"content-type": "application/json", **more, "content-length": str(len(data))}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(data)

    def answer(self, path: str, body: Any) -> tuple[int, dict[str, str], Any]:
        mode = self.mode
        if mode == "slow":
            time.sleep(0.05)
        plain = {
            "unavailable": (503, {"retry-after": "0"}, problem(503, "unavailable")),
            "error": (500, {}, problem(500, "internal")),
            "unauthorized": (401, {}, problem(401, "unauthorized")),
            "garbage": (202, {}, b"<html>"),
            "proxy_400": (400, {}, b"<html>Bad Request</html>"),
            "hang_up": (0, {}, None),
        }
        if mode in plain:
            if mode == "hang_up" and path == "/v1/record":
                self.record(body)  # taken, but nobody hears of it
            return plain[mode]
        if path == "/v1/record":
            return self.record(body)
        return self.script.popleft() if self.script else (404, {}, problem(404, "not-found"))

    def record(self, body: Any) -> tuple[int, dict[str, str], Any]:
        events = body if isinstance(body, list) else body.get("events", [body])
        if any(event["model"] in self.poison for event in events):
            return 500, {}, problem(500, "internal")
        if len(events) > 1000:
            return 413, {}, problem(413, "too-large")
        items: list[dict[str, Any]] = []
        with self.lock:
            for index, event in enumerate(events):
                items.append({"index": index, "event_id": event.get("event_id"), **self.take(event)})
        count = Counter(item["status"] for item in items)
        return 202, {}, {
            "accepted": count["accepted"], "duplicates": count["duplicate"], "rejected": count["rejected"], "items": items,
        }  # fmt: skip

    def take(self, event: dict[str, Any]) -> dict[str, Any]:
        name = event["event_id"]
        self.seen[name] += 1
        if event.get("occurred_at", "").startswith("1970") or event.get("occurred_at", "") > "2100":
            return {
                "status": "rejected",
                "problem": {
                    **problem(422, "invalid-event"),
                    "invalid_parameters": [{"name": "occurred_at", "code": "out_of_range"}],
                },
            }
        if "usage" not in event and "cost_usd" not in event:
            return {
                "status": "rejected",
                "problem": {
                    **problem(422, "invalid-event"),
                    "invalid_parameters": [{"name": "usage", "code": "required"}],
                },
            }
        if name in self.events:
            return {"status": "duplicate"}
        self.events[name] = event
        self.accepted[name] += 1
        return {"status": "accepted"}


def problem(status: int, slug: str, **more: Any) -> dict[str, Any]:
    return {"type": f"urn:oliver:problem:{slug}", "title": slug, "status": status, **more}
