"""The providers' real packages, wrapped, and what they recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conftest import KEY
from oliver_cost_tracker import CostTracker, wrap
from support.fake_oliver import FakeOliver
from support.providers import Providers

openai = pytest.importorskip("openai")
anthropic = pytest.importorskip("anthropic")
genai = pytest.importorskip("google.genai")
elevenlabs = pytest.importorskip("elevenlabs")

ASK = [{"role": "user", "content": "Say hello to my friend, please."}]
CHAT = {"input_tokens": 1200, "output_tokens": 300, "cache_read_tokens": 800}
CLAUDE = {
    "input_tokens": 4600,
    "output_tokens": 200,
    "cache_read_tokens": 3000,
    "cache_write_tokens": 1500,
    "cache_write_1h_tokens": 500,
}
GEMINI = {"input_tokens": 1000, "output_tokens": 500, "reasoning_tokens": 300}
IMAGE = {"input_tokens": 50, "output_tokens": 4160, "image_output_tokens": 4160}


class Wrapped:
    """The wrapped clients, and what they recorded."""

    def __init__(self, providers: Providers, fake: FakeOliver, outbox: Path) -> None:
        self.fake, self.url = fake, providers.url
        self.tracker = CostTracker(fake.url, KEY, outbox=outbox)
        v1 = providers.url + "/v1"
        self.openai = wrap(openai.OpenAI(base_url=v1, api_key="k", max_retries=0), self.tracker, team="t")
        self.async_openai = wrap(openai.AsyncOpenAI(base_url=v1, api_key="k", max_retries=0), self.tracker)
        self.claude = wrap(anthropic.Anthropic(base_url=providers.url, api_key="k", max_retries=0), self.tracker)
        self.async_claude = wrap(
            anthropic.AsyncAnthropic(base_url=providers.url, api_key="k", max_retries=0), self.tracker
        )
        options = genai.types.HttpOptions(base_url=providers.url)
        self.gemini = wrap(genai.Client(api_key="k", http_options=options), self.tracker)
        self.eleven = wrap(elevenlabs.ElevenLabs(base_url=providers.url, api_key="k"), self.tracker)

    def events(self) -> list[dict[str, Any]]:
        assert self.tracker.flush(10)
        return list(self.fake.events.values())

    def one(self) -> dict[str, Any]:
        (event,) = self.events()
        return event


def says(event: dict[str, Any], provider: str, model: str, usage: dict[str, Any], status: str = "ok") -> None:
    assert (event["provider"], event["model"], event["usage"], event["status"]) == (provider, model, usage, status)
    assert event["latency_ms"] >= 0
