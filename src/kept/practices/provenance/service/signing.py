"""Manifests of this workspace: signed by its certificate, and read under its trust list."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property

from kept.core.context import Context
from kept.core.keys import Keyhole
from kept.core.keys.secret import choose_passphrase
from kept.core.reference import load
from kept.errors import Unavailable
from kept.practices.provenance.methods.jumbf import active_label
from kept.practices.provenance.methods.manifests.definition import mark_binding, payload_of, permissions
from kept.practices.provenance.records import ManifestFinding, ManifestState, Payload, Settings
from kept.practices.provenance.records.manifests import (
    ISCC_ALGORITHM,
    Credentials,
    ManifestClaims,
    ManifestReading,
    ManifestTrust,
    Signed,
    SoftBinding,
)
from kept.practices.provenance.service.binding import iscc_value
from kept.practices.provenance.service.certificates import make_development, open_credentials, open_trust


@dataclass(frozen=True, slots=True)
class Made:
    """Content as it is handed out, and its manifest with its label."""

    data: bytes = field(repr=False)
    manifest: bytes = field(repr=False)
    label: str


class Signing:
    """Opens certificate and trust list once, at their first use."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._context = context
        self._settings = settings

    def make_development(self) -> None:
        """Make the chain that signs until there is one that others trust. Raises Conflict where there is one."""
        context = self._context
        make_development(
            context.workspace.folder,
            context.workspace.name,
            passphrase=self._passphrase(),
            entropy=context.entropy,
            moment=context.clock(),
        )

    def sign(
        self,
        data: bytes,
        name: str,
        *,
        model: str,
        payload: Payload,
        code: str | None,
        original: bytes,
        edited: bool = False,
    ) -> Made:
        """The content with its manifest, which names the model and the mark, and what it was made from, if anything."""
        bindings = [mark_binding(payload)]
        if code is not None:
            bindings.append(SoftBinding(ISCC_ALGORITHM, iscc_value(code)))
        claims = ManifestClaims(
            service=self._context.workspace.name,
            model=model,
            bindings=tuple(bindings),
            mining=permissions(self._settings.mining),
            edited=edited,
        )
        sign = load(self._context.backends["manifest"]["sign"])
        signed: Signed = sign(
            data, name, credentials=self.credentials, claims=claims, original=(original, name), trust=self.trust
        )
        return Made(signed.data, signed.manifest, active_label(signed.manifest))

    def finding(
        self, data: bytes, name: str, *, manifest: bytes | None = None
    ) -> tuple[ManifestFinding, Payload | None]:
        """What the manifest in the content comes to, or one that was kept for it; and the mark that ours names."""
        try:
            read = load(self._context.backends["manifest"]["read"])
            reading: ManifestReading = read(data, name, trust=self.trust, manifest=manifest)
        except Unavailable as error:
            return ManifestFinding("unchecked", why=error.message), None
        state = _state(reading)
        named = next((payload for each in reading.bindings if (payload := payload_of(each))), None)
        finding = ManifestFinding(
            state=state,
            signer=reading.signatory.subject if reading.signatory else "",
            made=_made(reading),
            content=named.content if named and state == "ours" else None,
            within=any(ingredient.ours for ingredient in reading.ingredients),
            development=reading.development,
            why=reading.why or ", ".join(reading.failures[:4]),
        )
        return finding, named if state == "ours" else None

    @cached_property
    def credentials(self) -> Credentials:
        """What signs. Raises NotFound, Denied, Invalid or Unavailable."""
        return open_credentials(
            self._settings.certificates(),
            keyhole=Keyhole(self._context.workspace.folder, self._passphrase, os.environ),
            openers=self._context.backends["certificate-key"],
            moment=self._context.clock(),
        )

    @cached_property
    def trust(self) -> ManifestTrust:
        """Whose manifests count."""
        return open_trust(self._settings.certificates(), folder=self._context.workspace.folder)

    def _passphrase(self) -> bytes:
        return choose_passphrase(os.environ, self._context.workspace.secret)


def _state(reading: ManifestReading) -> ManifestState:
    if reading.state == "none":
        return "absent"
    if reading.state == "unreadable":
        return "unchecked"
    if reading.state == "trusted":
        return "ours" if reading.ours else "other"
    if reading.state == "untrusted":
        return "untrusted"
    return "broken" if reading.content_changed else "invalid"


def _made(reading: ManifestReading) -> str:
    if reading.captured:
        return next((source for source in reading.sources if "Capture" in source), "digitalCapture")
    return reading.sources[0] if reading.sources else ""
