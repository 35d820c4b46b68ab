"""A film goes through the whole room: marked, signed, registered, and told again after it was sent on."""

import io
from pathlib import Path

import av
import numpy as np
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


def decoded(film: bytes) -> np.ndarray:
    with av.open(io.BytesIO(film)) as opened_film:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in opened_film.decode(video=0)]).astype(np.float32)


def test_a_film_under_the_mark_of_another_is_told_as_that(tmp_path: Path) -> None:
    film = developed(filmed(photographs.astronaut(), 45))
    with opened(tmp_path) as room:
        room.service.keys_new()
        made = room.service.mark(film, "video/mp4", MODEL)
        own = room.service.check(again(made, 1_500_000), "video/mp4")
        assert own.evidence.fingerprint.state == "agrees"
        taken = (decoded(made) - decoded(film)).mean(axis=0)
        others = (np.clip(frame + 1.5 * taken, 0, 255).astype(np.uint8) for frame in filmed(photographs.coffee(), 45))
        forged = room.service.check(developed(others), "video/mp4")
        assert forged.content_id == own.content_id
        assert forged.evidence.fingerprint.state == "disagrees"
        assert forged.verdict == "copied-mark"


def test_a_damaged_film_is_refused(tmp_path: Path) -> None:
    film = developed(filmed(photographs.astronaut(), 6))
    with opened(tmp_path) as room:
        room.service.keys_new()
        with pytest.raises(Invalid, match="cut off"):
            room.service.mark(film[:-2000], "video/mp4", MODEL)
