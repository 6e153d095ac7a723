"""ElevenLabs: characters of what is spoken (a response header), seconds of what is transcribed."""

from __future__ import annotations

from typing import Any

from .reading import Found, count, get


def extract(response: Any) -> Found:
    """Reads a transcript, or a raw response with headers."""
    seconds = get(response, "audio_duration_secs")
    if isinstance(seconds, (int, float)) and not isinstance(seconds, bool):
        return Found({"seconds": seconds}, None, "transcription")
    parts = get(response, "transcripts")
    if isinstance(parts, (list, tuple)):
        # One for each channel of the same recording: billed once for each.
        lengths = [get(part, "audio_duration_secs") for part in parts]
        known = [length for length in lengths if isinstance(length, (int, float))]
        return Found({"seconds": sum(known)} if known else None, None, "transcription")
    headers = get(response, "headers")
    text = get(headers, "character-cost", "x-character-count") if headers is not None else None
    characters = int(text) if isinstance(text, str) and text.isdigit() else count(response, "characters")
    return Found(None if characters is None else {"characters": characters}, None, "speech")
