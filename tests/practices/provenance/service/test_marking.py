"""What is marked can be traced, whoever asked for it, or isn't marked at all."""

import itertools
import os
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from kept.core.store.unreachable import UnreachableStore
from kept.errors import Conflict, Invalid, KeptError, NotFound, Unavailable
from kept.practices.provenance.backends import pictures
from kept.practices.provenance.methods.image import detect
from kept.practices.provenance.methods.picture import Picture
from kept.practices.provenance.methods.standins import picture
from kept.practices.provenance.records import Payload, Registration
from kept.practices.provenance.records.manifests import ManifestClaims
from kept.practices.provenance.service import Service
from kept.practices.provenance.service.keys import MarkKeys
from simulators.provenance_room import Room, opened

MODEL = "sha256:" + "a1" * 32
PNG, JPEG = "image/png", "image/jpeg"


def file(seed: int = 1, *, media_type: str = PNG, size: int = 320) -> bytes:
    return pictures.write(Picture(picture(seed, height=size, width=size), media_type), media_type)


def repeating() -> Callable[[int], bytes]:
    """Randomness that is the same in every run."""
    counter = itertools.count(1)
    return lambda length: np.random.default_rng(next(counter)).bytes(length)


@pytest.mark.parametrize("media_type", [PNG, JPEG, "image/webp", "image/tiff"])
def test_what_comes_out_has_mark_manifest_fingerprint_and_entry(tmp_path: Path, media_type: str) -> None:
    with opened(tmp_path) as room:
        key = room.service.keys_new().id
        made = room.service.mark(file(media_type=media_type), media_type, MODEL)
        found = detect(pictures.read(made, media_type).pixels, MarkKeys(room.context).open().keys)
        assert found is not None
        entry = room.service._registry.get(found.payload.content)
        assert entry is not None
        assert (entry.model, entry.key_id, entry.media_type) == (MODEL, key, media_type)
        assert room.service._registry.model(found.payload.model) == MODEL
        assert entry.manifest_id is not None
        assert room.service._registry.get_manifest(entry.manifest_id)
        assert entry.iscc is not None


def test_each_piece_has_an_id_of_its_own(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        room.service.keys_new()
        verdicts = [room.service.check(room.service.mark(file(), PNG, MODEL), PNG) for _ in range(2)]
        assert verdicts[0].content_id != verdicts[1].content_id
        assert room.service._registry.count() == 2


def test_nothing_about_a_user_can_be_said_and_who_asks_changes_no_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {field.name for kind in (Payload, Registration, ManifestClaims) for field in fields(kind)}
    assert not {name for name in names if any(word in name for word in ("user", "person", "account", "prompt", "ip"))}
    marks = []
    for user in ("ada", "grace"):
        for variable in ("USER", "LOGNAME", "HOME", "KEPT_AS"):
            monkeypatch.setenv(variable, user)
        with opened(tmp_path / user, entropy=repeating()) as room:
            room.service.keys_new()
            made = room.service.mark(file(), PNG, MODEL)
            marks.append(pictures.read(made, PNG).pixels)
            assert user.encode() not in made
            held = b"".join(path.read_bytes() for path in (tmp_path / user / "acme").glob("store.db*"))
            assert user.encode() not in held
    assert np.array_equal(*marks)


def test_without_a_registry_nothing_is_marked(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        room.service.keys_new()
        offline = replace(room.context, store=UnreachableStore(Unavailable("The store is away.", code="store.away")))
        with pytest.raises(Unavailable, match="away"):
            Service(offline).mark(file(), PNG, MODEL)


def test_without_a_key_or_a_model_nothing_is_marked(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        with pytest.raises(NotFound, match="no key"):
            room.service.mark(file(), PNG, MODEL)
        room.service.keys_new()
        for model in ("assistant", "sha256:12", ""):
            with pytest.raises(Invalid, match="No model is called"):
                room.service.mark(file(), PNG, model)
        assert room.service._registry.count() == 0


def test_a_picture_too_plain_to_hold_a_mark_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        room.service.keys_new()
        for pixels in (np.zeros((1, 1, 3), np.uint8), np.zeros((40, 300, 3), np.uint8)):
            with pytest.raises(Invalid):
                room.service.mark(pictures.write(Picture(pixels, PNG), PNG), PNG, MODEL)
        assert room.service._registry.count() == 0


def wrong(room: Room) -> list[tuple[str, bytes, str]]:
    whole, jpeg = file(), file(media_type=JPEG)
    return [
        ("empty", b"", PNG),
        ("cut off", whole[: len(whole) // 2], PNG),
        ("cut off JPEG", jpeg[: len(jpeg) // 2], JPEG),
        ("mislabelled", whole, JPEG),
        ("not a picture", os.urandom(4000), PNG),
        ("text", b"Hello, world. " * 99, PNG),
        ("GIF", b"GIF89a" + bytes(99), "image/gif"),
        ("an unknown type", whole, "application/octet-stream"),
    ]


def test_bad_input_is_refused_with_one_of_the_six_errors(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        room.service.keys_new()
        for what, data, media_type in wrong(room):
            for verb in (lambda data, kind: room.service.mark(data, kind, MODEL), room.service.check):
                with pytest.raises(KeptError) as caught:
                    verb(data, media_type)
                assert caught.value.code.startswith(("media.", "picture.")), what
        assert room.service._registry.count() == 0


def test_a_key_that_marked_as_much_as_one_may_is_succeeded(tmp_path: Path) -> None:
    with opened(tmp_path, rotate_after=2) as room:
        first = room.service.keys_new().id
        for _ in range(3):
            room.service.mark(file(), PNG, MODEL)
        second, retired = room.service.keys_list()
        assert (retired.id, retired.state, second.state) == (first, "retired", "current")
        assert room.service._registry.used_up(first, 2)
        assert not room.service._registry.used_up(second.id, 2)


def bare(marked: bytes) -> bytes:
    """The same pixels without a manifest."""
    return pictures.write(Picture(pictures.read(marked, PNG).pixels, PNG), PNG)


def test_content_with_a_mark_of_the_same_key_is_told_to_have_one_however_often_it_comes(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        service, registry = room.service, room.service._registry
        key = service.keys_new().id
        marked = service.mark(file(), PNG, MODEL)
        first = service.check(marked, PNG).content_id
        for again in (marked, bare(marked), bare(marked)):
            with pytest.raises(Conflict, match=f"marked already, as {first}, under the key {key}") as caught:
                service.mark(again, PNG, MODEL)
            assert caught.value.code == "mark.marked"
        assert registry.count() == 1


def test_under_a_new_key_content_is_marked_anew_and_found_as_such(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        service = room.service
        service.keys_new()
        marked = service.mark(file(), PNG, MODEL)
        first = service.check(marked, PNG).content_id
        service.keys_rotate()
        again = service.mark(bare(marked), PNG, MODEL)
        verdict = service.check(bare(again), PNG)
        assert verdict.verdict == "recovered"
        assert verdict.content_id == service.check(again, PNG).content_id != first


@pytest.mark.parametrize("edited", [False, True])
def test_the_manifest_tells_what_a_model_made_from_what_it_changed(tmp_path: Path, edited: bool) -> None:
    with opened(tmp_path) as room:
        room.service.keys_new()
        verdict = room.service.check(room.service.mark(file(), PNG, MODEL, edited=edited), PNG)
        assert (verdict.verdict, verdict.origin, verdict.model) == ("trusted-manifest", "ours", MODEL)
        source = "compositeWithTrainedAlgorithmicMedia" if edited else "trainedAlgorithmicMedia"
        assert verdict.evidence.manifest.made == source
