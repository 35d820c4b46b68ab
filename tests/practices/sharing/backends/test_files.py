"""Files that people give are read as what they are, or refused with what is wrong."""

from pathlib import Path

import pytest

from kept.errors import Invalid
from kept.practices.sharing.backends.files import text


def test_the_words_of_a_file_are_the_same_wherever_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "definition.txt"
    path.write_bytes(b"\xef\xbb\xbfOne line.\r\nAnother.\r\n")
    assert text(path) == "One line.\nAnother.\n"
    path.write_bytes(b"caf\xe9")
    with pytest.raises(Invalid, match="no text in UTF-8: byte 3"):
        text(path)
