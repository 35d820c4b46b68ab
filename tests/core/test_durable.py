"""One file replaced durably: whole after a crash, never through a planted link, and told where the disk refuses."""

import os
import stat

import pytest

from kept.core import durable
from kept.errors import Unavailable
from simulators.forgetful_disk import ForgetfulDisk


@pytest.mark.parametrize("place", ["file", "new/folder/file"])
def test_what_was_written_survives_a_crash_that_forgets_unsynced_writes(tmp_path, monkeypatch, place):
    disk = ForgetfulDisk(tmp_path / "machine", monkeypatch)
    path = tmp_path / "machine" / place
    (tmp_path / "machine").mkdir()
    for content in (b"first", b"second"):
        durable.write(path, content)
        disk.crash(tmp_path / content.decode())
        assert (tmp_path / content.decode() / place).read_bytes() == content


def test_files_that_were_written_before_survive_once_they_are_synced(tmp_path, monkeypatch):
    disk = ForgetfulDisk(tmp_path / "machine", monkeypatch)
    for count in (2, durable.MANY_FILES + 1):
        names = [f"{count}/{number}" for number in range(count)]
        (tmp_path / "machine" / str(count)).mkdir(parents=True)
        for name in names:
            (tmp_path / "machine" / name).write_text(name)
        durable.sync_files(tmp_path / "machine", names)
        disk.crash(tmp_path / f"after-{count}")
        assert [(tmp_path / f"after-{count}" / name).read_text() for name in names] == names


def test_a_refused_replacement_leaves_what_was_there_and_nothing_beside_it(tmp_path, monkeypatch):
    durable.write(tmp_path / "file", b"old")
    monkeypatch.setattr(os, "fsync", lambda descriptor: os.close(-1))
    with pytest.raises(Unavailable, match="file can't be written") as caught:
        durable.write(tmp_path / "file", b"new")
    assert caught.value.code == "file.unwritable"
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"old")]


def test_what_stands_under_a_staged_name_is_replaced_and_never_written_through(tmp_path):
    (tmp_path / "elsewhere").write_bytes(b"theirs")
    (tmp_path / "staged").symlink_to(tmp_path / "elsewhere")
    durable.stage(tmp_path / "staged", b"ours")
    assert (tmp_path / "elsewhere").read_bytes() == b"theirs"
    assert (tmp_path / "staged").read_bytes() == b"ours"


def test_a_private_file_is_its_owners_alone(tmp_path):
    durable.write(tmp_path / "secret", b"", mode=0o600)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="can't be written"):
        durable.write(tmp_path / "file/below", b"")
    with pytest.raises(Unavailable), durable.locked(tmp_path / "file/below"):
        pass
