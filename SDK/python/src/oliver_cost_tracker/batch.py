"""Batches: from rows to one request body, and from the server's answer to what becomes of each row."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

BATCH_BYTES = 4 * 1024 * 1024
"""The server's limit for a decompressed body."""
_GZIP_FROM = 1_024
_ALL_TAKEN = re.compile(rb'\{"accepted":(\d+),"duplicates":(\d+),"rejected":0,')


class Row(NamedTuple):
    """A kept event. `seq` is its place in the outbox."""

    seq: int
    body: bytes
    stamped: bool


@dataclass(frozen=True)
class Rejection:
    """An event that the server will not take, with its problem as JSON text."""

    row: Row
    problem: str


@dataclass
class Outcome:
    """What an answer says about a batch: every row is in exactly one list."""

    sent: list[Row] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    restamped: list[Row] = field(default_factory=list)
    """Rejected only for the time that this package set: to be sent again without it."""
    unanswered: list[Row] = field(default_factory=list)


def fitting(rows: Iterable[Row], limit: int = BATCH_BYTES) -> list[Row]:
    """The first rows that fit into one body together; at least one, if there is any."""
    chosen: list[Row] = []
    size = 2
    for row in rows:
        size += len(row.body) + 1
        if chosen and size > limit:
            break
        chosen.append(row)
    return chosen


def pack(rows: Sequence[Row]) -> tuple[bytes, Mapping[str, str]]:
    """A body and its headers: a JSON array, as gzip when that is worth it."""
    body = b"[" + b",".join(row.body for row in rows) + b"]"
    headers = {"content-type": "application/json"}
    if len(body) >= _GZIP_FROM:
        # Level 1: a third of the time of level 6, for a tenth more bytes.
        return gzip.compress(body, compresslevel=1, mtime=0), {**headers, "content-encoding": "gzip"}
    return body, headers


def outcome(rows: Sequence[Row], body: bytes) -> Outcome:
    """Reads the answer to a batch; rows that it does not mention are unanswered."""
    # The usual answer in the usual form needs no reading of a thousand items, which would hold up the caller's thread.
    counts = _ALL_TAKEN.match(body)
    if counts and int(counts[1]) + int(counts[2]) == len(rows):
        return Outcome(sent=list(rows))
    return _outcome(rows, body)


def _outcome(rows: Sequence[Row], body: bytes) -> Outcome:
    result = Outcome()
    try:
        by_index = dict(_items(json.loads(body)))
    except ValueError:
        by_index = {}
    for index, row in enumerate(rows):
        item = by_index.get(index)
        status = item.get("status") if item is not None else None
        if item is None or status not in ("accepted", "duplicate", "rejected"):
            result.unanswered.append(row)
        elif status != "rejected":
            result.sent.append(row)
        elif row.stamped and _blames_only_time(item.get("problem")):
            result.restamped.append(row)
        else:
            result.rejected.append(Rejection(row, json.dumps(item.get("problem"))))
    return result


def _items(answer: Any) -> Iterable[tuple[int, Mapping[str, Any]]]:
    items = answer.get("items") if isinstance(answer, Mapping) else None
    for item in items if isinstance(items, list) else ():
        if isinstance(item, Mapping) and isinstance(item.get("index"), int):
            yield item["index"], item


def _blames_only_time(problem: Any) -> bool:
    faults = problem.get("invalid_parameters") if isinstance(problem, Mapping) else None
    if not isinstance(faults, list) or not faults:
        return False
    return all(isinstance(fault, Mapping) and fault.get("name") == "occurred_at" for fault in faults)
