"""A witness's Ed25519 key: a key file of the workspace."""

from collections.abc import Callable
from pathlib import Path

from kept.core.context import Entropy
from kept.core.cosignature import Cosigner
from kept.core.keys import create, open_signer
from kept.core.note import COSIGNER_KEY, VerifierKey
from kept.errors import NotFound

ADDRESS = "file:keys/witness.pem"


def open_cosigner(name: str, *, base: Path, passphrase: Callable[[], bytes], entropy: Entropy) -> Cosigner:
    """The cosigner called `name`; its key is made when there is none yet."""
    try:
        signer = open_signer(ADDRESS, base=base, passphrase=passphrase)
    except NotFound:
        signer = create(ADDRESS, base=base, passphrase=passphrase, entropy=entropy)
    return Cosigner(VerifierKey(name, COSIGNER_KEY, signer.public), signer.sign)
