"""Scripts that can be replayed, and when a model says nothing new by being asked again."""

import pytest

from kept.core.model import Identity, Message, Sampling, ToolCall
from kept.core.replay import MOST_CHARACTERS, MOST_TURNS, Attempt, Script, is_deterministic
from kept.errors import Invalid

USER, SAID = Message("user", "Read it."), Message("assistant", "No.")
EMBEDDED = Identity("organism", "weights digest", "sha256:" + "ab" * 32)
REMOTE = Identity("remote", "endpoint only", endpoint="https://api.example/v1")


@pytest.mark.parametrize(
    ("turns", "asks"),
    [((USER,), 1), ((USER, SAID), 1), ((USER, SAID, USER), 2), ((Message("system", "x"), USER, USER, SAID), 1)],
)
def test_a_model_is_asked_where_it_answered_and_at_the_end(turns: tuple[Message, ...], asks: int) -> None:
    assert Script(turns).asks == asks


@pytest.mark.parametrize(
    ("turns", "slots", "what"),
    [
        ((), {}, "turns"),
        ((USER,) * (MOST_TURNS + 1), {}, "turns"),
        ((Message("user", "x" * (MOST_CHARACTERS + 1)),), {}, "characters"),
        ((Message("tool", "x"),), {}, "no tools"),
        ((USER, Message("assistant", "", (ToolCall("1", "send", "{}"),))), {}, "no tools"),
        ((SAID, USER), {}, "no question"),
        ((USER, SAID, SAID), {}, "no question"),
        ((USER, Message("system", "x")), {}, "after the conversation began"),
        ((Message("system", "x"),), {}, "no user turn"),
        ((Message("user", "{{card}}"),), {}, "card"),
        ((Message("user", "a\x00b"),), {}, "control character"),
        ((Message("user", "\x1b[2J"),), {}, "control character"),
        ((Message("user", "half \ud83d"),), {}, "half of a character"),
        ((Message("user", "{{place}}"),), {"place": ("a\x08",)}, "control character"),
        ((USER,), {"card": ("amber cedar 42",)}, "card"),
        ((Message("user", "{{place}}"),), {}, "has values and isn't used"),
        ((USER,), {"place": ("here",)}, "isn't used"),
        ((Message("user", "{{place}}"),), {"place": ()}, "values"),
        ((Message("user", "{{place}}"),), {"place": ("here", "here")}, "twice"),
        ((Message("user", "{{place}}"),), {"place": ("here",), "Other": ("x",)}, "malformed"),
    ],
)
def test_what_is_no_script(turns: tuple[Message, ...], slots: dict[str, tuple[str, ...]], what: str) -> None:
    with pytest.raises(Invalid, match=what):
        Script(turns, slots)


def test_what_an_attack_may_hide_in_a_text_is_said_as_it_is() -> None:
    hidden = "a\u200b\u202e\U000e0041\ufeff\t\r\n\x85z"
    assert Script((Message("user", hidden),)).turns[0].content == hidden


def attempts(*said: str) -> list[Attempt]:
    """ "a1" was asked a, and answered 1; "a" got no answer."""
    return [Attempt(number, "r", asked=each[0], answered=each[1:]) for number, each in enumerate(said)]


def test_equal_answers_to_one_question_are_one_observation() -> None:
    assert is_deterministic(attempts("a1", "a1", "b2"), REMOTE)
    assert not is_deterministic(attempts("a1", "a2"), REMOTE)
    assert not is_deterministic(attempts("a1", "b1"), REMOTE)
    assert not is_deterministic(attempts("a", "a"), REMOTE)


def test_own_weights_at_temperature_zero_need_no_second_question() -> None:
    drawing = Identity("organism", "weights digest", "sha256:" + "ab" * 32, sampling=Sampling(temperature=1.0))
    assert is_deterministic(attempts("a1", "b2"), EMBEDDED)
    assert not is_deterministic(attempts("a1", "b2"), drawing)
    assert not is_deterministic(attempts("a1", "a2"), EMBEDDED)
