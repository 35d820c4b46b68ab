"""A secret is shown once, read back only as it was made, and known by a salted digest alone."""

import random

import pytest

from kept.core import tokens

MADE = tokens.make("kept-", random.Random(7).randbytes)


def test_a_token_is_known_by_its_salted_digest() -> None:
    number, secret = tokens.read("kept-", MADE.text) or ("", b"")
    assert number == MADE.id
    assert tokens.is_of(secret, salt=MADE.salt, digest=MADE.digest)
    assert not tokens.is_of(secret, salt=bytes(16), digest=MADE.digest)
    assert not tokens.is_of(bytes(32), salt=MADE.salt, digest=MADE.digest)
    assert secret not in (MADE.salt, MADE.digest)


@pytest.mark.parametrize(
    "text",
    ["", "kept-", MADE.text[:-1], f"{MADE.text}A", f"kept-peer-{MADE.text[5:]}", f"{MADE.text[:-1]}é", f"{MADE.text} "],
)
def test_what_was_not_made_so_is_none(text: str) -> None:
    assert tokens.read("kept-", text) is None
