from __future__ import annotations

import os
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from oliver_cost_tracker import CostTracker
from support.fake_oliver import FakeOliver
from support.oliver import Oliver, binary
from support.providers import Providers

# LiteLLM would fetch its price map at import.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "true"
SEED = int(os.environ.get("OLIVER_TEST_SEED", "0")) or random.randrange(2**32)
FULL = bool(os.environ.get("OLIVER_FULL"))
KEY = "olv_test"
EVENT = {"provider": "openai", "model": "gpt-4o-mini", "usage": {"input_tokens": 1200, "output_tokens": 300}}


def pytest_report_header() -> str:
    return f"oliver: {binary() or 'not built'}, seed {SEED} (OLIVER_TEST_SEED)"


@pytest.fixture
def fake() -> Iterator[FakeOliver]:
    server = FakeOliver()
    yield server
    server.close()


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return tmp_path / "outbox" / "events.db"


@pytest.fixture
def make(outbox: Path) -> Iterator[Callable[..., CostTracker]]:
    """Makes trackers that are closed after the test."""
    made: list[CostTracker] = []

    def tracker(url: str, key: str = KEY, **options: Any) -> CostTracker:
        options.setdefault("outbox", outbox)
        made.append(CostTracker(url, key, **options))
        return made[-1]

    yield tracker
    for each in made:
        each.close(0)


@pytest.fixture(scope="session")
def oliver() -> Iterator[Oliver]:
    """The real server, one for all tests."""
    program = binary()
    if program is None:
        if os.environ.get("OLIVER_BIN_DIR"):
            pytest.fail("OLIVER_BIN_DIR holds no oliver")
        pytest.skip("oliver is not built: ./oliver build")
    with tempfile.TemporaryDirectory(prefix="oliver-sdk-", ignore_cleanup_errors=True) as folder:
        # As root, PostgreSQL runs under an account of its own, which must get through.
        Path(folder).chmod(0o755)
        server = Oliver(program, Path(folder) / "home")
        yield server
        server.close()


@pytest.fixture
def project() -> str:
    """A project that no other test uses."""
    return f"p-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def providers() -> Iterator[Providers]:
    """The servers of all providers."""
    server = Providers()
    yield server
    server.close()


@pytest.fixture
def w(providers: Providers, fake: FakeOliver, outbox: Path) -> Iterator[Any]:
    """The wrapped clients of all providers."""
    from support.wrapped import Wrapped

    wrapped = Wrapped(providers, fake, outbox)
    yield wrapped
    wrapped.tracker.close(0)


def eventually(check: Callable[[], Any], within: float = 10) -> Any:
    """The first true value of a condition."""
    deadline = time.monotonic() + within
    while not (value := check()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
    return value
