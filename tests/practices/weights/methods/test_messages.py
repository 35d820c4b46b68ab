"""The wire format: one encoding for each message, and nothing that a stranger sends costs more than it should."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kept.errors import Invalid
from kept.practices.weights.methods import messages
from kept.practices.weights.methods.messages import (
    DATA,
    MESSAGE,
    REQUEST_LIMIT,
    Frames,
    Hello,
    Message,
    Open,
    Opened,
    Read,
)

EVERY: list[Message] = [
    Hello(1, "00" * 32, "acme.example/log"),
    messages.Proof("alice", "ab" * 32, "cd" * 64),
    messages.Welcome("alice"),
    Open("lease-1", "/srv/model.sealed"),
    Opened(1, "ff" * 32, "read", {"wte": ["BF16", [4, 2], 0, 16]}, 40),
    messages.Attach(4096),
    messages.Attached(1),
    messages.Detach(1),
    Read(1, "wte", 0, 16, -1, 0),
    messages.Done(16),
    messages.Export(1, "partner"),
    messages.Exported(16, "ee" * 32, 9),
    messages.Compare(1),
    messages.Compared({"0": "ab" * 32}),
    messages.Close(1),
    messages.Show("lease-1"),
    messages.Nonce("ab" * 32),
    messages.Evidence("lease-1", "ab" * 32, "e30="),
    messages.Refused("denied", "lease.spent", "No.", ""),
]


def bodies(data: bytes, *, limit: int = REQUEST_LIMIT) -> list[tuple[int, bytes]]:
    return list(Frames(limit=limit).feed(data))


@pytest.mark.parametrize("message", EVERY, ids=lambda each: type(each).__name__)
def test_a_message_is_read_as_it_was_written(message: Message) -> None:
    ((kind, body),) = bodies(messages.encode(message))
    assert kind == MESSAGE
    assert messages.decode(body, limit=REQUEST_LIMIT) == message


def test_every_kind_of_message_is_tried_here() -> None:
    assert {type(each) for each in EVERY} == set(Message.__args__)


@given(some.integers(1, 40))
def test_frames_are_cut_wherever_the_stream_is(step: int) -> None:
    stream = b"".join(map(messages.encode, EVERY)) + messages.frame(DATA, b"\0plaintext")
    frames, found = Frames(limit=REQUEST_LIMIT), []
    for at in range(0, len(stream), step):
        found += frames.feed(stream[at : at + step])
    assert [messages.decode(body, limit=REQUEST_LIMIT) for kind, body in found if kind == MESSAGE] == EVERY
    assert found[-1] == (DATA, b"\0plaintext")
    assert len(frames) == 0


@pytest.mark.parametrize(
    "data",
    [
        b"M\x00\x00\x40\x01",
        b"M\xff\xff\xff\xff",
        b"D\x00\x10\x00\x01",
        b"GET / HTTP/1.1\r\n",
        b"\x16\x03\x01\x02\x00\x01",
    ],
    ids=["a byte too long", "4 GB", "too much data", "another protocol", "TLS"],
)
def test_a_length_or_kind_that_is_wrong_is_refused_before_its_body_comes(data: bytes) -> None:
    with pytest.raises(Invalid, match="A frame"):
        bodies(data)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"kind":"nothing"}',
        b'{"kind":["close"],"session":1}',
        b'{"kind":"close"}',
        b'{"kind":"close","more":1,"session":1}',
        b'{"kind":"close","session":"1"}',
        b'{"kind":"close","session":1.0}',
        b'{"kind":"close","session":true}',
        b'{"kind":"close","session":-2}',
        b'{"kind":"close","session":9007199254740993}',
        b'{"kind": "close","session":1}',
        b'{"session":1,"kind":"close"}',
        b'{"kind":"close","session":1,"session":1}',
        b'{"kind":"attach","size":1e999}',
        b"[" * 5000,
        b'{"kind":"open","lease":"' + b"x" * 5000 + b'","place":""}',
    ],
)
def test_what_is_not_exactly_a_message_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        messages.decode(body, limit=REQUEST_LIMIT)


@given(some.binary(max_size=400))
def test_garbage_is_refused_and_nothing_else_happens(data: bytes) -> None:
    try:
        for _, body in bodies(data):
            messages.decode(body, limit=REQUEST_LIMIT)
    except Invalid:
        pass


def test_what_is_signed_binds_who_asks_whom_and_by_which_way() -> None:
    hello = Hello(1, "00" * 32, "acme.example/log")
    said = {
        messages.challenge_bytes(hello, "alice", channel="unix"),
        messages.challenge_bytes(hello, "bob", channel="unix"),
        messages.challenge_bytes(hello, "alice", channel="tls:" + "ab" * 32),
        messages.challenge_bytes(Hello(1, "01" * 32, hello.broker), "alice", channel="unix"),
        messages.challenge_bytes(Hello(1, hello.challenge, "other.example/log"), "alice", channel="unix"),
    }
    assert len(said) == 5
