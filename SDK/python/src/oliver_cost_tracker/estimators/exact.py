"""Exact counts by tiktoken, where it can count without the network."""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

_NAMES = {"o200k": "o200k_base", "cl100k": "cl100k_base"}
_SOURCE = "https://openaipublic.blob.core.windows.net/encodings/{name}.tiktoken"


def count(text: str, family: str) -> int | None:
    """The tokens of a text, or `None` when nothing here can count them."""
    encode = _encoder(family)
    return encode(text) if encode is not None else None


@functools.cache
def _encoder(family: str) -> Callable[[str], int] | None:
    name = _NAMES.get(family)
    if name is None or not is_on_disk(name):
        return None
    try:
        import tiktoken  # noqa: PLC0415 # optional

        encoding = tiktoken.get_encoding(name)
    except Exception:  # an optional help: whatever is wrong with it, the heuristic counts
        return None
    return lambda text: len(encoding.encode(text, disallowed_special=()))


def is_on_disk(name: str) -> bool:
    """Whether tiktoken has a vocabulary in its folder: without it, it would fetch it, in the caller's time."""
    folder = os.environ.get("TIKTOKEN_CACHE_DIR") or os.environ.get("DATA_GYM_CACHE_DIR")
    base = Path(folder) if folder else Path(tempfile.gettempdir()) / "data-gym-cache"
    mark = hashlib.sha1(_SOURCE.format(name=name).encode(), usedforsecurity=False).hexdigest()
    return (base / mark).is_file()
