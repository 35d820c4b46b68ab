"""Recipients are noted under salted digests, secrets only ever wrapped, and copies can be proved later."""

import numpy as np
import pytest
from sqlalchemy import select

from kept.errors import Invalid, NotFound
from kept.practices.weights.methods.tracing.carriers import commitment
from kept.practices.weights.records.traces import Copy
from kept.practices.weights.service.tables.tracing import RECIPIENTS, SECRETS
from kept.practices.weights.service.tracing.fingerprinting import Fingerprinting, note
from simulators.remains import files_with
from simulators.weights_room import Room, opened

PARENT, MADE = "ab" * 32, "2026-11-28T12:00:00Z"
SHAPES = {"w": ("BF16", (64, 64)), "bias": ("F32", (64,)), "norm": ("BF16", (64,))}


@pytest.fixture
def room(tmp_path):
    with opened(tmp_path) as found:
        yield found


def fingerprinting(room: Room) -> Fingerprinting:
    return Fingerprinting(room.context, room.context.settings)


def test_a_recipient_is_noted_once_under_a_salted_digest(room):
    one, again = (fingerprinting(room).recipient("Borealis Ltd") for _ in range(2))
    other = fingerprinting(room).recipient("Corvus AG")
    assert one == again
    assert one.digest != other.digest
    assert {row.name for row in fingerprinting(room).recipients()} == {"Borealis Ltd", "Corvus AG"}


def test_who_is_forgotten_keeps_a_digest_alone(room, tmp_path):
    made = fingerprinting(room).recipient("Borealis Ltd")
    assert room.service.recipients_forget("Borealis Ltd").digest == made.digest
    assert files_with(tmp_path, "Borealis Ltd") == []
    (row,) = room.service.recipients_list()
    assert (row.digest, row.name) == (made.digest, "")
    with room.store.read() as connection:
        assert connection.execute(select(RECIPIENTS.c.name, RECIPIENTS.c.salt)).one() == (None, None)
    assert [key.recipient for key in fingerprinting(room).keys(PARENT)] == []
    with pytest.raises(NotFound):
        room.service.recipients_forget("Borealis Ltd")
    # Whoever comes again under that name is somebody new.
    assert fingerprinting(room).recipient("Borealis Ltd").digest != made.digest


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201])
def test_a_name_that_is_none_is_invalid(room, name):
    with pytest.raises(Invalid):
        fingerprinting(room).recipient(name)


def test_the_secret_is_made_once_and_never_stands_in_the_store(room):
    drawn = []
    entropy = room.context.entropy

    def noted(count: int) -> bytes:
        drawn.append(entropy(count))
        return drawn[-1]

    object.__setattr__(room.context, "entropy", noted)
    first = fingerprinting(room).marker("Borealis Ltd", PARENT, SHAPES)
    again = fingerprinting(room).marker("Borealis Ltd", PARENT, SHAPES)
    assert first.key == again.key
    with room.store.read() as connection:
        (row,) = connection.execute(select(SECRETS)).all()
    assert not any(each in bytes(row.wrapped) for each in drawn if len(each) == 32)


def test_a_marker_marks_what_carries_a_mark_and_leaves_the_rest(room):
    marker = fingerprinting(room).marker("Borealis Ltd", PARENT, SHAPES)
    weights = bytearray((np.random.default_rng(1).integers(0x3C00, 0x3F00, 64 * 64)).astype("<u2").tobytes())
    before = bytes(weights)
    assert marker.mark("w", weights) > 0
    assert bytes(weights) != before
    bias = bytearray(256)
    assert marker.mark("bias", bias) == 0
    assert marker.marking.untouched == ("bias", "norm")
    assert (marker.marking.tensors, marker.marking.values, marker.strength) == (1, 4096, 1e-2)
    with pytest.raises(Invalid):
        marker.mark("w", bytearray(10))
    with pytest.raises(Invalid):
        marker.mark("other", weights)


def test_another_recipient_or_model_has_another_mark(room):
    keys = [
        fingerprinting(room).marker(name, parent, SHAPES).key
        for name in ("Borealis Ltd", "Corvus AG")
        for parent in (PARENT, "cd" * 32)
    ]
    assert len({key.secret for key in keys}) == 4
    assert {key.secret for key in fingerprinting(room).keys(PARENT)} == {keys[0].secret, keys[2].secret}


def test_a_model_that_carries_no_mark_is_not_exported_without_a_word(room):
    with pytest.raises(Invalid, match="can carry a mark"):
        fingerprinting(room).marker("Borealis Ltd", PARENT, {"w": ("I8", (64, 64))})


def test_the_secret_outlives_its_key_encryption_key(room):
    before = fingerprinting(room).marker("Borealis Ltd", PARENT, SHAPES)
    fingerprinting(room)._keks.succeed("file:keys/second.kek")
    after = fingerprinting(room).marker("Borealis Ltd", PARENT, SHAPES)
    assert before.key == after.key
    with room.store.read() as connection:
        kek = connection.execute(select(SECRETS.c.kek)).scalar_one()
    assert kek == fingerprinting(room)._keks.current()[0].key_id


def test_a_copy_is_noted_once_and_binds_to_its_key(room):
    marker = fingerprinting(room).marker("Borealis Ltd", PARENT, SHAPES)
    made = Copy(
        "11" * 32, PARENT, marker.key.recipient, "le-1", marker.strength, marker.commitment, "2026-11-28T12:00:00Z"
    )
    for _ in range(2):
        room.store.write(lambda connection: note(connection, made))
    assert fingerprinting(room).copies(weights="11" * 32) == (made,)
    assert fingerprinting(room).copies(recipient=marker.key.recipient) == (made,)
    assert made.commitment == commitment(marker.key)
    assert marker.recipient == f"sha256:{made.recipient}"
