"""Bech32 (BIP 173) as age writes keys with it: no limit of 90 characters, whole bytes."""

from __future__ import annotations

from collections.abc import Iterable

_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM = 6


def encode(prefix: str, data: bytes) -> str:
    """`data` under a lower-case prefix, with its checksum."""
    words = _words(data)
    spread = [*_spread(prefix), *words]
    check = _remainder([*spread, *[0] * _CHECKSUM]) ^ 1
    words += [(check >> 5 * (_CHECKSUM - 1 - at)) & 31 for at in range(_CHECKSUM)]
    return f"{prefix}1{''.join(_LETTERS[word] for word in words)}"


def decode(prefix: str, text: str) -> bytes | None:
    """The bytes under a lower-case prefix; None for any other prefix, a wrong checksum, or what is no bech32."""
    if text not in (text.lower(), text.upper()) or not text.lower().startswith(f"{prefix}1"):
        return None
    letters = text.lower()[len(prefix) + 1 :]
    if len(letters) < _CHECKSUM or not set(letters) <= set(_LETTERS):
        return None
    words = [_LETTERS.index(letter) for letter in letters]
    return None if _remainder([*_spread(prefix), *words]) != 1 else _bytes(words[:-_CHECKSUM])


def _spread(prefix: str) -> list[int]:
    return [*(ord(letter) >> 5 for letter in prefix), 0, *(ord(letter) & 31 for letter in prefix)]


def _remainder(words: Iterable[int]) -> int:
    value = 1
    for word in words:
        top, value = value >> 25, (value & 0x1FFFFFF) << 5 ^ word
        for at, generator in enumerate(_GENERATORS):
            value ^= generator if top >> at & 1 else 0
    return value


def _words(data: bytes) -> list[int]:
    count = -(-len(data) * 8 // 5)
    number = int.from_bytes(data) << (count * 5 - len(data) * 8)
    return [number >> 5 * (count - 1 - at) & 31 for at in range(count)]


def _bytes(words: list[int]) -> bytes | None:
    """The bytes in words of five bits; None where bits are left that aren't zero, or a whole word of them."""
    size, left = divmod(len(words) * 5, 8)
    number = 0
    for word in words:
        number = number << 5 | word
    return None if left >= 5 or number & (1 << left) - 1 else (number >> left).to_bytes(size)
