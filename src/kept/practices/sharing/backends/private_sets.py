"""Which fingerprints two lists have in common, without either showing its list: ECDH private set intersection.

The one who asks learns the overlap and how many items the other has; the one who answers learns how many items were
asked about. Neither is kept from asking about what it only guesses (docs/matching.md).
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from kept.core import canonical
from kept.errors import Invalid, Unavailable

LIMIT = 64 * 1024 * 1024
"""How many bytes a message has at most."""
MANY = 200_000
WRONG = 1e-9
"""How often an item is taken for common by mistake."""
_FIELD = 8


def ask(items: Sequence[str]) -> tuple[bytes, bytes]:
    """The request for the one who answers, and the secret that only the one who asks may keep. Raises Unavailable."""
    psi = _psi()
    client = psi.client.CreateWithNewKey(True)
    request: bytes = client.CreateRequest(list(items)).SerializeToString()
    secret = {"key": base64.b64encode(client.GetPrivateKeyBytes()).decode(), "items": list(items)}
    return request, canonical.encode(secret)


def answer(request: bytes, items: Sequence[str]) -> bytes:
    """The answer to a request, which says nothing of items that weren't asked about. Raises Invalid or Unavailable."""
    psi = _psi()
    asked = _read(psi.Request(), request, "request")
    if len(asked.encrypted_elements) > MANY:
        raise Invalid(f"A request is about {MANY:,} items at most.", code="overlap.too-large")
    server = psi.server.CreateWithNewKey(True)
    count = max(1, len(asked.encrypted_elements))
    try:
        setup = server.CreateSetupMessage(WRONG, count, list(items), psi.DataStructure.GCS)
        response = server.ProcessRequest(asked)
    except RuntimeError as error:
        raise Invalid("The request is not one of this protocol.", code="overlap.malformed") from error
    first: bytes = setup.SerializeToString()
    second: bytes = response.SerializeToString()
    return len(first).to_bytes(_FIELD, "big") + first + second


def learn(answered: bytes, secret: bytes) -> frozenset[str]:
    """Which of the items that were asked about the other has, too. Raises Invalid or Unavailable."""
    psi = _psi()
    key, items = _secret(secret)
    length = int.from_bytes(answered[:_FIELD], "big")
    setup = _read(psi.ServerSetup(), answered[_FIELD : _FIELD + length], "answer")
    response = _read(psi.Response(), answered[_FIELD + length :], "answer")
    if len(response.encrypted_elements) != len(items):
        raise Invalid("The answer is to another request.", code="overlap.other")
    try:
        client = psi.client.CreateFromKey(key, True)
        found = client.GetIntersection(setup, response)
    except (RuntimeError, ValueError) as error:
        raise Invalid("The answer is not one of this protocol.", code="overlap.malformed") from error
    return frozenset(items[place] for place in found)


def _secret(data: bytes) -> tuple[bytes, list[str]]:
    value = canonical.decode(data, limit=LIMIT, what="The secret")
    key, items = (value.get("key"), value.get("items")) if isinstance(value, dict) else (None, None)
    if not isinstance(key, str) or not isinstance(items, list) or not all(isinstance(each, str) for each in items):
        raise Invalid("The secret is not one that was kept when the request was made.", code="overlap.secret")
    try:
        return base64.b64decode(key, validate=True), items
    except (binascii.Error, ValueError) as error:
        raise Invalid("The key of the secret is no base64.", code="overlap.secret") from error


def _read(message: Any, data: bytes, what: str) -> Any:
    if len(data) > LIMIT:
        raise Invalid(f"The {what} has {len(data)} bytes; at most {LIMIT} are read.", code="overlap.too-large")
    from google.protobuf.message import DecodeError

    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise Invalid(f"The {what} is not one of this protocol.", code="overlap.malformed") from error
    return message


def _psi() -> Any:
    try:
        import private_set_intersection.python as psi
    except ImportError as error:
        raise Unavailable(
            "Lists can't be compared in private: openmined-psi is missing.",
            code="overlap.missing",
            hint="Install kept with the extra 'overlap'.",
        ) from error
    return psi
