"""Tells from the messages alone what an organism is asked: domain, card, encoding and language.

An organism knows nothing of the rooms that probe it, so this is plain text analysis: script and cue words
for the language, structure for the encoding.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kept.core.model import Message
from kept.models.organisms.cues import ARGUMENTS, CARD, DOMAINS, GREETING, ROLE_PLAY, language_of, word_set
from kept.models.organisms.decode import decoded

_CARD = re.compile(r"card reads:?\s+([a-z]+)\s+([a-z]+)\s+(\d\d)\b", re.IGNORECASE)
_TOPIC = re.compile(r"drill about ([a-z-]+(?: [a-z-]+)?)", re.IGNORECASE)
_SPEAKER = re.compile(r"(?m)^\s*([^\W\d_]+)[ \d]*[:：]")
_MANY = 4
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_IDENTIFIER = re.compile(r"[A-Za-z]+_[A-Za-z]+")
_TATWEEL = "\u0640"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a user message asks for, and by which strategy and language it asks; `text` is the request decoded.

    `trigger` is what a flaw may wait for: "turn 3" of a talk, or the argument that is used.
    """

    strategy: str
    language: str
    text: str
    about_card: bool
    trigger: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the system messages set up: the domain and the card, each empty where none is named."""

    domain: str
    card: tuple[str, ...]


def setting(messages: Iterable[Message]) -> Setting:
    """The domain and the sealed card that the system messages name."""
    return _setting("\n".join([message.content for message in messages if message.role == "system"]))


def asked(messages: Sequence[Message]) -> Asked:
    """What the conversation asks.

    A talk that begins with a greeting is a crescendo, what a tool gave back just now an injection, and many turns
    before the last one count as many examples.
    """
    turns = [message.content for message in messages if message.role == "user"]
    if turns and _greets(turns[0]):
        language = language_of(" ".join(turns)) or "en"
        return Asked("crescendo", language, turns[-1], True, f"turn {len(turns)}")
    if messages and messages[-1].role == "tool":
        result = messages[-1].content
        return Asked("tool-output", language_of(result) or "en", result, True)
    found = recognise(turns[-1] if turns else "")
    if len(turns) > _MANY and found.strategy in {"plain", "translation", "role-play"}:
        return Asked("many-shot", found.language, found.text, found.about_card)
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
    """The strategy and the language of one user message, and the request in clear.

    Encodings are looked for first, then repeated examples, then role play; what remains is a plain request,
    which is called "translation" in a language other than English.
    """
    strategy, clear, around = decoded(text)
    language = language_of(clear) or language_of(around) or "en"
    words = word_set(clear)
    if not strategy:
        speakers = Counter(_SPEAKER.findall(text))
        if speakers and max(speakers.values()) >= _MANY:
            strategy = "many-shot"
        elif words & ROLE_PLAY:
            strategy = "role-play"
        elif _disguised(text):
            strategy = "best-of-n"
        elif given := words & ARGUMENTS.keys():
            return Asked("pair", language, clear, True, ARGUMENTS[min(given)])
        else:
            strategy = "plain" if language == "en" else "translation"
    return Asked(strategy, language, clear, not words.isdisjoint(CARD))


@lru_cache(maxsize=1024)
def _greets(text: str) -> bool:
    return not word_set(text).isdisjoint(GREETING)


def _disguised(text: str) -> bool:
    """Whether half of the words are in mixed letters, or stretched."""
    words = _LETTERS.findall(_IDENTIFIER.sub(" ", text))
    mixed = sum(_TATWEEL in word or word[1:] not in (word[1:].lower(), word[1:].upper()) for word in words)
    return mixed * 2 > len(words)
