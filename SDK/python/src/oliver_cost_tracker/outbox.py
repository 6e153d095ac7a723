"""The outbox: events that wait to be sent, in one SQLite file that processes share. All SQL is here.

Why it loses nothing: an event is committed to the write-ahead log before `append` returns, and a row is deleted only
once the server answered for it. A process that dies in between leaves the row to be sent again, and the event's id
makes the second time harmless. Who sends is decided by `lease.py`, so no row needs a mark of its own.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .batch import BATCH_BYTES, Rejection, Row, fitting
from .config import OutboxLimits
from .database import Database, OutboxBusy, OutboxFailed, OutboxMended
from .events import Event

__all__ = ["Level", "Outbox", "OutboxBusy", "OutboxFailed", "OutboxMended", "RejectedEvent"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, body BLOB NOT NULL, stamped INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS rejected (
    seq INTEGER PRIMARY KEY, at REAL NOT NULL, problem TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS totals (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (
    id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, next INTEGER NOT NULL, rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL)
"""
TRIGGER = """
CREATE TRIGGER IF NOT EXISTS counted AFTER INSERT ON events BEGIN
    UPDATE state SET next = next + 1, rows = rows + 1, bytes = bytes + length(new.body);
END
"""
# One statement is one transaction, and one release of the interpreter's lock: several would let a busy thread in
# between each.
APPEND = """
INSERT INTO events SELECT next, ?1, ?2 FROM state WHERE rows < ?3 AND bytes + length(?1) <= ?4
"""

COUNT = "INSERT OR REPLACE INTO totals VALUES (?1, ?2 + ifnull((SELECT value FROM totals WHERE name = ?1), 0))"


@dataclass(frozen=True)
class Level:
    """How full the outbox is, and what happened since the file was made, over all processes.

    `name` is the file's random one, by which the server can tell outboxes apart. `last` is the newest event's place;
    places only grow.
    """

    name: str
    rows: int
    bytes: int
    last: int
    totals: Mapping[str, int]


@dataclass(frozen=True)
class RejectedEvent:
    """An event that the server would not take. `at` is a Unix time; `problem` and `body` are JSON texts."""

    seq: int
    at: float
    problem: str
    body: str


def spans(places: Iterable[int]) -> list[tuple[int, int]]:
    """Places as runs of neighbours, first and last of each."""
    runs: list[tuple[int, int]] = []
    for place in sorted(places):
        if runs and place <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs


class Outbox:
    """Keeps events until the server has them. Safe for threads and processes.

    Methods raise `OutboxBusy` when another process writes for too long, and `OutboxFailed` when the file cannot be
    used.
    """

    def __init__(self, path: Path, limits: OutboxLimits, *, durable: bool = False) -> None:
        self.path = path
        self._log = path.with_name(f"{path.name}-wal")
        self._limits = limits
        # Two connections, so that a caller's write never waits for the flusher's reads.
        self._front = Database(path, self._prepare, durable=durable)
        self._back = Database(path, self._prepare, durable=durable)

    @staticmethod
    def _prepare(connection: sqlite3.Connection) -> None:
        for statement in SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(TRIGGER)
        connection.execute(
            "INSERT OR IGNORE INTO state (id, name, next, rows, bytes) VALUES (1, ?, 1, 0, 0)",
            (secrets.token_hex(8),),
        )

    def append(self, events: Sequence[Event], wait: float) -> int:
        """Keeps the first of the events that fit, in one transaction, and returns how many.

        Waits up to `wait` seconds for other processes; 0 does not wait at all.
        """
        bounds = (self._limits.rows, self._limits.bytes)
        if len(events) == 1:
            return self._front.execute(APPEND, (events[0].body, events[0].stamped, *bounds), wait)
        kept = 0
        with self._front.transaction(wait) as db:
            for event in events:
                if not db.execute(APPEND, (event.body, event.stamped, *bounds)).rowcount:
                    break
                kept += 1
        return kept

    def take(self, count: int, after: int = 0) -> list[Row]:
        """Up to `count` of the oldest events past the place `after`, as many as fit into one body."""
        with self._back.reading() as db:
            cursor = db.execute(
                "SELECT seq, body, stamped FROM events WHERE seq > ? ORDER BY seq LIMIT ?", (after, count)
            )
            rows = fitting((Row(seq, bytes(body), bool(stamped)) for seq, body, stamped in cursor), BATCH_BYTES)
            cursor.close()
        return rows

    def settle(
        self,
        done: Sequence[Row] = (),
        rejected: Sequence[Rejection] = (),
        rewritten: Sequence[Row] = (),
        counts: Mapping[str, int] | None = None,
        wait: float = 5.0,
    ) -> None:
        """Writes down what became of events: gone, kept as rejected, changed; and adds to the totals."""
        gone = [*done, *(rejection.row for rejection in rejected)]
        with self._back.transaction(wait) as db:
            deleted, size = self._delete(db, gone)
            for row in rewritten:
                old = db.execute("SELECT length(body) FROM events WHERE seq = ?", (row.seq,)).fetchone()
                if old is not None:
                    db.execute("UPDATE events SET body = ?, stamped = 0 WHERE seq = ?", (row.body, row.seq))
                    size += old[0] - len(row.body)
            db.execute("UPDATE state SET rows = max(rows - ?, 0), bytes = max(bytes - ?, 0)", (deleted, size))
            self._keep_rejected(db, rejected)
            self._count(db, counts or {})

    @staticmethod
    def _delete(db: sqlite3.Connection, gone: Sequence[Row]) -> tuple[int, int]:
        """Deletes rows, neighbours at once, and returns how many there were and how large they were."""
        deleted = size = 0
        for first, last in spans(row.seq for row in gone):
            (bytes_there,) = db.execute(
                "SELECT total(length(body)) FROM events WHERE seq BETWEEN ? AND ?", (first, last)
            ).fetchone()
            deleted += db.execute("DELETE FROM events WHERE seq BETWEEN ? AND ?", (first, last)).rowcount
            size += int(bytes_there)
        return deleted, size

    def reject(self, body: bytes, problem: str, counts: Mapping[str, int]) -> None:
        """Keeps an event that was never to be sent, because nothing could read it."""
        with self._back.transaction(0.05) as db:
            self._keep_rejected(db, [Rejection(Row(0, body, False), problem)])
            self._count(db, counts)

    def _keep_rejected(self, db: sqlite3.Connection, rejected: Sequence[Rejection]) -> None:
        if not rejected:
            return
        now = time.time()
        db.executemany(
            "INSERT INTO rejected (at, problem, body) VALUES (?, ?, ?)",
            [(now, each.problem, each.row.body) for each in rejected],
        )
        (newest,) = db.execute("SELECT max(seq) FROM rejected").fetchone()
        forgotten = db.execute("DELETE FROM rejected WHERE seq <= ?", (newest - self._limits.rejected_rows,)).rowcount
        self._count(db, {"forgotten": forgotten})

    @staticmethod
    def _count(db: sqlite3.Connection, counts: Mapping[str, int]) -> None:
        db.executemany(COUNT, [(name, value) for name, value in counts.items() if value])

    def level(self) -> Level:
        """How full it is, and the totals."""
        with self._back.reading() as db:
            name, next_seq, rows, size = db.execute("SELECT name, next, rows, bytes FROM state").fetchone()
            totals = dict(db.execute("SELECT name, value FROM totals").fetchall())
        return Level(name, rows, size, next_seq - 1, totals)

    def holds_any(self, up_to: int) -> bool:
        """Whether an event at or before the place is still there."""
        with self._back.reading() as db:
            return db.execute("SELECT 1 FROM events WHERE seq <= ? LIMIT 1", (up_to,)).fetchone() is not None

    def rejected(self, limit: int) -> list[RejectedEvent]:
        """The newest rejected events."""
        with self._back.reading() as db:
            found = db.execute(
                "SELECT seq, at, problem, body FROM rejected ORDER BY seq DESC LIMIT ?", (limit,)
            ).fetchall()
        return [
            RejectedEvent(seq, at, problem, bytes(body).decode("utf-8", "replace")) for seq, at, problem, body in found
        ]

    def discard_rejected(self) -> int:
        """Forgets all rejected events and returns how many there were."""
        with self._back.transaction(5.0) as db:
            return db.execute("DELETE FROM rejected").rowcount

    def log_bytes(self) -> int:
        """How large the write-ahead log is; 0 when there is none."""
        try:
            return self._log.stat().st_size
        except OSError:
            return 0

    def tidy(self) -> None:
        """Moves the log into the file and gives free space back; for the flusher, when it has nothing to send."""
        self._back.tidy()

    def close(self) -> None:
        """Closes the file; the next use opens it again."""
        self._front.close()
        self._back.close()

    def before_fork(self) -> None:
        """Holds still and closes: SQLite's locks do not survive a fork, and a child must not believe it has them."""
        self._front.lock.acquire()
        self._back.lock.acquire()
        self._front.drop()
        self._back.drop()

    def after_fork(self) -> None:
        """Goes on, in parent and child alike; both open the file anew when they need it."""
        self._back.lock.release()
        self._front.lock.release()
