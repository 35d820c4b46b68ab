"""What is drawn from a campaign's seed: the same seed draws the same, on every machine, in any order."""

from hashlib import blake2b, sha256

from kept.core.words import WORDS

TOKENS = len(WORDS) * len(WORDS) * 90


def seed_key(seed: int) -> bytes:
    """The key under which everything of a campaign is drawn; `seed` is any integer."""
    return sha256(f"kept red-team {seed}".encode()).digest()


def draw(key: bytes, about: str) -> int:
    """64 bits that depend on key and subject alone (BLAKE2b, RFC 7693, keyed)."""
    return int.from_bytes(blake2b(about.encode(), key=key, digest_size=8).digest())


def token_of(drawn: int) -> str:
    """One of the TOKENS texts "<word> <word> <two digits>"."""
    number, first, second = 10 + (drawn >> 14) % 90, drawn & 127, (drawn >> 7) & 127
    return f"{WORDS[first]} {WORDS[second]} {number}"
