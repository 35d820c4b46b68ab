"""A witness's Ed25519 key: a key file of the workspace."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from kept.core.context import Entropy
from kept.core.cosignature import Cosigner
from kept.core.keys import create, open_signer
from kept.core.note import COSIGNER_KEY, VerifierKey
from kept.errors import Conflict

ADDRESS = "file:keys/witness.pem"


def open_cosigner(name: str, *, base: Path, passphrase: Callable[[], bytes], entropy: Entropy) -> Cosigner:
    """The cosigner called `name`; its key is made when there is none yet."""
    path = base / ADDRESS.removeprefix("file:")
    if not path.exists():
        # Where another process makes the key at the same moment, the one that was made first is opened.
        with suppress(Conflict):
            create(ADDRESS, base=base, passphrase=passphrase, entropy=entropy)
    signer = open_signer(ADDRESS, base=base, passphrase=passphrase)
    return Cosigner(VerifierKey(name, COSIGNER_KEY, signer.public), signer.sign)
