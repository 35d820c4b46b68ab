"""Envelopes are made for the custodians of now under the wrapping key of now, and wrapped anew by the next."""

import os

import pytest

from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.weights.methods.envelope import Parts, assemble, open_pads, parse
from kept.practices.weights.service.leasing.enveloping import Enveloping
from kept.practices.weights.service.leasing.keks import Keks
from simulators.weights_room import opened

FILE = "ab" * 32


@pytest.fixture
def room(tmp_path):
    with opened(tmp_path) as found:
        found.add_custodians("maria", "jonas", "wei")
        yield found


def enveloping(room):
    return Enveloping(room.context, room.context.settings)


def keks(room):
    return Keks(room.context, room.context.settings)


def opened_by(room, envelope, *names):
    made = room.service._lending.custodians
    keys = [made.exchange(name) for name in names]
    return assemble(envelope, {envelope.position(key.public): open_pads(envelope, key.private) for key in keys})


def test_the_service_and_two_custodians_hold_the_halves(room):
    parts = Parts.drawn(os.urandom)
    envelope = parse(enveloping(room).make(FILE, parts))
    assert enveloping(room).service_part(envelope) == parts.service
    assert opened_by(room, envelope, "maria", "wei") == parts.custodians


def test_no_wrapping_key_is_made_before_there_are_custodians(tmp_path):
    with opened(tmp_path) as room, pytest.raises(Invalid):
        enveloping(room).make(FILE, Parts.drawn(os.urandom))
    assert not (tmp_path / "acme/keys/weights.kek").exists()


def test_the_wrapping_key_of_the_settings_is_made_once(room):
    first, _ = keks(room).current()
    second, _ = keks(room).current()
    assert first == second
    assert [(row.name, row.state) for row in keks(room).rows()] == [("weights", "current")]


def test_a_wrapping_key_that_stood_there_before_it_was_noted_is_taken(room):
    from kept.core.keys.wrapping import create

    made = create("file:keys/weights.kek", keks(room).reach())
    assert keks(room).current()[0].key_id == made.key_id


def test_a_successor_wraps_the_same_key_and_the_one_before_still_opens(room):
    parts = Parts.drawn(os.urandom)
    first = enveloping(room).make(FILE, parts)
    keks(room).succeed("file:keys/next.kek")
    again = enveloping(room).rewrapped(first)
    assert again != first
    assert parse(again).sealed == parse(first).sealed
    for each in (first, again):
        assert enveloping(room).service_part(parse(each)) == parts.service
    assert enveloping(room).rewrapped(again) == again
    assert sorted(row.state for row in keks(room).rows()) == ["current", "retired"]


def test_a_wrapping_key_that_is_or_was_in_use_succeeds_nothing(room):
    keks(room).current()
    with pytest.raises(Conflict):
        keks(room).succeed("file:keys/weights.kek")


def test_the_envelope_of_another_workspace_is_not_found(room, tmp_path):
    envelope = parse(enveloping(room).make(FILE, Parts.drawn(os.urandom)))
    with pytest.raises(NotFound):
        enveloping(room).service_part(envelope.rewrapped(kek="kek-elsewhere", wrapped=envelope.wrapped))


def test_another_key_in_the_place_of_a_known_one_is_denied(room):
    from kept.core.keys.wrapping import create

    envelope = parse(enveloping(room).make(FILE, Parts.drawn(os.urandom)))
    (room.context.workspace.keys / "weights.kek").unlink()
    create("file:keys/weights.kek", keks(room).reach())
    with pytest.raises(Denied) as caught:
        enveloping(room).service_part(envelope)
    assert caught.value.code == "kek.other"
