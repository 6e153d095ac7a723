"""What holds for every wrapped client."""

from __future__ import annotations

import gc
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from oliver_cost_tracker import ConfigurationError, CostTracker, track, wrap
from support.fake_oliver import FakeOliver
from support.oliver import Oliver
from support.providers import Providers
from support.wrapped import ASK, Wrapped

openai = pytest.importorskip("openai")
anthropic = pytest.importorskip("anthropic")


def test_a_tracker_in_trouble_never_reaches_the_call(w: Wrapped, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("a mistake in the tracker")

    monkeypatch.setattr(w.tracker.recorder, "record_soon", fails)
    assert w.openai.chat.completions.create(model="gpt-4o-mini", messages=ASK).choices
    assert len(list(w.openai.chat.completions.create(model="gpt-4o-mini", messages=ASK, stream=True))) == 5
    assert w.gemini.models.generate_content(model="gemini-2.5-flash", contents="Hi").text


def test_a_stream_belongs_to_where_it_began(w: Wrapped) -> None:
    with track(project="began"):
        stream = w.openai.chat.completions.create(model="gpt-4o-mini", messages=ASK, stream=True)
    w.fake.script.extend([(200, {}, {"decision": "allow", "hold_id": "h-1"}), (200, {}, {})])
    with track(project="ended", user="u"), w.tracker.guard(provider="openai", model="m", usage={}):
        list(stream)
    event = w.one()
    assert (event["project"], event.get("user"), event.get("hold_id")) == ("began", None, None)


def test_a_stream_that_is_collected_while_the_tracker_works_does_not_stop_it(w: Wrapped) -> None:
    def leave() -> None:
        next(w.openai.chat.completions.create(model="gpt-4o-mini", messages=ASK, stream=True))

    # Streams hold themselves, so only the collector ends them: here, in the middle of each part that has a lock.
    recorder = w.tracker.recorder
    for lock in (
        recorder.overflow._lock,
        recorder.counters._lock,
        recorder.outbox._front.lock,
        recorder.outbox._back.lock,
    ):
        leave()
        with lock:
            gc.collect()
    assert [event["status"] for event in w.events()] == ["incomplete"] * 4


def test_wrapping_twice_records_once(w: Wrapped) -> None:
    again = wrap(w.openai, w.tracker)
    again.chat.completions.create(model="gpt-4o-mini", messages=ASK)
    w.one()


def test_calls_in_threads_are_all_recorded(w: Wrapped) -> None:
    threads = [
        threading.Thread(target=lambda: w.openai.chat.completions.create(model="gpt-4o-mini", messages=ASK))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(w.events()) == 8


def test_the_address_tells_the_provider(fake: FakeOliver, outbox: Path) -> None:
    from oliver_cost_tracker.wrappers.openai import provider_of

    assert provider_of("https://x.openai.azure.com/openai") == "azure"
    assert provider_of("https://openrouter.ai/api/v1") == "openrouter"
    assert provider_of("https://evil.example/api.x.ai") == "openai"


def test_other_clients_are_refused(w: Wrapped) -> None:
    with pytest.raises(ConfigurationError, match=r"no wrapper for builtins\.dict"):
        wrap({}, w.tracker)


def test_a_guard_around_a_wrapped_call_settles_by_itself(w: Wrapped) -> None:
    w.fake.script.append((200, {}, {"decision": "allow", "hold_id": "h-9"}))
    with w.tracker.guard(provider="openai", model="gpt-4o-mini", usage={"input_tokens": 10}):
        w.openai.chat.completions.create(model="gpt-4o-mini", messages=ASK)
    assert w.one()["hold_id"] == "h-9"


@pytest.mark.real
def test_wrapped_calls_cost_what_they_should(oliver: Oliver, providers: Providers, project: str, outbox: Path) -> None:
    million = Decimal("0.000001")
    with CostTracker(oliver.url, oliver.key, outbox=outbox, project=project) as tracker:
        client = wrap(openai.OpenAI(base_url=providers.url + "/v1", api_key="k"), tracker)
        claude = wrap(anthropic.Anthropic(base_url=providers.url, api_key="k"), tracker)
        client.chat.completions.create(model="gpt-4o-mini", messages=ASK)
        list(client.chat.completions.create(model="gpt-4o-mini", messages=ASK, stream=True))
        claude.messages.create(model="claude-sonnet-4-5", max_tokens=9, messages=ASK)
        assert tracker.flush(20)
    chat = 400 * Decimal("0.15") * million + 800 * Decimal("0.075") * million + 300 * Decimal("0.6") * million
    message = (100 * 3 + 3000 * Decimal("0.3") + 1000 * Decimal("3.75") + 500 * 6 + 200 * 15) * million
    costs = sorted(Decimal(event["cost_usd"]) for event in oliver.usage(project, 3))
    assert costs == sorted([chat, chat, message])
