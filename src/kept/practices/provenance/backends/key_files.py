"""`file:PATH`: the key of a certificate as encrypted PKCS #8 in PEM, in a file that only its owner may read."""

from kept.core.keys import Keyhole
from kept.core.keys.pkcs8 import unseal_private
from kept.core.keys.secret import read_private
from kept.practices.provenance.methods.certificates import certificate_key
from kept.practices.provenance.records.manifests import CertificateKey


def open_key(path: str, keyhole: Keyhole) -> CertificateKey:
    """The key in the file, P-256 or Ed25519, whose path starts from the keyhole's base.

    Raises NotFound, Denied (open to others, wrong passphrase) or Invalid (damaged, not encrypted, of another kind).
    """
    place = keyhole.base / path
    private = unseal_private(read_private(place), keyhole.passphrase(), what=f"The key file {place}")
    return certificate_key(private)
