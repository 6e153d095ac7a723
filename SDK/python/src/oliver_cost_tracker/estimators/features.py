"""What of a text decides how many tokens it has: a few counts, by class of character."""

from __future__ import annotations

import re

NAMES = (
    "words", "letters", "digits", "marks", "newlines", "spaces", "accented", "cyrillic", "arabic", "indic",
    "han", "kana", "hangul", "other",
)  # fmt: skip
_CLASSES = {
    "words": r"[A-Za-z]+",
    "digits": r"[0-9]{1,3}",
    "marks": r"[!-/:-@\[-`{-~]+",
    "newlines": r"\n+",
    "spaces": r"[ \t]{2,}",
}
_CHARACTERS = {
    "accented": "\u00a0-\u036f\u1e00-\u1eff",
    "cyrillic": "\u0370-\u058f",  # and Greek and Armenian, which cost about as much
    "arabic": "\u0590-\u08ff",  # and Hebrew
    "indic": "\u0900-\u109f",  # and the scripts of Thailand, Laos, Tibet and Burma
    "han": "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
    "kana": "\u3040-\u30ff",
    "hangul": "\u1100-\u11ff\uac00-\ud7af",
}
_RUNS = {name: re.compile(pattern) for name, pattern in _CLASSES.items()}
_SETS = {name: re.compile(f"[{pattern}]+") for name, pattern in _CHARACTERS.items()}
_OTHER = re.compile("[^\\x00-\\x7f" + "".join(_CHARACTERS.values()) + "]")
_SAMPLE = 200_000


def features(text: str) -> dict[str, float]:
    """The counts of a text. Of a very long one the first 200,000 characters stand for all."""
    scale = 1.0
    if len(text) > _SAMPLE:
        scale, text = len(text) / _SAMPLE, text[:_SAMPLE]
    words = _RUNS["words"].findall(text)
    found: dict[str, float] = {name: len(pattern.findall(text)) for name, pattern in _RUNS.items() if name != "words"}
    found["words"] = len(words)
    found["letters"] = sum(map(len, words))
    if not text.isascii():
        found.update((name, sum(map(len, pattern.findall(text)))) for name, pattern in _SETS.items())
        found["other"] = len(_OTHER.findall(text))
    return {name: count * scale for name, count in found.items()}
