"""A witness's ML-DSA-44 key (FIPS 204), which tlog-cosignature asks of new witnesses: an encrypted PKCS #8 file."""

from collections.abc import Callable
from contextlib import suppress
from hashlib import scrypt
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from kept.core.context import Entropy
from kept.core.cosignature import Cosigner
from kept.core.keys.secret import read_private, write_private
from kept.core.note import COSIGNER_KEY_ML_DSA_44, VerifierKey
from kept.errors import Conflict, Denied

FILE = "keys/witness-ml-dsa-44.pem"
SEED_BYTES = 32


def open_cosigner(name: str, *, base: Path, passphrase: Callable[[], bytes], entropy: Entropy) -> Cosigner:
    """The cosigner called `name`; its key is made when there is none yet. Raises Denied for a wrong passphrase."""
    path = base / FILE
    # PKCS #8 as `cryptography` seals it stretches a passphrase too little, so it is stretched before.
    sealing = scrypt(passphrase(), salt=FILE.encode(), n=2**14, r=8, p=1, dklen=32).hex().encode()
    if not path.exists():
        made = MLDSA44PrivateKey.from_seed_bytes(entropy(SEED_BYTES))
        sealed = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(sealing))
        # Where another process makes the key at the same moment, the one that was made first is opened.
        with suppress(Conflict):
            write_private(path, sealed)
    try:
        private = load_pem_private_key(read_private(path), sealing)
    except ValueError as error:
        raise Denied(f"{path} is damaged, or the passphrase does not open it.", code="key.passphrase") from error
    if not isinstance(private, MLDSA44PrivateKey):
        raise Denied(f"{path} holds another kind of key.", code="key.algorithm")
    key = VerifierKey(name, COSIGNER_KEY_ML_DSA_44, private.public_key().public_bytes_raw())
    return Cosigner(key, private.sign)
