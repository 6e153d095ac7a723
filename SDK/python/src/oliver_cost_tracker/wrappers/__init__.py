"""Wrappers: providers' own clients that record by themselves.

`wrap(client, tracker)` changes the client it gets, and returns it. Whatever goes wrong in recording, the call itself is
as it was: same arguments, same answer, same errors. LiteLLM and LangChain have callbacks of their own in
`wrappers.litellm` and `wrappers.langchain`.
"""

from __future__ import annotations

import importlib
from typing import Any, Protocol, TypeVar

from ..errors import ConfigurationError
from ..recorder import Recorder

__all__ = ["wrap"]

C = TypeVar("C")
_KNOWN = {"openai": "openai", "anthropic": "anthropic", "google.genai": "google", "elevenlabs": "elevenlabs"}


class HasRecorder(Protocol):
    """A tracker, sync or async."""

    recorder: Recorder


def wrap(client: C, tracker: HasRecorder, **fields: Any) -> C:
    """Lets a client of openai, anthropic, google-genai or elevenlabs, sync or async, record each of its calls.

    `fields` (project, tags, provider, …) go into every event; `track` adds to them. Copies that the client makes of
    itself (`with_options`) are not wrapped. Raises `ConfigurationError` for any other client.
    """
    module = type(client).__module__
    for package, name in _KNOWN.items():
        if module == package or module.startswith(package + "."):
            wrapper = importlib.import_module(f".{name}", __name__)
            wrapper.wrap(client, tracker.recorder, fields)
            return client
    raise ConfigurationError(f"no wrapper for {module}.{type(client).__name__}")
