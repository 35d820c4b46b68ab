"""Ids that follow from what they name, so that whoever makes the same thing again gives it the same id."""

import uuid
from hashlib import sha256

from kept.core.canonical import encode
from kept.errors import Invalid

_SPACE = "https://kept.example/stix"


def id_of(kind: str, *parts: str) -> str:
    """ "kind--UUID" from the SHA-256 of what is named, written as a random UUID (RFC 9562, section 5.8).

    Raises Invalid for half of a surrogate pair, which JSON can hold and no text.
    """
    try:
        digest = sha256(encode([_SPACE, kind, *parts])).digest()
    except UnicodeEncodeError as error:
        raise Invalid("What would be named holds half of a surrogate pair.", code="object.malformed") from error
    return f"{kind}--{uuid.UUID(bytes=digest[:16], version=4)}"
