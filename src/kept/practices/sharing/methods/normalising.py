"""Text as it is compared: compatibility forms, look-alike letters and invisible characters undone, in lower case.

Every character of the result knows where it came from. Text that is ASCII only costs next to nothing.
"""

import re
import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_RUN = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")
_FOREIGN_WORD = re.compile(r"[a-zA-Z]*[^\W\d_a-zA-Z][^\W\d_]*")
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


@dataclass(frozen=True, slots=True)
class Normalised:
    """`text` in lower case and `cased` as it was, of one length; `places` says where each character came from.

    `places` is None where each came from its own place; it has one place more, the end of the original.
    """

    text: str
    cased: str
    places: Sequence[int] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text that a span of this one came from."""
        if self.places is None:
            return start, end
        if end <= start:
            return self.places[start], self.places[start]
        # Several characters of this text may come from one of the original: the span takes in the whole of it.
        while end < len(self.places) - 1 and self.places[end] == self.places[end - 1]:
            end += 1
        return self.places[start], self.places[end]


def normalise(text: str) -> Normalised:
    """The text as it is compared; a text may come out shorter or longer than it was."""
    if text.isascii():
        return Normalised(text.lower(), text)
    pieces, places, done = [], array("l"), 0
    for run in _RUN.finditer(text):
        pieces.append(text[done : run.start()])
        places.extend(range(done, run.start()))
        for place, cluster in _clusters(text, run.start(), run.end()):
            said = _plain(cluster)
            pieces.append(said)
            places.extend([place] * len(said))
        done = run.end()
    pieces.append(text[done:])
    places.extend(range(done, len(text) + 1))
    cased = _without_look_alikes("".join(pieces))
    lower = cased.lower()
    return Normalised(lower if len(lower) == len(cased) else "".join(map(_lower, cased)), cased, places)


def _clusters(text: str, start: int, end: int) -> list[tuple[int, str]]:
    """Each character with the marks that follow it, as many as make one letter, and its place."""
    found: list[tuple[int, str]] = []
    for place in range(start, end):
        if found and unicodedata.combining(text[place]):
            # What is dropped later isn't gathered: a million marks on one letter would be copied a million times.
            if len(found[-1][1]) < MARKS:
                found[-1] = (found[-1][0], found[-1][1] + text[place])
        else:
            found.append((place, text[place]))
    return found


def _plain(cluster: str) -> str:
    if len(cluster) == 1:
        return _plain_letter(cluster)
    # Marks that no letter takes up are there to hide it.
    said = unicodedata.normalize("NFKC", cluster)
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
    if not _LOOKS.search(text):
        return text
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
