"""Proofs, exports and keys, as a stranger and as the keeper of a workspace see them."""

import asyncio
from datetime import UTC, datetime

import pytest

from kept.core.note import VerifierKey
from kept.core.proof import Proof
from kept.errors import Conflict, Invalid, NotFound, Unverified

NOW = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)


def publish(one):
    return asyncio.run(one.service.checkpoint())


def verify_export(one, folder, trust=None):
    asyncio.run(one.service.checkpoint())
    one.service.export(folder)
    return one.service.verify(folder, trust=trust or one.service.trust().to_bytes(), as_of=NOW)


def test_a_proof_is_all_that_a_stranger_needs(organisation):
    acme = organisation("acme")
    acme.record(5)
    publish(acme)
    proof = Proof.parse(acme.service.prove(3))
    keys = [VerifierKey.parse(key) for key in acme.service.trust().log.keys]
    assert proof.verify(proof.extra, log_keys=keys).size == 5
    assert proof.extra == acme.app.ledger.entry(3).raw


def test_a_recorded_entry_is_proved_only_once_it_is_published(organisation):
    acme = organisation("acme")
    acme.record(2)
    publish(acme)
    acme.record(1, first=2)
    with pytest.raises(NotFound, match="checkpoint"):
        acme.service.prove(2)
    with pytest.raises(NotFound):
        acme.service.prove(9)


def test_an_export_is_authenticated_by_a_trust_file_and_only_consistent_without(organisation, tmp_path):
    acme = organisation("acme", post_quantum=True)
    acme.record(3)
    found = verify_export(acme, tmp_path / "out")
    assert (found.state, found.statements, found.erased) == ("authenticated", 3, 0)
    bare = acme.service.verify(tmp_path / "out", trust=None, as_of=NOW)
    assert bare.state == "consistent, not authenticated"


def test_an_export_signed_anew_with_another_key_is_not_authenticated(organisation, tmp_path):
    acme, forger = organisation("acme", origin="log.example/one"), organisation("forger", origin="log.example/two")
    acme.record(3)
    forger.record(3)
    publish(forger)
    forger.service.export(tmp_path / "forged")
    with pytest.raises(Unverified):
        forger.service.verify(tmp_path / "forged", trust=acme.service.trust().to_bytes(), as_of=NOW)


def test_a_body_may_be_absent_only_where_an_erasure_says_so(organisation, tmp_path):
    acme = organisation("acme")
    acme.record(3)
    receipt = acme.service.erase(1, by=acme.actor, reason="asked")
    assert receipt.index == 3
    found = verify_export(acme, tmp_path / "out")
    assert (found.statements, found.erased) == (3, 1)
    (tmp_path / "out/bodies/2.json").unlink()
    with pytest.raises(Unverified, match="Entry 2 has no body"):
        acme.service.verify(tmp_path / "out", trust=None, as_of=NOW)


def test_an_erasure_that_is_not_published_yet_keeps_an_export_waiting(organisation, tmp_path):
    acme = organisation("acme")
    acme.record(3)
    publish(acme)
    acme.service.erase(1, by=acme.actor, reason="asked")
    with pytest.raises(Conflict, match="erased since"):
        acme.service.export(tmp_path / "out")


def test_what_others_are_judged_by_is_not_erased(organisation):
    acme = organisation("acme")
    acme.record(2)
    (rotated,) = acme.service.key_rotate(by=acme.actor)
    erased = acme.service.erase(0, by=acme.actor, reason="asked")
    for index in (rotated.index, erased.index):
        with pytest.raises(Conflict):
            acme.service.erase(index, by=acme.actor, reason="asked")
    with pytest.raises(Invalid):
        acme.service.erase(1, by=acme.actor, reason=" ")


def test_old_statements_and_new_ones_count_after_a_rotation(organisation, tmp_path):
    acme = organisation("acme", post_quantum=True)
    acme.record(2)
    acme.service.key_rotate(by=acme.actor)
    acme.reopen()
    acme.record(2, first=2)
    acme.service.key_rotate(log=True, by=acme.actor)
    acme.reopen()
    acme.record(1, first=4)
    found = verify_export(acme, tmp_path / "out")
    assert (found.state, found.size, found.refused) == ("authenticated", 8, ())
    rows = acme.service.key_list()
    assert len(rows) == 6
    assert {row.until for row in rows if not row.address} == {2, 3, 6}


def test_the_log_goes_on_under_its_new_key(organisation, tmp_path):
    acme = organisation("acme")
    acme.record(2)
    publish(acme)
    before = acme.app.ledger.log_key()
    acme.service.key_rotate(log=True, by=acme.actor)
    acme.reopen()
    assert acme.app.ledger.log_key() != before
    assert publish(acme).size == 3
    assert verify_export(acme, tmp_path / "out").state == "authenticated"
    assert acme.service.check().published == 3


def test_a_revoked_key_counts_up_to_its_revocation_and_not_behind(organisation, tmp_path):
    acme = organisation("acme")
    acme.record(2)
    key = acme.service.key_list()[0]
    acme.service.key_rotate(by=acme.actor)
    with pytest.raises(Conflict):
        acme.service.key_revoke(key.key_id, by=acme.actor)
    acme.reopen()
    second = next(row for row in acme.service.key_list() if row.holder == "provider" and row.address)
    acme.record(1, first=2)
    acme.service.key_revoke(second.key_id, compromised_since=3, by=acme.actor)
    acme.reopen()
    with pytest.raises(Invalid):
        acme.record(1, first=3)
    verified = verify_export(acme, tmp_path / "out")
    assert verified.state == "authenticated"
    assert [told for told in verified.refused if told.startswith("entry 3:") and "not in effect" in told]


def test_the_key_of_the_log_is_rotated_before_it_is_revoked(organisation):
    acme = organisation("acme")
    log = next(row for row in acme.service.key_list() if row.purpose == "log")
    with pytest.raises(Conflict, match="log"):
        acme.service.key_revoke(log.key_id, by=acme.actor)
    with pytest.raises(NotFound):
        acme.service.key_revoke("zz", by=acme.actor)


def test_a_reader_is_shown_what_is_new(organisation):
    acme = organisation("acme")
    acme.record(3)
    seen = []
    assert acme.service.follow("me", predicates=(), show=seen.append) == 3
    acme.record(1, first=3)
    assert acme.service.follow("me", predicates=(), show=seen.append) == 1
    assert [line.index for line in seen] == [0, 1, 2, 3]


def test_a_workspace_checks_itself(organisation):
    from sqlalchemy import text

    acme = organisation("acme")
    acme.record(300)
    acme.service.erase(7, by=acme.actor, reason="asked")
    publish(acme)
    assert acme.service.check() == type(acme.service.check())(recorded=301, published=301, erased=1)
    tile = acme.folder / "ledger/tile/0/000"
    whole = tile.read_bytes()
    tile.write_bytes(whole[:-1])
    with pytest.raises(Unverified, match="tile/0/000"):
        acme.service.check()
    tile.write_bytes(whole)
    acme.app.store.write(lambda connection: connection.execute(text("delete from ledger_body where position = 9")))
    with pytest.raises(Unverified, match="entry 9"):
        acme.service.check()
