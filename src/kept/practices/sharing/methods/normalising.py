"""Text as it is compared: compatibility forms, look-alike letters and invisible characters undone, in lower case.

Every character of the result knows where it came from. Text that is ASCII only costs next to nothing.
"""

import re
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

# It takes in what stands before and fails nowhere: to look for the first foreign character takes three times as long.
_FOREIGN = re.compile(r"[\x00-\x7f]*+([^\x00-\x7f]*+)")
# It begins where a word does and gives nothing back, so that long words cost no more than others.
_FOREIGN_WORD = re.compile(r"(?<![a-zA-Z])[a-zA-Z]*+[^\W\d_a-zA-Z][^\W\d_]*")
_LETTER, _OTHER = re.compile(r"[^\W\d_]"), re.compile(r"[^\W\d_a-zA-Z]")
_LOOSE_MARK = re.compile(r"[\u0300-\u036f\u20d0-\u20ff]")
MARKS = 8
"""How many characters, with the letter itself, make one letter with its marks; more are dropped."""
# Invisible copies of ASCII.
_TAGS = range(0xE0020, 0xE007F)
# Letters of other scripts that readers take for Latin ones, after compatibility forms are undone (Unicode TR 39).
_CYRILLIC = ("аеорсухіјѕԁһӏԛԝъьАВЕКМНОРСТУХІЈЅԚԜ", "aeopcyxijsdhlqwbbABEKMHOPCTYXIJSQW")
_GREEK = ("αοικνρτυχϲϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aoiknptuxcjABEZHIKMNOPTYX")
_ARMENIAN = ("օսոհցքԼՕՍ", "ounhgpLOU")
_PHONETIC = ("ıɑɡɩʋʏᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡᴢ", "iagivyabcdeghijklmnoprtuvwz")
_LOOK_ALIKE = {
    letter: latin for script in (_CYRILLIC, _GREEK, _ARMENIAN, _PHONETIC) for letter, latin in zip(*script, strict=True)
}
_LOOKS = re.compile(f"[{''.join(_LOOK_ALIKE)}]")


@dataclass(slots=True)
class Normalised:
    """`text` in lower case and `cased` as it was, of one length.

    `source` is the original, or None where each character comes from its own place.
    """

    text: str
    cased: str
    source: str | None = None
    _places: Sequence[int] = field(default=(), init=False, repr=False, compare=False)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text that a span of this one came from."""
        if self.source is None:
            return start, end
        # Most texts match nothing, so that their places are never asked for.
        places = self._places = self._places or _places(self.source)
        if end <= start:
            return places[start], places[start]
        # Several characters of this text may come from one of the original: the span takes in the whole of it.
        while end < len(places) - 1 and places[end] == places[end - 1]:
            end += 1
        return places[start], places[end]


def normalise(text: str) -> Normalised:
    """The text as it is compared; a text may come out shorter or longer than it was."""
    if text.isascii():
        return Normalised(text.lower(), text)
    parts: list[str] = []
    said: list[str] = []
    done = 0
    for start, end in _runs(text):
        said.append(_said(text[start:end]))
        parts += text[done:start], said[-1]
        done = end
    cased = "".join((*parts, text[done:]))
    # Look-alikes are in none but these parts, which are short in most texts.
    if _LOOKS.search("".join(said)):
        cased = _without_look_alikes(cased)
    lower = cased.lower()
    return Normalised(lower if len(lower) == len(cased) else "".join(map(_lower, cased)), cased, text)


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """Where characters other than ASCII stand, each time with the one before, which they may be marks of."""
    for run in _FOREIGN.finditer(text):
        start, end = run.span(1)
        if start < end:
            yield max(start - 1, 0), end


def _said(letters: str) -> str:
    if any(map(unicodedata.combining, letters)):
        return "".join(_plain(letters[start:end]) for start, end in _clusters(letters, 0, len(letters)))
    return "".join(map(_plain_letter, letters))


def _places(text: str) -> Sequence[int]:
    """Where each character of the normalised text came from, and the end of the original."""
    places, done = array("l"), 0
    for begun, ended in _runs(text):
        places.extend(range(done, begun))
        for start, end in _clusters(text, begun, ended):
            places.extend([start] * len(_plain(text[start:end])))
        done = ended
    places.extend(range(done, len(text) + 1))
    return places


def _clusters(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Each character with the marks that follow it."""
    begun = start
    for place in range(start + 1, end):
        if not unicodedata.combining(text[place]):
            yield begun, place
            begun = place
    yield begun, end


def _plain(cluster: str) -> str:
    if len(cluster) == 1:
        return _plain_letter(cluster)
    # Marks that no letter takes up are there to hide it, and to put very many of them in order takes hours.
    said = unicodedata.normalize("NFKC", cluster[:MARKS])
    return "".join(_plain_letter(letter) for letter in said if not _LOOSE_MARK.match(letter))


@lru_cache(maxsize=65536)
def _plain_letter(letter: str) -> str:
    if ord(letter) in _TAGS:
        return chr(ord(letter) - 0xE0000)
    category = unicodedata.category(letter)
    if category in ("Cf", "Cs") or "\ufe00" <= letter <= "\ufe0f" or letter in "\u115f\u1160\u3164\uffa0\u034f":
        return ""
    if category in ("Zs", "Zl", "Zp"):
        return " "
    return unicodedata.normalize("NFKC", letter)


def _without_look_alikes(text: str) -> str:
    """Words that mix scripts, and in text that is Latin also words that wholly look Latin, in Latin letters."""
    others = len(_OTHER.findall(text))
    mostly = 2 * others <= len(_LETTER.findall(text))

    def undone(word: re.Match[str]) -> str:
        said = word[0]
        looks = [letter if letter.isascii() else _LOOK_ALIKE.get(letter, "") for letter in said]
        mixed = any(letter.isascii() for letter in said)
        if mixed or (mostly and all(looks)):
            return "".join(look or letter for look, letter in zip(looks, said, strict=True))
        return said

    return _FOREIGN_WORD.sub(undone, text)


def _lower(letter: str) -> str:
    lower = letter.lower()
    return lower if len(lower) == 1 else letter
