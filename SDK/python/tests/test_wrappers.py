"""The providers' real packages, wrapped, against servers that speak their wire formats."""

from __future__ import annotations

import asyncio
import gc
import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from conftest import FULL, KEY, eventually
from oliver_cost_tracker import ConfigurationError, CostTracker, track, wrap
from support.fake_oliver import FakeOliver
from support.oliver import Oliver
from support.providers import Providers

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "true"
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


@pytest.fixture(scope="module")
def providers() -> Iterator[Providers]:
    server = Providers()
    yield server
    server.close()


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


@pytest.fixture
def w(providers: Providers, fake: FakeOliver, outbox: Path) -> Iterator[Wrapped]:
    wrapped = Wrapped(providers, fake, outbox)
    yield wrapped
    wrapped.tracker.close(0)


def says(event: dict[str, Any], provider: str, model: str, usage: dict[str, Any], status: str = "ok") -> None:
    assert (event["provider"], event["model"], event["usage"], event["status"]) == (provider, model, usage, status)
    assert event["latency_ms"] >= 0


def test_openai_chat(w: Wrapped) -> None:
    with track(project="chatbot"):
        answer = w.openai.chat.completions.create(model="gpt-4o-mini", messages=ASK)
    assert answer.choices[0].message.content == "Hello there"
    event = w.one()
    says(event, "openai", "gpt-4o-mini-2024-07-18", CHAT)
    assert (event["operation"], event["project"], event["team"]) == ("chat", "chatbot", "t")


def test_openai_chat_streamed_keeps_its_type_and_hides_the_part_it_asked_for(w: Wrapped) -> None:
    stream = w.openai.chat.completions.create(model="gpt-4o-mini", messages=ASK, stream=True)
    assert isinstance(stream, openai.Stream)
    chunks = list(stream)
    assert all(chunk.choices for chunk in chunks) and len(chunks) == 5
    says(w.one(), "openai", "gpt-4o-mini-2024-07-18", CHAT)


def test_openai_chat_streamed_gives_the_caller_the_usage_he_asked_for(w: Wrapped) -> None:
    options = {"include_usage": True}
    chunks = list(
        w.openai.chat.completions.create(model="gpt-4o-mini", messages=ASK, stream=True, stream_options=options)
    )
    assert chunks[-1].usage.prompt_tokens == 1200
    says(w.one(), "openai", "gpt-4o-mini-2024-07-18", CHAT)


@pytest.mark.parametrize("end", ["close", "forget", "with"])
def test_openai_chat_broken_off_is_recorded_by_estimate(end: str, w: Wrapped) -> None:
    stream = w.openai.chat.completions.create(model="gpt-4o-mini", messages=ASK, stream=True)
    if end == "with":
        with stream:
            next(stream)
    else:
        next(stream)
        if end == "close":
            stream.close()
    del stream
    gc.collect()
    event = w.one()
    assert event["status"] == "incomplete" and event["tags"] == {"usage_source": "estimated"}
    assert event["usage"]["input_tokens"] >= 8 and event["usage"]["output_tokens"] >= 1


def test_openai_chat_that_the_network_breaks_is_recorded_as_an_error_by_estimate(w: Wrapped) -> None:
    with pytest.raises(Exception) as caught:  # httpx' own
        list(w.openai.chat.completions.create(model="gpt-4o-mini-breaks", messages=ASK, stream=True))
    assert "oliver" not in type(caught.value).__module__
    event = w.one()
    assert event["status"] == "error" and event["usage"]["output_tokens"] >= 1


def test_openai_errors_are_the_callers_and_cost_nothing(w: Wrapped) -> None:
    with pytest.raises(openai.BadRequestError):
        w.openai.chat.completions.create(model="fails", messages=ASK)
    says(w.one(), "openai", "fails", {"input_tokens": 0, "output_tokens": 0}, "error")


def test_openai_chat_helpers(w: Wrapped) -> None:
    with w.openai.chat.completions.stream(model="gpt-4o-mini", messages=ASK) as stream:
        assert stream.get_final_completion().choices[0].message.content == "Hello there my friend"
    assert w.openai.chat.completions.parse(model="gpt-4o-mini", messages=ASK).choices
    raw = w.openai.chat.completions.with_raw_response.create(model="gpt-4o-mini", messages=ASK)
    assert raw.parse().usage.prompt_tokens == 1200
    with w.openai.chat.completions.with_streaming_response.create(model="gpt-4o-mini", messages=ASK) as response:
        assert response.parse().usage.prompt_tokens == 1200
    events = w.events()
    assert len(events) == 4
    for event in events:
        says(event, "openai", "gpt-4o-mini-2024-07-18", CHAT)


def test_openai_responses(w: Wrapped) -> None:
    w.openai.responses.create(model="gpt-4o-mini", input="Hi")
    list(w.openai.responses.create(model="gpt-4o-mini", input="Hi", stream=True))
    with w.openai.responses.stream(model="gpt-4o-mini", input="Hi") as stream:
        stream.until_done()
    events = w.events()
    assert len(events) == 3
    for event in events:
        says(event, "openai", "gpt-4o-mini-2024-07-18", CHAT)
        assert event["operation"] == "responses"


def test_openai_embeddings_images_and_audio(w: Wrapped) -> None:
    w.openai.embeddings.create(model="text-embedding-3-small", input="x")
    w.openai.images.generate(model="gpt-image-1", prompt="x", size="1024x1024", quality="high")
    list(w.openai.images.generate(model="gpt-image-1", prompt="x", stream=True))
    w.openai.audio.speech.create(model="tts-1", voice="alloy", input="Grüße!").read()
    w.openai.audio.transcriptions.create(model="whisper-1", file=io.BytesIO(b"RIFF"))
    found = [(event["model"], event["usage"], event.get("operation")) for event in w.events()]
    assert found == [
        ("text-embedding-3-small", {"input_tokens": 1000}, "embedding"),
        ("gpt-image-1", IMAGE, "image"),
        ("gpt-image-1", IMAGE, "image"),
        ("tts-1", {"characters": 6}, None),
        ("whisper-1", {"seconds": 9}, None),
    ]


def test_openai_async(w: Wrapped) -> None:
    async def run() -> None:
        await w.async_openai.chat.completions.create(model="gpt-4o-mini", messages=ASK)
        stream = await w.async_openai.chat.completions.create(model="gpt-4o-mini", messages=ASK, stream=True)
        assert isinstance(stream, openai.AsyncStream) and len([chunk async for chunk in stream]) == 5
        raw = await w.async_openai.chat.completions.with_raw_response.create(model="gpt-4o-mini", messages=ASK)
        assert raw.parse().choices
        with pytest.raises(openai.BadRequestError):
            await w.async_openai.chat.completions.create(model="fails", messages=ASK)
        left = await w.async_openai.chat.completions.create(model="gpt-4o-mini", messages=ASK, stream=True)
        async for _ in left:
            break
        await left.close()
        await w.async_openai.close()

    asyncio.run(run())
    events = w.events()
    assert sorted(event["status"] for event in events) == ["error", "incomplete", "ok", "ok", "ok"]
    assert [event["usage"] for event in events if event["status"] == "ok"] == [CHAT] * 3


def test_anthropic_messages(w: Wrapped) -> None:
    w.claude.messages.create(model="claude-sonnet-4-5", max_tokens=9, messages=ASK)
    list(w.claude.messages.create(model="claude-sonnet-4-5", max_tokens=9, messages=ASK, stream=True))
    with w.claude.messages.stream(model="claude-sonnet-4-5", max_tokens=9, messages=ASK) as stream:
        assert "".join(stream.text_stream) == "Hello there my friend"
    events = w.events()
    assert len(events) == 3
    for event in events:
        says(event, "anthropic", "claude-sonnet-4-5-20250929", CLAUDE)


def test_anthropic_broken_off_and_errors(w: Wrapped) -> None:
    with w.claude.messages.stream(model="claude-sonnet-4-5", max_tokens=9, messages=ASK) as stream:
        for event in stream:
            if event.type == "text":
                break
    with pytest.raises(anthropic.BadRequestError):
        w.claude.messages.create(model="fails", max_tokens=9, messages=ASK)
    with pytest.raises(anthropic.BadRequestError), w.claude.messages.stream(model="fails", max_tokens=9, messages=ASK):
        pass
    events = w.events()
    assert sorted(event["status"] for event in events) == ["error", "error", "incomplete"]
    left = next(event for event in events if event["status"] == "incomplete")
    # The beginning says the input exactly; the output is at least what was read.
    assert left["usage"]["input_tokens"] == 4600 and 1 <= left["usage"]["output_tokens"] < 200


def test_anthropic_async(w: Wrapped) -> None:
    async def run() -> None:
        await w.async_claude.messages.create(model="claude-sonnet-4-5", max_tokens=9, messages=ASK)
        stream = await w.async_claude.messages.create(
            model="claude-sonnet-4-5", max_tokens=9, messages=ASK, stream=True
        )
        assert [event async for event in stream]
        async with w.async_claude.messages.stream(model="claude-sonnet-4-5", max_tokens=9, messages=ASK) as manager:
            assert (await manager.get_final_message()).usage.output_tokens == 200
        await w.async_claude.close()

    asyncio.run(run())
    events = w.events()
    assert len(events) == 3
    for event in events:
        says(event, "anthropic", "claude-sonnet-4-5-20250929", CLAUDE)


def test_google_content(w: Wrapped) -> None:
    assert w.gemini.models.generate_content(model="gemini-2.5-flash", contents="Hi").text == "Hello there"
    assert (
        "".join(part.text for part in w.gemini.models.generate_content_stream(model="gemini-2.5-flash", contents="Hi"))
        == "Hello there!"
    )
    chat = w.gemini.chats.create(model="gemini-2.5-flash")
    chat.send_message("Hi")

    async def run() -> None:
        await w.gemini.aio.models.generate_content(model="gemini-2.5-flash", contents="Hi")
        parts = [
            part
            async for part in await w.gemini.aio.models.generate_content_stream(model="gemini-2.5-flash", contents="Hi")
        ]
        assert len(parts) == 3

    asyncio.run(run())
    events = w.events()
    assert len(events) == 5
    for event in events:
        says(event, "gemini", "gemini-2.5-flash", GEMINI)


def test_google_errors_and_embeddings(w: Wrapped) -> None:
    with pytest.raises(genai.errors.ClientError):
        w.gemini.models.generate_content(model="fails", contents="Hi")
    w.gemini.models.embed_content(model="gemini-embedding-001", contents="Hello there, my friend")
    failed, embedded = w.events()
    assert failed["status"] == "error"
    assert embedded["operation"] == "embedding" and embedded["usage"]["input_tokens"] >= 5


def test_elevenlabs(w: Wrapped) -> None:
    assert (
        len(b"".join(w.eleven.text_to_speech.convert("voice", text="Grüße!", model_id="eleven_flash_v2_5"))) == 10_000
    )
    b"".join(w.eleven.text_to_speech.stream("voice", text="Grüße!"))
    w.eleven.speech_to_text.convert(model_id="scribe_v1", file=io.BytesIO(b"RIFF"))
    found = [(event["model"], event["operation"], event["usage"]) for event in w.events()]
    assert found == [
        ("eleven_flash_v2_5", "speech", {"characters": 6}),
        ("eleven_multilingual_v2", "speech", {"characters": 6}),
        ("scribe_v1", "transcription", {"seconds": 12.5}),
    ]


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


Call = Callable[..., Any]


# One run in several waited in vain for one of LiteLLM's own callbacks, for a reason that is not found yet.
@pytest.mark.skipif(not FULL, reason="LiteLLM does not always call back; with OLIVER_FULL=1")
def test_litellm_sync_async_streamed_and_failing(w: Wrapped) -> None:
    litellm = pytest.importorskip("litellm")
    from oliver_cost_tracker.wrappers.litellm import callback

    litellm.suppress_debug_info = True
    switched_off = CostTracker(enabled=False)
    # The second of two trackers in one process is heard as well.
    litellm.callbacks = [callback(switched_off), callback(w.tracker, project="p")]
    common = {"messages": ASK, "api_base": w.url + "/v1", "api_key": "k", "num_retries": 0}

    async def run() -> None:
        await litellm.acompletion(model="openai/gpt-4o-mini", **common)
        stream = await litellm.acompletion(
            model="openai/gpt-4o-mini", stream=True, stream_options={"include_usage": True}, **common
        )
        assert [part async for part in stream]
        # LiteLLM tells of async calls on the loop, a little later.
        deadline = time.monotonic() + 20
        while w.tracker.stats().recorded < before + 2 and time.monotonic() < deadline:
            await asyncio.sleep(0.02)

    try:
        with track(user="u"):
            litellm.completion(model="openai/gpt-4o-mini", **common)
        list(
            litellm.completion(
                model="openai/gpt-4o-mini", stream=True, stream_options={"include_usage": True}, **common
            )
        )
        with pytest.raises(Exception, match="no"):
            litellm.completion(model="openai/fails", **common)
        litellm.completion(model="anthropic/claude-sonnet-4-5", **{**common, "api_base": w.url})
        before = eventually(lambda: (found := w.tracker.stats().recorded) >= 4 and found, within=20)
        asyncio.run(run())
    finally:
        litellm.logging_callback_manager._reset_all_callbacks()
    events = w.events()
    assert len(events) == 6
    openais = [event for event in events if event["provider"] == "openai"]
    assert sorted(event["status"] for event in openais) == ["error", "ok", "ok", "ok", "ok"]
    assert [event["usage"] for event in openais if event["status"] == "ok"] == [CHAT] * 4
    (claude,) = [event for event in events if event["provider"] == "anthropic"]
    assert claude["usage"] == CLAUDE and {event["project"] for event in events} == {"p"}
    assert [event.get("user") for event in events].count("u") == 1


def test_langchain_sync_async_streamed_and_failing(w: Wrapped) -> None:
    core = pytest.importorskip("langchain_core")
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage, AIMessageChunk
    from langchain_core.outputs import ChatGenerationChunk

    from oliver_cost_tracker.wrappers.langchain import callback

    assert core
    used = {
        "input_tokens": 1200,
        "output_tokens": 300,
        "total_tokens": 1500,
        "input_token_details": {"cache_read": 800},
    }

    class Model(GenericFakeChatModel):
        def _get_ls_params(self, stop: Any = None, **kwargs: Any) -> Any:
            return {"ls_provider": "openai", "ls_model_name": "gpt-4o-mini", "ls_model_type": "chat"}

        def _stream(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> Iterator[Any]:
            yield ChatGenerationChunk(message=AIMessageChunk(content="Hello"))
            yield ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=used))

    def answers() -> Iterator[Any]:
        while True:
            yield AIMessage(
                content="Hello", usage_metadata=used, response_metadata={"model_name": "gpt-4o-mini-2024-07-18"}
            )

    def failing() -> Iterator[Any]:
        raise ValueError("no answer")
        yield

    model = Model(messages=answers())
    config: Any = {"callbacks": [callback(w.tracker, team="t")]}
    with track(project="chain"):
        model.invoke("Hi", config=config)
        list(model.stream("Hi", config=config))
        asyncio.run(model.ainvoke("Hi", config=config))
        with pytest.raises(ValueError, match="no answer"):
            Model(messages=failing()).invoke("Hi", config=config)
    events = w.events()
    assert sorted(event["status"] for event in events) == ["error", "ok", "ok", "ok"]
    assert [event["usage"] for event in events if event["status"] == "ok"] == [CHAT] * 3
    assert {(event["provider"], event["project"], event["team"]) for event in events} == {("openai", "chain", "t")}
