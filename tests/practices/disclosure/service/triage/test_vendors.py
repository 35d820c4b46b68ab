"""A vendor sees what was shared with them, once they keep the embargo, and nothing of anybody else's."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kept.errors import Conflict, Denied, Invalid, NotFound
from simulators import disclosure_room
from simulators.cases import ADA, VISITOR, Turning, begun
from simulators.disclosure_room import Room


@pytest.fixture
def clock() -> Turning:
    return Turning()


@pytest.fixture
def room(tmp_path: Path, clock: Turning) -> Iterator[Room]:
    with disclosure_room.opened(tmp_path, clock=clock) as found:
        yield found


def test_vendors_see_what_they_were_told_and_nothing_else(room: Room) -> None:
    case, other = begun(room, 1), begun(room, 2)
    hub = room.service.vendors_invite(case, "Model Hub", side="downstream", by=ADA)
    lab = room.service.vendors_invite(case, "Base Lab", side="upstream", by=ADA)
    elsewhere = room.service.vendors_invite(other, "Model Hub", side="downstream", by=ADA)
    room.service.triage_note(case, "For us alone.", by=ADA)
    room.service.triage_acknowledge(case, by=ADA)
    assert room.service.vendors_share(case, "Your tokenizer splits it.", vendors=[lab.vendor.id], by=ADA) == (
        lab.vendor.id,
    )
    told = room.service.vendors_share(case, "A fix is on its way.", by=ADA)
    assert set(told) == {hub.vendor.id, lab.vendor.id}
    assert [each.text for each in room.service.vendor_view(lab.token).shared] == [
        "Your tokenizer splits it.",
        "A fix is on its way.",
    ]
    assert [each.text for each in room.service.vendor_view(hub.token).shared] == ["A fix is on its way."]
    assert room.service.vendor_view(elsewhere.token).shared == ()
    seen = repr(room.service.vendor_view(hub.token))
    for hidden in ("For us", "Base Lab", lab.vendor.id, lab.token):
        assert hidden not in seen
    # Digests may hold these three letters.
    assert not re.search(r"\bada\b", seen)


def test_what_was_told_to_whom_stands_in_the_chain(room: Room) -> None:
    case = begun(room)
    hub = room.service.vendors_invite(case, "Model Hub", side="downstream", by=ADA)
    room.service.vendors_share(case, "Look here.", by=ADA)
    room.service.vendor_say(hub.token, status="affected", statement="We are.")
    events = room.service.triage_show(case, by=ADA).events
    assert [(each.kind, each.by) for each in events[1:]] == [
        ("vendor invited", "ada"),
        ("shared", "ada"),
        ("vendor said", hub.vendor.id),
    ]
    assert events[2].details == {"vendors": [hub.vendor.id]}
    room.service.triage_audit(case, by=ADA)
    assert "Model Hub" not in repr(room.service.triage_progress(case))


def test_under_an_embargo_they_agree_to_keep_it_first(room: Room) -> None:
    case = begun(room)
    hub = room.service.vendors_invite(case, "Model Hub", side="downstream", by=ADA)
    room.service.triage_embargo(case, until="2027-01-31", reason="Until all are ready.", by=ADA)
    room.service.vendors_share(case, "How it is done.", by=ADA)
    before = room.service.vendor_view(hub.token)
    assert (before.must_accept, before.shared, before.embargo_until) == (True, (), "2027-01-31T00:00:00Z")
    with pytest.raises(Denied, match="embargo comes first"):
        room.service.vendor_say(hub.token, status="affected")
    after = room.service.vendor_accept(hub.token)
    assert (after.must_accept, after.vendor.accepted) == (False, "2026-11-02T09:00:00Z")
    assert [each.text for each in after.shared] == ["Until all are ready.", "How it is done."]
    assert room.service.vendor_accept(hub.token) == after
    assert [each.kind for each in room.service.triage_show(case, by=ADA).events].count("embargo accepted") == 1


def test_they_say_how_far_they_are_concerned(room: Room) -> None:
    case = begun(room)
    hub = room.service.vendors_invite(case, "Model Hub", side="downstream", by=ADA)
    assert room.service.vendor_view(hub.token).vendor.status == "unknown"
    said = room.service.vendor_say(hub.token, status="not affected", statement="<b>We</b> filter that.").vendor
    assert (said.status, said.statement) == ("not affected", "<b>We</b> filter that.")
    assert room.service.vendors_list(case, by=ADA) == (said,)
    for wrong in ({"status": "bored"}, {"status": "fixed", "statement": "x" * 4097}):
        with pytest.raises(Invalid, match="A vendor has a status"):
            room.service.vendor_say(hub.token, **wrong)


def test_a_token_that_was_renewed_revoked_or_is_over_opens_nothing(room: Room, clock: Turning) -> None:
    case = begun(room)
    hub = room.service.vendors_invite(case, "Model Hub", side="downstream", days=10, by=ADA)
    renewed = room.service.vendors_renew(hub.vendor.id, by=ADA)
    for token in (hub.token, "", "kv-", "x" * 10_000, renewed.token[:-1]):
        with pytest.raises(Denied, match="opens nothing"):
            room.service.vendor_view(token)
    room.service.vendor_view(renewed.token)
    room.service.vendors_revoke(hub.vendor.id, reason="They told a journalist.", by=ADA)
    with pytest.raises(Denied, match="opens nothing"):
        room.service.vendor_accept(renewed.token)
    with pytest.raises(Conflict, match="no longer"):
        room.service.vendors_renew(hub.vendor.id, by=ADA)
    again = room.service.vendors_invite(case, "Model Hub", side="downstream", days=10, by=ADA)
    clock.turn(10)
    with pytest.raises(Denied, match="opens nothing"):
        room.service.vendor_view(again.token)


def test_no_token_is_kept(room: Room) -> None:
    made = room.service.vendors_invite(begun(room), "Model Hub", side="upstream", by=ADA)
    assert made.token not in repr(made)
    for path in room.context.workspace.folder.rglob("*"):
        assert not path.is_file() or made.token.encode() not in path.read_bytes()


def test_wrong_invitations_are_refused(room: Room) -> None:
    case = begun(room)
    room.service.vendors_invite(case, "Model Hub", side="upstream", by=ADA)
    with pytest.raises(Conflict, match="takes part already"):
        room.service.vendors_invite(case, "Model  Hub", side="upstream", by=ADA)
    for wrong in (
        {"name": " ", "side": "upstream"},
        {"name": "A", "side": "left"},
        {"name": "A" * 129, "side": "upstream"},
    ):
        with pytest.raises(Invalid, match="name of at most"):
            room.service.vendors_invite(case, wrong["name"], side=wrong["side"], by=ADA)
    with pytest.raises(Denied):
        room.service.vendors_invite(case, "B", side="upstream", by=VISITOR)
    with pytest.raises(Denied):
        room.service.vendors_share(case, "x", by=VISITOR)
    with pytest.raises(NotFound, match="takes no part"):
        room.service.vendors_share(case, "x", vendors=["v-1"], by=ADA)
    with pytest.raises(NotFound, match="No vendor"):
        room.service.vendors_share(begun(room, 2), "x", by=ADA)
    with pytest.raises(Invalid, match="nothing to tell"):
        room.service.vendors_share(case, " ", by=ADA)
