"""Every quickstart of the README runs as it stands there, and says what it did to the server."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import eventually
from oliver_cost_tracker import recorder
from support.fake_oliver import FakeOliver
from support.providers import Providers

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
QUICKSTARTS = re.findall(r"\*\*([^*]+)\*\*[^`]*(?:`[^`\n]+`[^`]*)*?```python\n(.*?)```", README, re.DOTALL)
ALLOW = {"decision": "allow", "hold_id": "h-1", "expires_at": "2030-01-01T00:00:00Z", "budgets": []}


@pytest.fixture
def environment(fake: FakeOliver, outbox: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOliver]:
    """Oliver and all providers, by environment variables alone."""
    providers = Providers()
    v1 = providers.url + "/v1"
    for name, value in {
        "OLIVER_URL": fake.url, "OLIVER_API_KEY": "olv_readme", "OLIVER_OUTBOX": str(outbox),
        "OPENAI_BASE_URL": v1, "OPENAI_API_BASE": v1, "OPENAI_API_KEY": "k", "ANTHROPIC_BASE_URL": providers.url, "ANTHROPIC_API_KEY": "k",
        "GOOGLE_API_KEY": "k", "GOOGLE_GEMINI_BASE_URL": providers.url, "ELEVENLABS_API_KEY": "k", "LITELLM_LOCAL_MODEL_COST_MAP": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    elevenlabs = pytest.importorskip("elevenlabs")
    original = elevenlabs.ElevenLabs.__init__
    # Its address comes from no variable.
    monkeypatch.setattr(
        elevenlabs.ElevenLabs, "__init__", lambda self, **options: original(self, base_url=providers.url, **options)
    )
    before = set(recorder._recorders)
    yield fake
    for each in set(recorder._recorders) - before:
        each.close(0)
    providers.close()


def test_there_is_one_for_each_integration() -> None:
    names = " ".join(name for name, _ in QUICKSTARTS)
    for integration in (
        "Record",
        "OpenAI",
        "Anthropic",
        "Google GenAI",
        "ElevenLabs",
        "LiteLLM",
        "LangChain",
        "Any other",
        "Ask before",
        "Async",
    ):
        assert integration in names
    assert len(QUICKSTARTS) == README.count("```python")


@pytest.mark.parametrize(("name", "code"), QUICKSTARTS, ids=[name.split(",")[0].rstrip(".") for name, _ in QUICKSTARTS])
def test_the_quickstart_runs_and_records(name: str, code: str, environment: FakeOliver) -> None:
    environment.script.append((200, {}, ALLOW))
    space: dict[str, Any] = {"__name__": "readme"}
    exec(compile(code, f"README: {name}", "exec"), space)  # noqa: S102
    for each in list(recorder._recorders):
        if each.settings.api_key == "olv_readme":
            each.flush(10)
    expected = 2 if name.startswith("Async") else 1
    eventually(lambda: len(environment.events) >= expected, within=15)
    assert len(environment.events) == expected
    assert all(event["provider"] and event["usage"] for event in environment.events.values())
    if "litellm" in code:
        import litellm

        litellm.logging_callback_manager._reset_all_callbacks()


def test_the_readme_names_only_settings_that_there_are() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (Path(__file__).parent.parent / "src").rglob("*.py"))
    for variable in set(re.findall(r"\bOLIVER_[A-Z_]+\b", README)) - {"OLIVER_FULL"}:
        assert f'"{variable}"' in source, variable
    assert os.environ.get("OLIVER_SDK_ENABLED") is None
