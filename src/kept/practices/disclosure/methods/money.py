"""Amounts in minor units: how many decimals a currency has, by ISO 4217."""

from __future__ import annotations

_NONE = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
_THREE = frozenset("BHD IQD JOD KWD LYD OMR TND".split())


def decimals(currency: str) -> int:
    """How many decimals the amounts of a currency have (ISO 4217, exponents); two where it isn't said."""
    return 0 if currency in _NONE else 3 if currency in _THREE else 2


def minor(amount: int, currency: str) -> int:
    """Whole units as minor units."""
    return amount * int(10 ** decimals(currency))


def shown(amount: int, currency: str) -> str:
    """Minor units for people: "2,500.00 USD"."""
    places = decimals(currency)
    whole, part = divmod(amount, 10**places)
    return f"{whole:,}.{part:0{places}d} {currency}" if places else f"{whole:,} {currency}"
