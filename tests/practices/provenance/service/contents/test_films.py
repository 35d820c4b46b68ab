"""A film goes through the whole room: marked, signed, registered, and told again after it was sent on."""

from pathlib import Path

import pytest
from skimage import data as photographs

from kept.errors import Invalid
from simulators.camera import again, developed, filmed
from simulators.provenance_room import opened

MODEL = "sha256:" + "a1" * 32
TYPES = {"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm"}


@pytest.mark.parametrize("container", TYPES)
def test_a_film_is_marked_and_told(container: str, tmp_path: Path) -> None:
    media_type = TYPES[container]
    film = developed(filmed(photographs.astronaut(), 24), container)
    with opened(tmp_path) as room:
        room.service.keys_new()
        assert room.service.check(film, media_type).origin == "unknown"
        made = room.service.mark(film, media_type, MODEL)
        told = room.service.check(made, media_type)
        assert (told.origin, told.model) == ("ours", MODEL)
        sent = room.service.check(again(made, 600_000), "video/mp4")
        assert (sent.origin, sent.model, sent.content_id) == ("ours", MODEL, told.content_id)
        assert sent.verdict == "recovered"


def test_a_damaged_film_is_refused(tmp_path: Path) -> None:
    film = developed(filmed(photographs.astronaut(), 6))
    with opened(tmp_path) as room:
        room.service.keys_new()
        with pytest.raises(Invalid, match="cut off"):
            room.service.mark(film[:-2000], "video/mp4", MODEL)
