"""Usage events: from what a caller says to the JSON that is kept and sent."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Mapping
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, NamedTuple

from .money import usd_text

EVENT_BYTES = 1024 * 1024
"""The largest event that is kept, in bytes of JSON; the server takes 4 MiB for a whole batch."""


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class Event(NamedTuple):
    """An event ready to be kept: its id, its JSON, and whether this package set its time."""

    event_id: str
    body: bytes
    stamped: bool


def new_id() -> str:
    """An event id nobody else has: a UUID of version 4, written without the `uuid` module's four steps in between."""
    digits = os.urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def rfc3339(seconds: float) -> str:
    """A Unix time as RFC 3339 in UTC, to the microsecond."""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat().replace("+00:00", "Z")


def time_text(value: datetime | str) -> str:
    """A time as RFC 3339. Raises `ValueError` for a datetime without a zone: it could mean any hour."""
    if isinstance(value, str):
        return value
    if value.tzinfo is None:
        raise ValueError("occurred_at needs a time zone")
    return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def quantities(usage: Mapping[str, Any]) -> dict[str, Any]:
    """Quantities as JSON numbers, those that are `None` left out.

    Raises `TypeError` or `ValueError` for what is no number; the server checks the rest.
    """
    return {
        name: quantities(value) if isinstance(value, Mapping) else _number(name, value)
        for name, value in usage.items()
        if value is not None
    }


def _number(name: str, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise TypeError(f"{name} must be a number")
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite")
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of an event as JSON values: money and times as text, `None` left out."""
    result: dict[str, Any] = {}
    for name, value in values.items():
        if value is None:
            continue
        if name == "usage":
            result[name] = quantities(value)
        elif name == "cost_usd":
            result[name] = usd_text(value)
        elif name == "occurred_at":
            result[name] = time_text(value)
        elif name == "tags":
            if value:
                result[name] = {str(key): str(text) for key, text in value.items()}
        else:
            result[name] = value
    return result


def make_event(values: Mapping[str, Any]) -> Event:
    """Makes an event; id and time are added where missing.

    Raises `TypeError` or `ValueError` for what JSON or the wire cannot say.
    """
    body = fields(values)
    event_id = body.setdefault("event_id", new_id())
    if not isinstance(event_id, str) or not event_id:
        raise TypeError("event_id must be a text")
    stamped = "occurred_at" not in body
    if stamped:
        body["occurred_at"] = rfc3339(time.time())
    data = encode(body)
    if len(data) > EVENT_BYTES:
        raise ValueError(f"the event is larger than {EVENT_BYTES} bytes")
    return Event(event_id, data, stamped)


def encode(value: Any) -> bytes:
    """Compact JSON in UTF-8. Raises `ValueError` for NaN and lone surrogates."""
    return _ENCODER.encode(value).encode()


def without_time(body: bytes) -> bytes:
    """The same event without its time, so that the server stamps it on arrival."""
    event = json.loads(body)
    event.pop("occurred_at", None)
    return encode(event)
