"""Anthropic's own package, wrapped."""

from __future__ import annotations

import asyncio

import pytest

from support.wrapped import ASK, CLAUDE, Wrapped, says

anthropic = pytest.importorskip("anthropic")


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
