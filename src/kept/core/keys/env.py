"""`env:NAME`: a private key in an environment variable, as a build server or an orchestrator hands out secrets."""

import base64
import binascii

from kept.core.context import Entropy
from kept.core.keys import Keyhole
from kept.core.keys.pkcs8 import read_plain
from kept.core.keys.public import ALGORITHMS, Algorithm
from kept.core.keys.software import SoftwareSigner
from kept.errors import Denied, Invalid, NotFound


def open_signer(name: str, keyhole: Keyhole) -> SoftwareSigner:
    """The signer in a variable that holds PEM, or the base64 of a 32-byte seed, after "ml-dsa-65:" for that algorithm.

    Encrypted PEM is opened with the passphrase. Raises NotFound when the variable is unset, Invalid when it holds
    something else; neither repeats its value.
    """
    value = keyhole.environ.get(name, "").strip()
    if not value:
        raise NotFound(f"The environment variable {name} holds no key.", code="key.missing")
    if "-----BEGIN" in value:
        encrypted = "ENCRYPTED" in value
        return read_plain(value.encode(), keyhole.passphrase() if encrypted else None, what=f"The key in {name}")
    return _from_seed(value, name)


def create(name: str, keyhole: Keyhole, *, algorithm: Algorithm, entropy: Entropy) -> SoftwareSigner:
    """Always raises Denied: a process can't hand a variable to the one that started it."""
    raise Denied(
        f"A key can't be made in the environment variable {name}.",
        code="key.not-creatable",
        hint="Make it with file: or pkcs11:, or set the variable to a key of your own.",
    )


def _from_seed(value: str, name: str) -> SoftwareSigner:
    stated, separator, rest = value.partition(":")
    algorithm: Algorithm = "ed25519"
    if separator:
        known: dict[str, Algorithm] = {one: one for one in ALGORITHMS}
        if stated not in known:
            raise Invalid(f"The key in {name} is of no known algorithm.", code="key.algorithm")
        algorithm = known[stated]
        value = rest
    try:
        # The cause is dropped on purpose: its traceback would hold the value.
        seed = base64.b64decode(value.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Invalid(f"The key in {name} is neither PEM nor base64.", code="key.damaged") from None
    return SoftwareSigner.from_seed(seed, algorithm)
