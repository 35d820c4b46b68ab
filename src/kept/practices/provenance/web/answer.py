"""What the public is told of a verdict: enough to rely on, and too coarse to feel one's way along.

Whoever wants to remove a mark, or to paste one onto other content, changes it step by step and watches what the checker
says. So it says no score, no geometry, no likeness and no content id, and the p-value only as a band.
"""

import re
from typing import Any, Literal

from pydantic import BaseModel, Field

from kept.practices.provenance.records import ManifestState, Origin, Summary, Verdict, WatermarkState

Band = Literal["1e-9", "1e-6", "1e-3", "1"]
BANDS: tuple[Band, ...] = ("1e-9", "1e-6", "1e-3", "1")
Axis = Literal["manifest", "watermark", "registry"]
SIGNED = ("ours", "other", "broken")
SIGNER_LIMIT = 200
_PART = re.compile(r"(?:^|[,+])\s*(\w+)=((?:\\.|[^\\,+])*)")
_ESCAPED = re.compile(r"\\(.)")


class Conflict(BaseModel):
    """Two findings that speak against each other."""

    code: str = Field(description="A stable name of the conflict, such as `camera-manifest`.")
    words: str = Field(description="What it means, in the language of the answer.")


class PublicVerdict(BaseModel):
    """What the checker found, in a coarse form. `none` means that nothing was found, and never that no AI made it."""

    verdict: Summary = Field(description="What the findings come to.")
    origin: Origin = Field(description="`ours` only by our signer, or by our records of what our models made.")
    model: str | None = Field(description="The public name of the model that made it.")
    p_value: Band | None = Field(
        description="An upper bound, in bands, on the chance that unmarked content gives such a find; null: no mark."
    )
    manifest: ManifestState = Field(description="What the C2PA manifest in the file comes to.")
    signer: str | None = Field(description="The organisation that signed it, where that is on the trust list.")
    development: bool = Field(description="Whether that signature proves nothing outside this service.")
    mark: WatermarkState = Field(description="Whether the invisible mark was found.")
    conflicts: list[Conflict] = Field(description="What speaks against each other.")
    unchecked: list[Axis] = Field(description="What could not be checked, and may therefore still be there.")
    language: str = Field(description="The language of the texts: `lang`, else the best of Accept-Language.")
    title: str = Field(description="The verdict in a few words.")
    text: str = Field(description="The verdict in plain words.")
    proves: str = Field(description="What it shows.")
    limits: str = Field(description="What it does not show.")


def told(verdict: Verdict, *, model: str | None, language: str, words: dict[str, Any]) -> PublicVerdict:
    """The verdict for the public, in a language; `model` is the public name of the model."""
    evidence = verdict.evidence
    said = words["verdict"][kind(verdict.verdict, verdict.origin)]
    return PublicVerdict(
        verdict=verdict.verdict,
        origin=verdict.origin,
        model=model,
        p_value=None if verdict.p_value is None else band(verdict.p_value),
        manifest=evidence.manifest.state,
        signer=signed_by(evidence.manifest.signer) if evidence.manifest.state in SIGNED else None,
        development=evidence.manifest.development,
        mark=evidence.watermark.state,
        conflicts=[Conflict(code=code, words=words["conflicts"][code]) for code in verdict.conflicts],
        unchecked=unchecked(verdict),
        language=language,
        **said,
    )


def signed_by(subject: str) -> str | None:
    """The organisation in a certificate's subject (RFC 4514), else its common name, else all of it."""
    found = dict(reversed(_PART.findall(subject)))
    name = found.get("O") or found.get("CN") or subject
    return _ESCAPED.sub(r"\1", name).strip()[:SIGNER_LIMIT] or None


def kind(verdict: Summary, origin: Origin) -> str:
    """The name under which words and pictures of a verdict stand."""
    return f"{verdict}-{origin}"


def band(p_value: float) -> Band:
    """The lowest band that a p-value is not above; below one in a billion nothing more is told."""
    return next((name for name in BANDS if p_value <= float(name)), "1")


def unchecked(verdict: Verdict) -> list[Axis]:
    """The findings that could not be made, so that "nothing found" is not taken for more than it is."""
    evidence = verdict.evidence
    lacking: dict[Axis, bool] = {
        "manifest": evidence.manifest.state == "unchecked",
        "watermark": evidence.watermark.state == "unchecked",
        "registry": evidence.registry.state == "offline",
    }
    return [axis for axis, lacks in lacking.items() if lacks]
