"""What a tracker is told: arguments, then the environment, then defaults that work."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from .errors import ConfigurationError

FailMode = Literal["open", "closed"]


@dataclass(frozen=True)
class OutboxLimits:
    """How much may wait to be sent. What comes when it is full is dropped and counted: what was promised is kept."""

    rows: int = 500_000
    """Events."""
    bytes: int = 512 * 1024 * 1024
    """Of the events' JSON; the file is somewhat larger."""
    memory_rows: int = 10_000
    """Events in memory, while the file cannot be written."""
    rejected_rows: int = 10_000
    """Rejected events that are kept to be read; the oldest go first, and are counted."""


@dataclass(frozen=True)
class Settings:
    """Everything a tracker can be told. All times are in seconds."""

    base_url: str = "http://127.0.0.1:8080"
    api_key: str = field(default="", repr=False)
    workspace: str | None = None
    team: str | None = None
    project: str | None = None
    user: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    fail_mode: FailMode = "open"
    """What preflight does when the server gives no answer: allow (`open`) or raise (`closed`)."""
    preflight_timeout: float = 5.0
    """Of a whole preflight, retries included."""
    timeout: float = 10.0
    """Of one request that sends or asks something else."""
    retries: int = 3
    outbox: Path | None = None
    """The outbox file; by default one per server and key below the user's state folder."""
    limits: OutboxLimits = field(default_factory=OutboxLimits)
    durable: bool = False
    """Sync every event to disk, so that it survives a power cut too; costs an fsync per `record`."""
    flush_interval: float = 30.0
    """How often the flusher looks for what other processes left, and for the file to work again."""
    linger: float = 0.1
    """How long a flusher that was idle lets events gather before it sends; while more come, ten times as long."""
    batch_rows: int = 1_000
    exit_timeout: float = 2.0
    """How long the end of the process waits for what is unsent; the rest stays in the file."""
    enabled: bool = True
    """Whether anything is kept, sent or asked; if not, preflight allows and `record` does nothing."""
    strict: bool = False
    """Whether `record` raises when an event is lost, invalid or in memory only."""

    def __post_init__(self) -> None:
        url = urlsplit(self.base_url)
        if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
            raise ConfigurationError("base_url must be like https://oliver.example.com")
        if self.enabled and not self.api_key:
            raise ConfigurationError("an API key is needed: pass api_key or set OLIVER_API_KEY")
        if not self.api_key.isascii() or any(c.isspace() for c in self.api_key):
            raise ConfigurationError("the API key holds characters that no key has")
        if self.fail_mode not in ("open", "closed"):
            raise ConfigurationError("fail_mode must be 'open' or 'closed'")
        if not 1 <= self.batch_rows <= 1_000 or self.retries < 0:
            raise ConfigurationError("batch_rows must be from 1 to 1000, and retries not negative")
        limits = self.limits
        if min(limits.rows, limits.bytes, limits.memory_rows, limits.rejected_rows) < 1:
            raise ConfigurationError("the outbox' limits must be at least 1")
        if min(self.preflight_timeout, self.timeout, self.flush_interval) <= 0:
            raise ConfigurationError("timeouts and intervals must be positive")

    def outbox_path(self) -> Path:
        """Where the outbox is. Its name tells servers and keys apart, and gives nothing of the key away."""
        if self.outbox is not None:
            return self.outbox.expanduser()
        mark = hashlib.sha256(f"{self.base_url.rstrip('/')}\0{self.api_key}".encode()).hexdigest()[:16]
        return _state_folder() / f"outbox-{mark}.db"


def _state_folder() -> Path:
    state = os.environ.get("XDG_STATE_HOME")
    try:
        folder = Path(state) if state else Path.home() / ".local" / "state"
    except RuntimeError:  # no home
        folder = Path(tempfile.gettempdir()) / f"user-{os.getuid() if hasattr(os, 'getuid') else 'home'}"
    return folder / "oliver-cost-tracker"


_TEXTS = {
    "OLIVER_URL": "base_url",
    "OLIVER_API_KEY": "api_key",
    "OLIVER_WORKSPACE": "workspace",
    "OLIVER_TEAM": "team",
    "OLIVER_PROJECT": "project",
    "OLIVER_USER": "user",
    "OLIVER_FAIL_MODE": "fail_mode",
}
_FLAGS = {"OLIVER_DURABLE": "durable", "OLIVER_SDK_ENABLED": "enabled", "OLIVER_STRICT": "strict"}


def from_environment(env: Mapping[str, str] | None = None, /, **given: Any) -> Settings:
    """Settings from arguments that are not `None`, then `OLIVER_…` variables, then defaults.

    Raises `ConfigurationError`, which never holds the key.
    """
    env = os.environ if env is None else env
    values: dict[str, Any] = {}
    for variable, name in _TEXTS.items():
        if env.get(variable):
            values[name] = env[variable]
    for variable, name in _FLAGS.items():
        if env.get(variable):
            values[name] = _flag(variable, env[variable])
    if env.get("OLIVER_OUTBOX"):
        values["outbox"] = Path(env["OLIVER_OUTBOX"])
    if env.get("OLIVER_TAGS"):
        values["tags"] = _tags(env["OLIVER_TAGS"])
    values.update((name, value) for name, value in given.items() if value is not None)
    if not values.get("api_key") and env.get("OLIVER_API_KEY_FILE"):
        values["api_key"] = _key_from(Path(env["OLIVER_API_KEY_FILE"]))
    if isinstance(values.get("outbox"), str):
        values["outbox"] = Path(values["outbox"])
    return Settings(**values)


def _flag(name: str, text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if text.lower() not in words:
        raise ConfigurationError(f"{name} must be true or false")
    return words[text.lower()]


def _tags(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    if any(not middle or not key.strip() for key, middle, _ in pairs):
        raise ConfigurationError("OLIVER_TAGS must be like feature=chat,region=eu")
    return {key.strip(): value.strip() for key, _, value in pairs}


def _key_from(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(f"OLIVER_API_KEY_FILE cannot be read: {error.strerror}") from None
