"""Proof of work against floods: challenges of ALTCHA's version 2, signed here, and their solutions checked.

The moment until which a challenge counts stands in its signed data, so that the clock is the workspace's own. Nonce and
salt are the library's own randomness.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from kept.core import canonical
from kept.errors import Invalid, Unavailable

ALGORITHM = "PBKDF2/SHA-256"
PROOF_LIMIT = 4096


def challenge(secret: bytes, *, iterations: int, prefix: str, until: int) -> dict[str, Any]:
    """A signed challenge as plain JSON values; `until` is in milliseconds since 1970."""
    made = _altcha().create_challenge(
        ALGORITHM, iterations, key_prefix=prefix, data={"until": until}, hmac_secret=secret
    )
    document: dict[str, Any] = made.to_dict()
    return document


def check(secret: bytes, proof: str, *, now: int) -> tuple[str, int]:
    """The id of the challenge that was solved, and until when it counts. Raises Invalid for any other proof."""
    altcha = _altcha()
    try:
        if len(proof) > PROOF_LIMIT:
            raise ValueError("too long")
        document = canonical.decode(base64.b64decode(proof, validate=True), limit=PROOF_LIMIT, what="The proof of work")
        payload = altcha.Payload.from_dict(document)
        until = payload.challenge.parameters.data["until"]
        signature = str(payload.challenge.signature)
        fresh = isinstance(until, int) and until >= now
        # Only what was signed here may say how much work the check itself is.
        solved = payload.challenge.parameters.algorithm == ALGORITHM and altcha.verify_solution(payload, secret)
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError, Invalid) as error:
        raise Invalid("The proof of work can't be read.", code="proof.malformed") from error
    if not fresh:
        raise Invalid("The proof of work is too old.", code="proof.old", hint="Do it again.")
    if not solved or not solved.verified:
        raise Invalid("The proof of work is wrong.", code="proof.wrong", hint="Do it again.")
    return signature, until


def _altcha() -> Any:
    try:
        import altcha
    except ImportError as error:
        raise Unavailable(
            "Reports are taken against proof of work by altcha, which is not installed.",
            code="disclosure.extra",
            hint="Install it with: pip install 'kept[disclosure]'",
        ) from error
    return altcha
