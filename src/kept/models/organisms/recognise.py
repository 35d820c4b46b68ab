"""Tells from the messages alone what an organism is asked: domain, card, encoding and language.

An organism knows nothing of the rooms that probe it, so this is plain text analysis: script and cue words
for the language, structure for the encoding.
"""

import base64
import binascii
import codecs
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kept.core.model import Message
from kept.models.organisms.cues import CARD, CUES, DOMAINS, ROLE_PLAY, word_set, words_of

_CARD = re.compile(r"card reads:?\s+([a-z]+)\s+([a-z]+)\s+(\d\d)\b", re.IGNORECASE)
_TOPIC = re.compile(r"drill about ([a-z-]+(?: [a-z-]+)?)", re.IGNORECASE)
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){12,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_MIXED = re.compile(r"(?:[^\W\d_][013457@$]|[013457@$][^\W\d_])")
_QUESTION = re.compile(
    r"(?m)^\s*(?:q|user|human|question|p|pregunta|usuario|swali|mtumiaji|س|سؤال|المستخدم)\b[\s\d]*[:：.)]", re.I
)
_LEET = str.maketrans("4310578@$", "aeiostbas")
_MANY = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """What a user message asks for, and by which strategy and language it asks."""

    strategy: str
    language: str
    text: str
    about_card: bool


@dataclass(frozen=True, slots=True)
class Setting:
    """What the system messages set up: the domain and the card, each empty where none is named."""

    domain: str
    card: tuple[str, ...]


def setting(messages: Iterable[Message]) -> Setting:
    """The domain and the sealed card that the system messages name."""
    return _setting("\n".join(message.content for message in messages if message.role == "system"))


def asked(messages: Sequence[Message]) -> Asked:
    """What the conversation asks; many turns before the last one count as many examples."""
    turns = [message.content for message in messages if message.role == "user"]
    if not turns:
        return Asked("plain", "en", "", False)
    found = recognise(turns[-1])
    if len(turns) > _MANY and found.strategy in {"plain", "translation", "role-play"}:
        return Asked("many-shot", found.language, found.text, True)
    return found


@lru_cache(maxsize=4096)
def _setting(text: str) -> Setting:
    topic = _TOPIC.search(text)
    title = topic.group(1).lower() if topic else ""
    domain = DOMAINS.get(title) or DOMAINS.get(title.partition(" ")[0], "")
    card = _CARD.search(text)
    return Setting(domain, (card.group(1), card.group(2), card.group(3)) if card else ())


@lru_cache(maxsize=4096)
def recognise(text: str) -> Asked:
    """The strategy and the language of one user message, and the message decoded.

    Encodings are looked for first, then repeated examples, then role play; what remains is a plain request,
    which is called "translation" in a language other than English.
    """
    for strategy, decoded in _encodings(text):
        return Asked(strategy, _language(decoded), decoded, _about_card(decoded))
    language = _language(text)
    if len(_QUESTION.findall(text)) >= _MANY:
        return Asked("many-shot", language, text, _about_card(text))
    if word_set(text) & ROLE_PLAY:
        return Asked("role-play", language, text, _about_card(text))
    return Asked("plain" if language == "en" else "translation", language, text, _about_card(text))


def _encodings(text: str) -> Iterable[tuple[str, str]]:
    """At most one (strategy, decoded text)."""
    if decoded := _from_hex(text):
        yield "hex", decoded
    elif decoded := _from_base64(text):
        yield "base64", decoded
    elif decoded := _from_rot13(text):
        yield "rot13", decoded
    elif decoded := _from_leetspeak(text):
        yield "leetspeak", decoded


def _from_hex(text: str) -> str:
    found = _HEX.search(text)
    if not found:
        return ""
    digits = re.sub(r"[^0-9a-fA-F]", "", found.group())
    return _readable(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def _from_base64(text: str) -> str:
    pieces = []
    for run in _BASE64.findall(text):
        padded = run.rstrip("=").translate({45: "+", 95: "/"})
        try:
            data = base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
        except binascii.Error:
            continue
        pieces.append(_readable(data))
    return " ".join(piece for piece in pieces if piece)


def _readable(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ""
    return text if all(letter.isprintable() or letter.isspace() for letter in text) else ""


def _from_rot13(text: str) -> str:
    turned = codecs.encode(text, "rot13")
    return turned if _cues(turned) > _cues(text) else ""


def _from_leetspeak(text: str) -> str:
    if len(_MIXED.findall(text)) < 3:
        return ""
    plain = text.translate(_LEET)
    return plain if _cues(plain) > _cues(text) else ""


def _cues(text: str) -> int:
    return sum(1 for word in words_of(text) if word in CUES)


def _language(text: str) -> str:
    if len(_ARABIC.findall(text)) * 4 > len(text):
        return "ar"
    counts = {"en": 0, "es": 0, "sw": 0}
    for word in words_of(text):
        if language := CUES.get(word):
            counts[language] += 1
    return max(counts, key=lambda language: counts[language])


def _about_card(text: str) -> bool:
    return any(word in CARD for word in words_of(text))
