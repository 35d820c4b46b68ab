"""Who issues certificates and time stamps: a certificate authority, and an RFC 3161 authority on 127.0.0.1."""

import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from kept.practices.provenance.methods import certificates
from kept.practices.provenance.methods.certificates import Issuer, named
from kept.practices.provenance.records.manifests import CertificateKey, Credentials, ManifestTrust, SigningAlgorithm

MOMENT = datetime.now(UTC)


@dataclass(frozen=True)
class Authority:
    """A root and the authority below it that issues."""

    root: x509.Certificate
    issuing: x509.Certificate
    issuer: Issuer

    @classmethod
    def make(cls, organisation: str = "Acme AI") -> "Authority":
        root = Issuer(named(organisation, "Root"), certificates.make_private("es256", os.urandom))
        issuer = Issuer(named(organisation, "Issuing"), certificates.make_private("es256", os.urandom))
        return cls(
            certificates.authority(
                root.name, root.private.public_key(), root, moment=MOMENT, serial=os.urandom(16), depth=1
            ),
            certificates.authority(
                issuer.name, issuer.private.public_key(), root, moment=MOMENT, serial=os.urandom(16), depth=0
            ),
            issuer,
        )

    def certify(
        self,
        key: CertificateKey,
        *,
        moment: datetime = MOMENT,
        purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.EMAIL_PROTECTION,
    ) -> str:
        """A chain in PEM for this key, without the root."""
        public = load_der_public_key(key.public)
        leaf = certificates.signer(
            named("Acme AI", "Signer"), public, self.issuer, moment=moment, serial=os.urandom(16), purpose=purpose
        )
        return certificates.to_pem([leaf, self.issuing])

    def credentials(self, algorithm: SigningAlgorithm = "es256", *, timestamps: str = "") -> Credentials:
        """Something that signs manifests under this authority."""
        key = certificates.certificate_key(certificates.make_private(algorithm, os.urandom))
        return Credentials(self.certify(key), key, timestamps)

    def trust(self, *own: Credentials, timestamps: str = "") -> ManifestTrust:
        """Trust in this authority, where these credentials are ours."""
        leaves = [certificates.read_chain(one.chain, what="chain")[0] for one in own]
        return ManifestTrust(
            anchors=certificates.to_pem([self.root]),
            timestamps=timestamps,
            own=frozenset(map(certificates.signatory, leaves)),
        )


@dataclass
class TimeStamping:
    """A running authority: its address, its root in PEM, and how many requests it answered."""

    address: str
    root: str
    answered: list[int] = field(default_factory=list)


@contextmanager
def time_stamping(folder: Path) -> Iterator[TimeStamping]:
    """An authority whose tokens are made by the openssl command. Skips where that isn't installed."""
    tool = shutil.which("openssl")
    if tool is None:
        pytest.skip("the openssl command is not installed")
    authority = Authority.make("Acme Time")
    key = certificates.certificate_key(certificates.make_private("es256", os.urandom))
    chain = authority.certify(key, purpose=ExtendedKeyUsageOID.TIME_STAMPING)
    leaf, issuing = certificates.read_chain(chain, what="chain")
    folder.mkdir(parents=True)
    (folder / "signer.pem").write_text(certificates.to_pem([leaf]))
    (folder / "chain.pem").write_text(certificates.to_pem([issuing]))
    (folder / "key.pem").write_bytes(key.private or b"")
    (folder / "serial").write_text("01")
    (folder / "openssl.cnf").write_text(CONFIGURATION.format(folder=folder))
    stamping = TimeStamping("", certificates.to_pem([authority.root]))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = folder / "query"
            query.write_bytes(self.rfile.read(int(self.headers["content-length"])))
            command = [tool, "ts", "-reply", "-config", str(folder / "openssl.cnf"), "-queryfile", str(query)]
            reply = subprocess.run(command, check=True, capture_output=True).stdout
            stamping.answered.append(len(reply))
            self.send_response(200)
            self.send_header("content-type", "application/timestamp-reply")
            self.send_header("content-length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *args: object) -> None:
            del args

    with serving(Handler) as address:
        stamping.address = address
        yield stamping


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], *, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """An HTTP server on 127.0.0.1, over TLS where a context is given, and its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


CONFIGURATION = """\
[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/signer.pem
certs = {folder}/chain.pem
signer_key = {folder}/key.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
