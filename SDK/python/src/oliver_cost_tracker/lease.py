"""The right to send: one process at a time, by a lock that the kernel gives back when its holder dies.

A lease with an expiry would need clocks that agree and never jump, and would leave the rows of a killed process
waiting until it ran out.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class FileLock:
    """An exclusive lock on a file of its own. Not for two threads at once."""

    def __init__(self, path: Path) -> None:
        self.guard = threading.Lock()
        """Held while descriptors change hands, so that a fork does not leave one open in the child."""
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Takes the lock if nobody has it. Raises `OSError` when the file cannot be made."""
        with self.guard:
            return self._descriptor is not None or self._acquire()

    def _acquire(self) -> bool:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o600)
        if _try_lock(descriptor):
            self._descriptor = descriptor
            return True
        os.close(descriptor)
        return False

    def release(self) -> None:
        """Gives the lock back. In the child of a fork, closes the child's share of the parent's lock."""
        with self.guard:
            descriptor, self._descriptor = self._descriptor, None
            if descriptor is not None:
                os.close(descriptor)

    @contextmanager
    def held(self, wait: float) -> Iterator[bool]:
        """Holds the lock for a block; the value says whether it could be had within `wait` seconds."""
        deadline = time.monotonic() + wait
        while not self.acquire():
            if time.monotonic() >= deadline:
                yield False
                return
            time.sleep(0.01)
        try:
            yield True
        finally:
            self.release()
