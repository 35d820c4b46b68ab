"""What others ask the registry: the C2PA Soft Binding Resolution API, by values and by content."""

from __future__ import annotations

from kept.core.context import Context
from kept.errors import Invalid
from kept.practices.provenance.methods import media
from kept.practices.provenance.records import Match, Settings
from kept.practices.provenance.records.uploads import UploadSettings
from kept.practices.provenance.service.binding import ISCC, WATERMARK, watermark_value
from kept.practices.provenance.service.contents import Content, open_content
from kept.practices.provenance.service.keys import MarkKeys
from kept.practices.provenance.service.registry import Registry


class Resolving:
    """Leads whoever has content to the manifest that it lost; each verb answers as the API does."""

    _context: Context
    _settings: Settings
    _keys: MarkKeys
    _registry: Registry

    @property
    def organisation(self) -> str:
        """Whose AI it is."""
        return self._context.workspace.name

    @property
    def uploads(self) -> UploadSettings:
        """How much the public may ask."""
        return self._settings

    def public_name(self, model: str) -> str:
        """What a model is called in public: the name under which it was first marked, or its id."""
        return self._registry.model_name(model) or model

    def matches_by_binding(self, alg: str, value: str, *, max_results: int = 10) -> tuple[Match, ...]:
        """The manifests that a soft binding leads to. Raises Invalid for an algorithm or a value that isn't one."""
        return self._registry.matches_by_binding(alg, value, max_results=max_results)

    def matches_by_content(
        self, data: bytes, media_type: str, *, alg: str | None = None, max_results: int = 10
    ) -> tuple[Match, ...]:
        """The manifests that a mark in the content leads to, and those of content like it, the best first.

        `alg` asks for one of the two. Raises Invalid for another, and for content that can't be read.
        """
        if alg not in (None, WATERMARK, ISCC):
            raise Invalid(f"The algorithm {str(alg)[:80]!r} is not supported.", code="binding.algorithm")
        content = open_content(data, media.check(data, media_type), self._context.backends)
        found: dict[str, Match] = {}
        if alg != ISCC:
            found |= {match.manifest_id: match for match in self._by_mark(content)}
        if alg != WATERMARK and (codes := content.codes()):
            for match in self._registry.matches_by_content(*codes, max_results=max_results):
                found.setdefault(match.manifest_id, match)
        ranked = sorted(found.values(), key=lambda match: (-match.similarity_score, match.manifest_id))
        return tuple(ranked[:max_results])

    def get_manifest(self, manifest_id: str) -> bytes:
        """A manifest store by the id of its active manifest. Raises NotFound."""
        return self._registry.get_manifest(manifest_id)

    def supported_algorithms(self) -> dict[str, list[dict[str, str]]]:
        """The names of the algorithms that can be asked with."""
        return self._registry.supported_algorithms()

    def _by_mark(self, content: Content) -> tuple[Match, ...]:
        held = self._keys.open()
        # Whoever has a revoked key can lead anybody anywhere with it.
        keys = [key for key in held.keys if held.states[key.id] != "revoked"]
        found = content.detect(keys, gate=self._settings.gate) if keys else None
        return self._registry.matches_by_binding(WATERMARK, watermark_value(found.payload)) if found else ()
