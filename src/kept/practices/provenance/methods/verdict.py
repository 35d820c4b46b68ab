"""What four independent findings come to: a summary, an origin, and where they contradict each other.

The precedence, first that holds:

1. `trusted-manifest`: a manifest that a trusted key signed fits the content, bit by bit.
2. `copied-mark`: our mark is in it, and the fingerprint positively disagrees with what was registered under that mark.
3. `tampered`: there is a manifest, and it is broken or invalid.
4. `recovered`: our mark leads to an entry of the registry for the same model, and the fingerprint doesn't disagree.
5. `fingerprint-only`: the content agrees with something registered, and no mark that counts leads there.
6. `none`: nothing of that. It never says that no AI made the content.

A mark under a revoked key leads nowhere: whoever has the key can forge it. So does a mark of which the registry knows
nothing, or can't be asked. `origin` is "ours" by our signer, or by a mark or fingerprint that the registry bears out;
"other" by a trusted signer who isn't us; and "unknown" where neither is there, or both are.
"""

from collections.abc import Iterator

from kept.practices.provenance.records import Evidence, Origin, Summary, Verdict, content_id

CAMERA = frozenset({"digitalCapture", "computationalCapture", "negativeFilm", "positiveFilm", "print"})
LOOKED_UP = frozenset({"resolved", "contradicts", "unknown"})


def judge(evidence: Evidence) -> Verdict:
    """The verdict on the evidence, whatever it is; it decides from the four findings alone."""
    model, content = _named(evidence)
    return Verdict(
        verdict=_summary(evidence),
        origin=_origin(evidence),
        conflicts=tuple(_conflicts(evidence)),
        model=model,
        content_id=None if content is None else content_id(content),
        p_value=evidence.watermark.p_value,
        evidence=evidence,
    )


def _summary(evidence: Evidence) -> Summary:
    if evidence.manifest.state in ("ours", "other"):
        return "trusted-manifest"
    if _copied(evidence):
        return "copied-mark"
    if evidence.manifest.state in ("broken", "invalid"):
        return "tampered"
    if _borne_out(evidence):
        return "recovered"
    return "fingerprint-only" if _alike(evidence) else "none"


def _origin(evidence: Evidence) -> Origin:
    ours = evidence.manifest.state == "ours" or _borne_out(evidence) or _alike(evidence)
    other = evidence.manifest.state == "other"
    if ours and other:
        # Whoever edits what we made signs it anew, and names our manifest as that of an ingredient.
        return "ours" if evidence.manifest.within else "unknown"
    return "ours" if ours else "other" if other else "unknown"


def _copied(evidence: Evidence) -> bool:
    """Whether the mark belongs to other content: an entry was there to compare with, and it is not this one."""
    marked = evidence.watermark.state in ("found", "revoked")
    compared = evidence.registry.state in ("resolved", "contradicts")
    return marked and compared and evidence.fingerprint.state == "disagrees"


def _borne_out(evidence: Evidence) -> bool:
    """Whether the mark leads to an entry, and nothing says that the entry is of other content."""
    led = evidence.watermark.state == "found" and evidence.registry.state == "resolved"
    return led and evidence.fingerprint.state != "disagrees"


def _alike(evidence: Evidence) -> bool:
    return evidence.fingerprint.state == "agrees" and evidence.registry.state in LOOKED_UP


def _named(evidence: Evidence) -> tuple[str | None, int | None]:
    """The model and the content id that the strongest finding names; a copied mark says nothing about the model."""
    if _copied(evidence):
        manifest = evidence.manifest
        return manifest.model if manifest.state == "ours" else None, evidence.watermark.content
    if _borne_out(evidence):
        return evidence.registry.model, evidence.watermark.content
    if evidence.manifest.state == "ours":
        return evidence.manifest.model, evidence.manifest.content
    if _alike(evidence):
        return evidence.registry.model, evidence.fingerprint.content
    return None, evidence.watermark.content


def _conflicts(evidence: Evidence) -> Iterator[str]:
    """What speaks against each other, in words that stay the same: `docs/provenance.md` explains each."""
    manifest, mark = evidence.manifest, evidence.watermark
    marked = mark.state in ("found", "revoked")
    if manifest.state in ("other", "untrusted") and not manifest.within and (marked or _alike(evidence)):
        yield "camera-manifest" if manifest.made in CAMERA else "other-manifest"
    if manifest.state in ("broken", "invalid"):
        yield "broken-manifest"
    if manifest.state == "ours" and marked and not _copied(evidence):
        if None not in (manifest.content, mark.content) and manifest.content != mark.content:
            yield "manifest-content"
        if manifest.model and evidence.registry.model and manifest.model != evidence.registry.model:
            yield "manifest-model"
    if _copied(evidence):
        yield "copied-mark"
    if mark.state == "revoked":
        yield "revoked-key"
    if marked and evidence.registry.state == "contradicts":
        yield "registry-model"
    if marked and evidence.registry.state == "unknown":
        yield "unregistered-mark"
    if marked and evidence.registry.state == "offline":
        yield "registry-offline"
