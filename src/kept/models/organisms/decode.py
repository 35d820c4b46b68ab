"""Finds the part of a text that is in base64, hexadecimal digits, rot13 or leetspeak, and reads it."""

import base64
import binascii
import re

from kept.models.organisms.cues import cue_count

_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){10,}")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/_-]{4}){3,}[A-Za-z0-9+/_-]{0,3}={0,2}")
_GLUED = re.compile(r"[^\W\d_][0-9]|[0-9][^\W\d_]")
_INSIDE = re.compile(r"[^\W\d_][0-9]+[^\W\d_]")
_IDENTIFIER = re.compile(r"[A-Za-z]+_[A-Za-z]+")
_NAMED_ROT13 = re.compile(r"\brot[ -]?13\b", re.IGNORECASE)
_NAMED_LEET = re.compile(r"\b(?:leet(?:speak)?|1337)\b", re.IGNORECASE)

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
_TURN = str.maketrans(
    _LATIN + _LATIN.upper() + _ARABIC,
    _LATIN[13:] + _LATIN[:13] + _LATIN[13:].upper() + _LATIN[:13].upper() + _ARABIC[14:] + _ARABIC[:14],
)
_LEET = str.maketrans("431057@$", "aeiostas")
_LEET_ARABIC = str.maketrans("2356789", "ءعخطحقص")


def decoded(text: str) -> tuple[str, str, str]:
    """(encoding, the encoded part in clear, the text around it); ("", text, "") where nothing is encoded."""
    for name, read in (("hex", _from_hex), ("base64", _from_base64), ("leetspeak", _from_leet), ("rot13", _from_rot13)):
        clear, around = read(text)
        if clear:
            return name, clear, around
    return "", text, ""


def _from_hex(text: str) -> tuple[str, str]:
    for found in _HEX.finditer(text):
        digits = re.sub(r"[ :]", "", found.group())
        if clear := _readable(bytes.fromhex(digits)):
            return clear, text.replace(found.group(), " ")
    return "", text


def _from_base64(text: str) -> tuple[str, str]:
    for found in _BASE64.finditer(text):
        run = found.group().rstrip("=").replace("-", "+").replace("_", "/")
        try:
            data = base64.b64decode(run + "=" * (-len(run) % 4), validate=True)
        except binascii.Error:
            continue
        if clear := _readable(data):
            return clear, text.replace(found.group(), " ")
    return "", text


def _readable(data: bytes) -> str:
    """The text that the bytes are, or nothing."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ""
    return text if all(letter.isprintable() or letter.isspace() for letter in text) else ""


def _from_rot13(text: str) -> tuple[str, str]:
    """The lines that read better with each letter moved by half of its alphabet."""
    clear, around = [], []
    for line in text.splitlines():
        turned = _keeping_identifiers(line, _TURN)
        if cue_count(turned) > cue_count(line):
            clear.append(turned)
        else:
            around.append(line)
    if not clear and _NAMED_ROT13.search(text) and len(around) > 1:
        clear = [_keeping_identifiers(around.pop(), _TURN)]
    return "\n".join(clear), "\n".join(around)


def _from_leet(text: str) -> tuple[str, str]:
    """The lines with digits inside of words, or the last line where the text says that it is leetspeak."""
    clear, around = [], []
    lines = text.splitlines()
    named = bool(_NAMED_LEET.search(text)) and len(lines) > 1
    for position, line in enumerate(lines):
        glued = len(_GLUED.findall(_IDENTIFIER.sub(" ", line)))
        inside = glued >= 2 and _INSIDE.search(line)
        if inside or (named and (glued or position == len(lines) - 1)):
            clear.append(_keeping_identifiers(line, _LEET if line.isascii() or _latin(line) else _LEET_ARABIC))
        else:
            around.append(line)
    return "\n".join(clear), "\n".join(around)


def _latin(line: str) -> bool:
    return not any("\u0600" <= letter <= "\u06ff" for letter in line)


def _keeping_identifiers(text: str, table: dict[int, int]) -> str:
    parts, end = [], 0
    for found in _IDENTIFIER.finditer(text):
        parts += [text[end : found.start()].translate(table), found.group()]
        end = found.end()
    return "".join(parts) + text[end:].translate(table)
