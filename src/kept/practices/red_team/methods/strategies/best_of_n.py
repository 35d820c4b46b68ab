"""The request in another disguise at each trial (Hughes et al. 2024, "Best-of-N jailbreaking", arXiv 2412.03556).

N is the plan's `trials`: the trials of a prompt are its N samples.
"""

import re
from hashlib import blake2b

from kept.practices.red_team.methods.strategy import Strategy

_TOOL = re.compile(r"[a-z]+_[a-z]+")
_WORD = re.compile(r"[^\W\d_]{3,}")
_TATWEEL = "\u0640"


def augment(text: str, draw: int) -> str:
    """The text with each letter in a case of its own, or, in Arabic, with each word stretched somewhere.

    What is done depends on `draw`, 64 bits, alone; no word of three letters or more stays as it was, and the names of
    tools do.
    """
    bits = blake2b(draw.to_bytes(8), digest_size=64).digest()
    parts, end = [], 0
    for tool in _TOOL.finditer(text):
        parts += [_disguised(text[end : tool.start()], bits), tool.group()]
        end = tool.end()
    return "".join(parts) + _disguised(text[end:], bits)


def _disguised(text: str, bits: bytes) -> str:
    def word(found: re.Match[str]) -> str:
        return _stretched(found.group(), at(found.start())) if found.group()[0] > "\u0600" else cased(found)

    def cased(found: re.Match[str]) -> str:
        letters = [
            letter.upper() if at(found.start() + place) & 1 else letter.lower()
            for place, letter in enumerate(found.group())
        ]
        mixed = "".join(letters)
        if mixed[1:] in (mixed[1:].lower(), mixed[1:].upper()):
            mixed = mixed[0] + mixed[1].swapcase() + mixed[2:]
        return mixed

    def at(place: int) -> int:
        return bits[place % len(bits)] >> (place // len(bits) % 8)

    return _WORD.sub(word, text)


def _stretched(word: str, drawn: int) -> str:
    place = 1 + drawn % (len(word) - 1)
    return word[:place] + _TATWEEL + word[place:]


STRATEGY = Strategy(
    name="best-of-n",
    about="the request in another disguise of letters at each trial; N is the plan's trials",
    around=dict.fromkeys(("en", "es", "ar", "sw"), "{request}"),
    augment=augment,
)
