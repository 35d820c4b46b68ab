"""Tells whether content was made here: reads the manifest, looks for a mark, asks the registry, compares."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from itertools import takewhile

from kept.core.context import Context
from kept.errors import NotFound, Unavailable, Unverified
from kept.practices.provenance.methods import media
from kept.practices.provenance.methods.verdict import judge
from kept.practices.provenance.records import (
    Detection,
    Entry,
    Evidence,
    FingerprintFinding,
    ManifestFinding,
    RegistryFinding,
    Settings,
    Verdict,
    WatermarkFinding,
)
from kept.practices.provenance.service.contents import Content, open_content
from kept.practices.provenance.service.keys import MarkKeys
from kept.practices.provenance.service.registry import Registry
from kept.practices.provenance.service.signing import Signing

# What keeps one finding from being made; the others are made all the same.
OUT_OF_REACH = (Unavailable, NotFound, Unverified)
_NEAREST = 8
_NO_ENTRY, _NO_FINGERPRINT = RegistryFinding(), FingerprintFinding()


@dataclass(frozen=True, slots=True)
class _Marked:
    finding: WatermarkFinding
    detection: Detection | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What the registry had to say, and the entry that it is about."""

    registry: RegistryFinding = _NO_ENTRY
    fingerprint: FingerprintFinding = _NO_FINGERPRINT
    entry: Entry | None = None


class Checking:
    """The verb `check`."""

    _context: Context
    _settings: Settings
    _keys: MarkKeys
    _registry: Registry
    _signing: Signing

    def check(self, data: bytes, media_type: str) -> Verdict:
        """What is known about content; each of the four findings is made by itself, and one that can't be is told.

        1. The content is what its media type says, and can be read.
        2. Every key is tried, the revoked ones too.
        3. The registry is asked about the mark, or about the file and what looks like it where there is none; what it
           holds is compared with the content, once the geometry that the mark shows is undone.
        4. The manifest in it is read, or the one that the registry holds for this very file.

        Raises Invalid for content that is no picture, sound or video, mislabelled or damaged; Denied where the
        workspace's passphrase is wrong.
        """
        name = media.check(data, media_type)
        content = open_content(data, name, self._context.backends)
        marked = self._mark_in(content)
        known = self._known(content, data, marked)
        manifest = self._manifest_in(data, name, known.entry)
        return judge(Evidence(manifest, marked.finding, known.registry, known.fingerprint))

    def _mark_in(self, content: Content) -> _Marked:
        try:
            held = self._keys.open()
        except NotFound as error:
            return _Marked(WatermarkFinding("unchecked", why=error.message))
        if not held.keys:
            return _Marked(WatermarkFinding("unchecked", why="This workspace has no key of marks."))
        found = content.detect(held.keys, gate=self._settings.gate)
        if found is None:
            return _Marked(WatermarkFinding())
        # Content that was marked anew holds both marks, and the newer key's says what it is now.
        held_id = found.key_id
        newer = tuple(takewhile(lambda key: key.id != held_id, held.keys))
        if newer:
            found = content.detect(newer, gate=self._settings.gate) or found
        state = held.states[found.key_id]
        finding = WatermarkFinding(
            "revoked" if state == "revoked" else "found",
            found.payload.model,
            found.payload.content,
            found.key_id,
            found.p_value,
        )
        return _Marked(finding, found)

    def _known(self, content: Content, data: bytes, marked: _Marked) -> _Known:
        try:
            if marked.detection is not None:
                return self._under_mark(content, marked.detection)
            return self._looked_up(content, data)
        except OUT_OF_REACH:
            return _Known(RegistryFinding("offline"))

    def _under_mark(self, content: Content, found: Detection) -> _Known:
        """The entry that the mark leads to, and whether it is of this content."""
        payload = found.payload
        entry = self._registry.get(payload.content)
        if entry is None or entry.state == "erased":
            return _Known(RegistryFinding("unknown", content=payload.content))
        same = self._registry.model(payload.model) == entry.model and entry.key_id == found.key_id
        registry = RegistryFinding("resolved" if same else "contradicts", entry.model, entry.content)
        return _Known(registry, self._compared(content, entry, found), entry)

    def _looked_up(self, content: Content, data: bytes) -> _Known:
        """The entry of this very file, or the nearest one that agrees with the content."""
        exact = self._registry.by_sha256(f"sha256:{hashlib.sha256(data).hexdigest()}")
        for entry in exact:
            finding = FingerprintFinding("agrees", entry.content, 1.0, looked_up=True, iscc=entry.iscc or "")
            return _Known(RegistryFinding("resolved", entry.model, entry.content), finding, entry)
        try:
            codes = content.codes()
        except Unavailable:
            return _Known()  # without its package nothing is looked up, and nothing is said of the registry
        near = {each.entry.content: each for code in codes for each in self._registry.nearest(code, limit=_NEAREST)}
        for each in sorted(near.values(), key=lambda each: each.distance)[:_NEAREST]:
            compared = self._compared(content, each.entry, None)
            if compared.state == "agrees":
                registry = RegistryFinding("resolved", each.entry.model, each.entry.content)
                return _Known(registry, replace(compared, looked_up=True), each.entry)
        return _Known(RegistryFinding("unknown"))

    def _compared(self, content: Content, entry: Entry, found: Detection | None) -> FingerprintFinding:
        stored = self._registry.fingerprint(entry.content)
        if stored is None:
            return FingerprintFinding("inconclusive", entry.content, iscc=entry.iscc or "")
        return replace(content.compare(stored, found), content=entry.content, iscc=entry.iscc or "")

    def _manifest_in(self, data: bytes, name: str, entry: Entry | None) -> ManifestFinding:
        finding, payload = self._signing.finding(data, name)
        if finding.state == "absent" and entry is not None and entry.manifest_id and entry.state == "current":
            finding = replace(finding, recovered=entry.manifest_id)
            if entry.sha256 == f"sha256:{hashlib.sha256(data).hexdigest()}":
                # The very file: its manifest was kept here because its format can't carry one.
                kept = self._registry.get_manifest(entry.manifest_id)
                finding, payload = self._signing.finding(data, name, manifest=kept)
        if payload is None:
            return finding
        return replace(finding, model=self._model(payload.model))

    def _model(self, number: int) -> str | None:
        try:
            return self._registry.model(number)
        except OUT_OF_REACH:
            return None
