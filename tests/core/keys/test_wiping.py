"""What is wiped holds zeros, in place."""

from kept.core.keys.wiping import wipe


def test_a_buffer_and_a_view_of_another_are_overwritten_in_place():
    first, second = bytearray(b"secret"), bytearray(b"open secret")
    wipe(first, memoryview(second)[5:])
    assert (first, second) == (bytes(6), b"open " + bytes(6))
