"""ElevenLabs' client: speech by characters, transcription by seconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..estimators import count_characters
from ..recorder import Recorder
from ..usage import elevenlabs as usage
from ..usage.reading import Found, get
from .calls import Method
from .instrument import instrument

_SPEECH = ("convert", "convert_with_timestamps", "stream", "stream_with_timestamps")


def wrap(client: Any, recorder: Recorder, fields: Mapping[str, Any]) -> None:
    """Wraps text to speech and speech to text."""
    provider = str(fields.get("provider") or "elevenlabs")
    speech = Method(provider, "speech", model="model_id", default_model="eleven_multilingual_v2", asked=_spoken)
    heard = Method(provider, "transcription", model="model_id", default_model="scribe_v1", read=usage.extract)
    for name in _SPEECH:
        instrument(get(client, "text_to_speech"), name, speech, recorder, fields)
    instrument(get(client, "speech_to_text"), "convert", heard, recorder, fields)


def _spoken(kwargs: Mapping[str, Any]) -> Found | None:
    spoken = kwargs.get("text")
    return Found({"characters": count_characters(spoken)}) if isinstance(spoken, str) else None
