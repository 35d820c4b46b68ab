"""What the pages ask of the room's service."""

from collections.abc import Mapping
from typing import Protocol

from kept.practices.provenance.records import Match, Verdict


class Asked(Protocol):
    """The verbs behind the pages; each blocks."""

    @property
    def organisation(self) -> str:
        """Whose AI it is."""
        ...

    def check(self, data: bytes, media_type: str) -> Verdict:
        """What is known about content. Raises Invalid for content that can't be read."""
        ...

    def public_name(self, model: str) -> str:
        """What a model is called in public."""
        ...

    def matches_by_binding(self, alg: str, value: str, *, max_results: int) -> tuple[Match, ...]:
        """The manifests that a soft binding leads to. Raises Invalid."""
        ...

    def matches_by_content(
        self, data: bytes, media_type: str, *, alg: str | None, max_results: int
    ) -> tuple[Match, ...]:
        """The manifests of content like this, or that a mark in it leads to. Raises Invalid."""
        ...

    def get_manifest(self, manifest_id: str) -> bytes:
        """A manifest store by the id of its active manifest. Raises NotFound."""
        ...

    def supported_algorithms(self) -> Mapping[str, object]:
        """The names of the soft binding algorithms."""
        ...
