"""Amounts in minor units: how many decimals a currency has, by ISO 4217."""

from __future__ import annotations

_DECIMALS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}


def decimals(currency: str) -> int:
    """How many decimals the amounts of a currency have (ISO 4217, exponents); two where it isn't said."""
    return _DECIMALS.get(currency, 2)


def minor(amount: int, currency: str) -> int:
    """Whole units as minor units."""
    return amount * int(10 ** decimals(currency))


def shown(amount: int, currency: str) -> str:
    """Minor units, zero or more, for people: "2,500.00 USD"."""
    places = decimals(currency)
    whole, part = divmod(amount, 10**places)
    return f"{whole:,}.{part:0{places}d} {currency}" if places else f"{whole:,} {currency}"
