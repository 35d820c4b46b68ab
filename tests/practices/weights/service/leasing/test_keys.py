"""Key-encryption keys are replaced without touching a body, and destroyed by two people for good."""

from pathlib import Path

import pytest
from sqlalchemy import select

from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.weights.backends.containers.keys import describe
from kept.practices.weights.methods import envelope as envelopes
from kept.practices.weights.service.leasing.keks import successor
from kept.practices.weights.service.tables.leasing import BROKERS, DESTRUCTIONS, KEKS
from kept.practices.weights.service.tracing.fingerprinting import Fingerprinting
from kept.predicates.weights_custody import WeightsCustody
from simulators.lent_weights import add_holder, lent_weights
from simulators.sealed_files import plain_file

TERMS = {"purpose": "eval", "bytes": 10**6, "seconds": 3600}


@pytest.fixture
def lent(tmp_path):
    with lent_weights(tmp_path) as found:
        (tmp_path / "model.safetensors").write_bytes(plain_file())
        place = tmp_path / "model.sealed"
        found.room.service.seal(str(tmp_path / "model.safetensors"), str(place), by=found.acting("provider"))
        yield found


def place(lent):
    return lent.room.context.workspace.folder.parent / "model.sealed"


def granted(lent):
    lease = lent.room.service.request(str(place(lent)), by=lent.acting("bob"), **TERMS).lease
    for name in ("maria", "wei"):
        lent.lending.approve(lease.id, by=lent.acting(name))
    return lease


def rotate(lent, **more):
    return lent.room.service.keys_rotate(by=lent.acting("provider"), **more)


def destroy(lent, name, *by, confirm=""):
    done = None
    for each in by:
        done = lent.room.service.keys_destroy(name, confirm=confirm or name, reason="end of life", by=lent.acting(each))
    return done


def test_a_rotation_moves_every_file_and_touches_no_body(lent):
    before = place(lent).read_bytes()
    lease = granted(lent)
    key = lent.key(lease)
    done = rotate(lent)
    after, said = place(lent).read_bytes(), describe(place(lent))
    slots = slice(4096, 4096 + 2 * (192 << 10))
    assert (after[: slots.start], after[slots.stop :]) == (before[: slots.start], before[slots.stop :])
    assert envelopes.parse(said.envelope).kek == done.kek.key_id
    assert (done.files, done.left, said.generation) == ((said.file,), (), 2)
    assert lent.key(lease) == key
    assert key == bytes(lent.keyholder.file_key(lease.id, lent.clock(), envelope=said.envelope))
    assert lent.room.service.verify(str(place(lent))).generation == 2
    states = {row.name: row.state for row in lent.room.service.keys_list()}
    assert states == {"weights": "retired", "weights-2": "current"}
    events = [one.predicate["event"] for one in lent.room.ledger.statements(WeightsCustody.of_type)]
    assert events == ["sealed", "rotated"]


def test_a_lease_outlives_the_key_that_it_began_under(lent):
    lease = granted(lent)
    key = lent.key(lease)
    rotate(lent)
    destroy(lent, "weights", "maria", "jonas")
    assert lent.key(lease) == key
    again = granted(lent)
    assert lent.key(again) == key


def test_a_file_that_was_moved_is_left_and_moved_later(lent, tmp_path):
    place(lent).rename(tmp_path / "elsewhere")
    done = rotate(lent)
    assert (done.files, [each.place for each in done.left]) == ((), [str(place(lent))])
    (tmp_path / "elsewhere").rename(place(lent))
    again = rotate(lent, finish=True)
    assert (again.kek.name, again.files, again.left) == ("weights-2", (describe(place(lent)).file,), ())
    assert rotate(lent, finish=True).files == ()


def test_a_rotation_goes_to_where_it_is_told(lent):
    assert rotate(lent, to="file:keys/other.kek").kek.uri == "file:keys/other.kek"
    with pytest.raises(Conflict):
        rotate(lent, to="file:keys/weights.kek")
    with pytest.raises(Invalid):
        rotate(lent, to="gcp:key")


@pytest.mark.parametrize("at", ["brokers", "requests", "file"])
def test_a_rotation_that_is_cut_off_leaves_everything_open(lent, monkeypatch, at):
    from kept.practices.weights.service.leasing.replacing import Replacing

    lease = granted(lent)
    key = lent.key(lease)

    def stop(*_args, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Replacing, f"_move_{at}", stop)
        with pytest.raises(KeyboardInterrupt):
            rotate(lent)
    assert lent.key(lease) == key
    assert lent.room.service.verify(str(place(lent)))
    assert rotate(lent, finish=True).files == (describe(place(lent)).file,)
    destroy(lent, "weights", "maria", "jonas")
    assert lent.key(lease) == key


def test_one_person_destroys_nothing(lent):
    lease = granted(lent)
    said = destroy(lent, "weights", "maria", "maria")
    assert (said.kek.state, said.people, said.files) == ("current", ("maria",), (describe(place(lent)).file,))
    assert lent.key(lease)


def test_one_person_with_two_names_destroys_nothing(lent):
    add_holder(lent.room, "marias-twin", "custodian", address="file:keys/maria.pem")
    destroy(lent, "weights", "maria")
    with pytest.raises(Denied):
        destroy(lent, "weights", "marias-twin")


def test_two_people_destroy_a_key_and_every_copy_of_what_it_wraps(lent, tmp_path):
    lease = granted(lent)
    copy = tmp_path / "copy.sealed"
    copy.write_bytes(place(lent).read_bytes())
    done = destroy(lent, "weights", "maria", "provider")
    assert (done.kek.state, done.people) == ("destroyed", ("maria", "provider"))
    assert not (lent.room.context.workspace.keys / "weights.kek").exists()
    for envelope in (None, describe(copy).envelope):
        with pytest.raises(Denied) as caught:
            lent.keyholder.file_key(lease.id, lent.clock(), envelope=envelope)
        assert caught.value.code == "kek.destroyed"
    with pytest.raises(Conflict):
        destroy(lent, "weights", "maria")
    said = list(lent.room.ledger.statements(WeightsCustody.of_type))[-1].predicate
    assert (said["event"], said["files"]) == ("destroyed", [describe(copy).file])


@pytest.mark.parametrize("rotated", [False, True])
def test_what_traces_leaks_outlives_the_key_of_the_weights(lent, rotated):
    fingerprints = Fingerprinting(lent.room.context, lent.room.context.settings)
    shapes, parent = {"w": ("F32", (256, 256))}, "ab" * 32
    before = fingerprints.marker("lab", parent, shapes).key
    if rotated:
        rotate(lent)
    destroy(lent, "weights", "maria", "jonas")
    again = Fingerprinting(lent.room.context, lent.room.context.settings)
    assert (again.keys(parent), again.marker("lab", parent, shapes).key) == ([before], before)


def test_old_keys_that_were_left_beside_the_new_are_taken_away(lent):
    before = place(lent).read_bytes()
    rotate(lent)
    slot = slice(4096, 4096 + (192 << 10))
    with place(lent).open("r+b") as file:
        file.seek(slot.start)
        file.write(before[slot])
    assert lent.room.service.verify(str(place(lent))).remarks
    assert rotate(lent, finish=True).files == ()
    assert not lent.room.service.verify(str(place(lent))).remarks


def test_after_its_destruction_another_key_wraps_what_is_sealed(lent, tmp_path):
    destroy(lent, "weights", "maria", "jonas")
    service = lent.room.service
    service.seal(str(tmp_path / "model.safetensors"), str(tmp_path / "again.sealed"), by=lent.acting("provider"))
    states = {row.name: row.state for row in service.keys_list()}
    assert states == {"weights": "destroyed", "weights-2": "current"}


def test_who_has_no_say_destroys_nothing(lent):
    with pytest.raises(Denied) as caught:
        destroy(lent, "weights", "bob")
    assert caught.value.code == "kek.destroy"


def test_a_destruction_is_confirmed_by_name_and_has_a_reason(lent):
    with pytest.raises(Invalid):
        destroy(lent, "weights", "maria", confirm="weight")
    with pytest.raises(NotFound):
        destroy(lent, "other", "maria")
    with pytest.raises(Invalid):
        lent.room.service.keys_destroy("weights", confirm="weights", reason=" ", by=lent.acting("maria"))


def test_a_word_counts_for_a_week(lent):
    destroy(lent, "weights", "maria")
    lent.clock.forward(days=8)
    assert destroy(lent, "weights", "jonas").kek.state == "current"
    assert destroy(lent, "weights", "maria").kek.state == "destroyed"


def test_a_word_whose_key_was_revoked_or_that_was_forged_does_not_count(lent):
    destroy(lent, "weights", "maria")
    lent.revoke_key("maria")
    assert destroy(lent, "weights", "jonas").people == ("jonas",)
    with lent.room.store.read() as connection:
        row = dict(connection.execute(select(DESTRUCTIONS).where(DESTRUCTIONS.c.holder == "jonas")).one()._mapping)
    forged = row | {"holder": "wei", "key_id": "x"}
    lent.room.store.write(lambda connection: connection.execute(DESTRUCTIONS.insert().values(**forged)))
    assert destroy(lent, "weights", "jonas").kek.state == "current"


def test_a_destruction_that_is_cut_off_is_ended_by_the_same_call(lent, monkeypatch):
    destroy(lent, "weights", "maria")

    def stop(*_args, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(lent.room.ledger, "record", stop)
        with pytest.raises(KeyboardInterrupt):
            destroy(lent, "weights", "jonas")
    states = {row.name: row.state for row in lent.room.service.keys_list()}
    assert states == {"weights": "destroying", "weights-2": "current"}
    assert destroy(lent, "weights", "jonas").kek.state == "destroyed"


def test_the_store_knows_no_key(lent):
    granted(lent)
    with lent.room.store.read() as connection:
        rows = connection.execute(select(KEKS)).all() + connection.execute(select(BROKERS)).all()
    seed = lent.lending.brokers.private(lent.lending.brokers.public()).private.private_bytes_raw()
    assert not any(seed in bytes(str(row), "utf-8") or seed.hex() in str(row) for row in rows)
    for path in Path(lent.room.context.workspace.folder).rglob("*"):
        if path.is_file():
            assert seed not in path.read_bytes()


@pytest.mark.parametrize(
    ("uri", "next_uri"),
    [
        ("file:keys/weights.kek", "file:keys/weights-2.kek"),
        ("file:kek", "file:kek-2"),
        ("pkcs11:token=T;object=kek;module=/m", "pkcs11:token=T;object=kek-2;module=/m"),
        ("awskms:alias/kept?region=eu-west-1", "awskms:alias/kept-2?region=eu-west-1"),
        ("vault:kek?mount=transit", "vault:kek-2?mount=transit"),
    ],
)
def test_the_next_key_stands_beside_the_one_before(uri, next_uri):
    assert successor(uri, 2) == next_uri


def test_a_key_that_is_named_by_its_id_has_no_place_beside_it():
    with pytest.raises(Invalid):
        successor("awskms:1234-5678", 2)
