"""Whatever a stranger calls a file, its name is one that can be shown, and saved in one folder."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.practices.disclosure.methods.file_names import BYTES, LIMIT, distinct_names, harmless_name


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("notes.txt", "notes.txt"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("/etc/cron.d/x", "x"),
        ("..", "file"),
        ("", "file"),
        (".bashrc", "bashrc"),
        ('a"; filename="b.exe', "a_; filename=_b.exe"),
        ("a\r\nContent-Type: text/html", "aContent-Type_ text_html".rpartition("_")[0] and "html"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("CON.txt", "_CON.txt"),
        ("x" * 300 + ".json", "x" * 115 + ".json"),
        ("報" * 70 + ".txt", "報" * 65 + ".txt"),
        ("\U0001f600" * 120, "\U0001f600" * 50),
        ("é" * 110 + "." + "ü" * 16, "é" * 83 + "." + "ü" * 16),
        ("\u043e\u0442\u0447\u0451\u0442.pdf", "\u043e\u0442\u0447\u0451\u0442.pdf"),
    ],
)
def test_names_are_made_harmless(given_name: str, name: str) -> None:
    assert harmless_name(given_name) == name


@given(st.text(max_size=400) | st.text(st.sampled_from("報é\U0001f600x. "), max_size=300))
def test_no_name_leaves_its_folder(given_name: str) -> None:
    name = harmless_name(given_name)
    assert 0 < len(name) <= LIMIT + 1
    assert len(name.encode()) <= BYTES + 1
    assert os.path.normpath(os.path.join("/folder", name)) == f"/folder/{name}"
    assert not set(name) & set('\r\n\0"/\\')
    assert name.isprintable()


@given(st.lists(st.text(max_size=20), max_size=12))
def test_no_two_names_are_one(given_names: list[str]) -> None:
    found = distinct_names(given_names)
    assert len({each.casefold() for each in found}) == len(given_names)
