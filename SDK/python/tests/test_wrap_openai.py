"""OpenAI's own package, wrapped, against a server that speaks its wire format."""

from __future__ import annotations

import asyncio
import gc
import io

import pytest

from oliver_cost_tracker import track
from support.wrapped import ASK, CHAT, IMAGE, Wrapped, says

openai = pytest.importorskip("openai")


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
