"""A key event as a statement."""

import pytest

from kept.core.statement import Statement, Subject
from kept.core.trust import KEY_EVENT_TYPE, KeyEvent
from kept.errors import Invalid
from simulators.organisation import NEXT_KEY, PROVIDER


def test_a_key_event_survives_the_journey():
    change = KeyEvent("rotated", NEXT_KEY, "2026-11-22T07:30:00Z", "provider", replaces=PROVIDER.key_id)
    assert KeyEvent.parse(Statement.parse(change.to_statement().to_bytes())) == change


@pytest.mark.parametrize(
    "change",
    [
        {"event": "rotatd"},
        {"event": "introduced"},
        {"replaces": None},
        {"replaces": NEXT_KEY.key_id},
        {"compromised_since": 4},
        {"note": "?"},
        {"issued": ""},
        {"key": {}},
        {"key": None},
    ],
)
def test_a_key_event_of_another_shape_is_invalid(change):
    good = KeyEvent("rotated", NEXT_KEY, "2026-11-22T07:30:00Z", "provider", replaces=PROVIDER.key_id).to_statement()
    with pytest.raises(Invalid):
        KeyEvent.parse(Statement(good.subjects, good.predicate_type, {**good.predicate, **change}))


def test_a_key_event_about_another_subject_is_invalid():
    good = KeyEvent("introduced", NEXT_KEY, "2026-11-22T07:30:00Z", "provider").to_statement()
    with pytest.raises(Invalid) as caught:
        KeyEvent.parse(Statement((Subject("x", {"sha256": PROVIDER.key_id}),), KEY_EVENT_TYPE, good.predicate))
    assert caught.value.code == "key-event.subject"
