"""Custodians are chosen by root, have keys of their own, and count as long as those do."""

import pytest
from sqlalchemy import update

from kept.core.keys import public_key
from kept.core.ledger import Draft
from kept.core.trust import KEY_EVENT_TYPE, KeyEvent, TrustedKey
from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.weights.service.leasing.custodians import PASSPHRASE, Custodians
from kept.practices.weights.service.leasing.standing import Standing
from kept.practices.weights.service.tables.leasing import CUSTODIANS
from simulators.weights_room import opened


@pytest.fixture
def room(tmp_path):
    with opened(tmp_path) as found:
        yield found


def custodians(room):
    return Custodians(room.context, room.context.settings, Standing(room.context))


def revoke(room, name):
    signer = room.ledger._keyring(room.acting(name))[0]
    key = TrustedKey(name, public_key(signer), frozenset({"custodian"}))
    event = KeyEvent("revoked", key, "2026-11-28T12:00:00Z", "root")
    room.ledger.record(Draft(event.to_statement()), by=room.acting("root"))


def test_a_custodian_signs_and_is_sealed_to_with_keys_of_their_own(room):
    made = room.service.custodians_add("maria", by=room.acting("root"))
    assert room.acting("maria").roles == {"custodian"}
    assert custodians(room).exchange("maria").public.hex() == made.public
    events = [one.predicate["key"] for one in room.ledger.statements(KEY_EVENT_TYPE)]
    assert [(each["name"], each["roles"]) for each in events] == [("maria", ["custodian"])]
    for place in ("maria.pem", "maria.custodian.pem"):
        assert (room.context.workspace.keys / place).stat().st_mode & 0o777 == 0o600


def test_only_root_chooses_custodians(room):
    room.add_custodians("maria")
    for name in ("provider", "maria"):
        with pytest.raises(Denied) as caught:
            room.service.custodians_add("jonas", by=room.acting(name))
        assert "--as root" in caught.value.hint
        with pytest.raises(Denied):
            room.service.custodians_remove("maria", by=room.acting(name))
    assert not (room.context.workspace.keys / "jonas.pem").exists()


@pytest.mark.parametrize("name", ["", "Maria", "../x", "a/b", "-x", "x" * 49, "a\nb", "ä"])
def test_an_unusable_name_is_invalid(room, name):
    with pytest.raises(Invalid):
        room.service.custodians_add(name, by=room.acting("root"))


def test_nobody_is_a_custodian_twice_nor_again(room):
    room.add_custodians("maria")
    with pytest.raises(Conflict):
        room.add_custodians("maria")
    room.service.custodians_remove("maria", by=room.acting("root"))
    with pytest.raises(Conflict):
        room.add_custodians("maria")
    with pytest.raises(NotFound):
        room.service.custodians_remove("maria", by=room.acting("root"))


def test_who_signs_for_something_else_is_no_custodian(room):
    with pytest.raises(Denied) as caught:
        room.service.custodians_add("provider", by=room.acting("root"))
    assert caught.value.code == "custodian.key"


def test_what_was_stopped_half_way_is_ended_by_the_same_call(room, monkeypatch):
    def stop(*_args, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(room.ledger, "record", stop)
        with pytest.raises(KeyboardInterrupt):
            room.add_custodians("maria")
    assert custodians(room).rows() == ()
    room.add_custodians("maria")
    assert [row.state for row in custodians(room).rows()] == ["active"]


def test_a_file_is_sealed_to_three_at_least(room):
    room.add_custodians("maria", "jonas")
    with pytest.raises(Invalid, match="custodians add"):
        custodians(room).sharing()
    room.add_custodians("wei")
    sharing = custodians(room).sharing()
    assert (len(sharing.members), sharing.threshold, sharing.spare) == (3, 2, None)


def test_nothing_is_sealed_to_who_was_removed(room):
    room.add_custodians("maria", "jonas", "wei", "ana")
    gone = room.service.custodians_remove("jonas", by=room.acting("root"))
    assert bytes.fromhex(gone.public) not in custodians(room).sharing().members
    with pytest.raises(Denied):
        custodians(room).exchange("jonas")


def test_nothing_is_sealed_to_whose_signing_key_was_revoked(room):
    room.add_custodians("maria", "jonas", "wei", "ana")
    revoke(room, "jonas")
    states = {row.name: row.state for row in custodians(room).rows()}
    assert states == {"maria": "active", "jonas": "void", "wei": "active", "ana": "active"}
    assert len(custodians(room).sharing().members) == 3


def test_a_public_key_that_was_swapped_in_the_store_is_void(room):
    room.add_custodians("maria", "jonas", "wei")
    change = update(CUSTODIANS).where(CUSTODIANS.c.name == "wei").values(public=bytes([7]) * 32)
    room.store.write(lambda connection: connection.execute(change))
    assert {row.name: row.state for row in custodians(room).rows()}["wei"] == "void"
    with pytest.raises(Invalid):
        custodians(room).sharing()


def test_a_custodian_may_have_a_passphrase_of_their_own(room, monkeypatch):
    monkeypatch.setenv(PASSPHRASE, "known to maria alone")
    room.add_custodians("maria")
    assert custodians(room).exchange("maria").public
    monkeypatch.delenv(PASSPHRASE)
    with pytest.raises(Denied):
        custodians(room).exchange("maria")


def test_the_safe_of_the_settings_must_be_a_key(tmp_path):
    with opened(tmp_path, break_glass="no key") as room:
        room.add_custodians("maria", "jonas", "wei")
        with pytest.raises(Invalid) as caught:
            custodians(room).sharing()
    assert caught.value.code == "settings.safe"
