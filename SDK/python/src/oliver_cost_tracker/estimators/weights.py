"""Tokens for each count of `features`, by tokenizer; made by tools/calibrate.py, which also measures the error."""

from __future__ import annotations

from collections.abc import Mapping

WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "o200k": {
        "words": 0.2193,
        "letters": 0.1791,
        "digits": 1.6373,
        "marks": 0.7309,
        "newlines": 0.2653,
        "spaces": 0.9742,
        "accented": 0.8286,
        "cyrillic": 0.299,
        "arabic": 0.3516,
        "indic": 0.3397,
        "han": 0.7155,
        "kana": 0.8111,
        "hangul": 0.6825,
        "other": 2.0,  # symbols and pictures: too few to fit, counted by hand
    },
    "cl100k": {
        "words": 0.2339,
        "letters": 0.1841,
        "digits": 1.6158,
        "marks": 0.7221,
        "newlines": 0.0,
        "spaces": 1.0847,
        "accented": 1.8862,
        "cyrillic": 0.5968,
        "arabic": 0.832,
        "indic": 1.2068,
        "han": 1.1816,
        "kana": 1.0336,
        "hangul": 1.2661,
        "other": 2.5,
    },
    "claude": {
        "words": 0.2246,
        "letters": 0.1841,
        "digits": 1.057,
        "marks": 1.1288,
        "newlines": 0.0,
        "spaces": 0.4007,
        "accented": 3.2814,
        "cyrillic": 0.6606,
        "arabic": 1.0634,
        "indic": 1.3291,
        "han": 1.0684,
        "kana": 1.1536,
        "hangul": 1.4172,
        "other": 2.5,
    },
}
