"""One connection to the outbox file: opened when needed, shared by threads through a lock, replaced when it broke.

What can go wrong with a file is handled here: it is locked, corrupt, deleted, on a full or read-only disk.
"""

from __future__ import annotations

import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from .lease import FileLock

_SPIN = (0.0001, 0.001)
"""Seconds between tries for the write lock, growing from the first to the second: SQLite's own handler sleeps longer,
and a write takes 0.05 ms."""
_FOREVER = -1.0
_KEPT_CORRUPT = 3
_LOG_BYTES = 32 * 1024 * 1024


class OutboxBusy(Exception):
    """Another process held the write lock for all the time there was."""


class OutboxFailed(Exception):
    """The file cannot be used now; the text says why, and trying again later may help."""


class OutboxMended(OutboxFailed):
    """The file was corrupt and has been set aside: the next try finds a new one."""


class Database:
    """A connection that mends itself. `lock` is held during every use, so that a fork can wait for it."""

    def __init__(self, path: Path, prepare: Callable[[sqlite3.Connection], None], *, durable: bool) -> None:
        self.lock = threading.Lock()
        self._path = path
        self._name = str(path)
        self._prepare = prepare
        self._durable = durable
        self._connection: sqlite3.Connection | None = None
        self._inode = (0, 0)

    @contextmanager
    def transaction(self, wait: float) -> Iterator[sqlite3.Connection]:
        """A write transaction: committed at the end of the block, undone by any error in it."""
        with self._used(wait) as connection:
            self._patiently(connection, "BEGIN IMMEDIATE", (), wait)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _used(self, wait: float) -> Iterator[sqlite3.Connection]:
        if not self.lock.acquire(timeout=wait):
            raise OutboxBusy
        try:
            yield self._open()
        except (sqlite3.Error, OSError) as error:
            raise self._translated(error) from None
        finally:
            self.lock.release()

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """A read; it waits for nobody."""
        return self._used(_FOREVER)

    def execute(self, statement: str, values: Sequence[object], wait: float) -> int:
        """One statement that is a transaction by itself; returns how many rows it changed."""
        # This is `_used` spelled out: every `record` comes here, and a generator would cost it a twentieth.
        if not self.lock.acquire(timeout=wait):
            raise OutboxBusy
        try:
            return self._patiently(self._open(), statement, values, wait).rowcount
        except (sqlite3.Error, OSError) as error:
            raise self._translated(error) from None
        finally:
            self.lock.release()

    @staticmethod
    def _patiently(
        connection: sqlite3.Connection, statement: str, values: Sequence[object], wait: float
    ) -> sqlite3.Cursor:
        """Runs a statement as soon as nobody else holds the write lock."""
        deadline = None
        pause, longest = _SPIN
        while True:
            try:
                return connection.execute(statement, values)
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
                now = time.monotonic()
                deadline = now + wait if deadline is None else deadline
                if now >= deadline:
                    raise OutboxBusy from None
            time.sleep(random.uniform(pause / 2, pause))  # noqa: S311 # no secret
            pause = min(pause * 2, longest)

    def _open(self) -> sqlite3.Connection:
        try:
            status = os.stat(self._name)  # noqa: PTH116 # at every record: a Path takes four times as long
            inode = (status.st_dev, status.st_ino)
        except FileNotFoundError:
            inode = (0, 0)
        if self._connection is not None and inode == self._inode:
            return self._connection
        # The first use, or somebody removed or replaced the file: what would be written to the old one is lost.
        self.drop()
        self._connection = self._connect()
        status = self._path.stat()
        self._inode = (status.st_dev, status.st_ino)
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self._path.exists():
            # Events name users: nobody else reads them.
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(self._path, timeout=5.0, isolation_level=None, check_same_thread=False)
        try:
            if self._path.stat().st_size == 0:
                # Only a new file can be told; to an old one it is a write, which a full disk would refuse to a reader.
                # Each record writes two pages to the log, whatever its size: half of SQLite's own is enough for it.
                connection.execute("PRAGMA page_size = 2048")
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            # WAL with NORMAL survives the death of the process, FULL the loss of power too. Without WAL (some network
            # file systems) only FULL keeps the file whole.
            full = self._durable or mode != "wal"
            connection.execute(f"PRAGMA synchronous = {'FULL' if full else 'NORMAL'}")
            # The flusher moves the log into the file; a caller only does when that has not happened for long.
            page = connection.execute("PRAGMA page_size").fetchone()[0]
            connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_BYTES // page}")
            connection.execute("PRAGMA journal_size_limit = 4194304")
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'state'").fetchone():
                connection.execute("BEGIN IMMEDIATE")
                self._prepare(connection)
                connection.execute("COMMIT")
            connection.execute("PRAGMA busy_timeout = 0")
        except BaseException:
            connection.close()
            raise
        return connection

    def _translated(self, error: sqlite3.Error | OSError) -> OutboxBusy | OutboxFailed:
        """What an error means to callers; the connection is given up. The lock is held by the caller."""
        self.drop()
        if isinstance(error, OSError):
            return OutboxFailed(error.strerror or str(error))
        text = str(error)
        if isinstance(error, sqlite3.DatabaseError):
            if "locked" in text or "busy" in text:
                return OutboxBusy()
            if "malformed" in text or "not a database" in text or "no such table" in text:
                self._set_aside()
                return OutboxMended(text)
        return OutboxFailed(text)

    def _set_aside(self) -> None:
        """Renames a corrupt file, once for all processes, so that the next use starts a new one."""
        with suppress(OSError), FileLock(self._path.with_name(self._path.name + ".mend")).held(5.0) as held:
            if not held or self._is_sound():
                return
            mark = f"corrupt-{time.time_ns()}"
            self._path.replace(f"{self._path}.{mark}")
            for end in ("-wal", "-shm"):
                with suppress(FileNotFoundError):
                    Path(f"{self._path}{end}").replace(f"{self._path}.{mark}{end}")
            self._forget_old_ones()

    def _is_sound(self) -> bool:
        try:
            with sqlite3.connect(self._path, timeout=1.0, isolation_level=None) as connection:
                sound: bool = connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
                sound = sound and bool(
                    connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'state'").fetchone()
                )
            connection.close()
        except sqlite3.OperationalError as error:
            return "locked" in str(error)
        except sqlite3.DatabaseError:
            return False
        return sound

    def _forget_old_ones(self) -> None:
        old = sorted(self._path.parent.glob(f"{self._path.name}.corrupt-*"))
        bases = sorted({str(path).removesuffix("-wal").removesuffix("-shm") for path in old})
        for base in bases[:-_KEPT_CORRUPT]:
            for end in ("", "-wal", "-shm"):
                Path(base + end).unlink(missing_ok=True)

    def tidy(self) -> None:
        """Checkpoints the log, without waiting for anybody, and returns some free pages."""
        with self.reading() as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            with suppress(sqlite3.OperationalError):  # somebody writes: the next time will do
                connection.execute("PRAGMA incremental_vacuum(1000)").fetchall()

    def close(self) -> None:
        """Closes the connection."""
        with self.lock:
            self.drop()

    def drop(self) -> None:
        """Closes the connection; the lock is held by the caller."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()
