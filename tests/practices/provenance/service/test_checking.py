"""What a check says of content in each state that it may be in, end to end."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from kept.core.store.unreachable import UnreachableStore
from kept.errors import Denied, Unavailable
from kept.practices.provenance.backends import pictures
from kept.practices.provenance.methods.attacks.pictures import ATTACKS
from kept.practices.provenance.methods.picture import Picture, as_rgb
from kept.practices.provenance.methods.standins import picture
from kept.practices.provenance.service import Service
from simulators.provenance_room import Room, opened

MODEL = "sha256:" + "a1" * 32
JPEG = "image/jpeg"


@dataclass(frozen=True)
class Marked:
    room: Room
    key: str
    data: bytes

    def after(self, attack: str) -> bytes:
        """The marked picture once an attack was made, without any manifest."""
        pixels = ATTACKS[attack](as_rgb(pictures.read(self.data, JPEG).pixels), 3)
        return pictures.write(Picture(pixels, JPEG), JPEG)


@pytest.fixture
def marked(tmp_path: Path) -> Iterator[Marked]:
    with opened(tmp_path) as room:
        key = room.service.keys_new().id
        plain = pictures.write(Picture(picture(1, height=400, width=480), JPEG), JPEG)
        yield Marked(room, key, room.service.mark(plain, JPEG, MODEL))


def test_as_it_was_handed_out_it_is_ours_by_its_manifest(marked: Marked) -> None:
    verdict = marked.room.service.check(marked.data, JPEG)
    assert (verdict.verdict, verdict.origin, verdict.conflicts) == ("trusted-manifest", "ours", ())
    assert verdict.model == MODEL
    assert verdict.p_value is not None
    assert verdict.p_value < 1e-20
    assert verdict.evidence.manifest.development
    assert verdict.evidence.manifest.content == verdict.evidence.watermark.content


@pytest.mark.parametrize("attack", ["none", "jpeg-70", "crop-half", "mirror"])
def test_without_its_manifest_it_is_recovered(marked: Marked, attack: str) -> None:
    verdict = marked.room.service.check(marked.after(attack), JPEG)
    assert (verdict.verdict, verdict.origin, verdict.model) == ("recovered", "ours", MODEL)
    entry = marked.room.service._registry.get(int(verdict.content_id or "", 16))
    assert entry is not None
    assert verdict.evidence.manifest.recovered == entry.manifest_id


def test_a_changed_byte_under_a_manifest_is_told(marked: Marked) -> None:
    # Of the density that the header states: a byte of what is compressed may end the picture early.
    density = marked.data.index(b"JFIF") + 9
    changed = bytearray(marked.data)
    changed[density] ^= 2
    verdict = marked.room.service.check(bytes(changed), JPEG)
    assert (verdict.verdict, verdict.origin) == ("tampered", "ours")
    assert "broken-manifest" in verdict.conflicts


def test_what_was_never_marked_is_nothing(marked: Marked) -> None:
    for seed in (5, 6):
        plain = pictures.write(Picture(picture(seed, height=400, width=480), JPEG), JPEG)
        verdict = marked.room.service.check(plain, JPEG)
        assert verdict.document() == {
            "verdict": "none",
            "origin": "unknown",
            "conflicts": [],
            "model": None,
            "content_id": None,
            "p_value": None,
            "manifest": None,
            "fingerprint": None,
        }


def test_a_retired_key_still_counts_and_a_revoked_one_is_told(marked: Marked) -> None:
    service, stripped = marked.room.service, marked.after("jpeg-70")
    service.keys_rotate()
    assert service.check(stripped, JPEG).verdict == "recovered"
    service.keys_revoke(marked.key, reason="Leaked.")
    verdict = service.check(stripped, JPEG)
    assert verdict.verdict in ("fingerprint-only", "none")
    assert "revoked-key" in verdict.conflicts
    assert verdict.p_value is not None


def test_another_workspace_finds_nothing_of_ours(marked: Marked, tmp_path: Path) -> None:
    with opened(tmp_path / "other") as other:
        other.service.keys_new()
        assert other.service.check(marked.after("none"), JPEG).verdict == "none"
        foreign = other.service.check(marked.data, JPEG)
        assert (foreign.verdict, foreign.origin) == ("none", "unknown")
        assert foreign.evidence.manifest.state == "untrusted"


def test_while_the_registry_is_away_the_rest_is_answered(marked: Marked) -> None:
    away = UnreachableStore(Unavailable("The store is away.", code="store.away"))
    offline = Service(replace(marked.room.context, store=away))
    whole = offline.check(marked.data, JPEG)
    assert (whole.verdict, whole.origin, whole.conflicts) == ("trusted-manifest", "ours", ("registry-offline",))
    stripped = offline.check(marked.after("none"), JPEG)
    assert (stripped.verdict, stripped.origin, stripped.conflicts) == ("none", "unknown", ("registry-offline",))
    assert stripped.p_value is not None
    assert stripped.content_id == whole.content_id


def test_a_wrong_passphrase_is_an_error_and_no_verdict(marked: Marked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT_PASSPHRASE", "another")
    with pytest.raises(Denied):
        Service(marked.room.context).check(marked.data, JPEG)


def test_an_erased_entry_leads_nowhere(marked: Marked) -> None:
    registry = marked.room.service._registry
    content = marked.room.service.check(marked.data, JPEG).evidence.watermark.content
    assert content is not None
    registry.erase(content)
    verdict = marked.room.service.check(marked.after("none"), JPEG)
    assert (verdict.verdict, verdict.conflicts) == ("none", ("unregistered-mark",))


def test_a_mark_that_was_copied_onto_another_picture_is_told(marked: Marked) -> None:
    before = picture(1, height=400, width=480).astype(np.int16)
    residual = as_rgb(pictures.read(marked.data, JPEG).pixels) - before
    other = np.clip(picture(9, height=400, width=480) + residual, 0, 255).astype(np.uint8)
    verdict = marked.room.service.check(pictures.write(Picture(other, JPEG), JPEG, quality=95), JPEG)
    assert (verdict.verdict, verdict.origin, verdict.model) == ("copied-mark", "unknown", None)
    assert verdict.conflicts == ("copied-mark",)
    assert verdict.p_value is not None


def test_no_attack_makes_a_mark_look_copied(marked: Marked) -> None:
    for attack in ATTACKS:
        verdict = marked.room.service.check(marked.after(attack), JPEG)
        assert verdict.verdict in ("recovered", "fingerprint-only", "none"), attack
        assert "copied-mark" not in verdict.conflicts


def test_without_its_mark_it_is_known_by_its_looks(marked: Marked) -> None:
    marked.room.service.keys_revoke(marked.key, reason="Leaked.")
    verdict = marked.room.service.check(marked.after("jpeg-70"), JPEG)
    assert (verdict.verdict, verdict.origin, verdict.model) == ("fingerprint-only", "ours", MODEL)
    assert verdict.conflicts == ("revoked-key",)
