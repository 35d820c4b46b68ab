"""Keys of marks: their states, the order in which they are tried, and that no secret stands open."""

from pathlib import Path

import pytest

from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.provenance.service.keys import MarkKeys
from simulators.provenance_room import opened


def states(service) -> dict[str, str]:
    return {row.id: row.state for row in service.keys_list()}


def test_without_a_key_nothing_can_be_marked(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        assert room.service.keys_list() == ()
        with pytest.raises(NotFound, match="no key to mark under") as caught:
            MarkKeys(room.context).open().current()
        assert "kept provenance keys new" in caught.value.hint


def test_the_newest_current_key_marks_and_all_are_tried_in_order(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        first, second, third, fourth = (room.service.keys_new().id for _ in range(4))
        room.service.keys_retire(second)
        room.service.keys_revoke(fourth, reason="It was on a stolen laptop.")
        found = MarkKeys(room.context).open()
        assert found.current().id == third
        assert [key.id for key in found.keys] == [third, first, second, fourth]
        assert found.states == {third: "current", first: "current", second: "retired", fourth: "revoked"}


def test_rotation_retires_what_was_current(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        old = room.service.keys_new().id
        new = room.service.keys_rotate().id
        assert states(room.service) == {new: "current", old: "retired"}


def test_secrets_are_different_last_and_stand_sealed_in_the_workspace(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        room.service.keys_new()
        room.service.keys_rotate()
        secrets = [key.secret for key in MarkKeys(room.context).open().keys]
    assert len({*secrets}) == 2
    assert all(len(secret) == 32 for secret in secrets)
    with opened(tmp_path) as room:
        assert [key.secret for key in MarkKeys(room.context).open().keys] == secrets
        held = b"".join(path.read_bytes() for path in (tmp_path / "acme").rglob("*") if path.is_file())
    assert not any(secret in held or secret.hex().encode() in held for secret in secrets)
    assert all(secret.hex() not in repr(room.service.keys_list) for secret in secrets)


def test_another_passphrase_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as room:
        room.service.keys_new()
    monkeypatch.setenv("KEPT_PASSPHRASE", "another")
    with opened(tmp_path) as room:
        with pytest.raises(Denied, match="does not open the mark key"):
            MarkKeys(room.context).open()
        assert len(room.service.keys_list()) == 1


def test_a_key_is_changed_once_and_revoked_for_a_reason(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        key = room.service.keys_new().id
        with pytest.raises(Invalid):
            room.service.keys_revoke(key, reason=" ")
        assert states(room.service) == {key: "current"}
        room.service.keys_retire(key)
        with pytest.raises(Conflict):
            room.service.keys_retire(key)
        assert room.service.keys_revoke(key, reason="Leaked.").reason == "Leaked."
        with pytest.raises(Conflict):
            room.service.keys_retire(key)
        with pytest.raises(NotFound):
            room.service.keys_retire("mk-00000000")


def test_a_file_that_others_may_read_or_that_is_damaged_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        key = room.service.keys_new().id
        path = tmp_path / "acme" / "keys" / "marks" / f"{key}.json"
        path.chmod(0o644)
        with pytest.raises(Denied, match="open to other users"):
            room.service.keys_list()
        path.chmod(0o600)
        whole = path.read_bytes()
        for wrong in (whole[:-9], whole.replace(b'"current"', b'"new"'), whole.replace(key.encode(), b"mk-00000000")):
            path.write_bytes(wrong)
            with pytest.raises(Invalid):
                room.service.keys_list()
        path.write_bytes(whole.replace(b'"sealed":"', b'"sealed":"AAAA'))
        with pytest.raises(Denied, match="damaged"):
            MarkKeys(room.context).open()
