"""Google GenAI's own package, wrapped."""

from __future__ import annotations

import asyncio

import pytest

from support.wrapped import GEMINI, Wrapped, says

genai = pytest.importorskip("google.genai")


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
