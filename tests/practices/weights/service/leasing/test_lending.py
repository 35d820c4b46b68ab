"""A lease takes several people, none of whom asked for it, and lasts as long as all of that stays true."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from kept.errors import Conflict, Denied, Invalid, NotFound, Unavailable, Unverified
from kept.practices.weights.records.leases import Terms
from kept.practices.weights.service.tables.access import READS
from kept.practices.weights.service.tables.leasing import REQUESTS, WORDS
from kept.predicates.weights_approval import WeightsApproval
from kept.predicates.weights_lease import WeightsLease
from simulators.lent_weights import TERMS, add_holder, described, lent_weights


@pytest.fixture
def lent(tmp_path):
    with lent_weights(tmp_path) as found:
        yield found


def refused(lent, lease, code):
    for ask in (lent.keyholder.lease, lent.keyholder.file_key):
        with pytest.raises(Denied) as caught:
            ask(lease.id, lent.clock())
        assert caught.value.code == code


def test_two_custodians_lend_what_a_third_person_asked_for(lent):
    lease = lent.ask()
    refused(lent, lease, "lease.not-approved")
    assert lent.lending.approve(lease.id, by=lent.acting("maria")).state == "requested"
    refused(lent, lease, "lease.not-approved")
    assert lent.lending.approve(lease.id, by=lent.acting("wei")).state == "granted"
    assert lent.key(lease) == lent.file_key
    found = lent.keyholder.lease(lease.id, lent.clock())
    assert (found.holder, found.file, found.bytes, found.tensors) == ("bob", lent.about.file, 10**9, "*")


@pytest.mark.parametrize("pair", [("maria", "jonas"), ("jonas", "wei"), ("wei", "maria")])
def test_any_two_custodians_are_enough(lent, pair):
    assert lent.key(lent.lent(*pair)) == lent.file_key


def test_whoever_asks_does_not_approve(lent):
    lease = lent.ask(by="maria")
    with pytest.raises(Denied) as caught:
        lent.lending.approve(lease.id, by=lent.acting("maria"))
    assert caught.value.code == "lease.own"
    lent.lending.approve(lease.id, by=lent.acting("jonas"))
    refused(lent, lease, "lease.not-approved")


def test_whoever_asks_does_not_approve_under_another_name_with_the_same_key(lent):
    lease = lent.ask(by="maria")
    add_holder(lent.room, "marias-twin", "custodian", address="file:keys/maria.pem")
    with pytest.raises(Denied):
        lent.lending.approve(lease.id, by=lent.acting("marias-twin"))
    with pytest.raises(Denied):
        lent.room.service.custodians_add("marias-twin", by=lent.acting("root"))


def test_who_asks_under_another_name_with_a_custodians_key_is_unknown(lent):
    add_holder(lent.room, "marias-twin", "researcher", address="file:keys/maria.pem")
    with pytest.raises(Denied) as caught:
        lent.ask(by="marias-twin")
    assert caught.value.code == "lease.requester"


def test_a_custodian_approves_once(lent):
    lease = lent.ask()
    lent.lending.approve(lease.id, by=lent.acting("maria"))
    with pytest.raises(Denied) as caught:
        lent.lending.approve(lease.id, by=lent.acting("maria"))
    assert caught.value.code == "lease.said"
    refused(lent, lease, "lease.not-approved")


@pytest.mark.parametrize("name", ["bob", "provider", "root"])
def test_who_is_no_custodian_approves_nothing(lent, name):
    lease = lent.ask(by="maria")
    with pytest.raises(Denied) as caught:
        lent.lending.approve(lease.id, by=lent.acting(name))
    assert caught.value.code == "custodian.none"


def test_who_became_a_custodian_later_holds_no_part_of_the_file(lent):
    lent.room.add_custodians("ana")
    lease = lent.ask()
    with pytest.raises(Denied) as caught:
        lent.lending.approve(lease.id, by=lent.acting("ana"))
    assert caught.value.code == "envelope.not-a-member"


def replay(lent, source, target, name="maria"):
    """Put the word that a custodian said of one request under another."""
    with lent.room.store.read() as connection:
        query = select(WORDS).where(WORDS.c.request == source.id, WORDS.c.holder == name)
        row = dict(connection.execute(query).one()._mapping)
    lent.room.store.write(lambda connection: connection.execute(WORDS.insert().values(**row | {"request": target.id})))


def test_an_approval_of_another_request_does_not_count(lent):
    first, second = lent.ask(), lent.ask()
    assert first.digest != second.digest
    lent.lending.approve(first.id, by=lent.acting("maria"))
    replay(lent, first, second)
    lent.lending.approve(second.id, by=lent.acting("jonas"))
    refused(lent, second, "lease.not-approved")
    (word, _) = lent.lending.requests.words(lent.lending.requests.get(second.id), lent.lending.custodians.rows())
    assert (word.holder, word.counts) == ("maria", False)


def test_an_approval_that_is_replayed_under_another_name_does_not_count(lent):
    lease = lent.ask()
    lent.lending.approve(lease.id, by=lent.acting("maria"))
    with lent.room.store.read() as connection:
        row = dict(connection.execute(select(WORDS)).one()._mapping)
    jonas = bytes.fromhex(lent.lending.custodians.active("jonas").public)
    for change in (
        {"holder": "jonas", "member": jonas, "key_id": "x"},
        {"holder": "bob", "member": bytes(32), "key_id": "y"},
    ):
        lent.room.store.write(lambda connection, c=change: connection.execute(WORDS.insert().values(**row | c)))
    refused(lent, lease, "lease.not-approved")


def test_an_approvers_key_that_is_revoked_before_use_takes_the_lease_back(lent):
    lease = lent.lent("maria", "jonas")
    assert lent.key(lease) == lent.file_key
    lent.revoke_key("jonas")
    refused(lent, lease, "lease.approver")
    word = lent.lending.requests.words(lent.lending.requests.get(lease.id), lent.lending.custodians.rows())[1]
    assert (word.holder, word.counts) == ("jonas", False)


def test_a_custodian_who_is_removed_takes_their_approvals_along(lent):
    lease = lent.lent("maria", "jonas")
    lent.room.service.custodians_remove("maria", by=lent.acting("root"))
    refused(lent, lease, "lease.approver")


def test_the_requesters_key_that_is_revoked_ends_what_they_were_lent(lent):
    lease = lent.lent()
    lent.revoke_key("bob")
    refused(lent, lease, "lease.requester")


def test_a_requester_whose_key_is_gone_stays_on_the_list(lent):
    lease = lent.lent()
    lent.revoke_key("bob")
    assert [row.lease.id for row in lent.room.service.leases()] == [lease.id]
    waiting = lent.room.service.show(lease.id)
    assert waiting.state == "granted"


def test_nobody_approves_what_was_asked_with_a_key_that_is_gone(lent):
    lease = lent.ask()
    lent.revoke_key("bob")
    with pytest.raises(Denied) as caught:
        lent.lending.approve(lease.id, by=lent.acting("maria"))
    assert caught.value.code == "lease.requester"


@pytest.mark.parametrize("how", ["revoke", "deny"])
def test_a_lease_whose_end_was_taken_out_of_the_store_is_still_over_by_the_ledger(lent, how):
    lease = lent.ask() if how == "deny" else lent.lent()
    end = getattr(lent.lending, how)
    end(lease.id, reason="over", by=lent.acting("wei"))
    if how == "deny":
        lent.room.store.write(lambda connection: connection.execute(WORDS.delete()))
        lent.room.store.write(lambda connection: connection.execute(update(REQUESTS).values(state="requested")))
        for name in ("maria", "jonas"):
            lent.lending.approve(lease.id, by=lent.acting(name))
    lent.room.store.write(lambda connection: connection.execute(update(REQUESTS).values(state="granted")))
    refused(lent, lease, "lease.denied" if how == "deny" else "lease.revoked")


def test_another_salt_hides_nothing_that_the_ledger_was_told(lent):
    lease = lent.lent()
    lent.lending.revoke(lease.id, reason="over", by=lent.acting("wei"))
    change = update(REQUESTS).values(state="granted", salt=bytes(32))
    lent.room.store.write(lambda connection: connection.execute(change))
    with pytest.raises(Unverified) as caught:
        lent.keyholder.file_key(lease.id, lent.clock())
    assert caught.value.code == "lease.untold"


def test_one_refusal_ends_a_request(lent):
    lease = lent.ask()
    lent.lending.approve(lease.id, by=lent.acting("maria"))
    lent.lending.deny(lease.id, reason="not this week", by=lent.acting("jonas"))
    refused(lent, lease, "lease.denied")
    with pytest.raises(Denied):
        lent.lending.approve(lease.id, by=lent.acting("wei"))


def test_who_asked_can_not_deny_nor_can_a_stranger(lent):
    lease = lent.ask(by="maria")
    for name in ("maria", "bob"):
        with pytest.raises(Denied):
            lent.lending.deny(lease.id, reason="no", by=lent.acting(name))


@pytest.mark.parametrize("name", ["maria", "wei", "provider", "root", "bob"])
def test_a_revocation_counts_at_the_next_question(lent, name):
    lease = lent.lent()
    keyholder = lent.keyholder
    keyholder.lease(lease.id, lent.clock())
    lent.lending.revoke(lease.id, reason="done early", by=lent.acting(name))
    with pytest.raises(Denied) as caught:
        keyholder.lease(lease.id, lent.clock())
    assert caught.value.code == "lease.revoked"
    refused(lent, lease, "lease.revoked")
    with pytest.raises(Conflict):
        lent.lending.revoke(lease.id, reason="again", by=lent.acting(name))


def test_somebody_else_revokes_nothing(lent):
    add_holder(lent.room, "eve", "researcher")
    lease = lent.lent()
    with pytest.raises(Denied):
        lent.lending.revoke(lease.id, reason="mischief", by=lent.acting("eve"))
    assert lent.key(lease) == lent.file_key


def test_a_lease_ends_on_time(lent):
    lease = lent.lent()
    lent.clock.forward(hours=4, seconds=-1)
    assert lent.key(lease) == lent.file_key
    lent.clock.forward(seconds=1)
    refused(lent, lease, "lease.ended")


def test_a_request_is_not_approved_after_its_time(lent):
    lease = lent.ask()
    lent.clock.forward(hours=4)
    with pytest.raises(Denied) as caught:
        lent.lending.approve(lease.id, by=lent.acting("maria"))
    assert caught.value.code == "lease.ended"


def test_a_clock_that_is_set_back_lengthens_no_lease(lent):
    lease = lent.lent()
    lent.clock.forward(hours=5)
    refused(lent, lease, "lease.ended")
    lent.clock.forward(hours=-3)
    for keyholder in (lent.keyholder, lent.keyholder):
        with pytest.raises(Unavailable) as caught:
            keyholder.file_key(lease.id, lent.clock())
        assert caught.value.code == "lease.clock"


def test_a_clock_that_falls_behind_by_a_second_stands_still(lent):
    lease = lent.lent()
    lent.clock.forward(hours=4)
    refused(lent, lease, "lease.ended")
    lent.clock.forward(seconds=-2)
    refused(lent, lease, "lease.ended")


@pytest.mark.parametrize(
    "change",
    [
        {"until": 2**40},
        {"requester": "eve"},
        {"file": "ee" * 32},
        {"break_glass": True},
        {"digest": bytes(32)},
    ],
)
def test_a_request_that_was_changed_in_the_store_is_unverified(lent, change):
    lease = lent.lent()
    lent.room.store.write(lambda connection: connection.execute(update(REQUESTS).values(**change)))
    with pytest.raises(Unverified):
        lent.keyholder.file_key(lease.id, lent.clock())


@pytest.mark.parametrize("change", [{"parts": b"x" * 112}, {"broker": bytes(32)}, {"said": 7}, {"verdict": "refused"}])
def test_a_word_that_was_changed_in_the_store_does_not_count(lent, change):
    lease = lent.lent()
    changed = update(WORDS).where(WORDS.c.holder == "maria").values(**change)
    lent.room.store.write(lambda connection: connection.execute(changed))
    refused(lent, lease, "lease.approver")


def test_a_granted_state_alone_grants_nothing(lent):
    lease = lent.ask()
    lent.room.store.write(lambda connection: connection.execute(update(REQUESTS).values(state="granted")))
    refused(lent, lease, "lease.approver")


def test_the_envelope_of_another_file_releases_nothing(lent):
    lease = lent.lent()
    other, _ = described(lent.room)
    with pytest.raises(Denied) as caught:
        lent.keyholder.file_key(lease.id, lent.clock(), envelope=other.envelope)
    assert caught.value.code == "lease.file"
    with pytest.raises(Invalid):
        lent.lending.ask(replace(lent.about, envelope=other.envelope), TERMS, by=lent.acting("bob"))


def test_what_was_cut_off_between_the_last_approval_and_the_grant_is_granted_at_its_use(lent, monkeypatch):
    lease = lent.ask()
    lending = lent.lending
    monkeypatch.setattr(lending, "settle", lambda *args, **more: None)
    for name in ("maria", "jonas"):
        lending.approve(lease.id, by=lent.acting(name))
    assert lent.lending.requests.get(lease.id).state == "requested"
    assert lent.key(lease) == lent.file_key
    assert lent.lending.requests.get(lease.id).state == "granted"


def test_an_unknown_lease_is_not_found(lent):
    for name in ("ls-0000000000000000", "", "'; drop table"):
        with pytest.raises(NotFound):
            lent.keyholder.lease(name, lent.clock())


@pytest.mark.parametrize(
    "wrong",
    [
        {"purpose": ""},
        {"purpose": " "},
        {"purpose": "x" * 201},
        {"purpose": "two\nlines"},
        {"purpose": "turned \u202e round"},
        {"tensors": ""},
        {"runtime": "\x00"},
        {"bytes": 0},
        {"bytes": -1},
        {"bytes": 2**53},
        {"seconds": 59},
        {"kind": "export"},
        {"recipient": "lab"},
        {"kind": "write"},
    ],
)
def test_terms_that_nobody_could_approve_are_invalid(wrong):
    with pytest.raises(Invalid):
        Terms(**{"purpose": "p", "bytes": 1, "seconds": 60} | wrong)


def test_weights_are_lent_for_as_long_as_the_settings_say(tmp_path):
    with lent_weights(tmp_path, longest_lease_hours=1) as lent, pytest.raises(Invalid) as caught:
        lent.ask()
    assert caught.value.code == "request.too-long"


def test_the_ledger_is_told_states_and_counts_and_nobodys_name(lent):
    lease = lent.lent()
    lent.lending.revoke(lease.id, reason="over", by=lent.acting("maria"))
    leases = [one.predicate for one in lent.room.ledger.statements(WeightsLease.of_type)]
    assert [(each["state"], each["approvals"], each["people_required"]) for each in leases] == [
        ("requested", 0, 2),
        ("granted", 2, 2),
        ("revoked", 2, 2),
    ]
    approvals = list(lent.room.ledger.statements(WeightsApproval.of_type))
    assert [one.predicate["verdict"] for one in approvals] == ["approved", "approved"]
    key_ids = {lent.room.ledger._keyring(lent.acting(name))[0].key_id for name in ("maria", "jonas", "bob")}
    for one in [*lent.room.ledger.statements(WeightsLease.of_type), *approvals]:
        said = one.envelope.to_bytes() + one.envelope.payload
        assert not any(name in said for name in (b"maria", b"jonas", b"bob", b"eval run"))
        assert not key_ids & {signature.key_id for signature in one.envelope.signatures}


def test_who_watches_sees_requests_and_approvals(lent):
    lease = lent.lent()
    with lent.room.store.read() as connection:
        rows = connection.execute(select(READS).order_by(READS.c.number)).all()
    seen = [(row.person, row.outcome, row.other, row.lease) for row in rows]
    assert seen == [
        ("bob", "request", "", lease.id),
        ("maria", "approval", "bob", lease.id),
        ("jonas", "approval", "bob", lease.id),
    ]


def test_no_key_is_shown_by_what_holds_it(lent):
    lease = lent.lent()
    request = lent.lending.requests.get(lease.id)
    approvals = lent.lending.requests.approvals(request, lent.lending.custodians.rows())
    shown = repr(request) + repr(approvals) + repr(lent.about) + repr(lent.keyholder) + repr(lent.lending.keks)
    assert lent.file_key.hex() not in shown
    for said in approvals:
        assert repr(said.parts)[2:20] not in shown
