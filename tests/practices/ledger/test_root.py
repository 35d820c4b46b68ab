"""A root that comes after the founding: what it may do from then on, by which trust file, and what stays as it was."""

import hashlib

import pytest

from kept.core.actor import Actor
from kept.core.trust import KEY_EVENT_TYPE, KeyHistory, Trust, key_events
from kept.errors import Conflict, Denied

ROOT = Actor("root", roles=frozenset({"root"}))


def introduced(acme, lab):
    pem = lab.service.key_export(by=lab.actor).encode()
    return acme.service.key_introduce("Red Lab", pem, roles=["tester"], by=ROOT)


@pytest.mark.parametrize("post_quantum", [False, True])
def test_a_root_that_came_later_introduces_keys(organisation, post_quantum):
    acme, lab = organisation("acme", post_quantum=post_quantum), organisation("lab")
    acme.record(2)
    made = acme.service.key_root()
    assert len(made.keys) == 1 + post_quantum
    assert made.sha256 == hashlib.sha256((acme.folder / "trust.json").read_bytes()).hexdigest()
    acme.reopen()
    (receipt,) = introduced(acme, lab)
    row = next(row for row in acme.service.key_list() if row.holder == "Red Lab")
    assert (row.roles, row.since) == (("tester",), receipt.index + 1)
    acme.service.check()


def test_nothing_else_in_the_trust_file_changes(organisation):
    acme = organisation("acme", others={"https://kept.example/predicates/test/v1": ("tester",)})
    before = Trust.load(acme.folder / "trust.json")
    acme.service.key_root()
    after = Trust.load(acme.folder / "trust.json")
    assert after.signers[: len(before.signers)] == before.signers
    assert [key.roles for key in after.signers[len(before.signers) :]] == [frozenset({"root"})]
    assert {name: rule for name, rule in after.policy.items() if name != KEY_EVENT_TYPE} == dict(before.policy)
    assert after.rule(KEY_EVENT_TYPE).roles == before.rule(KEY_EVENT_TYPE).roles | {"root"}
    assert (after.log, after.witnesses, after.organisation) == (before.log, before.witnesses, before.organisation)


def test_by_the_file_of_before_what_counted_counts_and_the_root_does_not(organisation):
    acme, lab = organisation("acme"), organisation("lab")
    old = Trust.load(acme.folder / "trust.json")
    acme.record(1)
    acme.service.key_rotate(by=acme.actor)
    acme.reopen()
    acme.service.key_root()
    acme.reopen()
    (receipt,) = introduced(acme, lab)
    events = key_events(acme.app.ledger)
    by_old = KeyHistory.replay(old, events)
    assert [refusal.index for refusal in by_old.refused] == [receipt.index]
    by_new = KeyHistory.replay(Trust.load(acme.folder / "trust.json"), events)
    assert by_new.refused == ()
    # What it says of everybody else is the same.
    others = set(by_old.tenures)
    assert {key: by_new.tenures[key] for key in others} == dict(by_old.tenures)


def test_there_is_one_root(organisation):
    acme, beta = organisation("acme", root=True), organisation("beta")
    beta.service.key_root()
    beta.reopen()
    for one in (acme, beta):
        with pytest.raises(Conflict) as caught:
            one.service.key_root()
        assert caught.value.code == "root.exists"


def test_cut_off_before_the_trust_file_is_written_the_same_call_ends_it(organisation):
    acme = organisation("acme")
    before = (acme.folder / "trust.json").read_bytes()
    made = acme.service.key_root()
    (acme.folder / "trust.json").write_bytes(before)
    acme.reopen()
    assert acme.service.key_root() == made


def test_without_a_root_the_error_leads_to_it(organisation):
    acme, lab = organisation("acme"), organisation("lab")
    pem = lab.service.key_export(by=lab.actor).encode()
    with pytest.raises(Denied) as caught:
        acme.service.key_introduce("Red Lab", pem, roles=["tester"], by=acme.actor)
    assert "kept ledger key root" in caught.value.hint
