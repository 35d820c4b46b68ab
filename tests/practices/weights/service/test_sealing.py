"""Sealing is recorded, needs custodians, and can be verified by anyone; with a trust file also by whom."""

from pathlib import Path

import pytest
from sqlalchemy import select

from kept.core.keys import public_key
from kept.core.keys.software import SoftwareSigner
from kept.core.ledger import Draft, Ledger
from kept.core.statement import sign
from kept.core.trust import KeyEvent, Trust, TrustedKey
from kept.errors import Conflict, Invalid, NotFound, Unavailable, Unverified
from kept.practices.weights.backends.containers import keys
from kept.practices.weights.backends.containers.keys import describe, replace_keys
from kept.practices.weights.backends.containers.reading import open_sealed
from kept.practices.weights.methods import envelope as envelopes
from kept.practices.weights.methods.envelope import Parts
from kept.practices.weights.service import Service
from kept.practices.weights.service.leasing.custodians import Custodians
from kept.practices.weights.service.leasing.enveloping import Enveloping
from kept.practices.weights.service.leasing.standing import Standing
from kept.practices.weights.service.sealing import commissioned
from kept.practices.weights.service.tables.sealing import FILES
from kept.predicates.weights_custody import TYPE, WeightsCustody
from simulators.sealed_files import plain_file, sharded
from simulators.weights_room import Room, opened

MODEL = "sha256:" + "ab" * 32


@pytest.fixture
def room(tmp_path):
    with opened(tmp_path) as found:
        found.add_custodians("maria", "jonas", "amina")
        yield found


@pytest.fixture
def plain(tmp_path) -> Path:
    (tmp_path / "plain").write_bytes(plain_file(5000))
    return tmp_path / "plain"


def key_of(room: Room, place: Path) -> bytearray:
    """The file key, as two custodians and the key service put it together."""
    said = describe(place)
    found = envelopes.parse(said.envelope)
    custodians = Custodians(room.context, room.context.settings, Standing(room.context))
    released = {}
    for name in ("maria", "amina"):
        exchange = custodians.exchange(name)
        released[found.position(exchange.public)] = envelopes.open_pads(found, exchange.private)
    service = Enveloping(room.context, room.context.settings).service_part(found)
    return Parts(service, envelopes.assemble(found, released)).file_key(said.salt)


def seal(room: Room, plain: Path, name: str = "sealed", **more):
    return room.service.seal(str(plain), str(plain.parent / name), by=room.actor, **more)


def test_what_is_sealed_is_recorded_and_noted(room, plain):
    made = seal(room, plain, model=MODEL)
    (recorded,) = room.ledger.statements(TYPE)
    said = WeightsCustody.parse(recorded.envelope.statement())
    assert (recorded.index, recorded.entry.model) == (made.recorded, MODEL)
    assert (said.weights, said.files, said.event, said.sealed) == (
        f"sha256:{made.sha256}",
        (made.file,),
        "sealed",
        True,
    )
    assert (said.people_required, said.custodians, said.key) == (2, 3, "file")
    with room.store.read() as connection:
        (row,) = connection.execute(select(FILES)).all()
    assert (row.file, row.weights, row.place) == (made.file, made.sha256, made.place)


def test_two_custodians_and_the_key_service_open_it(room, plain):
    seal(room, plain)
    place = plain.parent / "sealed"
    key = key_of(room, place)
    found = Service.verify(str(place), file_key=key)
    assert found.plaintext
    out = bytearray(5000)
    open_sealed(place, key).read_into(0, 5000, out)
    assert plain.read_bytes().endswith(out)


def test_anyone_verifies_and_a_trust_file_says_who_sealed(room, plain):
    made = seal(room, plain)
    alone = Service.verify(made.place)
    assert (alone.state, alone.sha256, alone.plaintext) == ("consistent, not authenticated", made.sha256, False)
    trust = room.context.workspace.trust_file.read_bytes()
    trusted = Service.verify(made.place, trust=trust)
    assert (trusted.state, trusted.signed, trusted.file) == ("authenticated", ("provider",), made.file)


def test_a_file_that_someone_else_sealed_is_not_authenticated(room, plain, tmp_path):
    made = seal(room, plain)
    stranger = SoftwareSigner.from_seed(b"stranger".ljust(32, b"."))
    trust = Trust.parse(room.context.workspace.trust_file.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kept.practices.weights.service.sealing.sign", lambda said, _: sign(said, [stranger]))
        patch.setattr("kept.practices.weights.service.sealing.public_key", lambda _: public_key(stranger))
        forged = seal(room, plain, "forged")
    assert Service.verify(forged.place).state == "consistent, not authenticated"
    with pytest.raises(Unverified, match="no key that the trust file knows"):
        Service.verify(forged.place, trust=trust.to_bytes())
    # New keys that a stranger put into a file of ours are not ours either.
    commission = commissioned(room.context, room.actor)
    alien = type(commission)(
        keyed=commission.keyed,
        sign=lambda said: sign(said, [stranger]),
        keys=(public_key(stranger),),
        issued=commission.issued,
        by="provider",
        entropy=commission.entropy,
    )
    replace_keys(Path(made.place), b"keys of a stranger", alien)
    with pytest.raises(Unverified, match="no key that the trust file knows"):
        Service.verify(made.place, trust=trust.to_bytes())


def test_a_changed_file_is_unverified(room, plain):
    made = seal(room, plain)
    data = bytearray(Path(made.place).read_bytes())
    for at in (0, 8, 500_000 % len(data), len(data) - 1):
        data[at] ^= 1
        Path(made.place).write_bytes(data)
        with pytest.raises(Unverified):
            Service.verify(made.place)
        data[at] ^= 1


def test_a_folder_is_sealed_and_recorded_as_one(room, tmp_path):
    made = seal(room, sharded(tmp_path / "plain"))
    (recorded,) = room.ledger.statements(TYPE)
    said = WeightsCustody.parse(recorded.envelope.statement())
    assert said.files == tuple(each.file for each in made.files)
    assert Service.verify(made.place, file_key=key_of(room, Path(made.place))).files == 3


def test_without_enough_custodians_nothing_is_sealed(tmp_path, plain):
    with opened(tmp_path) as room:
        room.add_custodians("maria", "jonas")
        with pytest.raises(Invalid, match="custodians"):
            seal(room, plain)
        assert not (tmp_path / "sealed").exists()


@pytest.mark.parametrize("model", ["mine", "sha256:xyz"])
def test_a_model_that_is_no_id_is_said_before_anything_is_sealed(room, plain, model):
    with pytest.raises(Invalid):
        seal(room, plain, model=model)
    assert not (plain.parent / "sealed").exists()


def test_what_can_not_be_recorded_does_not_stay(room, plain, monkeypatch):
    def refuse(*given, **more):
        raise Unavailable("The database is away.")

    monkeypatch.setattr(Ledger, "record", refuse)
    for source in (plain, sharded(plain.parent / "folder")):
        with pytest.raises(Unavailable, match="away"):
            seal(room, source)
        assert not (plain.parent / "sealed").exists()


def test_nothing_is_replaced_and_what_is_missing_is_said(room, plain):
    seal(room, plain)
    with pytest.raises(Conflict):
        seal(room, plain)
    with pytest.raises(NotFound):
        seal(room, plain.parent / "nothing", "other")
    with pytest.raises(NotFound):
        Service.verify(str(plain.parent / "nothing"))


# With an exported log.


def logged(room: Room, folder: Path) -> dict:
    """The log as it is now, and the trust file, as `verify` takes them."""
    room.ledger.publish()
    room.ledger.export(folder)
    return {"trust": room.context.workspace.trust_file.read_bytes(), "log": folder}


def test_a_log_says_where_it_was_sealed_and_who_could(room, plain):
    made = seal(room, plain)
    found = Service.verify(made.place, **logged(room, plain.parent / "log"))
    assert (found.state, found.signed, found.recorded) == ("authenticated", ("provider",), made.recorded)
    with pytest.raises(Invalid, match="trust file"):
        Service.verify(made.place, log=plain.parent / "log")


def test_a_file_that_no_log_knows_is_not_authenticated(room, plain):
    log = logged(room, plain.parent / "log")
    made = seal(room, plain)
    with pytest.raises(Unverified, match="log doesn't say"):
        Service.verify(made.place, **log)
    with pytest.raises(NotFound):
        Service.verify(made.place, trust=log["trust"], log=plain.parent / "nothing")


def test_older_keys_that_were_put_back_are_found_by_the_log_alone(room, plain):
    made = seal(room, plain)
    before = Path(made.place).read_bytes()
    room.service.keys_rotate(by=room.actor)
    log = logged(room, plain.parent / "log")
    assert Service.verify(made.place, **log).generation == 2
    Path(made.place).write_bytes(before)
    assert Service.verify(made.place, trust=log["trust"]).generation == 1
    with pytest.raises(Unverified, match="older keys"):
        Service.verify(made.place, **log)


def revoked(room: Room, signer: SoftwareSigner, since: int | None) -> None:
    key = TrustedKey("second", public_key(signer), frozenset({"provider"}))
    event = KeyEvent("revoked", key, "2026-11-28T12:00:00Z", "root", compromised_since=since)
    room.ledger.record(Draft(event.to_statement()), by=room.acting("root"))


def test_a_key_counts_by_the_log_as_long_as_it_did(room, plain, tmp_path):
    signer = SoftwareSigner.from_seed(b"second".ljust(32, b"."))
    key = TrustedKey("second", public_key(signer), frozenset({"provider"}))
    event = KeyEvent("introduced", key, "2026-11-28T12:00:00Z", "root")
    room.ledger.record(Draft(event.to_statement()), by=room.acting("root"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kept.practices.weights.service.sealing.sign", lambda said, _: sign(said, [signer]))
        patch.setattr("kept.practices.weights.service.sealing.public_key", lambda _: public_key(signer))
        made = seal(room, plain)
    # The trust file alone doesn't know a key that came later; the log does.
    log = logged(room, tmp_path / "one")
    with pytest.raises(Unverified, match="no key that the trust file knows"):
        Service.verify(made.place, trust=log["trust"])
    assert Service.verify(made.place, **log).signed == ("second",)
    revoked(room, signer, None)
    assert Service.verify(made.place, **logged(room, tmp_path / "two")).signed == ("second",)


def test_a_key_that_was_compromised_before_counts_no_more(room, plain, tmp_path):
    signer = SoftwareSigner.from_seed(b"second".ljust(32, b"."))
    key = TrustedKey("second", public_key(signer), frozenset({"provider"}))
    event = KeyEvent("introduced", key, "2026-11-28T12:00:00Z", "root")
    (introduced,) = room.ledger.record(Draft(event.to_statement()), by=room.acting("root"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kept.practices.weights.service.sealing.sign", lambda said, _: sign(said, [signer]))
        patch.setattr("kept.practices.weights.service.sealing.public_key", lambda _: public_key(signer))
        made = seal(room, plain)
    revoked(room, signer, introduced.index + 1)
    with pytest.raises(Unverified, match="not in effect"):
        Service.verify(made.place, **logged(room, tmp_path / "log"))


def test_a_rotation_cut_off_before_the_old_keys_were_gone_is_finished(room, plain, monkeypatch):
    made = seal(room, plain)
    writes = []
    real = keys.write_all

    def once(*given):
        writes.append(given)
        if len(writes) > 1:
            raise KeyboardInterrupt
        real(*given)

    with monkeypatch.context() as patch:
        patch.setattr(keys, "write_all", once)
        with pytest.raises(KeyboardInterrupt):
            room.service.keys_rotate(by=room.actor)
    found = Service.verify(made.place)
    assert found.generation == 2
    assert "--finish" in found.remarks[0]
    assert room.service.keys_rotate(finish=True, by=room.actor).left == ()
    assert Service.verify(made.place).remarks == ()
