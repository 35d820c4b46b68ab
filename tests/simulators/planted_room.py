"""A provenance room whose findings are planted: what it says of a piece of content is judged as the real room judges.

Pictures are really opened, and manifests come from a real registry; so the pages meet the answers and the errors that
they will meet.
"""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from kept.core.store import Store
from kept.errors import Unavailable
from kept.practices.provenance import web
from kept.practices.provenance.backends import pictures
from kept.practices.provenance.methods.verdict import judge
from kept.practices.provenance.records import Evidence, Match, Verdict
from kept.practices.provenance.records.uploads import UploadSettings
from kept.practices.provenance.service.registry import Registry
from kept.practices.provenance.service.tables import SCHEMA
from kept.practices.provenance.web.desk import Desk

MODEL = "sha256:" + "a1" * 32
NAME = "Acme Paint 2"
NUMBERS = np.random.default_rng(7)


def picture(number: int = 0, *, width: int = 320, height: int = 240) -> bytes:
    """A PNG of soft colours, another for each number."""
    colours = np.random.default_rng(number).integers(0, 256, (4, 6, 3), np.uint8)
    smooth = cv2.resize(colours, (width, height), interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".png", smooth)[1].tobytes()


class PlantedRoom:
    """What the pages ask of a room, answered from what a test plants under the digest of content."""

    organisation = "Acme AI"

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.planted: dict[str, Evidence] = {}
        self.checked: list[str] = []
        self.offline = False
        self.uploads = UploadSettings()
        self.supported_algorithms = registry.supported_algorithms
        self.matches_by_binding = registry.matches_by_binding
        self.get_manifest = registry.get_manifest

    @classmethod
    def opened(cls, folder: Path) -> "PlantedRoom":
        """With an empty registry in a folder."""
        store = Store.open(f"sqlite:///{folder}/store.db", [SCHEMA])
        return cls(Registry(store, lambda: datetime.now(UTC), lambda length: bytes(NUMBERS.bytes(length))))

    def plant(self, content: bytes, evidence: Evidence) -> bytes:
        """From now on, this is found in the content, which is returned."""
        self.planted[hashlib.sha256(content).hexdigest()] = evidence
        return content

    def check(self, data: bytes, media_type: str) -> Verdict:
        """What was planted, or nothing; damaged pictures are refused."""
        if self.offline:
            raise Unavailable("OpenCV isn't installed.", code="picture.opencv")
        self.checked.append(media_type)
        if media_type.startswith("image/"):
            pictures.read(data, media_type)
        return judge(self.planted.get(hashlib.sha256(data).hexdigest(), Evidence()))

    def public_name(self, model: str) -> str:
        """The name of the one model that has one."""
        return {MODEL: NAME}.get(model, model)

    def matches_by_content(
        self, data: bytes, media_type: str, *, alg: str | None, max_results: int
    ) -> tuple[Match, ...]:
        """The manifest of planted content, by the content that its evidence names."""
        pictures.read(data, media_type)
        entry = self.registry.by_sha256(hashlib.sha256(data).hexdigest())
        return tuple(Match(each.manifest_id, 100) for each in entry if each.manifest_id)[:max_results]


def stop_time(patch: pytest.MonkeyPatch) -> None:
    """Gives the routes a desk for which no time goes by."""
    patch.setattr(web, "Desk", lambda _, limits: Desk(lambda: 0.0, limits))
