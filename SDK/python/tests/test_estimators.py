"""Estimators: their error on texts that they were not fitted to, and that they never need the network."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from oliver_cost_tracker.estimators import (
    count_message_tokens,
    count_tokens,
    estimate_usage,
    estimated,
    exact,
    tokenizer_of,
)

CORPUS = {
    path.stem: path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parent / "corpus").glob("*.txt"))
}
LIMIT, MEAN = 0.23, 0.08  # what the README says


@pytest.fixture(scope="module")
def tokenizers() -> Iterator[dict[str, Callable[[str], int]]]:
    """The real tokenizers, from the vocabularies that the package litellm brings along."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "true"
    litellm = pytest.importorskip("litellm")
    tiktoken, hf = pytest.importorskip("tiktoken"), pytest.importorskip("tokenizers")
    folder = Path(litellm.__file__).parent / "litellm_core_utils" / "tokenizers"
    before = os.environ.get("TIKTOKEN_CACHE_DIR")
    os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
    claude = hf.Tokenizer.from_file(str(folder / "anthropic_tokenizer.json"))
    made: dict[str, Callable[[str], int]] = {"claude": lambda text: len(claude.encode(text).ids)}
    for family in ("o200k", "cl100k"):
        encoding = tiktoken.get_encoding(f"{family}_base")
        made[family] = lambda text, encoding=encoding: len(encoding.encode(text))
    yield made
    if before is None:
        del os.environ["TIKTOKEN_CACHE_DIR"]
    else:
        os.environ["TIKTOKEN_CACHE_DIR"] = before


@pytest.mark.parametrize("family", ["o200k", "cl100k", "claude"])
def test_the_error_is_what_the_readme_says(family: str, tokenizers: dict[str, Callable[[str], int]]) -> None:
    errors = {name: estimated(text, family) / tokenizers[family](text) - 1 for name, text in CORPUS.items()}
    print(family, {name: f"{error:+.0%}" for name, error in errors.items()})
    assert max(map(abs, errors.values())) <= LIMIT, errors
    assert sum(map(abs, errors.values())) / len(errors) <= MEAN, errors


def test_with_tiktoken_and_its_vocabulary_the_count_is_exact(tokenizers: dict[str, Callable[[str], int]]) -> None:
    exact._encoder.cache_clear()
    try:
        for model, family in (("gpt-4o-mini", "o200k"), ("gpt-4-turbo", "cl100k")):
            assert count_tokens(CORPUS["hindi"], model) == tokenizers[family](CORPUS["hindi"])
    finally:
        exact._encoder.cache_clear()


def test_without_a_vocabulary_on_disk_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    exact._encoder.cache_clear()
    assert count_tokens("some text", "gpt-4o") > 0
    exact._encoder.cache_clear()


def test_models_have_their_tokenizers() -> None:
    expected = {"gpt-4o": "o200k", "gpt-5-mini": "o200k", "o3": "o200k", "gpt-4": "cl100k", "gpt-4-turbo": "cl100k", "gpt-4.1": "o200k", "gpt-3.5-turbo": "cl100k",
                "text-embedding-3-small": "cl100k", "anthropic/claude-sonnet-4-5": "claude", "us.anthropic.claude-haiku": "claude", "gemini-2.5-flash": "o200k"}  # fmt: skip
    assert {model: tokenizer_of(model) for model in expected} == expected


def test_conversations_of_all_forms_are_counted() -> None:
    plain = count_message_tokens([{"role": "user", "content": "Hello there, how are you?"}], "gpt-4o")
    parts = count_message_tokens(
        [{"role": "user", "content": [{"type": "text", "text": "Hello there, how are you?"}]}], "gpt-4o"
    )
    google = count_message_tokens(
        [{"role": "user", "parts": [{"text": "Hello there, how are you?"}]}], "gemini-2.5-flash"
    )
    assert plain == parts == google > 6
    image = [
        {
            "role": "user",
            "content": [{"type": "image_url", "image_url": {"url": "data:" + "x" * 100_000, "detail": "low"}}],
        }
    ]
    assert 85 <= count_message_tokens(image, "gpt-4o") <= 100
    assert count_message_tokens("Hello", "gpt-4o") < plain


def test_usage_for_a_preflight_is_complete() -> None:
    tools = [{"type": "function", "function": {"name": "f", "description": json.dumps(list(range(100)))}}]
    usage = estimate_usage(
        "gpt-4o", [{"role": "user", "content": "Hi"}], system="Be brief.", tools=tools, max_output_tokens=50
    )
    assert usage["output_tokens"] == 50 and usage["input_tokens"] > 100
    assert estimate_usage("tts-1", speech="Grüße!") == {"characters": 6}
    assert "output_tokens" not in estimate_usage("gpt-4o", "Hi")


def test_very_long_texts_are_estimated_from_their_beginning() -> None:
    short, long = estimated(CORPUS["english"] * 400, "o200k"), estimated(CORPUS["english"] * 4_000, "o200k")
    assert long / short == pytest.approx(10, rel=0.02)
