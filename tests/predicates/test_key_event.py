"""The published type of key events is the one that the core replays."""

from kept.core.trust import KEY_EVENT_TYPE
from kept.predicates import key_event


def test_the_type_is_published_once():
    assert key_event.TYPE == KEY_EVENT_TYPE == "https://kept.example/predicates/key-event/v1"
