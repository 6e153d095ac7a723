"""What asks the stack through its gateway: single requests, and load that notes what it was answered."""

import http.client
import json
import threading
import time
import uuid

from compose.engine import PORT

ITEM = {"workspace": "default", "provider": "openai", "model": "gpt-4o-mini"}
# Of one event of the load, at 0.15 and 0.60 dollars a million: pico-dollars.
COST = 100 * 150_000 + 10 * 600_000


class Door:
    """One connection to the gateway, opened again when it broke."""

    def __init__(self, key=None, timeout=40):
        self.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=timeout)
        self.headers = {"Content-Type": "application/json", "Host": f"localhost:{PORT}"}
        if key:
            self.headers["Authorization"] = f"Bearer {key}"

    def ask(self, path, body=None, method=None):
        """Status, headers and body of the answer."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        try:
            self.connection.request(method or ("POST" if data is not None else "GET"), path, data, self.headers)
            answer = self.connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            raise OSError(f"{path}: {type(error).__name__} {error}") from error


def fetch(path, key=None, body=None, timeout=40):
    """One request on a connection of its own."""
    door = Door(key, timeout)
    try:
        return door.ask(path, body)
    finally:
        door.connection.close()


def document(path, key):
    status, _, body = fetch(path, key)
    if status != 200:
        raise ValueError(f"{path}: {status} {body[:300]}")
    return json.loads(body)


def wait_for(what, seconds, check, pause=0.5):
    """Polls a condition until it holds."""
    deadline = time.monotonic() + seconds
    last = None
    while time.monotonic() < deadline:
        try:
            last = check()
            if last:
                return last
        except (OSError, ValueError, KeyError, IndexError) as error:
            last = error
        time.sleep(pause)
    raise SystemExit(f"FAILED: {what}: not within {seconds} s ({last})")


class Load:
    """Records events, each until it is accepted, and meanwhile uses every other service as clients do."""

    def __init__(self, key, writers=6, readers=2):
        self.key, self.accepted, self.wrong = key, set(), []
        self.refused, self.answers, self.outages = {}, {}, {}
        self.stopping, self.lock = threading.Event(), threading.Lock()
        work = [self.write] * writers + [self.read] * readers
        self.threads = [threading.Thread(target=self.guard, args=(task,), daemon=True) for task in work]
        for thread in self.threads:
            thread.start()

    def guard(self, task):
        try:
            task(Door(self.key))
        except Exception as error:  # noqa: BLE001: a thread that ends early must be seen.
            self.note(f"the load itself failed: {error!r}")

    def write(self, door):
        while not self.stopping.is_set():
            usage = {"input_tokens": 100, "output_tokens": 10}
            events = [{"event_id": str(uuid.uuid4()), "usage": usage, **ITEM} for _ in range(20)]
            answer = self.until_answered("ingest", door, "/v1/record", {"events": events}, 202)
            if answer:
                # Sent again after an answer was lost, an event is a duplicate of itself.
                ids = {item["event_id"] for item in answer["items"] if item["status"] in ("accepted", "duplicate")}
                with self.lock:
                    self.accepted |= ids
            time.sleep(0.1)

    def read(self, door):
        while not self.stopping.is_set():
            hold = self.until_answered("budget", door, "/v1/preflight", {"estimate": {"cost_usd": "0.0001"}, **ITEM}, 200)
            if hold and "hold_id" in hold:
                self.until_answered("budget", door, f"/v1/holds/{hold['hold_id']}/release", {}, 200, 204, 410)
            self.until_answered("analytics", door, "/v1/analytics/summary?workspace=default", None, 200)
            estimate = {"items": [{"usage": {"input_tokens": 100}, **ITEM}]}
            self.until_answered("pricing", door, "/v1/estimate", estimate, 200)
            self.until_answered("alerts", door, "/v1/alerts?workspace=default", None, 200)
            self.until_answered("console", door, "/v1/workspaces", None, 200)
            time.sleep(0.05)

    def until_answered(self, service, door, path, body, *expected):
        """Asks again while it is 503 with Retry-After; notes whatever else is not expected."""
        refused_at = None
        for _ in range(300):
            try:
                status, headers, answer = door.ask(path, body)
            except OSError as error:
                self.note(f"the gateway itself broke off: {error}")
                continue
            if status in expected:
                with self.lock:
                    self.answers[service] = self.answers.get(service, 0) + 1
                    if refused_at:
                        away = time.monotonic() - refused_at
                        self.outages[service] = max(self.outages.get(service, 0), away)
                return json.loads(answer) if answer else {}
            if status == 503 and headers.get("Retry-After"):
                refused_at = refused_at or time.monotonic()
                with self.lock:
                    self.refused[service] = self.refused.get(service, 0) + 1
                time.sleep(min(float(headers["Retry-After"]), 0.2))
                continue
            self.note(f"{path}: {status} {answer[:200]}")
            return None
        self.note(f"{path}: 300 tries were not enough")
        return None

    def note(self, text):
        with self.lock:
            self.wrong.append(text)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


class Stream:
    """Records batches of 500 events at a given rate, as far as the stack takes them."""

    def __init__(self, key, rate, seconds, threads=4):
        self.accepted, self.failed, self.lock = 0, [], threading.Lock()
        self.started = time.monotonic()
        self.threads = [
            threading.Thread(target=self.work, args=(Door(key), number, 500 * threads / rate, seconds), daemon=True)
            for number in range(threads)
        ]
        for thread in self.threads:
            thread.start()

    def work(self, door, number, every, seconds):
        ending = f'","usage":{{"input_tokens":100,"output_tokens":10}},{json.dumps(ITEM)[1:]}'
        start = f'{{"event_id":"{uuid.uuid4().hex[:12]}-'
        for batch in range(int(seconds / every)):
            due = self.started + batch * every + number * every / len(self.threads or [1])
            time.sleep(max(0, due - time.monotonic()))
            if time.monotonic() - self.started > seconds:
                return
            events = ",".join(f"{start}{batch * 500 + index}{ending}" for index in range(500))
            status, _, answer = door.ask("/v1/record", f'{{"events":[{events}]}}'.encode())
            with self.lock:
                if status == 202 and b'"accepted":500' in answer[:60]:
                    self.accepted += 500
                else:
                    self.failed.append(f"{status} {answer[:120]}")

    def join(self):
        for thread in self.threads:
            thread.join()
        return time.monotonic() - self.started
