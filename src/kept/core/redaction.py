"""Fields that may need hiding are salted digests from the start, so that a proof outlives what it hid.

The object form of SD-JWT (RFC 9901, sections 4.2.1, 4.2.3, 4.2.4.1 and 7.1), applied to the top-level fields of a
predicate. A disclosure is base64url of the JSON array [salt, name, value]; the signed predicate keeps only base64url
of its SHA-256, in a sorted list "_sd". Digests without a disclosure are fields withheld, or decoys: nobody can tell.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from kept.core import canonical
from kept.core.context import Entropy
from kept.errors import Invalid, Unverified

DIGESTS = "_sd"
SALT_BYTES = 16
DISCLOSURE_LIMIT = 4 * 1024 * 1024
_RESERVED = frozenset({DIGESTS, "_sd_alg", "..."})
_DIGEST_LIMIT = 4096


def conceal(
    predicate: Mapping[str, Any], fields: Iterable[str], entropy: Entropy, *, decoys: int = 0
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The predicate with these top-level fields replaced by digests, and one disclosure for each, in the order given.

    `decoys` adds that many digests of nothing. Raises Invalid for a field that is absent, reserved or named twice.
    """
    if DIGESTS in predicate:
        raise Invalid("The predicate already conceals fields.", code="redaction.repeated")
    shown = dict(predicate)
    disclosures = []
    for name in fields:
        if name in _RESERVED:
            raise Invalid(f"A field named {name!r} can't be concealed.", code="redaction.reserved")
        if name not in shown:
            raise Invalid(f"The predicate has no field {name!r} left to conceal.", code="redaction.absent")
        disclosures.append(_disclose(name, shown.pop(name), salt=entropy(SALT_BYTES)))
    hidden = [digest(disclosure) for disclosure in disclosures]
    hidden += [_base64url(hashlib.sha256(entropy(32)).digest()) for _ in range(decoys)]
    if hidden:
        shown[DIGESTS] = sorted(hidden)
    return shown, tuple(disclosures)


def reveal(predicate: Mapping[str, Any], disclosures: Iterable[str]) -> dict[str, Any]:
    """The predicate with the disclosed fields back in their place and without "_sd"; what stays withheld is left out.

    Raises Unverified for a disclosure that is malformed, matches no digest or comes twice, for a name that is
    reserved or already there, and for a malformed or repeated digest (RFC 9901, section 7.1).
    """
    hidden = _digests(predicate)
    shown = {name: value for name, value in predicate.items() if name != DIGESTS}
    for disclosure in disclosures:
        found = digest(disclosure)
        if found not in hidden:
            raise Unverified("A disclosure matches no digest of the statement.", code="redaction.unmatched")
        hidden.remove(found)
        name, value = _read(disclosure)
        if name in shown or name in _RESERVED:
            raise Unverified(f"A disclosure repeats or reserves the name {name[:64]!r}.", code="redaction.name")
        shown[name] = value
    return shown


def withheld(predicate: Mapping[str, Any], disclosures: Iterable[str]) -> int:
    """How many digests of the predicate none of the disclosures matches. Raises Unverified for malformed digests."""
    return len(_digests(predicate) - {digest(disclosure) for disclosure in disclosures})


def digests(predicate: Mapping[str, Any]) -> tuple[str, ...]:
    """The digests that stand for fields of the predicate, sorted. Raises Unverified for malformed ones."""
    return tuple(sorted(_digests(predicate)))


def name(disclosure: str) -> str:
    """The name of the field that a disclosure reveals. Raises Unverified for a malformed one."""
    return _read(disclosure)[0]


def digest(disclosure: str) -> str:
    """The digest that stands for a disclosure: base64url of the SHA-256 of its ASCII text (RFC 9901, 4.2.3)."""
    try:
        return _base64url(hashlib.sha256(disclosure.encode("ascii")).digest())
    except UnicodeEncodeError as error:
        raise Unverified("A disclosure is not ASCII.", code="redaction.malformed") from error


def _disclose(name: str, value: Any, *, salt: bytes) -> str:
    try:
        return _base64url(canonical.encode([_base64url(salt), name, value]))
    except (ValueError, TypeError) as error:
        raise Invalid(f"The field {name!r} is not plain JSON: {error}.", code="redaction.not-json") from error


def _read(disclosure: str) -> tuple[str, Any]:
    malformed = Unverified("A disclosure is not base64url of [salt, name, value].", code="redaction.malformed")
    try:
        data = base64.b64decode(disclosure + "=" * (-len(disclosure) % 4), altchars=b"-_", validate=True)
        array = canonical.decode(data, limit=DISCLOSURE_LIMIT, what="A disclosure")
        # A JSON text can hide what can't be written again: halves of characters (lone surrogates).
        canonical.encode(array)
    except (ValueError, Invalid) as error:
        raise malformed from error
    if _base64url(data) != disclosure or not isinstance(array, list) or len(array) != 3:
        raise malformed
    salt, name, value = array
    if not (isinstance(salt, str) and salt and isinstance(name, str) and name):
        raise malformed
    return name, value


def _digests(predicate: Mapping[str, Any]) -> set[str]:
    listed = predicate.get(DIGESTS, [])
    if not isinstance(listed, list) or len(listed) > _DIGEST_LIMIT or not all(isinstance(one, str) for one in listed):
        raise Unverified('"_sd" is not a list of digests.', code="redaction.digests")
    if len(set(listed)) != len(listed):
        raise Unverified('"_sd" repeats a digest.', code="redaction.digests")
    return set(listed)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
