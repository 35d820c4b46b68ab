"""A custodian who left is replaced: by consent of those before, without touching a body, and for good."""

from datetime import timedelta

import pytest

from kept.errors import Conflict, Denied, Invalid, NotFound, Unverified
from kept.practices.weights.backends.containers.keys import describe
from kept.practices.weights.methods import envelope as envelopes
from kept.practices.weights.records.leases import RESHARING
from kept.practices.weights.service.leasing.keyholder import Keyholder
from kept.predicates.weights_custody import WeightsCustody
from simulators.lent_weights import lent_weights
from simulators.sealed_files import plain_file

TERMS = {"purpose": "ines for wei", "bytes": 1, "seconds": 3600}


@pytest.fixture
def lent(tmp_path):
    with lent_weights(tmp_path) as found:
        (tmp_path / "model.safetensors").write_bytes(plain_file())
        found.room.service.seal(str(tmp_path / "model.safetensors"), place(found), by=found.acting("provider"))
        yield found


def place(lent):
    return str(lent.room.context.workspace.folder.parent / "model.sealed")


def members(lent):
    """The custodians among whom the file's key is shared, by name."""
    names = {row.public: row.name for row in lent.room.service.custodians_list()}
    shared = envelopes.parse(describe(place(lent)).envelope).sharing
    return shared.threshold, sorted(names[member.hex()] for member in shared.members)


def replaced(lent, out="wei", to="ines"):
    lent.room.service.custodians_remove(out, by=lent.acting("root"))
    lent.room.add_custodians(to)


def asked(lent, *by, runtime=RESHARING, holder="provider"):
    terms = TERMS | ({"runtime": runtime} if runtime else {})
    lease = lent.room.service.request(place(lent), by=lent.acting(holder), **terms).lease.id
    for name in by:
        lent.lending.approve(lease, by=lent.acting(name))
    return lease


def reshare(lent, lease, by="provider"):
    return lent.room.service.reshare(place(lent), lease=lease, by=lent.acting(by))


def opened(lent, *by):
    """The file key, by a lease that these custodians approve."""
    lease = asked(lent, *by, runtime="", holder="bob")
    envelope = describe(place(lent)).envelope
    return bytes(lent.keyholder.file_key(lease, lent.clock(), envelope=envelope))


def events(lent):
    told = lent.room.ledger.statements(WeightsCustody.of_type)
    return [(one.predicate["event"], one.predicate["people_required"], one.predicate["custodians"]) for one in told]


def test_who_came_opens_it_who_left_does_not_and_no_body_is_touched(lent):
    key = opened(lent, "maria", "wei")
    before = (lent.room.context.workspace.folder.parent / "model.sealed").read_bytes()
    replaced(lent)
    with pytest.raises(Denied, match="holds no part"):
        opened(lent, "maria", "ines")
    done = reshare(lent, asked(lent, "maria", "jonas"))
    assert (done.people_required, done.custodians, done.generation) == (2, 3, 2)
    assert members(lent) == (2, ["ines", "jonas", "maria"])
    assert opened(lent, "maria", "ines") == opened(lent, "ines", "jonas") == key
    with pytest.raises(Denied):
        opened(lent, "maria", "wei")
    after = (lent.room.context.workspace.folder.parent / "model.sealed").read_bytes()
    slots = slice(4096, 4096 + 2 * (192 << 10))
    assert (after[: slots.start], after[slots.stop :]) == (before[: slots.start], before[slots.stop :])
    assert lent.room.service.verify(place(lent)).generation == 2
    assert events(lent) == [("sealed", 2, 3), ("reshared", 2, 3)]


def test_more_custodians_and_a_higher_quorum(lent, tmp_path):
    key = opened(lent, "maria", "jonas")
    lent.room.add_custodians("ines", "ola")
    object.__setattr__(lent.room.context.settings, "quorum", 3)
    reshare(lent, asked(lent, "maria", "jonas"))
    assert members(lent)[0] == 3
    with pytest.raises(Denied, match="2 of 3"):
        opened(lent, "maria", "jonas")
    assert opened(lent, "maria", "ines", "ola") == key


def test_it_takes_as_many_as_opening_it(lent):
    replaced(lent)
    lease = asked(lent, "maria")
    before = describe(place(lent))
    with pytest.raises(Denied, match="1 of 2"):
        reshare(lent, lease)
    assert describe(place(lent)) == before
    assert [event for event, *_ in events(lent)] == ["sealed"]


def test_who_left_consents_to_nothing_any_more(lent):
    replaced(lent)
    with pytest.raises(Denied):
        asked(lent, "wei")


@pytest.mark.parametrize("runtime", ["", "tracing"])
def test_a_lease_to_use_weights_shares_nothing(lent, runtime):
    replaced(lent)
    with pytest.raises(Denied) as caught:
        reshare(lent, asked(lent, "maria", "jonas", runtime=runtime))
    assert caught.value.code == "reshare.lease"


def test_a_lease_to_share_a_key_opens_nothing_through_the_broker(lent):
    lease = asked(lent, "maria", "jonas")
    assert lent.keyholder.lease(lease, lent.clock()).runtime == RESHARING
    assert RESHARING not in {each.partition("@")[0] for each in lent.room.context.settings.runtimes}


def test_nobody_does_it_by_anothers_lease_or_without_the_providers_key(lent):
    replaced(lent)
    with pytest.raises(Denied) as caught:
        reshare(lent, asked(lent, "maria", "jonas", holder="bob"))
    assert caught.value.code == "lease.file"
    with pytest.raises(Denied) as caught:
        reshare(lent, asked(lent, "maria", "jonas", holder="bob"), by="bob")
    assert caught.value.code == "reshare.by"


def test_a_lease_is_good_once_and_within_its_time(lent):
    replaced(lent)
    lease = asked(lent, "maria", "jonas")
    reshare(lent, lease)
    with pytest.raises(Denied, match="revoked"):
        reshare(lent, lease)
    with pytest.raises(Conflict):
        reshare(lent, asked(lent, "maria", "ines"))
    replaced(lent, out="jonas", to="ola")
    late = asked(lent, "maria", "ines")
    lent.clock.time += timedelta(hours=2)
    with pytest.raises(Denied, match="past its time"):
        reshare(lent, late)


def test_too_few_custodians_are_no_quorum(lent):
    lent.room.service.custodians_remove("wei", by=lent.acting("root"))
    with pytest.raises(Invalid) as caught:
        reshare(lent, asked(lent, "maria", "jonas"))
    assert caught.value.code == "envelope.custodians"
    assert describe(place(lent)).generation == 1


def test_halves_that_do_not_open_the_file_are_never_written(lent, monkeypatch):
    replaced(lent)
    lease, before = asked(lent, "maria", "jonas"), describe(place(lent))
    wrong = envelopes.Parts(bytearray(32), bytearray(32))
    monkeypatch.setattr(Keyholder, "parts", lambda *_, **__: wrong)
    with pytest.raises(Unverified):
        reshare(lent, lease)
    assert describe(place(lent)) == before


def test_cut_off_before_it_was_recorded_the_same_call_ends_it(lent, monkeypatch):
    replaced(lent)
    lease = asked(lent, "maria", "jonas")

    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("kept.practices.weights.service.leasing.resharing.Replacing.custody", stop)
        with pytest.raises(KeyboardInterrupt):
            reshare(lent, lease)
    assert [event for event, *_ in events(lent)] == ["sealed"]
    assert reshare(lent, lease).generation == 2
    assert [event for event, *_ in events(lent)] == ["sealed", "reshared"]


def test_a_rotation_goes_on_from_there(lent):
    key = opened(lent, "maria", "jonas")
    replaced(lent)
    reshare(lent, asked(lent, "maria", "jonas"))
    assert lent.room.service.keys_rotate(by=lent.acting("provider")).left == ()
    assert opened(lent, "ines", "maria") == key
    assert [event for event, *_ in events(lent)] == ["sealed", "reshared", "rotated"]


def test_a_file_that_was_sealed_elsewhere_is_not_shared_here(lent):
    from sqlalchemy import delete

    from kept.practices.weights.service.tables.sealing import FILES

    lease = asked(lent, "maria", "jonas")
    lent.room.store.write(lambda connection: connection.execute(delete(FILES)))
    with pytest.raises(NotFound):
        reshare(lent, lease)
