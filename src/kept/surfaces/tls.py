"""TLS of the server itself, and the client certificates by which programs are known."""

from __future__ import annotations

import hashlib
import ssl
from asyncio import BaseTransport
from pathlib import Path

from kept.errors import Invalid, NotFound

CLIENT_SPKI = "kept.client_spki"
"""In the scope of a request, the SHA-256, in hex, of the public key of the certificate that its sender showed."""


def context(certificate: Path) -> ssl.SSLContext:
    """TLS 1.2 and 1.3 by the certificate and the private key in one file of PEM. Raises NotFound or Invalid."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    # Who shows none comes in as anybody does; what is shown has to be one that was trusted, itself or by its issuer.
    made.verify_mode = ssl.CERT_OPTIONAL
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        made.load_cert_chain(certificate)
    except FileNotFoundError as error:
        raise NotFound(f"There is no {certificate}.", code="serve.certificate") from error
    except (OSError, ssl.SSLError) as error:
        raise Invalid(
            f"{certificate} holds no certificate with its private key.",
            code="serve.certificate",
            hint="Put both into one file of PEM: the key, then the certificate and those of its issuers.",
        ) from error
    return made


def trust(made: ssl.SSLContext, certificates: str) -> None:
    """Let those in who show one of these certificates (PEM). Who else may do what is asked anew at every request."""
    if certificates.strip():
        made.load_verify_locations(cadata=certificates)


def client_spki(transport: BaseTransport) -> str:
    """The SHA-256, in hex, of the public key that a connection's client proved to hold; "" where it showed none."""
    shown = transport.get_extra_info("ssl_object")
    der = shown.getpeercert(binary_form=True) if shown is not None else None
    if not der:
        return ""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.x509 import load_der_x509_certificate

    public = load_der_x509_certificate(der).public_key()
    return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
