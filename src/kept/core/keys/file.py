"""`file:PATH`: a private key encrypted at rest, in a file that only its owner may read."""

from pathlib import Path

from kept.core.context import Entropy
from kept.core.keys import Keyhole
from kept.core.keys.pkcs8 import seal, unseal
from kept.core.keys.public import Algorithm
from kept.core.keys.secret import read_private, write_private
from kept.core.keys.software import SEED_BYTES, SoftwareSigner
from kept.errors import Conflict


def open_signer(path: str, keyhole: Keyhole) -> SoftwareSigner:
    """The signer in the file, whose path starts from the keyhole's base.

    Raises NotFound, Denied (open to others, wrong passphrase) or Invalid (damaged, not encrypted).
    """
    place = _place(path, keyhole)
    return unseal(read_private(place), keyhole.passphrase(), what=f"The key file {place}")


def create(path: str, keyhole: Keyhole, *, algorithm: Algorithm, entropy: Entropy) -> SoftwareSigner:
    """Make a key and write its file, mode 0600, whole or not at all. Raises Conflict if there is one."""
    place = _place(path, keyhole)
    if place.exists():
        raise Conflict(f"{place} already exists; it is left as it was.", code="key.exists")
    signer = SoftwareSigner.from_seed(entropy(SEED_BYTES), algorithm)
    write_private(place, seal(signer, keyhole.passphrase(), entropy))
    return signer


def _place(path: str, keyhole: Keyhole) -> Path:
    return keyhole.base / path
