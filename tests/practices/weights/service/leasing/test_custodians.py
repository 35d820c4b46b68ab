"""Custodians are chosen by root, have keys of their own, and count as long as those do."""

import json
import os
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from kept.app import App, signing_roles
from kept.core import canonical
from kept.core.founding import Founding, found
from kept.core.keys import PublicKey, public_key
from kept.core.ledger import Draft
from kept.core.trust import KEY_EVENT_TYPE, KeyEvent, KeyHistory, Trust, TrustedKey
from kept.errors import Conflict, Denied, Invalid, NotFound, Unverified
from kept.practices.weights.service.leasing.custodians import PASSPHRASE, Custodians
from kept.practices.weights.service.leasing.keyholder import Keyholder
from kept.practices.weights.service.leasing.standing import Standing
from kept.practices.weights.service.tables.leasing import CUSTODIANS
from kept.predicates.weights_approval import WeightsApproval
from kept.predicates.weights_lease import WeightsLease
from simulators.sealed_files import plain_file
from simulators.weights_room import opened


@pytest.fixture
def room(tmp_path):
    with opened(tmp_path) as made:
        yield made


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


def test_who_was_removed_is_not_brought_back_by_the_store(room):
    room.add_custodians("maria", "jonas", "wei", "ana")
    room.service.custodians_remove("jonas", by=room.acting("root"))
    change = update(CUSTODIANS).values(state="active")
    room.store.write(lambda connection: connection.execute(change))
    assert {row.name: row.state for row in custodians(room).rows()}["jonas"] == "void"
    events = [one.predicate["event"] for one in room.ledger.statements(KEY_EVENT_TYPE)]
    assert events == ["introduced"] * 4 + ["revoked"]


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


@pytest.fixture
def machines(tmp_path, monkeypatch):
    """Two machines with passphrases of their own that share a store: the organisation's, and a custodian's."""
    monkeypatch.setenv("KEPT_PASSPHRASE", "of the organisation")
    monkeypatch.setenv("KEPT_STATE", str(tmp_path / "office-state"))
    office, home = tmp_path / "office", tmp_path / "home"
    found(Founding(office, "Acme AI", root=True, others=signing_roles()), entropy=os.urandom)
    settings = (office / "kept.toml").read_text().replace("sqlite:///store.db", f"sqlite:///{tmp_path}/shared.db")
    (office / "kept.toml").write_text(settings)
    home.mkdir()
    for each in ("kept.toml", "trust.json"):
        (home / each).write_bytes((office / each).read_bytes())

    @contextmanager
    def at(folder, passphrase):
        monkeypatch.setenv("KEPT_PASSPHRASE", passphrase)
        monkeypatch.setenv("KEPT_STATE", str(tmp_path / f"{folder.name}-state"))
        app = App.open(folder)
        try:
            yield app, app.service("weights")
        finally:
            app.close()

    return (lambda: at(office, "of the organisation")), (lambda: at(home, "known to ana alone"))


def test_a_custodian_approves_on_a_machine_of_their_own(machines, tmp_path):
    at_office, at_home = machines
    with at_home() as (_, service):
        card = service.custodians_card("ana")
    with at_office() as (app, service):
        service.custodians_add("ana", card=card, by=app.actor("root"))
        for name in ("maria", "jonas"):
            service.custodians_add(name, by=app.actor("root"))
        (tmp_path / "model.safetensors").write_bytes(plain_file())
        place = str(tmp_path / "model.sealed")
        service.seal(str(tmp_path / "model.safetensors"), place, by=app.actor("provider"))
        asked = service.request(place, purpose="eval", bytes=1, seconds=3600, by=app.actor("provider")).lease
        service.approve(asked.id, by=app.actor("maria"))
        assert not list((tmp_path / "office/keys").glob("ana*"))
    with at_home() as (app, service):
        assert service.approve(asked.id, by=app.actor("ana")).state == "granted"
        assert sorted(path.name for path in (tmp_path / "home/keys").iterdir()) == [
            "ana.custodian.pem",
            "ana.pem",
            "keyring.json",
        ]
    with at_office() as (app, service):
        assert len(Keyholder(service._context).file_key(asked.id, datetime.now(UTC))) == 32
        trust = Trust.parse((tmp_path / "office/trust.json").read_bytes())
        entries = list(app.ledger.statements(WeightsApproval.of_type, WeightsLease.of_type))
        history = KeyHistory.replay(trust, [(e.index, e.envelope) for e in app.ledger.statements(KEY_EVENT_TYPE)])
        for one in entries:
            trust.authorise(one.envelope, predicate_type=one.entry.predicate, index=one.index, history=history)
        assert len(entries) == 4


def test_a_card_is_its_holders_and_whole(machines):
    at_office, at_home = machines
    with at_home() as (_, service):
        card = service.custodians_card("ana")
        other = service.custodians_card("eve")
    swapped = json.loads(card) | {"keys": json.loads(other)["keys"]}
    public = PublicKey("ed25519", bytes.fromhex(json.loads(other)["keys"][0]["public"])).public.hex()
    assert public in json.dumps(swapped)
    bad = [b"", b"[]", b"{}", b"x" * 70_000, canonical.encode(json.loads(card) | {"more": 1})]
    bad += [canonical.encode(json.loads(card) | {"keys": []}), canonical.encode(json.loads(card) | {"keys": 7})]
    with at_office() as (app, service):
        root = app.actor("root")
        for wrong in bad:
            with pytest.raises(Invalid):
                service.custodians_add("ana", card=wrong or b" ", by=root)
        with pytest.raises(Invalid):
            service.custodians_add("eve", card=card, by=root)
        with pytest.raises(Unverified):
            service.custodians_add("ana", card=canonical.encode(swapped), by=root)
        with pytest.raises(Denied):
            service.custodians_add("ana", card=card, by=app.actor("provider"))
        assert service.custodians_list() == ()
        service.custodians_add("ana", card=card, by=root)
        with pytest.raises(Conflict):
            service.custodians_add("ana", card=card, by=root)
