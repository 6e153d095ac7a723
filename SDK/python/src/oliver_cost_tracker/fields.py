"""The names that `record`, `estimate` and `preflight` know; `/v1/record` of the API tells what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict

Quantity = int | float | Decimal | None
Usage = Mapping[str, Quantity | Mapping[str, Quantity]]


class Identity(TypedDict, total=False):
    """Who spends. `None` stands for the context's or the tracker's own value."""

    workspace: str | None
    team: str | None
    project: str | None
    user: str | None
    tags: Mapping[str, str] | None


class PriceAttributes(TypedDict, total=False):
    """What changes a price beside quantities."""

    service_tier: str | None
    size: str | None
    quality: str | None
    resolution: str | None
    search_context_size: str | None
    router_fee: bool | None
    data_residency: str | None
    vertex_location: str | None
    inference_geo: str | None
    speed: str | None


class _Call(TypedDict):
    provider: str
    model: str


class UsageEvent(_Call, Identity, PriceAttributes, total=False):
    """One metered call. `cost_usd` is honoured from keys with the scope `report_cost`."""

    usage: Usage | None
    usage_convention: str | None
    custom: Mapping[str, Quantity] | None
    operation: str | None
    mode: str | None
    event_id: str | None
    occurred_at: datetime | str | None
    hold_id: str | None
    cost_usd: Decimal | int | str | None
    latency_ms: int | None
    status: str | None
    trace_id: str | None


NAMES = frozenset(UsageEvent.__annotations__)


def checked(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same; raises `TypeError` for a name that is none, as Python does: a typing error would lose data."""
    if not values.keys() <= NAMES:
        unknown = sorted(values.keys() - NAMES)
        raise TypeError(f"no field of a usage event: {', '.join(unknown)}")
    return values
