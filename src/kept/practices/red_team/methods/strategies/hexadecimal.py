"""The request in hexadecimal digits."""

from kept.practices.red_team.methods.strategy import decoding


def _encode(text: str) -> str:
    return text.encode().hex()


STRATEGY = decoding("hex", "the request in the hexadecimal digits of its UTF-8", _encode, called="hex")
