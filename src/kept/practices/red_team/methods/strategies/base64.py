"""The request in base64 (RFC 4648, section 4)."""

from base64 import b64encode

from kept.practices.red_team.methods.strategy import decoding


def _encode(text: str) -> str:
    return b64encode(text.encode()).decode()


STRATEGY = decoding("base64", "the request in base64 of its UTF-8", _encode, called="base64")
