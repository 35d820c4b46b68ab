"""The pages over the room as it is: what it marked is recognised, and its lost manifest is found again."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import c2pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from kept.interface.allowance import Allowance
from kept.practices.provenance import PRACTICE
from kept.practices.provenance.backends import pictures
from kept.practices.provenance.methods import media
from kept.practices.provenance.methods.attacks.pictures import ATTACKS
from kept.practices.provenance.methods.picture import Picture, as_rgb
from kept.practices.provenance.methods.standins import picture
from kept.practices.provenance.service.contents import OPENERS
from kept.surfaces.web import application
from simulators.media_files import sample
from simulators.provenance_room import opened

MODEL = "sha256:" + "a1" * 32
JPEG = "image/jpeg"
KINDS = ("image/png", "audio/wav", "audio/mpeg", "video/mp4", "video/webm")


@dataclass(frozen=True)
class Checker:
    client: TestClient
    marked: bytes
    stripped: bytes


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checker]:
    """A served room, a picture that it marked, and the same as a messenger passes it on: without its manifest."""
    with opened(tmp_path_factory.mktemp("web"), checks_burst=1_000_000) as room:
        room.service.keys_new()
        plain = pictures.write(Picture(picture(1, height=400, width=480), JPEG), JPEG)
        marked = room.service.mark(plain, JPEG, MODEL)
        pixels = ATTACKS["jpeg-70"](as_rgb(pictures.read(marked, JPEG).pixels), 3)
        allowance = Allowance(lambda: 0.0, burst=1e6)
        built = application([PRACTICE], lambda _: room.service, organisation="Acme AI", allowance=allowance)
        yield Checker(TestClient(built), marked, pictures.write(Picture(pixels, JPEG), JPEG))


def test_what_was_marked_is_recognised_with_its_manifest_and_without(checker: Checker) -> None:
    told = checker.client.post("/provenance/check", content=checker.marked).json()
    assert (told["verdict"], told["origin"], told["manifest"], told["development"]) == (
        *("trusted-manifest", "ours", "ours", True),
    )
    told = checker.client.post("/provenance/check", content=checker.stripped).json()
    assert (told["verdict"], told["origin"], told["mark"], told["p_value"]) == ("recovered", "ours", "found", "1e-9")
    assert told["model"] == MODEL
    page = checker.client.post("/provenance/?lang=ar", files={"file": ("x.jpg", checker.stripped)}).text
    assert 'data-verdict="recovered-ours"' in page


def test_a_lost_manifest_is_found_again_and_reads_as_c2pa(checker: Checker) -> None:
    found = checker.client.post("/provenance/matches/byContent", content=checker.stripped).json()["matches"]
    assert found[0]["similarityScore"] == 100
    address = f"/provenance/manifests/{found[0]['manifestId']}"
    manifest = checker.client.get(address)
    assert manifest.headers["content-type"] == "application/c2pa"
    with c2pa.Reader("application/c2pa", BytesIO(manifest.content)) as reader:
        assert found[0]["manifestId"] in reader.json()
    active = checker.client.get(address, params={"returnActiveManifest": True}).content
    assert active in manifest.content


@pytest.mark.parametrize("media_type", [each for each in KINDS if media.kind(each) in OPENERS])
def test_content_of_every_kind_is_answered_and_stands_in_no_file_meanwhile(
    checker: Checker, media_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(*_: Any, **__: Any) -> Any:
        raise AssertionError("a temporary file was made")

    for name in ("mkstemp", "mkdtemp", "TemporaryDirectory", "NamedTemporaryFile", "SpooledTemporaryFile"):
        monkeypatch.setattr(tempfile, name, made)
    answer = checker.client.post("/provenance/check", content=sample(media_type))
    assert (answer.status_code, answer.json().get("verdict")) == (200, "none"), answer.text


HEADS = {
    "image": (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP", b"II*\0", b"\0\0\0\x18ftypavif"),
    "audio": (b"RIFF\0\0\0\0WAVE", b"fLaC", b"OggS", b"ID3", b"\0\0\0\x18ftypM4A "),
    "video": (b"\0\0\0\x18ftypmp42", b"\0\0\0\x18ftypqt  ", b"\x1aE\xdf\xa3\x42\x82\x84webm"),
}


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([head for kind in OPENERS for head in HEADS[kind]]), st.binary(max_size=300))
def test_no_bytes_are_answered_otherwise_than_documented(checker: Checker, head: bytes, rest: bytes) -> None:
    for path in ("check", "matches/byContent"):
        answer = checker.client.post(f"/provenance/{path}", content=head + rest)
        assert answer.status_code in (200, 400, 413, 415, 429, 503), answer.text


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.95])
def test_a_file_that_is_cut_off_is_refused_and_told_why(checker: Checker, cut: float) -> None:
    answer = checker.client.post("/provenance/check", content=checker.marked[: int(len(checker.marked) * cut)])
    assert answer.status_code == 400
    assert answer.json()["message"]
