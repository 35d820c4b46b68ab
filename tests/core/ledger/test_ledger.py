"""Recording, reading, proving, publishing."""

import pytest
from sqlalchemy import text

from kept.core import merkle, note
from kept.core.keys.software import SoftwareSigner
from kept.core.ledger import Draft
from kept.core.note import Checkpoint, Note
from kept.core.statement import Envelope, Signature, sign
from kept.errors import Conflict, Invalid, NotFound, Unverified

from .conftest import PROVIDER, TYPE, draft


def test_a_recorded_statement_is_read_back_with_its_place(acme):
    first, second = acme.ledger.record([draft(1, model="sha256:aa"), draft(2)], by=PROVIDER)
    assert (first.index, second.index) == (0, 1)
    assert acme.ledger.size() == 2
    assert acme.ledger.entry(0) == first.entry
    recorded = next(acme.ledger.statements(TYPE, model="sha256:aa"))
    assert recorded.statement == first.statement
    assert recorded.entry.model == "sha256:aa"
    assert [entry.index for entry in acme.ledger.entries(1)] == [1]


def test_a_published_checkpoint_is_signed_by_the_log_and_proves_every_entry(acme):
    acme.record(300)
    checkpoint = acme.ledger.publish()
    signed = Note.parse(acme.ledger.checkpoint())
    assert note.verify(signed, [acme.ledger.log_key()])
    assert Checkpoint.parse(signed.text) == checkpoint
    for index in (0, 255, 256, 299):
        entry = acme.ledger.entry(index)
        proof = acme.ledger.prove_inclusion(index, checkpoint.size)
        merkle.verify_inclusion(
            merkle.leaf_hash(entry.raw), index=index, size=checkpoint.size, proof=proof, root=checkpoint.root
        )


def test_the_tree_in_the_database_is_that_of_the_entries(acme):
    sizes = []
    for number in (1, 254, 1, 1, 255, 300, 1):
        acme.record(number, first=sum(sizes))
        sizes.append(number)
    leaves = [merkle.leaf_hash(entry.raw) for entry in acme.ledger.entries()]
    for size in (0, 1, 255, 256, 257, 512, 812, 813):
        assert acme.ledger.root(size) == merkle.root(b"".join(leaves[:size]))
    proof = acme.ledger.prove_consistency(257, 813)
    merkle.verify_consistency(
        old_size=257,
        old_root=acme.ledger.root(257),
        new_size=813,
        new_root=acme.ledger.root(),
        proof=proof,
    )


def test_rows_of_a_room_commit_with_the_statement_or_neither_does(acme):
    def failing(connection):
        connection.execute(text("insert into ledger_follower values ('room', 1)"))
        raise Conflict("The room changed its mind.")

    with pytest.raises(Conflict):
        acme.ledger.record(draft(1), by=PROVIDER, rows=failing)
    assert acme.ledger.size() == 0
    with acme.store.read() as connection:
        assert connection.execute(text("select count(*) from ledger_follower")).scalar() == 0


def test_a_concealed_field_is_known_here_and_hidden_in_the_statement(acme):
    acme.ledger.record(draft(7, conceal=("note",)), by=PROVIDER)
    recorded = next(acme.ledger.statements())
    assert "note" not in recorded.statement.predicate
    assert recorded.predicate == {"number": 7, "note": "here"}


def test_an_entry_over_65535_bytes_is_refused_and_nothing_is_recorded(acme):
    with pytest.raises(Invalid, match="65,535"):
        acme.ledger.record([draft(1), draft(2, model="m" * 65_500)], by=PROVIDER)
    assert acme.ledger.size() == 0


def test_what_is_not_there_is_not_found(acme):
    with pytest.raises(NotFound):
        acme.ledger.entry(0)
    with pytest.raises(NotFound):
        acme.ledger.body(3)
    with pytest.raises(NotFound):
        acme.ledger.checkpoint()
    with pytest.raises(Invalid):
        acme.ledger.root(1)
    with pytest.raises(Invalid):
        acme.ledger.prove_inclusion(0)


def test_an_erased_body_is_gone_while_its_proof_holds(acme):
    acme.record(3)
    receipt = acme.ledger.erase(1, by=PROVIDER, reason="asked by the person concerned")
    checkpoint = acme.ledger.publish()
    with pytest.raises(NotFound, match="erased"):
        acme.ledger.body(1)
    with pytest.raises(NotFound):
        acme.ledger.erase(1, by=PROVIDER, reason="again")
    assert acme.ledger.size() == 4
    read = list(acme.ledger.statements())
    assert [item.statement is None for item in read] == [False, True, False, False]
    assert read[3].statement.predicate["index"] == 1
    assert receipt.index == 3
    merkle.verify_inclusion(
        merkle.leaf_hash(read[1].entry.raw),
        index=1,
        size=checkpoint.size,
        proof=acme.ledger.prove_inclusion(1),
        root=checkpoint.root,
    )


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("update ledger_entry set raw = replace(raw, 'predicates', 'predicated') where position = 1", "Entry 1"),
        ("update ledger_entry set predicate = 'other' where position = 1", "Entry 1"),
        ("update ledger_entry set model = 'other' where position = 1", "Entry 1"),
        ("delete from ledger_entry where position = 1", "Entry 1"),
    ],
)
def test_a_changed_entry_is_named(acme, change, what):
    acme.record(3)
    acme.store.write(lambda connection: connection.execute(text(change)))
    with pytest.raises(Unverified, match=what):
        list(acme.ledger.entries())
    with pytest.raises(Unverified):
        acme.ledger.publish()


def test_a_changed_or_swapped_body_is_named(acme):
    acme.record(3)
    swap = "update ledger_body set salt = (select salt from ledger_body where position = 2) where position = 1"
    acme.store.write(lambda connection: connection.execute(text(swap)))
    with pytest.raises(Unverified, match="entry 1"):
        acme.ledger.body(1)
    with pytest.raises(Unverified, match="entry 1"):
        list(acme.ledger.statements())


def test_a_draft_may_be_recorded_alone(acme):
    (receipt,) = acme.ledger.record(Draft(draft(1).statement), by=PROVIDER)
    assert receipt.index == 0


def test_the_bytes_of_an_erased_body_are_gone_from_the_disk(acme):
    acme.record(50)
    body = acme.ledger.body(17)
    acme.ledger.erase(17, by=PROVIDER, reason="asked")
    acme.close()
    for file in acme.folder.glob("store.db*"):
        content = file.read_bytes()
        assert body.salt not in content
        assert body.envelope[40:140] not in content


def test_an_envelope_that_others_signed_is_recorded_as_it_was_signed(acme):
    stranger = SoftwareSigner.from_seed(b"\x09" * 32)
    envelope = sign(draft(7).statement, [stranger])
    receipt = acme.ledger.record_signed(envelope, model="sha256:aa")
    recorded = next(acme.ledger.statements(TYPE))
    assert (recorded.index, recorded.entry.model) == (receipt.index, "sha256:aa") == (0, "sha256:aa")
    assert recorded.envelope == envelope
    assert recorded.statement == draft(7).statement


def test_an_envelope_without_a_statement_is_not_recorded(acme):
    with pytest.raises(Invalid):
        acme.ledger.record_signed(Envelope(b"[]", (Signature("k", b"s"),)))
    assert acme.ledger.size() == 0
