"""ElevenLabs' own package, wrapped, and the callbacks of LiteLLM and LangChain."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Iterator
from typing import Any

import pytest

from conftest import eventually
from oliver_cost_tracker import CostTracker, track
from support.wrapped import ASK, CHAT, CLAUDE, Wrapped


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


LITELLM_PATIENCE = 60
"""Seconds. LiteLLM calls back from threads of its own, and imports much for it (14 s of a processor the first time): on a busy
machine the 20 s that it once had were too few."""


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
        deadline = time.monotonic() + LITELLM_PATIENCE
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
        before = eventually(lambda: (found := w.tracker.stats().recorded) >= 4 and found, within=LITELLM_PATIENCE)
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
