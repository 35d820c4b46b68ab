"""What was met is known again, and little else is."""

from kept.practices.weights.methods.insiders.remembering import Remembered


def test_what_was_met_is_known_in_its_own_row_alone() -> None:
    memory = Remembered(1024, rows=2)
    assert not memory.meet(0, b"file")
    assert memory.meet(0, b"file")
    assert not memory.meet(1, b"file")


def test_a_row_of_a_hundred_things_takes_few_others_for_known() -> None:
    memory = Remembered(1024)
    for number in range(100):
        memory.meet(0, f"file {number}".encode())
    known = bytes(memory.now)
    wrong = 0
    for number in range(1000):
        memory.now[:] = known
        wrong += memory.meet(0, f"other {number}".encode())
    assert wrong < 60


def test_what_was_met_in_neither_of_two_generations_is_unknown_again() -> None:
    memory = Remembered(1024)
    memory.meet(0, b"file")
    memory.turn()
    assert memory.meet(0, b"file")
    memory.turn()
    memory.turn()
    assert not memory.meet(0, b"file")


def test_rows_are_added_and_keep_what_they_know() -> None:
    memory = Remembered(64, rows=1)
    memory.meet(0, b"file")
    memory.make_room(100)
    assert memory.meet(0, b"file")
    assert not memory.meet(99, b"file")
