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
_TRICKLE = 10
"""Times `linger` that events gather once all was sent: a request is some milliseconds of Python, for which a caller's
`record` waits, so that at ten requests a second one record of twenty met one."""
_TIDY_BYTES = 8 * 1024 * 1024
_TIDY_SECONDS = 2.0


class Flusher:
    """Runs a sender: at once when something comes while it is idle, and every `interval` seconds."""

    def __init__(self, sender: Sender, outbox: Outbox, *, interval: float, linger: float) -> None:
        self._sender = sender
        self._outbox = outbox
        self._interval = interval
        self._linger = linger
        self.trouble: str | None = None
        self._tidied = 0.0
        self.after_fork()

    def after_fork(self) -> None:
        """In the child of a fork there is no thread; the next event starts one."""
        self._start_lock = threading.RLock()
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
        try:
            while not self._stopping:
                self._turn()
        finally:
            # Here and not in `stop`: a request under way is still this process's to send.
            self._sender.lease.release()

    def _turn(self) -> None:
        # Before the step: what comes during it must be seen after it.
        self._work.clear()
        step = self._step()
        self._tidy(idle=step.did is Did.NOTHING)
        if step.did is Did.SENT:
            return
        if step.did is Did.NOTHING:
            self._rest()
        elif step.did is Did.SENT_ALL:
            self._hurry.wait(self._linger * _TRICKLE)
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

    def _tidy(self, *, idle: bool) -> None:
        """Keeps the log short: a long one would fill the disk, and leave its tidying to a caller.

        As long as events come, only when it must be: it syncs the files, and a caller's write waits for that.
        """
        due = idle and time.monotonic() - self._tidied >= _TIDY_SECONDS
        if not due and self._outbox.log_bytes() < _TIDY_BYTES:
            return
        self._tidied = time.monotonic()
        with suppress(OutboxBusy, OutboxFailed):
            self._outbox.tidy()

    def _rest(self) -> None:
        if self._work.wait(self._interval) and not self._stopping:
            self._hurry.wait(self._linger)

    def flush(self, memory: Sized, timeout: float) -> bool:
        """Waits until all that is in memory and in the file now is gone. False when time was up."""
        deadline = time.monotonic() + timeout
        self._hurry.set()  # once: while the server is away, its backoff holds
        self.wake()
        last: int | None = None
        while True:
            # What was in memory may be in the file the next moment: the file is asked when there is nothing in memory.
            if last is None and not len(memory):
                last = self._last()
            if last is not None and self._is_gone(last):
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(_POLL, left))

    def _last(self) -> int | None:
        try:
            return self._outbox.level().last
        except OutboxBusy:
            return None
        except OutboxFailed:
            return 0  # a file that cannot be read holds nothing that could be waited for

    def _is_gone(self, last: int) -> bool:
        try:
            return last == 0 or not self._outbox.holds_any(last)
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
