"""Strict reading of the small JSON shapes of trust files and key events: what, where, and the nearest name meant."""

import base64
import binascii
import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from kept.core.canonical import whole
from kept.core.keys import ALGORITHMS, Algorithm, PublicKey
from kept.core.note import VerifierKey
from kept.errors import Invalid

CODE = "trust.malformed"
_LONGEST = 1024
# A verifier key of ML-DSA-44 holds 1,312 bytes in base64.
_LONGEST_KEY = 4096
_MOST = 1024


def members(value: Any, required: Sequence[str], *, where: str, optional: Sequence[str] = ()) -> Mapping[str, Any]:
    """The object, which has all the required fields and no unknown one."""
    if not isinstance(value, Mapping):
        raise Invalid(f"{_first(where)} is not a JSON object.", code=CODE)
    known = [*required, *optional]
    for name in value:
        if name not in known:
            raise Invalid(f"{_first(where)} has an unknown field {name[:64]!r}.", code=CODE, hint=nearest(name, known))
    for name in required:
        if name not in value:
            raise Invalid(f'{_first(where)} lacks "{name}".', code=CODE)
    return value


def text(value: Any, *, where: str, longest: int = _LONGEST) -> str:
    """A printable text of 1 to `longest` characters."""
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise Invalid(f"{_first(where)} is not a printable text of 1 to {longest} characters.", code=CODE)
    return value


def texts(value: Any, *, where: str, least: int = 1) -> tuple[str, ...]:
    """A list of `least` to 1,024 different texts."""
    if not isinstance(value, list) or not least <= len(value) <= _MOST:
        raise Invalid(f"{_first(where)} is not a list of at least {least}.", code=CODE)
    found = tuple(text(item, where=f"an entry of {where}") for item in value)
    if len(set(found)) != len(found):
        raise Invalid(f"{_first(where)} repeats an entry.", code=CODE)
    return found


def count(value: Any, *, where: str, least: int = 0) -> int:
    """A whole number from `least` to 2^53 - 1, which every JSON reader holds exactly."""
    found = whole(value)
    if found is None or found < least:
        raise Invalid(f"{_first(where)} is not a whole number from {least}.", code=CODE)
    return found


def choice(value: Any, known: Sequence[str], *, where: str) -> str:
    """One of the known texts."""
    if value not in known:
        shown = repr(value[:64]) if isinstance(value, str) else "of another type"
        raise Invalid(f"{_first(where)} is {shown}.", code=CODE, hint=nearest(value, known))
    return cast("str", value)


def public_key(value: Mapping[str, Any], *, where: str) -> PublicKey:
    """The key in the fields "algorithm" and "public" (base64 of the raw key)."""
    algorithm = cast("Algorithm", choice(value["algorithm"], ALGORITHMS, where=f'"algorithm" in {where}'))
    return PublicKey(algorithm, base64_bytes(value["public"], where=f'"public" in {where}'))


def base64_bytes(value: Any, *, where: str) -> bytes:
    """The bytes of canonical standard base64."""
    if isinstance(value, str):
        try:
            found = base64.b64decode(value.encode("ascii"), validate=True)
        except (binascii.Error, UnicodeEncodeError):
            found = b""
        if found and base64.b64encode(found).decode() == value:
            return found
    raise Invalid(f"{_first(where)} is not base64.", code=CODE)


def verifier_key(value: Any, *, where: str) -> VerifierKey:
    """A C2SP verifier key, "name+id+base64", in exactly that form."""
    found = text(value, where=where, longest=_LONGEST_KEY)
    try:
        key = VerifierKey.parse(found)
    except Invalid as error:
        raise Invalid(f"{_first(where)} is wrong: {error.message}", code=error.code, hint=error.hint) from error
    if str(key) != found:
        raise Invalid(f"{_first(where)} is not written as {key}.", code=CODE)
    return key


def nearest(name: Any, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """ "Did you mean …?", or what is known where nothing is as near as `cutoff` (0 to 1)."""
    listed = sorted(known)
    close = difflib.get_close_matches(name, listed, n=1, cutoff=cutoff) if isinstance(name, str) else []
    return f'Did you mean "{close[0]}"?' if close else f"Known: {', '.join(listed)}."


def _first(where: str) -> str:
    return where[:1].upper() + where[1:]
