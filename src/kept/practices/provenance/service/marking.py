"""Marks what a model made: a mark in the content, a signed manifest, a fingerprint, and an entry in the registry."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from kept.core.context import Context
from kept.errors import Conflict, Invalid
from kept.practices.provenance.methods import media
from kept.practices.provenance.records import Detection, MarkKey, Payload, Registration, Settings, content_id
from kept.practices.provenance.service.contents import Content, open_content
from kept.practices.provenance.service.keys import MarkKeys
from kept.practices.provenance.service.models import model_id
from kept.practices.provenance.service.registry import Registry, Taken
from kept.practices.provenance.service.signing import Signing

_DRAWS = 4


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be marked, of which media type, and as what."""

    model: str
    data: bytes
    name: str
    edited: bool


class Unmarkable(Invalid):
    """The content can't hold a mark that would be found again."""


class Marking:
    """The verb `mark`."""

    _context: Context
    _settings: Settings
    _keys: MarkKeys
    _registry: Registry
    _signing: Signing

    def mark(self, data: bytes, media_type: str, model: str, *, edited: bool = False) -> bytes:
        """The same content, marked as made by a model: its id ("sha256:…"), or a name or URI by which it is opened.

        Where the model changed what somebody else had made, it was `edited`: the manifest says so, and that the rest is
        not the model's.

        1. The content is what its media type says, can be read, and has no mark under the key yet.
        2. A content id is drawn that the registry never gave, and the mark put in under the newest current key.
        3. The mark is found again in what came out.
        4. A manifest is signed over it; for a format that can't carry one, it is kept in the registry.
        5. It is registered, durably; only then is it returned.

        Raises Invalid for content that can't be read or can't hold a mark, NotFound without a key or for an unknown
        model, Conflict for content that was marked under this key before, and Unavailable where the registry is out of
        reach: what could not be traced is not marked.
        """
        name = media.check(data, media_type)
        maker, called = model_id(self._context, model)
        self._registry.model_number(maker, name=called)
        return self._made(data, name, maker, self._registry.draw, edited=edited)[0]

    def _made(
        self, data: bytes, media_type: str, maker: str, draw: Callable[[], int], *, edited: bool = False
    ) -> tuple[bytes, Registration]:
        """The marked content, and as what it was registered: under the first id that `draw` gives and nobody took."""
        name = media.check(data, media_type)
        content = open_content(data, name, self._context.backends)
        key = self._fresh_key()
        self._unmarked(content, key)
        number = self._registry.model_number(maker)
        for _ in range(_DRAWS):
            payload = Payload(number, draw())
            try:
                return self._marked(content, payload, key, _Asked(maker, data, name, edited))
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

    def _marked(self, content: Content, payload: Payload, key: MarkKey, asked: _Asked) -> tuple[bytes, Registration]:
        made = content.marked(payload, key)
        written, name = made.written(), asked.name
        code, fingerprint = made.code(), made.fingerprint()
        del made  # a large picture is held twice as it is
        self._found_again(written, name, payload, key)
        signed = self._signing.sign(
            written, name, model=asked.model, payload=payload, code=code, original=asked.data, edited=asked.edited
        )
        registration = Registration(
            content=payload.content,
            model=asked.model,
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

    def _unmarked(self, content: Content, key: MarkKey) -> None:
        """Two marks under one key would lie on each other: now one is read, now the other, now neither."""
        found = content.detect([key], gate=self._settings.gate, full=False)
        if found is not None:
            raise _already(found)

    def _found_again(self, written: bytes, name: str, payload: Payload, key: MarkKey) -> None:
        again = open_content(written, name, self._context.backends)
        found = again.detect([key], gate=self._settings.gate, full=False)
        if found is not None and found.payload != payload:
            # An earlier mark, turned or scaled since, that is stronger than the new one.
            raise _already(found)
        if found is None:
            raise Unmarkable(
                "The mark can't be found again in what came out, so nothing is handed out.",
                code="mark.lost",
                hint="The content is too plain or too small to hold one, or its format keeps too little of it.",
            )


def _already(found: Detection) -> Conflict:
    return Conflict(
        f"The content is marked already, as {content_id(found.payload.content)}, under the key {found.key_id}.",
        code="mark.marked",
        hint="It stays found under that id. To mark it anew, rotate the key first: kept provenance keys rotate",
    )
