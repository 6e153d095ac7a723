"""The command that looks after an outbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import EVENT, KEY
from oliver_cost_tracker import CostTracker
from oliver_cost_tracker.__main__ import main
from support.fake_oliver import FakeOliver


@pytest.fixture
def left(fake: FakeOliver, outbox: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An outbox with an event that waits and one that was rejected."""
    with CostTracker(fake.url, KEY, outbox=outbox) as tracker:
        tracker.record(provider="openai", model="bad")
        tracker.flush()
        fake.mode = "unavailable"
        tracker.record(**EVENT)
        tracker.close(0)
    monkeypatch.setenv("OLIVER_URL", fake.url)
    monkeypatch.setenv("OLIVER_API_KEY", "olv_new")
    return outbox


def test_it_shows_and_sends_what_another_key_left(
    left: Path, fake: FakeOliver, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--outbox", str(left)]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["pending"], status["sent"], status["rejected"]) == (1, 0, 1)
    assert main(["flush", "--outbox", str(left), "--timeout", "0.3"]) == 1
    fake.mode = "up"
    assert main(["flush", "--outbox", str(left)]) == 0 and len(fake.events) == 1
    assert fake.requests[-1][1]["authorization"] == "Bearer olv_new"
    capsys.readouterr()
    assert main(["rejected", "--outbox", str(left)]) == 0
    assert '"model":"bad"' in json.loads(capsys.readouterr().out)["body"]


def test_it_says_when_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OLIVER_API_KEY", "olv_k")
    assert main(["status", "--outbox", str(tmp_path / "none.db")]) == 2
    assert "no outbox" in capsys.readouterr().err and not (tmp_path / "none.db").exists()
    monkeypatch.delenv("OLIVER_API_KEY")
    assert main(["status"]) == 2
