"""Fits the token heuristics and measures their error. Not part of the package.

    LITELLM_LOCAL_MODEL_COST_MAP=true, pip install litellm tokenizers tiktoken faker numpy, then: python tools/calibrate.py

Fits on what the environment holds: Python sources, licences and read-mes, JSON, and Faker's words in many languages.
Measures on tests/corpus, which is in none of them. The tokenizers are those that the package litellm brings along.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

import faker
import litellm
import numpy as np
from tokenizers import Tokenizer

from oliver_cost_tracker.estimators.features import NAMES, features

LOCALES = [
    "en_US",
    "de_DE",
    "fr_FR",
    "es_ES",
    "it_IT",
    "pl_PL",
    "pt_BR",
    "ru_RU",
    "uk_UA",
    "el_GR",
    "ar_AA",
    "he_IL",
    "zh_CN",
    "zh_TW",
    "ja_JP",
    "ko_KR",
    "hi_IN",
    "cs_CZ",
    "hy_AM",
    "th_TH",
    "vi_VN",
]
FOLDER = Path(litellm.__file__).parent / "litellm_core_utils" / "tokenizers"


def tokenizers() -> dict[str, Any]:
    import os

    os.environ["TIKTOKEN_CACHE_DIR"] = str(FOLDER)
    import tiktoken

    claude = Tokenizer.from_file(str(FOLDER / "anthropic_tokenizer.json"))
    o200k, cl100k = tiktoken.get_encoding("o200k_base"), tiktoken.get_encoding("cl100k_base")
    return {
        "o200k": lambda text: len(o200k.encode(text, disallowed_special=())),
        "cl100k": lambda text: len(cl100k.encode(text, disallowed_special=())),
        "claude": lambda text: len(claude.encode(text).ids),
    }


def samples(seed: int) -> list[str]:
    draw = random.Random(seed)
    faker.Faker.seed(seed)
    texts: list[str] = []
    for locale in LOCALES:
        try:
            maker = faker.Faker(locale)
            texts += [" ".join(maker.text(max_nb_chars=400) for _ in range(3)) for _ in range(3)]
        except Exception as error:
            print("no", locale, error)
    site = Path(litellm.__file__).parent.parent
    groups = [
        list(site.glob("*/**/*.py")),
        [*site.glob("*.dist-info/METADATA"), *site.glob("*.dist-info/**/LICENSE*")],
        list(site.glob("*/**/*.json")),
        list(Path("/usr/share/common-licenses").glob("*")),
    ]
    for files, count in zip(groups, (150, 250, 60, 40), strict=True):
        for path in draw.choices(sorted(files), k=count):
            try:
                text = path.read_text()
            except (OSError, UnicodeDecodeError):
                continue
            start = draw.randrange(max(1, len(text) - 1500))
            texts.append(text[start : start + 1500])
    natural = (Path(__file__).parent / "calibration.txt").read_text().splitlines()
    return [text for text in texts if len(text) > 100] + natural * 25


def fit(texts: list[str], count: Any) -> dict[str, float]:
    rows = np.array([[features(t).get(name, 0.0) for name in NAMES] for t in texts])
    tokens = np.array([count(t) for t in texts], dtype=float)
    # Relative errors matter, whatever the length; a weight below zero makes no sense. Coordinate descent.
    scaled = rows / tokens[:, None]
    gram, target = scaled.T @ scaled + 1e-6 * np.eye(len(NAMES)), scaled.sum(axis=0)
    weights = np.full(len(NAMES), 0.1)
    for _ in range(5_000):
        for i in range(len(NAMES)):
            weights[i] = max(0.0, weights[i] + (target[i] - gram[i] @ weights) / gram[i, i])
    return {name: round(float(w), 4) for name, w in zip(NAMES, weights, strict=True)}


def main() -> None:
    texts = samples(7)
    corpus = {p.stem: p.read_text() for p in sorted((Path(__file__).parent.parent / "tests/corpus").glob("*.txt"))}
    weights = {name: fit(texts, count) for name, count in tokenizers().items()}
    json.dump(weights, sys.stdout, indent=1)
    print()
    for name, count in tokenizers().items():

        def guess(text: str, weight: dict[str, float] = weights[name]) -> float:
            return sum(weight[k] * v for k, v in features(text).items())

        errors = {stem: guess(text) / count(text) - 1 for stem, text in corpus.items()}
        fitted = [abs(guess(t) / count(t) - 1) for t in texts]
        four = {stem: len(text) / 4 / count(text) - 1 for stem, text in corpus.items()}
        print(
            name,
            {k: f"{v:+.0%}" for k, v in errors.items()},
            f"mean {np.mean(np.abs(list(errors.values()))):.1%}",
            f"fit: mean {np.mean(fitted):.1%} p95 {np.quantile(fitted, 0.95):.1%}",
            f"len/4: mean {np.mean(np.abs(list(four.values()))):.0%}",
        )


if __name__ == "__main__":
    main()
