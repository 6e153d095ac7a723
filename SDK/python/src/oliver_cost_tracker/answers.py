"""What the server answers, as typed values. `raw` is always the whole answer; new fields appear there first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from .money import usd


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


@dataclass(frozen=True)
class BudgetState:
    """A budget as a preflight saw it. Amounts are USD."""

    id: str
    name: str
    scope: Mapping[str, Any]
    period: str
    limit_usd: Decimal | None
    spent_usd: Decimal | None
    held_usd: Decimal | None
    remaining_usd: Decimal | None
    period_end: str | None

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> BudgetState:
        """Reads one of an answer's `budgets`."""
        scope = raw.get("scope")
        return cls(
            id=str(raw.get("id", "")),
            name=str(raw.get("name", "")),
            scope=scope if isinstance(scope, Mapping) else {},
            period=str(raw.get("period", "")),
            limit_usd=usd(raw.get("limit_usd")),
            spent_usd=usd(raw.get("spent_usd")),
            held_usd=usd(raw.get("held_usd")),
            remaining_usd=usd(raw.get("remaining_usd")),
            period_end=_text(raw.get("period_end")),
        )


@dataclass(frozen=True)
class Preflight:
    """The server's leave to make a call. A denial is no answer but raises `BudgetExceeded`.

    `degraded` says that nothing was checked and nothing is held: the server gave no answer, or could not ask its
    counters, and the fail mode allowed the call.
    """

    decision: Literal["allow", "allow_with_caps"]
    hold_id: str | None = None
    expires_at: str | None = None
    estimated_cost_usd: Decimal | None = None
    budgets: tuple[BudgetState, ...] = ()
    max_output_tokens: int | None = None
    """With `allow_with_caps`: the largest output that fits."""
    degraded: bool = False
    reason: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Preflight | None:
        """Reads an answer; `None` if it is none."""
        decision = raw.get("decision")
        if decision not in ("allow", "allow_with_caps"):
            return None
        caps = raw.get("caps")
        most = caps.get("max_output_tokens") if isinstance(caps, Mapping) else None
        return cls(
            decision=decision,
            hold_id=_text(raw.get("hold_id")),
            expires_at=_text(raw.get("expires_at")),
            estimated_cost_usd=usd(raw.get("estimated_cost_usd")),
            budgets=tuple(BudgetState.parse(each) for each in _objects(raw.get("budgets"))),
            max_output_tokens=most if isinstance(most, int) else None,
            degraded=raw.get("fail_mode") is not None,
            reason="the server could not check the budgets" if raw.get("fail_mode") is not None else None,
            raw=raw,
        )


@dataclass(frozen=True)
class Estimate:
    """What a call would cost. `cost_usd` is `None` when nothing prices it: that is not zero."""

    status: str
    cost_usd: Decimal | None
    exact_cost_usd: Decimal | None
    components: tuple[Mapping[str, Any], ...]
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Estimate:
        """Reads one of an answer's `items`."""
        return cls(
            status=str(raw.get("status", "invalid")),
            cost_usd=usd(raw.get("cost_usd")),
            exact_cost_usd=usd(raw.get("exact_cost_usd")),
            components=tuple(_objects(raw.get("components"))),
            raw=raw,
        )

    @classmethod
    def parse_all(cls, answer: Any) -> list[Estimate]:
        """Reads a whole answer."""
        items = answer.get("items") if isinstance(answer, Mapping) else None
        return [cls.parse(item) for item in _objects(items)]
