"""Amounts: decimal strings on the wire, whole cents in the database."""

from decimal import Decimal

CENTS = Decimal(100)


def to_cents(amount: str | Decimal) -> int:
    """Return an amount in US dollars as cents; raises ValueError for parts of a cent."""
    cents = Decimal(amount) * CENTS
    if cents != cents.to_integral_value():
        raise ValueError(f"{amount} is not a whole number of cents")
    return int(cents)


def to_text(cents: int) -> str:
    """Return cents as dollars with two decimals, such as `0.05`."""
    return f"{cents // 100}.{cents % 100:02d}"
