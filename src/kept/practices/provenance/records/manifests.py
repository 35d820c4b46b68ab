"""The nouns of content credentials (C2PA): what is signed, with what, whose signature counts, and what was read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
GENERATED = frozenset({"trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"})
CAPTURED = frozenset({"digitalCapture", "computationalCapture"})
"""IPTC's digital source types, by the last part of their address: made by a model, taken by a camera."""
HARD = ("dataHash", "bmffHash", "boxesHash", "collectionHash", "multiAssetHash")
MISMATCHES = frozenset(f"assertion.{name}.mismatch" for name in HARD)
"""How a manifest is bound to the bytes of its content, and the codes that say that they are others."""

MARK_ALGORITHM = "unregistered.kept.watermark.1"
"""How our mark is called as a soft binding; C2PA's list of algorithms doesn't have it, and the name says so."""
ISCC_ALGORITHM = "io.iscc.v0"

SigningAlgorithm = Literal["es256", "ed25519"]
Permission = Literal["allowed", "notAllowed", "constrained"]
State = Literal["none", "trusted", "untrusted", "invalid", "unreadable"]
Signature = Literal["trusted", "untrusted", "broken", "unchecked"]
Binding = Literal["holds", "broken", "unchecked"]


@dataclass(frozen=True, slots=True)
class SoftBinding:
    """How content is found again without its manifest: an algorithm, and its value in base64."""

    algorithm: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class MiningEntry:
    """Whether content may be used in one way, of the four that CAWG's training-mining assertion 1.1 defines."""

    way: str
    use: Permission
    constraints: str = ""


MINING = (
    MiningEntry("cawg.data_mining", "allowed"),
    MiningEntry("cawg.ai_inference", "allowed"),
    MiningEntry("cawg.ai_generative_training", "notAllowed"),
    MiningEntry("cawg.ai_training", "notAllowed"),
)


@dataclass(frozen=True, slots=True)
class ManifestClaims:
    """What our manifest says: the service, the model and its mark. There is no place for a user or for what was asked.

    `edited` says that the model changed what somebody else had made, rather than made it or only marked it.
    """

    service: str
    model: str
    model_version: str = ""
    bindings: tuple[SoftBinding, ...] = ()
    mining: tuple[MiningEntry, ...] = MINING
    edited: bool = False


@dataclass(frozen=True, slots=True)
class CertificateKey:
    """The key of a certificate: in memory as PKCS #8 in PEM, or in a token that hands out signatures alone.

    `public` is its SubjectPublicKeyInfo in DER. `sign` gives r and s of 32 bytes each for ES256, 64 bytes for Ed25519.
    """

    algorithm: SigningAlgorithm
    public: bytes
    private: bytes | None = field(default=None, repr=False)
    sign: Callable[[bytes], bytes] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Credentials:
    """What signs manifests: a certificate chain in PEM, the signer's first and without its root, and the signer's key.

    `timestamps` is the address of an RFC 3161 authority, or empty; nobody vouches for a `development` chain.
    """

    chain: str
    key: CertificateKey
    timestamps: str = ""
    development: bool = False

    def __reduce__(self) -> Any:
        raise TypeError("Credentials can't be copied or pickled: they hold a private key.")


@dataclass(frozen=True, slots=True)
class Signatory:
    """A certificate as a manifest shows it: names as "C=US, O=Acme, CN=Acme signer", the serial number in decimal."""

    subject: str
    issuer: str
    serial: str


@dataclass(frozen=True, slots=True)
class ManifestTrust:
    """Whose manifests count, as certificates in PEM; empty is nobody.

    `timestamps` holds roots of RFC 3161 authorities. `development` is filled only where somebody asked for it, and
    `own` holds our signers' certificates, those of today and of before.
    """

    anchors: str = ""
    timestamps: str = ""
    development: str = ""
    own: frozenset[Signatory] = frozenset()


@dataclass(frozen=True, slots=True)
class Signed:
    """Content with its manifest. Where `embedded` is false the format can't carry one: keep `manifest` beside it."""

    data: bytes = field(repr=False)
    manifest: bytes = field(repr=False)
    embedded: bool = True


@dataclass(frozen=True, slots=True)
class Ingredient:
    """Content from which this was made, as the manifest tells it; `failures` is what its signer found wrong with it."""

    relationship: str
    signatory: Signatory | None = None
    generator: str = ""
    sources: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    ours: bool = False


@dataclass(frozen=True, slots=True)
class ManifestReading:
    """What a manifest says and whether that counts; nothing is fetched from a network to find out.

    `state` is "trusted" only under a root of the trust list. `signature` and `binding` keep apart who signed and
    whether the content is still the signed one: a manifest that was kept aside and is held against a re-encoded copy
    has a trusted signature and a broken binding. `sources` and `actions` are those of the active manifest, `earlier`
    the sources of all others in the store. `development` says that the chain calls itself one, whoever trusts it.
    `remote` is the address of a manifest that the content names and that was not fetched.
    """

    state: State
    signature: Signature = "unchecked"
    binding: Binding = "unchecked"
    signatory: Signatory | None = None
    ours: bool = False
    development: bool = False
    generator: str = ""
    agents: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()
    bindings: tuple[SoftBinding, ...] = ()
    mining: tuple[MiningEntry, ...] = ()
    signed_at: datetime | None = None
    timestamp_trusted: bool = False
    failures: tuple[str, ...] = ()
    remote: str = ""
    why: str = ""

    @property
    def generated(self) -> bool:
        """Whether any manifest in the store says that a model made the content, or a part of it."""
        return bool(GENERATED.intersection(self.sources + self.earlier))

    @property
    def captured(self) -> bool:
        """Whether the active manifest says that a camera took the content."""
        return "c2pa.captured" in self.actions or bool(CAPTURED.intersection(self.sources))

    @property
    def content_changed(self) -> bool:
        """Whether all that is wrong is that the content isn't the signed one any more: the signature still counts."""
        return self.signature == "trusted" and self.binding == "broken" and MISMATCHES.issuperset(self.failures)


@dataclass(frozen=True, slots=True)
class CertificateSettings:
    """How kept.toml names what signs manifests and what is trusted; paths start from the workspace's folder.

    `chain` and `key` are by default those that `init` makes. `timestamps` is the address of an RFC 3161 authority, or
    "none". `trusted` and `trusted_timestamps` are files of roots in PEM, `former` the chains that signed before.
    """

    chain: str = "keys/c2pa/chain.pem"
    key: str = "file:keys/c2pa/key.pem"
    timestamps: str = ""
    trusted: tuple[str, ...] = ()
    trusted_timestamps: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    trust_development: bool = False
