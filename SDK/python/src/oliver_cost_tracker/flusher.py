"""The thread that sends in the background. It never throws, and nobody ever waits for it unless asked (`flush`)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sized
from contextlib import suppress

from .outbox import Outbox, OutboxBusy, OutboxFailed
from .sender import Did, Sender, Step

log = logging.getLogger("oliver_cost_tracker")
_BUSY_WAIT = 0.1
_POLL = 0.02


class Flusher:
    """Runs a sender: at once when something comes while it is idle, and every `interval` seconds."""

    def __init__(self, sender: Sender, outbox: Outbox, *, interval: float, linger: float) -> None:
        self._sender = sender
        self._outbox = outbox
        self._interval = interval
        self._linger = linger
        self.trouble: str | None = None
        self.after_fork()

    def after_fork(self) -> None:
        """In the child of a fork there is no thread; the next event starts one."""
        self._start_lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._work = threading.Event()  # something came
        self._hurry = threading.Event()  # somebody waits, or it is the end: no lingering, no backoff
        self._stopping = False

    @property
    def is_running(self) -> bool:
        """Whether there is a thread."""
        return self._thread is not None

    def wake(self) -> None:
        """Says that something came; costs nothing when that is known."""
        if not self._work.is_set():
            self._work.set()
        if self._thread is None:
            self._start()

    def _start(self) -> None:
        with self._start_lock:
            if self._thread is None and not self._stopping:
                thread = threading.Thread(target=self._run, name="oliver-flusher", daemon=True)
                with suppress(RuntimeError):  # the interpreter is ending: the events stay in the file
                    thread.start()
                    self._thread = thread

    def _run(self) -> None:
        while not self._stopping:
            # Before the step: what comes during it must be seen after it.
            self._work.clear()
            step = self._step()
            if step.did is Did.SENT:
                continue
            if step.did is Did.NOTHING:
                self._rest()
            else:
                self._hurry.wait(_BUSY_WAIT if step.did is Did.BUSY else step.wait)
            self._hurry.clear()

    def _step(self) -> Step:
        try:
            step = self._sender.step()
        except Exception as error:  # nothing may end this thread
            log.exception("sending failed")
            step = Step(Did.FAILED, self._interval, repr(error))
        self._tell(step.trouble if step.did is not Did.BUSY else self.trouble)
        return step

    def _tell(self, trouble: str | None) -> None:
        if trouble is not None and trouble != self.trouble:
            log.warning("usage events are kept until they can be sent: %s", trouble)
        self.trouble = trouble

    def _rest(self) -> None:
        with suppress(OutboxBusy, OutboxFailed):
            self._outbox.tidy()
        if self._work.wait(self._interval) and not self._stopping:
            self._hurry.wait(self._linger)

    def flush(self, up_to: int, memory_left: Sized, timeout: float) -> bool:
        """Waits until all events up to a place are gone and `len(memory_left)` is 0. False when time was up."""
        deadline = time.monotonic() + timeout
        self._hurry.set()  # once: while the server is away, its backoff holds
        self.wake()
        while not self._is_done(up_to, memory_left):
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(_POLL, left))
        return True

    def _is_done(self, up_to: int, memory_left: Sized) -> bool:
        if len(memory_left):
            return False
        try:
            return not self._outbox.holds_any(up_to)
        except (OutboxBusy, OutboxFailed):
            return False

    def stop(self, timeout: float) -> None:
        """Ends the thread after the batch it is sending."""
        self._stopping = True
        self._work.set()
        self._hurry.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
