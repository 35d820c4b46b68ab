"""CSAF documents are signed by OpenPGP as they are published; a key is replaced, and one that was lost revoked."""

from pathlib import Path
from typing import Any

import pytest

from kept.core.actor import Actor
from kept.errors import Conflict, Denied, Invalid, NotFound, Unavailable
from kept.practices.disclosure.service import Service
from simulators import cases, disclosure_room, gnupg
from simulators.disclosure_room import Room

ID, FILE = "ACME-2026-0001", "acme-2026-0001.json"
EDITOR = Actor("ed", "person", frozenset({"publish"}))


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KEPT_PASSPHRASE", "a passphrase for tests")
    with disclosure_room.opened(tmp_path, public_url="https://acme.example", clock=cases.Turning()) as opened:
        yield opened.ready()


def publish(room: Room, change: str = "") -> str:
    room.service.advisory_new(Service.advisory_example().encode(), by=room.actor)
    return room.service.publish(ID, by=room.actor, change=change).advisory.revisions[0].date[:4]


def signed(room: Room, year: str, version: str = "2.0") -> tuple[bytes, bytes]:
    document = room.service.csaf_document(version, year, FILE).content
    return document, room.service.csaf_signature(version, year, FILE)


def keys(room: Room, version: str = "2.0") -> list[str]:
    told: list[dict[str, Any]] = room.service.csaf_provider(version).get("public_openpgp_keys", [])
    assert all(
        each["url"] == f"https://acme.example/disclosure/csaf/openpgp/{each['fingerprint']}.asc" for each in told
    )
    return [each["fingerprint"] for each in told]


@gnupg.needed
def test_a_reader_believes_every_document_and_a_key_that_was_replaced(room: Room, tmp_path: Path) -> None:
    year = publish(room)
    with pytest.raises(NotFound, match="isn't signed"):
        signed(room, year)
    first = room.service.signing_new(by=room.actor)
    assert first.user_id == "Acme AI <weaknesses@acme.example>"
    assert room.service.csaf_provider("2.0")["role"] == "csaf_trusted_provider"
    reader = gnupg.Gnupg(tmp_path / "gnupg")
    reader.take(room.service.signing_certificate(first.fingerprint.lower()))
    for version in ("2.0", "2.1"):
        assert reader.believes(*signed(room, year, version), by=first.fingerprint)
        (entry,) = room.service.csaf_feed(version)["feed"]["entry"]
        assert entry["link"][-1] == {"rel": "signature", "href": f"{entry['content']['src']}.asc"}
    room.context.clock.turn(1)
    second = room.service.signing_rotate(by=room.actor)
    assert reader.believes(*signed(room, year), by=first.fingerprint)
    assert keys(room) == [second.fingerprint, first.fingerprint]
    publish(room, "A word")
    reader.take(room.service.signing_certificate(second.fingerprint))
    assert reader.believes(*signed(room, year), by=second.fingerprint)
    assert [bool(each.retired) for each in room.service.signing_list()] == [True, False]


@gnupg.needed
def test_what_a_revoked_key_signed_is_signed_anew(room: Room, tmp_path: Path) -> None:
    first = room.service.signing_new(user_id="Acme AI", by=room.actor)
    year = publish(room)
    _, old = signed(room, year)
    with pytest.raises(Conflict, match="key that signs"):
        room.service.signing_revoke(first.fingerprint, by=room.actor)
    second = room.service.signing_rotate(by=room.actor)
    assert room.service.signing_revoke(first.fingerprint, by=room.actor).revoked
    assert keys(room) == [second.fingerprint]
    reader = gnupg.Gnupg(tmp_path / "gnupg")
    for each in (first, second):
        reader.take(room.service.signing_certificate(each.fingerprint))
    document, new = signed(room, year)
    assert reader.believes(document, new, by=second.fingerprint)
    assert not reader.believes(document, old, by=first.fingerprint)


def test_without_a_key_nothing_is_signed_and_the_provider_is_a_plain_one(room: Room) -> None:
    publish(room)
    found = room.service.csaf_provider("2.1")
    assert (found["role"], "public_openpgp_keys" in found) == ("csaf_provider", False)
    assert [each["rel"] for each in room.service.csaf_feed("2.1")["feed"]["entry"][0]["link"]] == [
        "self",
        "hash",
        "hash",
    ]
    with pytest.raises(NotFound):
        room.service.signing_rotate(by=room.actor)
    for verb in (room.service.signing_certificate, lambda each: room.service.signing_revoke(each, by=room.actor)):
        with pytest.raises(NotFound):
            verb("0" * 40)


def test_nothing_is_published_that_cannot_be_signed(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.service.signing_new(by=room.actor)
    with pytest.raises(Conflict):
        room.service.signing_new(by=room.actor)
    monkeypatch.setenv("KEPT_PASSPHRASE", "another")
    with pytest.raises(Denied):
        publish(room)
    monkeypatch.setenv("KEPT_PASSPHRASE", "a passphrase for tests")
    monkeypatch.setitem(__import__("sys").modules, "pysequoia", None)
    with pytest.raises(Unavailable):
        room.service.publish(ID, by=room.actor)
    assert room.service.advisory_list() == ()


def test_a_file_with_another_key_is_not_signed_with(room: Room) -> None:
    first = room.service.signing_new(by=room.actor)
    folder = room.context.workspace.folder / "keys"
    (own,) = folder.glob("openpgp-*.asc")
    room.service.signing_rotate(by=room.actor)
    (other,) = [each for each in folder.glob("openpgp-*.asc") if each != own]
    own.write_bytes(other.read_bytes())
    with pytest.raises(Invalid, match="another key"):
        room.service.signing_revoke(first.fingerprint, by=room.actor)


def test_keys_are_an_administrators(room: Room) -> None:
    for verb in (
        lambda: room.service.signing_new(by=EDITOR),
        lambda: room.service.signing_rotate(by=EDITOR),
        lambda: room.service.signing_revoke("0" * 40, by=EDITOR),
    ):
        with pytest.raises(Denied):
            verb()
