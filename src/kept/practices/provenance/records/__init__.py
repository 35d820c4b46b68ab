"""The nouns of the room: what a mark says, how it was found, and what follows for a piece of content."""

import math
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from kept.errors import Invalid
from kept.practices.provenance.records.manifests import CertificateSettings
from kept.practices.provenance.records.uploads import UploadSettings

Media = Literal["image", "audio", "video"]
VERSION = 1
MODEL_BITS = 20
CONTENT_BITS = 40


@dataclass(frozen=True, slots=True)
class Payload:
    """What a mark carries, 64 bits: 4 of format version, 20 that name the service or model, 40 of random content id.

    There is no place for a user: what is not here can't be in a mark.
    """

    model: int
    content: int
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class MarkKey:
    """A secret of 32 bytes under which content is marked; `id` is public and names it in statements and findings."""

    id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where each pixel was when it was marked: x' = a x + b y + c, y' = d x + e y + f, in pixels, as an affine map.

    The pixels are those of the marked picture, brought to a long side of 1024 where it was longer. `size` is its width
    and height then, or None where a crop hides it; c and f are known but for whole tiles of the pattern in that case.
    """

    matrix: tuple[float, float, float, float, float, float] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Detection:
    """A mark that was found: what it says, under which key, and how sure it is that it is one.

    `p_value` bounds the chance that unmarked content, whatever it is, gives such a score under a random key, over all
    `hypotheses` that were tried (keys, positions, geometries, frames, refinements). `speed` is that of a sound against
    the marked one, `offset` its start in seconds within the pattern.
    """

    payload: Payload
    key_id: str
    p_value: float
    hypotheses: int
    score: float
    geometry: Geometry | None = None
    speed: float = 1.0
    offset: float = 0.0


ManifestState = Literal["absent", "ours", "other", "untrusted", "broken", "invalid", "unchecked"]
WatermarkState = Literal["absent", "found", "revoked", "unchecked"]
RegistryState = Literal["unasked", "resolved", "contradicts", "unknown", "offline"]
FingerprintState = Literal["none", "agrees", "inconclusive", "disagrees"]
Origin = Literal["ours", "other", "unknown"]
Summary = Literal["trusted-manifest", "recovered", "fingerprint-only", "copied-mark", "tampered", "none"]


@dataclass(frozen=True, slots=True)
class ManifestFinding:
    """What the C2PA manifest in a file comes to.

    "ours" and "other" are signed by a trusted key and fit the content; "untrusted" fits it and nobody known signed;
    "broken" is signed by a trusted key, and the content was changed since; "invalid" is a manifest that can't be
    relied on at all. `made` is how the content came to be, in the words of IPTC's digital source types, `within`
    whether an ingredient is signed by us, `model` and `content` what it says of our mark, `development` whether the
    certificate is one that proves nothing outside this workspace. `recovered` names the manifest that the registry
    holds of content that has none any more.
    """

    state: ManifestState = "absent"
    signer: str = ""
    made: str = ""
    model: str | None = None
    content: int | None = None
    within: bool = False
    development: bool = False
    recovered: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class WatermarkFinding:
    """The mark in the content: "revoked" is one under a key that counts no longer."""

    state: WatermarkState = "absent"
    model: int | None = None
    content: int | None = None
    key_id: str = ""
    p_value: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class RegistryFinding:
    """What the registry says of the mark, or of the content where there is no mark.

    "contradicts" is an entry that names another model than the mark does; `model` is the one of the entry, by its id.
    """

    state: RegistryState = "unasked"
    model: str | None = None
    content: int | None = None
    made: str = ""


@dataclass(frozen=True, slots=True)
class FingerprintFinding:
    """How the content compares with what was registered: under the mark's id, or nearest to it where `looked_up`.

    "disagrees" is positive: enough could be compared to say that this is other content.
    """

    state: FingerprintState = "none"
    content: int | None = None
    similarity: float | None = None
    compared: int = 0
    looked_up: bool = False
    iscc: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found on each of the four axes, each by itself."""

    manifest: ManifestFinding = ManifestFinding()
    watermark: WatermarkFinding = WatermarkFinding()
    registry: RegistryFinding = RegistryFinding()
    fingerprint: FingerprintFinding = FingerprintFinding()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the evidence comes to; "none" says that nothing was found, and never that no AI made the content."""

    verdict: Summary
    origin: Origin
    conflicts: tuple[str, ...]
    model: str | None
    content_id: str | None
    p_value: float | None
    evidence: Evidence

    def document(self) -> dict[str, Any]:
        """The verdict as plain JSON values; a finding of which there is nothing to tell is None."""
        manifest, fingerprint = self.evidence.manifest, self.evidence.fingerprint
        return {
            "verdict": self.verdict,
            "origin": self.origin,
            "conflicts": list(self.conflicts),
            "model": self.model,
            "content_id": self.content_id,
            "p_value": self.p_value,
            "manifest": None if manifest.state == "absent" and not manifest.recovered else _told(manifest),
            "fingerprint": None if fingerprint.state == "none" else _told(fingerprint),
        }


def content_id(number: int) -> str:
    """A content id as people write it: ten hexadecimal digits."""
    return f"{number:010x}"


def _told(finding: ManifestFinding | FingerprintFinding) -> dict[str, Any]:
    told = asdict(finding)
    if told["content"] is not None:
        told["content"] = content_id(told["content"])
    return told


KeyState = Literal["current", "retired", "revoked"]


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key of marks as it may be shown: since when it is in its state, and why where it was revoked.

    Marks are made under the newest current key. A retired one is still tried on a check; a mark under a revoked one
    is told as such, and proves nothing.
    """

    id: str
    state: KeyState
    made: str
    changed: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Registration:
    """What the registry is told of one piece of marked content: nothing of who asked for it.

    `model` and `sha256` are digests ("sha256:" and 64 hexadecimal digits), the second of the marked file. `iscc` is its
    content code, `fingerprint` what `methods.fingerprint` made of it, `manifest` its C2PA manifest store by its label.
    """

    content: int
    model: str
    key_id: str
    media_type: str
    sha256: str
    iscc: str | None = None
    fingerprint: bytes | None = field(default=None, repr=False)
    manifest_id: str | None = None
    manifest: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the registry holds of a content id; `created` is a day.

    A withdrawn entry still answers, but no longer to others; of an erased one only that its id was given is left.
    """

    content: int
    model: str
    key_id: str
    media_type: str
    created: str
    state: Literal["current", "withdrawn", "erased"] = "current"
    sha256: str | None = None
    iscc: str | None = None
    manifest_id: str | None = None
    manifest_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry whose content code differs in `distance` bits of 64 from the one that was asked for."""

    entry: Entry
    distance: int


@dataclass(frozen=True, slots=True)
class Match:
    """A manifest of what was asked for, in the words of the Soft Binding Resolution API; the score is 0 to 100."""

    manifest_id: str
    similarity_score: int


@dataclass(frozen=True, slots=True)
class Settings(UploadSettings):
    """What [practices.provenance] in kept.toml may say.

    `gate` is the largest p-value at which a mark counts, `rotate_after` how many pieces are marked under one key at
    most (0 is no limit). `chain` and `key` name what signs manifests, `timestamps` an RFC 3161 authority or "none",
    `trusted` and `trusted_timestamps` files of roots in PEM, `former` the chains that signed before; paths start from
    the workspace's folder. `trust_development` lets the chain that `kept init` makes count in this workspace. `mining`
    changes what marked content may be used for: "ai_training=constrained: https://acme.example/licence".
    `piece_seconds` is how long a bulk job's worker may take for one file before it is taken to hang; 0 is no limit.
    What the public may ask of the checker is told in `UploadSettings`.
    """

    gate: float = 1e-9
    rotate_after: int = 10_000
    chain: str = "keys/c2pa/chain.pem"
    key: str = "file:keys/c2pa/key.pem"
    timestamps: str = ""
    trusted: tuple[str, ...] = ()
    trusted_timestamps: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    trust_development: bool = True
    mining: tuple[str, ...] = ()
    piece_seconds: float = 8 * 3600

    def __post_init__(self) -> None:
        """Raises Invalid for a limit that is none."""
        UploadSettings.__post_init__(self)
        if isinstance(self.piece_seconds, bool) or not isinstance(self.piece_seconds, int | float):
            raise Invalid(f"[practices.provenance] piece_seconds = {self.piece_seconds!r} is no number of seconds.")
        if not 0 <= self.piece_seconds < math.inf:
            raise Invalid("[practices.provenance] piece_seconds is less than 0.", hint="0 is no limit.")

    def certificates(self) -> CertificateSettings:
        """The part about certificates."""
        names = (field.name for field in fields(CertificateSettings))
        return CertificateSettings(**{name: getattr(self, name) for name in names})
