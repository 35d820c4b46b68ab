"""A report is written whole or not at all, and nothing else is touched."""

import errno
import os
from pathlib import Path

import pytest

from kept.errors import Conflict, Invalid, Unavailable
from kept.practices.reporting.backends.filesystem import FOLDER

REPORT = {"report.json": b"{}", "manifest.json": b"{}", "outcomes/c-1.jsonl": b"\n"}


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    FOLDER.write(tmp_path / "deep" / "report", REPORT)
    found = FOLDER.read(tmp_path / "deep" / "report")
    assert found.contents == REPORT
    assert found.oddities == ()


def test_a_report_replaces_an_earlier_one_and_leaves_nothing_of_it(tmp_path: Path) -> None:
    FOLDER.write(tmp_path / "report", REPORT)
    FOLDER.write(tmp_path / "report", {"report.json": b"[]", "manifest.json": b""})
    assert FOLDER.read(tmp_path / "report").contents == {"report.json": b"[]", "manifest.json": b""}
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


@pytest.mark.parametrize("name", ["../x", "/x", "a/b", "outcomes/../x", "outcomes/a/b", ".hidden", "", "a\0b", "a\nb"])
def test_a_name_that_leaves_the_folder_is_invalid_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(Invalid, match="can't hold a file called"):
        FOLDER.write(tmp_path / "report", {**REPORT, name: b"x"})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_files_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(Conflict, match=r"thesis\.txt"):
        FOLDER.write(tmp_path, REPORT)
    FOLDER.write(tmp_path / "report", REPORT)
    (tmp_path / "report" / "notes.txt").write_text("mine")
    with pytest.raises(Conflict, match=r"notes\.txt"):
        FOLDER.write(tmp_path / "report", REPORT)
    assert (tmp_path / "report" / "notes.txt").read_text() == "mine"


def test_a_folder_with_files_that_only_look_like_a_report_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("a home page")
    with pytest.raises(Conflict, match="holds no report"):
        FOLDER.write(tmp_path, REPORT)


def test_a_link_is_refused_as_a_folder_and_told_of_inside(tmp_path: Path) -> None:
    FOLDER.write(tmp_path / "report", REPORT)
    (tmp_path / "link").symlink_to(tmp_path / "report")
    with pytest.raises(Conflict, match="not a plain folder"):
        FOLDER.write(tmp_path / "link", REPORT)
    (tmp_path / "report" / "index.html").symlink_to("/etc/hostname")
    (tmp_path / "report" / "more").mkdir()
    found = FOLDER.read(tmp_path / "report")
    assert "index.html" not in found.contents
    assert found.oddities == ("index.html is not a plain file", "more is not a plain file")


def test_a_full_disk_leaves_the_earlier_report_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FOLDER.write(tmp_path / "report", REPORT)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(Unavailable, match="the disk is full"):
            FOLDER.write(tmp_path / "report", {"report.json": b"[]", "manifest.json": b""})
    assert FOLDER.read(tmp_path / "report").contents == REPORT
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_more_files_than_a_report_may_have_are_not_read(tmp_path: Path) -> None:
    for number in range(4100):
        (tmp_path / f"f{number}").touch()
    found = FOLDER.read(tmp_path)
    assert len(found.contents) == 4096
    assert "more than 4096 files" in found.oddities[-1]
