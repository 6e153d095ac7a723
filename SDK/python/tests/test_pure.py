"""What needs no file and no network: retries, money, events, batches, settings."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from oliver_cost_tracker import ConfigurationError, Settings
from oliver_cost_tracker.batch import BATCH_BYTES, Row, fitting, outcome, pack
from oliver_cost_tracker.config import from_environment
from oliver_cost_tracker.events import make_event, without_time
from oliver_cost_tracker.money import usd, usd_text
from oliver_cost_tracker.outbox import spans
from oliver_cost_tracker.retry import RetryPolicy, retry_after

CALL = {"provider": "openai", "model": "m", "usage": {"input_tokens": 1}}


def test_waits_double_up_to_the_cap_with_jitter_below() -> None:
    policy = RetryPolicy(base=1, cap=8)
    assert [policy.backoff(n, draw=0) for n in range(5)] == [0.5, 1, 2, 4, 4]
    assert [policy.backoff(n, draw=1) for n in range(5)] == [1, 2, 4, 8, 8]


def test_retry_after_is_a_lower_bound() -> None:
    assert RetryPolicy(base=1).backoff(0, draw=0, retry_after=7) == 7


def test_retries_end_by_count_and_by_time() -> None:
    policy = RetryPolicy(retries=3, base=1)
    assert policy.next_wait(2, left=100, draw=0, retry_after=None) == 2
    assert policy.next_wait(3, left=100, draw=0, retry_after=None) is None
    assert policy.next_wait(0, left=5, draw=0, retry_after=6) is None


def test_retry_after_is_read_as_seconds_or_date() -> None:
    now = datetime(2026, 11, 28, 12, 0, tzinfo=timezone.utc)
    assert retry_after({"retry-after": "2"}) == 2
    assert retry_after({"retry-after": "Sat, 28 Nov 2026 12:00:30 GMT"}, now) == 30
    assert retry_after({"retry-after": "-5"}) == 0
    for nonsense in ("", "soon", "nan", "inf"):
        assert retry_after({"retry-after": nonsense}) is None


def test_money_is_decimal_and_never_a_float() -> None:
    assert usd("0.000000000001") == Decimal("0.000000000001")
    assert usd_text(Decimal("1E-12")) == "0.000000000001"
    assert usd(0.1) is None and usd("abc") is None and usd("NaN") is None
    with pytest.raises(TypeError):
        usd_text(0.1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="decimal"):
        usd_text("1,5")


def test_an_event_gets_an_id_and_a_time_and_keeps_those_it_has() -> None:
    made = make_event(CALL)
    body = json.loads(made.body)
    assert made.stamped and body["event_id"] == made.event_id
    assert abs(
        datetime.now(timezone.utc) - datetime.fromisoformat(body["occurred_at"].replace("Z", "+00:00"))
    ) < timedelta(seconds=5)
    given = make_event(
        {**CALL, "event_id": "e", "occurred_at": datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2)))}
    )
    assert (given.event_id, given.stamped) == ("e", False)
    assert json.loads(given.body)["occurred_at"] == "2025-12-31T22:00:00Z"
    assert "occurred_at" not in json.loads(without_time(made.body))


def test_quantities_are_numbers_and_none_is_left_out() -> None:
    usage = {"seconds": Decimal("1.5"), "images": Decimal(2), "pages": None, "custom": {"n": 1}}
    assert json.loads(make_event({**CALL, "usage": usage}).body)["usage"] == {
        "seconds": 1.5,
        "images": 2,
        "custom": {"n": 1},
    }
    for wrong in ("5", True, float("nan"), float("inf")):
        with pytest.raises((TypeError, ValueError)):
            make_event({**CALL, "usage": {"input_tokens": wrong}})


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        make_event({**CALL, "occurred_at": datetime(2026, 1, 1)})  # noqa: DTZ001


def test_batches_stay_below_the_servers_limit() -> None:
    rows = [Row(n, b"x" * 1_000_000, False) for n in range(10)]
    chosen = fitting(rows)
    assert len(chosen) == 4 and len(pack(chosen)[0]) <= BATCH_BYTES
    assert len(fitting([Row(1, b"x" * (BATCH_BYTES + 1), False)])) == 1


def test_every_row_of_a_batch_gets_exactly_one_outcome() -> None:
    rows = [Row(n, b"{}", n == 2) for n in range(6)]
    time_problem = {"invalid_parameters": [{"name": "occurred_at"}]}
    answer = {"items": [
        {"index": 0, "status": "accepted"}, {"index": 1, "status": "duplicate"},
        {"index": 2, "status": "rejected", "problem": time_problem}, {"index": 3, "status": "rejected", "problem": time_problem},
        {"index": 4, "status": "new word"},
    ]}  # fmt: skip
    found = outcome(rows, json.dumps(answer).encode())
    assert [row.seq for row in found.sent] == [0, 1]
    assert [row.seq for row in found.restamped] == [2]
    assert [each.row.seq for each in found.rejected] == [3]
    assert [row.seq for row in found.unanswered] == [4, 5]
    assert len(outcome(rows, b"<html>").unanswered) == 6


def test_the_short_way_through_an_answer_is_taken_only_when_all_is_accounted_for() -> None:
    rows = [Row(n, b"{}", False) for n in range(3)]
    assert len(outcome(rows, b'{"accepted":2,"duplicates":1,"rejected":0,"items":[]}').sent) == 3
    assert len(outcome(rows, b'{"accepted":2,"duplicates":0,"rejected":0,"items":[]}').unanswered) == 3


def test_places_are_joined_to_runs() -> None:
    assert spans([5, 1, 2, 3, 9, 10]) == [(1, 3), (5, 5), (9, 10)]
    assert spans([]) == []


def test_settings_come_from_arguments_then_environment_then_defaults(tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_text("olv_file\n")
    env = {
        "OLIVER_URL": "https://o.example",
        "OLIVER_API_KEY_FILE": str(key_file),
        "OLIVER_TAGS": "a=1, b=x=y",
        "OLIVER_FAIL_MODE": "closed",
        "OLIVER_DURABLE": "yes",
    }
    found = from_environment(env, team="t")
    assert (found.base_url, found.api_key, found.team, found.fail_mode, found.durable) == (
        "https://o.example",
        "olv_file",
        "t",
        "closed",
        True,
    )
    assert found.tags == {"a": "1", "b": "x=y"}
    assert from_environment(env, base_url="http://other", api_key="k").base_url == "http://other"


@pytest.mark.parametrize(
    "options",
    [{"base_url": "oliver.example"}, {"base_url": "ftp://x"}, {"api_key": ""}, {"api_key": "a b"}, {"api_key": "a\n"},
     {"fail_mode": "maybe"}, {"batch_rows": 0}, {"batch_rows": 1001}, {"timeout": 0}],
)  # fmt: skip
def test_senseless_settings_are_refused_at_the_start(options: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings(**{"api_key": "olv_secret", **options})  # type: ignore[arg-type]
    assert "olv_secret" not in str(caught.value)


def test_the_key_is_in_no_text_and_no_file_name() -> None:
    settings = Settings(api_key="olv_secret")
    assert "olv_secret" not in repr(settings) + str(settings.outbox_path())


def test_servers_and_keys_have_outboxes_of_their_own() -> None:
    paths = {
        Settings(base_url=url, api_key=key).outbox_path() for url in ("http://a", "http://b") for key in ("k", "l")
    }
    assert len(paths) == 4


def test_what_refers_to_itself_is_an_error_and_not_the_end() -> None:
    loop: dict[str, object] = {}
    loop["self"] = loop
    with pytest.raises((ValueError, TypeError, RecursionError)):
        make_event({**CALL, "trace_id": loop})
