"""Money: `Decimal` inside, decimal text in USD on the wire, never a float."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any


def usd(value: Any) -> Decimal | None:
    """Reads a decimal text from the wire; anything else is `None`."""
    if not isinstance(value, str):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def usd_text(value: Decimal | int | str) -> str:
    """Writes an amount in USD as the server reads it.

    Raises `TypeError` for a float, whose digits are not what was meant, and `ValueError` for what is no number.
    """
    if isinstance(value, (bool, float)):
        raise TypeError("money must be a Decimal, an int or a decimal text: a float is not exact")
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"no decimal number: {str(value)[:40]!r}") from None
    if not amount.is_finite():
        raise ValueError("money must be finite")
    return format(amount, "f")
