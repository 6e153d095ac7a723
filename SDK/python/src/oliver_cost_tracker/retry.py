"""When to try again, and when not: pure, so that no test of it waits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

RETRIABLE = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed. 402 is none: a denial is an answer."""


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential backoff with jitter, in seconds.

    The wait before retry n (from 0) is between half and all of `base * 2**n`, at most `cap`, and never less than the
    server's `Retry-After`.
    """

    retries: int = 3
    base: float = 0.2
    cap: float = 30.0

    def backoff(self, attempt: int, draw: float, retry_after: float | None = None) -> float:
        """The wait after failure number `attempt` (from 0); `draw` is uniform in [0, 1)."""
        ceiling = min(self.cap, self.base * 2.0 ** min(attempt, 32))
        return max(ceiling * (0.5 + draw / 2), retry_after or 0.0)

    def next_wait(self, attempt: int, left: float, draw: float, retry_after: float | None) -> float | None:
        """The wait before the next try, or `None` when retries or the `left` seconds are used up."""
        if attempt >= self.retries:
            return None
        wait = self.backoff(attempt, draw, retry_after)
        return wait if wait < left else None


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds of a `Retry-After` header, which holds seconds or a date; at most a day, `None` when there is none."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            until = parsedate_to_datetime(text)
        except ValueError:
            return None
        if until.tzinfo is None:
            until = until.replace(tzinfo=timezone.utc)
        seconds = (until - (now or datetime.now(timezone.utc))).total_seconds()
    return min(max(seconds, 0.0), 86_400.0) if math.isfinite(seconds) else None
