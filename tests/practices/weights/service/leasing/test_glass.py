"""Glass is broken by one person with the safe's key, briefly, seen by everyone, and reviewed by two others."""

import pytest
from sqlalchemy import select, update

from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.weights.service.leasing.glass import PASSPHRASE
from kept.practices.weights.service.tables.access import READS
from kept.practices.weights.service.tables.leasing import REQUESTS, REVIEWS
from kept.predicates.weights_lease import WeightsLease
from simulators.lent_weights import add_holder, lent_weights
from simulators.sealed_files import plain_file

TERMS = {"reason": "the night shift is down", "bytes": 10**6, "seconds": 1800}


@pytest.fixture
def lent(tmp_path, monkeypatch):
    monkeypatch.setenv(PASSPHRASE, "on paper in the safe")
    with lent_weights(tmp_path) as first:
        safe = first.room.service.safe_new("file:../safe.pem")
    with lent_weights(tmp_path, break_glass=safe.public) as found:
        plain = tmp_path / "model.safetensors"
        plain.write_bytes(plain_file())
        found.room.service.seal(str(plain), str(tmp_path / "model.sealed"), by=found.acting("provider"))
        yield found


def smash(lent, by="bob", **more):
    place = str(lent.room.context.workspace.folder.parent / "model.sealed")
    return lent.room.service.break_glass(place, key="file:../safe.pem", by=lent.acting(by), **TERMS | more)


def test_one_person_with_the_safes_key_gets_the_weights(lent):
    row = smash(lent)
    assert (row.state, row.needed, row.review, row.lease.break_glass) == ("granted", 1, "due", True)
    place = str(lent.room.context.workspace.folder.parent / "model.sealed")
    asked = lent.room.service.request(place, purpose="p", bytes=1, seconds=60, by=lent.acting("bob")).lease
    for name in ("maria", "wei"):
        lent.lending.approve(asked.id, by=lent.acting(name))
    assert lent.key(row.lease) == lent.key(asked)


def test_it_is_recorded_as_what_it_is_and_those_who_watch_see_it(lent):
    row = smash(lent)
    said = [one.predicate for one in lent.room.ledger.statements(WeightsLease.of_type)]
    assert [(each["state"], each["break_glass"], each["approvals"], each["people_required"]) for each in said] == [
        ("granted", True, 0, 1)
    ]
    with lent.room.store.read() as connection:
        seen = connection.execute(select(READS.c.person, READS.c.code, READS.c.lease)).all()
    assert [tuple(each) for each in seen] == [("bob", "lease.break-glass", row.lease.id)]


def test_it_ends_soon_and_can_be_revoked(lent):
    with pytest.raises(Invalid) as caught:
        smash(lent, seconds=3601)
    assert caught.value.code == "glass.too-long"
    first, second = smash(lent), smash(lent)
    lent.room.service.revoke(first.lease.id, reason="no need", by=lent.acting("maria"))
    lent.clock.forward(minutes=30)
    for row, code in ((first, "lease.revoked"), (second, "lease.ended")):
        with pytest.raises(Denied) as caught:
            lent.keyholder.file_key(row.lease.id, lent.clock())
        assert caught.value.code == code


def test_without_the_safes_key_nothing_breaks(lent, monkeypatch):
    other = lent.room.service.safe_new("file:../other.pem")
    assert other.public
    place = str(lent.room.context.workspace.folder.parent / "model.sealed")
    for key, kind in (
        ("file:../other.pem", Denied),
        ("file:keys/maria.custodian.pem", Denied),
        ("file:no.pem", NotFound),
    ):
        with pytest.raises(kind):
            lent.room.service.break_glass(place, key=key, by=lent.acting("bob"), **TERMS)
    monkeypatch.setenv(PASSPHRASE, "a guess")
    with pytest.raises(Denied):
        smash(lent)
    assert lent.room.service.leases() == ()


def test_a_file_that_was_sealed_without_a_safe_has_no_glass(lent, tmp_path):
    with pytest.raises(Conflict):
        lent.room.service.safe_new("file:../safe.pem")
    with lent_weights(tmp_path) as without:
        plain = tmp_path / "model.safetensors"
        without.room.service.seal(str(plain), str(tmp_path / "bare.sealed"), by=without.acting("provider"))
        with pytest.raises(Denied) as caught:
            without.room.service.break_glass(
                str(tmp_path / "bare.sealed"), key="file:../safe.pem", by=without.acting("bob"), **TERMS
            )
    assert caught.value.code == "envelope.no-spare"


def review(lent, row, name):
    return lent.room.service.review(row.lease.id, note="looked at every read", by=lent.acting(name))


def test_two_others_review_it(lent):
    row = smash(lent, by="maria")
    with pytest.raises(Denied) as caught:
        review(lent, row, "maria")
    assert caught.value.code == "glass.own"
    for name in ("bob", "provider"):
        with pytest.raises(Denied):
            review(lent, row, name)
    assert (review(lent, row, "jonas").review, review(lent, row, "wei").review) == ("due", "done")
    with pytest.raises(Conflict):
        review(lent, row, "wei")
    assert [one.predicate["state"] for one in lent.room.ledger.statements(WeightsLease.of_type)] == [
        "granted",
        "reviewed",
    ]


def test_an_overdue_review_is_shown_and_no_more_glass_is_broken_until_it_is_done(lent):
    row = smash(lent)
    lent.clock.forward(days=3)
    assert [each.review for each in lent.room.service.leases()] == ["overdue"]
    with pytest.raises(Denied) as caught:
        smash(lent)
    assert caught.value.code == "glass.overdue"
    review(lent, row, "jonas")
    with pytest.raises(Denied):
        smash(lent)
    review(lent, row, "wei")
    assert smash(lent).state == "granted"


def test_a_reviewers_key_that_is_withdrawn_later_leaves_the_review_done(lent):
    row = smash(lent)
    review(lent, row, "jonas")
    review(lent, row, "wei")
    lent.revoke_key("jonas")
    assert lent.room.service.show(row.lease.id).review == "done"


def test_one_person_with_two_names_reviews_once(lent):
    row = smash(lent)
    add_holder(lent.room, "jonas-twin", "custodian", address="file:keys/jonas.pem")
    review(lent, row, "jonas")
    with pytest.raises(Denied):
        review(lent, row, "jonas-twin")
    with lent.room.store.read() as connection:
        copied = dict(connection.execute(select(REVIEWS)).one()._mapping) | {"holder": "wei", "key_id": "x"}
    lent.room.store.write(lambda connection: connection.execute(REVIEWS.insert().values(**copied)))
    assert lent.room.service.show(row.lease.id).review == "due"


def test_a_lease_that_custodians_approved_has_nothing_to_review(lent):
    lease = lent.lent()
    with pytest.raises(Conflict):
        lent.room.service.review(lease.id, note="n", by=lent.acting("wei"))
    assert lent.room.service.show(lease.id).review == ""


def test_a_lease_that_is_called_broken_glass_in_the_store_releases_nothing(lent):
    row = smash(lent)
    change = update(REQUESTS).where(REQUESTS.c.id == row.lease.id).values(spare=None)
    lent.room.store.write(lambda connection: connection.execute(change))
    with pytest.raises(Denied):
        lent.keyholder.file_key(row.lease.id, lent.clock())
