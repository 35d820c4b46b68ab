"""Marks what a model made: a mark in the content, a signed manifest, a fingerprint, and an entry in the registry."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from kept.core.context import Context
from kept.errors import Conflict, Invalid
from kept.practices.provenance.methods import media
from kept.practices.provenance.records import MarkKey, Payload, Registration, Settings, content_id
from kept.practices.provenance.service.contents import Content, open_content
from kept.practices.provenance.service.keys import MarkKeys
from kept.practices.provenance.service.models import model_id
from kept.practices.provenance.service.registry import Registry, Taken
from kept.practices.provenance.service.signing import Signing

_DRAWS = 4


class Unmarkable(Invalid):
    """The content can't hold a mark that would be found again."""


class Marking:
    """The verb `mark`."""

    _context: Context
    _settings: Settings
    _keys: MarkKeys
    _registry: Registry
    _signing: Signing

    def mark(self, data: bytes, media_type: str, model: str) -> bytes:
        """The same content, marked as made by a model: its id ("sha256:…"), or a name or URI by which it is opened.

        1. The content is what its media type says, and can be read.
        2. A content id is drawn that the registry never gave, and the mark put in under the newest current key.
        3. The mark is found again in what came out.
        4. A manifest is signed over it; for a format that can't carry one, it is kept in the registry.
        5. It is registered, durably; only then is it returned.

        Raises Invalid for content that can't be read or can't hold a mark, NotFound without a key or for an unknown
        model, and Unavailable where the registry is out of reach: what could not be traced is not marked.
        """
        name = media.check(data, media_type)
        maker, called = model_id(self._context, model)
        self._registry.model_number(maker, name=called)
        return self._made(data, name, maker, self._registry.draw)[0]

    def _made(self, data: bytes, media_type: str, maker: str, draw: Callable[[], int]) -> tuple[bytes, Registration]:
        """The marked content, and as what it was registered: under the first id that `draw` gives and nobody took."""
        name = media.check(data, media_type)
        content = open_content(data, name, self._context.backends)
        key = self._fresh_key()
        number = self._registry.model_number(maker)
        for _ in range(_DRAWS):
            payload = Payload(number, draw())
            try:
                return self._marked(content, payload, key, model=maker, original=(data, name))
            except Taken:
                continue  # Another process registered this id meanwhile: the mark in hand would lead to its content.
        raise Conflict(f"{_DRAWS} content ids in a row were taken.", code="registry.busy", hint="Try again.")

    def _fresh_key(self) -> MarkKey:
        """The newest current key; where it has marked as much as one may, a new one in its place.

        Many marks under one key let their common pattern be averaged out of them, to remove it or to forge it.
        """
        key, most = self._keys.open().current(), self._settings.rotate_after
        if not most or not self._registry.used_up(key.id, most):
            return key
        self._keys.succeed(key.id)
        return self._keys.open().current()

    def _marked(
        self, content: Content, payload: Payload, key: MarkKey, *, model: str, original: tuple[bytes, str]
    ) -> tuple[bytes, Registration]:
        made = content.marked(payload, key)
        written, name = made.written(), original[1]
        code, fingerprint = made.code(), made.fingerprint()
        del made  # a large picture is held twice as it is
        self._found_again(written, name, payload, key)
        signed = self._signing.sign(written, name, model=model, payload=payload, code=code, original=original)
        registration = Registration(
            content=payload.content,
            model=model,
            key_id=key.id,
            media_type=name,
            sha256=f"sha256:{hashlib.sha256(signed.data).hexdigest()}",
            iscc=code,
            fingerprint=fingerprint,
            manifest_id=signed.label,
            manifest=signed.manifest,
        )
        self._registry.register(registration)
        return signed.data, registration

    def _found_again(self, written: bytes, name: str, payload: Payload, key: MarkKey) -> None:
        again = open_content(written, name, self._context.backends)
        found = again.detect([key], gate=self._settings.gate, full=False)
        if found is not None and found.payload != payload:
            raise Conflict(
                f"The content is marked already, as {content_id(found.payload.content)}, which hides the new mark.",
                code="mark.marked",
                hint="Mark what the model made, and not a copy that was marked; or rotate the key.",
            )
        if found is None:
            raise Unmarkable(
                "The mark can't be found again in what came out, so nothing is handed out.",
                code="mark.lost",
                hint="The content is too plain or too small to hold one, or its format keeps too little of it.",
            )
