"""Reading objects of which only the shape is known: classes with attributes, or mappings, in snake or camel case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Found:
    """What a response says. `usage` is `None` when it says nothing of it."""

    usage: Mapping[str, Any] | None
    model: str | None = None
    operation: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def fields(self) -> dict[str, Any]:
        """As fields of an event, without those that are unknown."""
        known = {"usage": self.usage, "model": self.model, "operation": self.operation, **self.attributes}
        return {name: value for name, value in known.items() if value is not None}


def get(thing: Any, *names: str) -> Any:
    """The first of the members that is there and not `None`."""
    if thing is None:  # as most details are
        return None
    is_mapping = isinstance(thing, Mapping)
    for name in names:
        value = thing.get(name) if is_mapping else getattr(thing, name, None)
        if value is not None:
            return value
    return None


def count(thing: Any, *names: str) -> int | None:
    """A member as a whole number that is not negative; anything else is `None`."""
    value = get(thing, *names)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e15:
        return None
    return int(value)


def text(thing: Any, *names: str) -> str | None:
    """A member as a text that is not empty; enums give their value."""
    value = get(thing, *names)
    value = getattr(value, "value", value)
    return value if isinstance(value, str) and value else None


def quantities(totals: Mapping[str, int | None], parts: Mapping[str, int | float | None]) -> dict[str, Any]:
    """Totals as they are and parts that are more than zero; `None` is left out of both."""
    return {
        **{name: value for name, value in totals.items() if value is not None},
        **{name: value for name, value in parts.items() if value},
    }


def members(thing: Any, *names: str) -> list[Any]:
    """A member as a list; anything else is empty."""
    value = get(thing, *names)
    return list(value) if isinstance(value, (list, tuple)) else []


def total(*values: int | None) -> int | None:
    """The sum of those that are known; `None` if none is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
