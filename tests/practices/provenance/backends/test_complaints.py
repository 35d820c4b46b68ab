"""Codecs may say what they like: it reaches whoever called, and nobody's terminal."""

import os

import pytest

from kept.practices.provenance.backends.complaints import heard


def test_words_of_codecs_are_sorted_and_others_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    with heard() as damage:
        os.write(2, b"Corrupt JPEG data: premature end of data segment\n")
        os.write(2, b"Another thread speaks.\n")
        os.write(2, b"libpng warning: iCCP: too short\n")
        os.write(2, b"[ERROR:0@1.7] global loadsave.cpp:1355 imdecode_ it\n> which means\n\n")
        assert damage == []
    os.write(2, b"Later.\n")
    assert [line[:12] for line in damage] == ["Corrupt JPEG", "[ERROR:0@1.7"]
    assert capfd.readouterr().err == "Another thread speaks.\nLater.\n"


def test_an_error_leaves_standard_error_where_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    def fails() -> None:
        with heard():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    os.write(2, b"Here.\n")
    assert capfd.readouterr().err == "Here.\n"
