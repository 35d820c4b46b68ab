"""A file or a folder is sealed whole or not at all, and no plaintext is written anywhere."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from kept.errors import Conflict, Invalid, KeptError, NotFound, Unavailable
from kept.practices.weights.backends.containers.checking import check
from kept.practices.weights.backends.containers.reading import open_sealed
from kept.practices.weights.backends.containers.sealing import seal
from simulators.full_disk import SmallDisk, small_disk
from simulators.sealed_files import KEY, commission, plain_file, sharded

MEBIBYTE = 1 << 20


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("size", [1, MEBIBYTE - 1, MEBIBYTE, 9 * MEBIBYTE + 5, 16 * MEBIBYTE])
def test_a_file_of_any_size_comes_back(tmp_path: Path, size: int) -> None:
    plain = plain_file(size)
    (tmp_path / "plain").write_bytes(plain)
    steps: list[tuple[int, int]] = []
    told = lambda done, total: steps.append((done, total))  # noqa: E731
    made = seal(tmp_path / "plain", tmp_path / "sealed", commission(told=told))
    assert steps[-1] == (size, size)
    assert made.sha256 == hashlib.sha256(plain).hexdigest()
    assert made.sealed_bytes == (tmp_path / "sealed").stat().st_size
    assert check(tmp_path / "sealed", KEY).first.manifest.plain_digest == made.sha256
    model = open_sealed(tmp_path / "sealed", KEY)
    out = bytearray(size)
    model.read_into(0, size, out)
    assert plain.endswith(out)
    assert names(tmp_path) == {"plain", "sealed"}
    assert (tmp_path / "sealed").stat().st_mode & 0o777 == 0o600
    assert plain[-16:] not in (tmp_path / "sealed").read_bytes() or size < 16


def test_the_same_file_sealed_twice_shares_nothing(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(plain_file(5000))
    one, other = (seal(tmp_path / "plain", tmp_path / name, commission()) for name in ("one", "other"))
    assert one.file != other.file
    assert one.sha256 == other.sha256
    tails = [(tmp_path / name).read_bytes()[-5000:] for name in ("one", "other")]
    assert sum(a == b for a, b in zip(*tails, strict=True)) < 200


def test_nothing_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(plain_file(100))
    (tmp_path / "sealed").write_text("mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("sealed", "dangling", "plain"):
        with pytest.raises(Conflict, match="exists"):
            seal(tmp_path / "plain", tmp_path / name, commission())
    assert (tmp_path / "sealed").read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


def test_a_file_that_appears_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(plain_file(100))
    told = lambda done, total: (tmp_path / "sealed").write_text("first")  # noqa: E731
    with pytest.raises(Conflict, match="exists"):
        seal(tmp_path / "plain", tmp_path / "sealed", commission(told=told))
    assert (tmp_path / "sealed").read_text() == "first"
    assert names(tmp_path) == {"plain", "sealed"}


@pytest.mark.parametrize("data", [b"", b"1234567", b"\xff" * 100, (100_000_000).to_bytes(8, "little") + b"{" * 50])
def test_what_is_no_safetensors_file_is_not_sealed(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "plain").write_bytes(data)
    with pytest.raises(Invalid, match="safetensors"):
        seal(tmp_path / "plain", tmp_path / "sealed", commission())
    assert names(tmp_path) == {"plain"}


def test_what_is_not_there_and_what_is_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        seal(tmp_path / "plain", tmp_path / "sealed", commission())
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Invalid, match="not a file"):
        seal(tmp_path / "pipe", tmp_path / "sealed", commission())
    (tmp_path / "plain").write_bytes(plain_file(100))
    with pytest.raises(NotFound, match="no folder"):
        seal(tmp_path / "plain", tmp_path / "nowhere" / "sealed", commission())


@pytest.mark.parametrize("change", [lambda file: file.seek(5000), lambda file: file.seek(0, os.SEEK_END)])
def test_a_file_that_is_written_to_meanwhile_is_not_sealed(tmp_path: Path, change: Callable) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(plain_file(20 * MEBIBYTE))

    def told(done: int, total: int) -> None:
        with plain.open("r+b") as file:
            change(file)
            file.write(b"changed")

    with pytest.raises(Conflict, match="was changed"):
        seal(plain, tmp_path / "sealed", commission(told=told))
    assert names(tmp_path) == {"plain"}


def test_a_signer_out_of_reach_leaves_nothing(tmp_path: Path) -> None:
    def unreachable(said: object) -> None:
        raise Unavailable("The token was pulled.")

    (tmp_path / "plain").write_bytes(plain_file(100))
    for source in (tmp_path / "plain", sharded(tmp_path / "folder")):
        with pytest.raises(Unavailable, match="pulled"):
            seal(source, tmp_path / "sealed", replace(commission(), sign=unreachable))
    assert names(tmp_path) == {"plain", "folder"}


def test_without_nameless_files_it_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "O_TMPFILE")
    plain = plain_file(100)
    (tmp_path / "plain").write_bytes(plain)
    seal(tmp_path / "plain", tmp_path / "sealed", commission())
    check(tmp_path / "sealed", KEY)
    with pytest.raises(Conflict):
        seal(tmp_path / "plain", tmp_path / "sealed", commission())
    assert names(tmp_path) == {"plain", "sealed"}


# Folders.


def test_a_sharded_folder_is_sealed_with_a_key_for_each_shard(tmp_path: Path) -> None:
    source = sharded(tmp_path / "plain")
    made = seal(source, tmp_path / "sealed", commission())
    assert made.left == ("config.json",)
    assert names(tmp_path / "sealed") == {f"{path.name}.sealed" for path in source.iterdir()} - {"config.json.sealed"}
    assert [each.tensors for each in made.files] == [0, 1, 1]
    found = check(tmp_path / "sealed", KEY)
    assert found.bytes == made.sealed_bytes
    assert len({each.preamble.draft.salt for each in (found.first, *found.shards)}) == 3
    assert len({each.preamble.commitment for each in found.shards}) == 2
    lines = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(source.glob("*.safetensors"))
    )
    assert made.sha256 == found.first.manifest.weights == hashlib.sha256(lines.encode()).hexdigest()
    model = open_sealed(tmp_path / "sealed", KEY)
    assert {name: each.stop - each.start for name, each in model.tensors.items()} == {"layer.1": 5000, "layer.2": 3000}
    out = bytearray(8000)
    for threads in (1, 3):
        model.read_into(0, 8000, out, threads=threads)
        assert out == Random(1).randbytes(5000) + Random(2).randbytes(3000)


def outside(name: str) -> dict[str, object]:
    return {"weight_map": {"layer.1": "model-00001-of-00002.safetensors", "layer.2": name}}


@pytest.mark.parametrize(
    "index",
    [
        outside("../outside.safetensors"),
        outside("/etc/outside.safetensors"),
        outside("folder/model.safetensors"),
        outside("..\\outside.safetensors"),
        outside("c:outside.safetensors"),
        outside(".hidden.safetensors"),
        outside("model.bin"),
        outside("..safetensors"),
        outside(""),
        outside("a\0.safetensors"),
        {"weight_map": {"layer.1": ["model-00001-of-00002.safetensors"]}},
        {"weight_map": {}},
        {"weight_map": []},
        {"weight_map": {f"t{number}": f"m{number}.safetensors" for number in range(4001)}},
        [],
    ],
)
def test_an_index_that_points_outside_its_folder_or_is_none_is_refused(tmp_path: Path, index: object) -> None:
    (tmp_path / "outside.safetensors").write_bytes(plain_file(10))
    source = sharded(tmp_path / "plain", index=index)
    with pytest.raises(Invalid, match="index of the model"):
        seal(source, tmp_path / "sealed", commission())
    assert names(tmp_path) == {"plain", "outside.safetensors"}


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    source = sharded(tmp_path / "plain")
    shard = source / "model-00002-of-00002.safetensors"
    shard.rename(tmp_path / "elsewhere")
    shard.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Invalid, match="leads out"):
        seal(source, tmp_path / "sealed", commission())
    assert "sealed" not in names(tmp_path)


@pytest.mark.parametrize("tensors", [{"layer.1"}, {"layer.1", "layer.2", "layer.3"}])
def test_an_index_that_says_other_tensors_than_its_shards_have_is_refused(tmp_path: Path, tensors: set[str]) -> None:
    said = {name: f"model-0000{min(2, int(name[-1]))}-of-00002.safetensors" for name in tensors}
    said.setdefault("layer.9", "model-00002-of-00002.safetensors")
    source = sharded(tmp_path / "plain", index={"weight_map": said})
    with pytest.raises(Invalid, match="differ about the tensor"):
        seal(source, tmp_path / "sealed", commission())
    assert names(tmp_path) == {"plain"}


def test_a_shard_that_is_missing_leaves_nothing_sealed(tmp_path: Path) -> None:
    source = sharded(tmp_path / "plain")
    (source / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(NotFound, match="00002"):
        seal(source, tmp_path / "sealed", commission())
    assert names(tmp_path) == {"plain"}


def test_a_folder_without_an_index_or_with_two_is_refused(tmp_path: Path) -> None:
    source = sharded(tmp_path / "plain")
    (source / "other.safetensors.index.json").write_text("{}")
    with pytest.raises(Invalid, match="2 files"):
        seal(source, tmp_path / "sealed", commission())
    for path in source.glob("*.json"):
        path.unlink()
    with pytest.raises(Invalid, match="0 files"):
        seal(source, tmp_path / "sealed", commission())


# Disks that fill up, and processes that die.


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", megabytes=8) as mounted:
        if mounted is None:
            pytest.skip("only root can mount a small disk")
        yield mounted


@pytest.mark.parametrize("leave", [0, 100_000, 3 * MEBIBYTE])
def test_a_disk_that_fills_up_holds_nothing_of_it(tmp_path: Path, disk: SmallDisk, leave: int) -> None:
    (tmp_path / "plain").write_bytes(plain_file(4 * MEBIBYTE))
    disk.fill(leave=leave)
    for source in (tmp_path / "plain", sharded(tmp_path / "folder", (2 * MEBIBYTE, 2 * MEBIBYTE))):
        with pytest.raises(Unavailable, match="space"):
            seal(source, disk.folder / "sealed", commission())
        assert names(disk.folder) == {"ballast"}
    disk.empty()
    seal(tmp_path / "plain", disk.folder / "sealed", commission())
    check(disk.folder / "sealed", KEY)


SEALER = """
import sys
from pathlib import Path
from simulators.sealed_files import commission
from kept.practices.weights.backends.containers.sealing import seal
print("ready", flush=True)
seal(Path(sys.argv[1]), Path(sys.argv[2]), commission(told=lambda done, total: print(done, flush=True)))
"""


@pytest.mark.parametrize("groups", [0, 1, 2])
def test_killed_in_the_middle_nothing_half_written_is_left(tmp_path: Path, groups: int) -> None:
    plain = plain_file(64 * MEBIBYTE)
    (tmp_path / "plain").write_bytes(plain)
    for source, target in ((tmp_path / "plain", "sealed"), (sharded(tmp_path / "folder", (MEBIBYTE,) * 40), "folded")):
        command = [sys.executable, "-c", SEALER, str(source), str(tmp_path / target)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            for _ in range(1 + groups):
                assert process.stdout.readline()
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        assert target not in names(tmp_path)
        for path in tmp_path.rglob("*.partial/*"):
            # What a killed run leaves hidden is ciphertext that has no key anywhere.
            with pytest.raises(KeptError):
                check(path)
    seal(tmp_path / "plain", tmp_path / "sealed", commission())
    assert {each for each in names(tmp_path) if not each.startswith(".")} == {"plain", "folder", "sealed"}


LITTLE_MEMORY = """
import resource, sys
from pathlib import Path
from simulators.sealed_files import commission
from kept.practices.weights.backends.containers.sealing import seal
seal(Path(sys.argv[1]), Path(sys.argv[2]), commission())
used = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmData"))
resource.setrlimit(resource.RLIMIT_DATA, ((used + 64 * 1024) * 1024,) * 2)
seal(Path(sys.argv[3]), Path(sys.argv[4]), commission())
"""


def test_a_large_file_is_sealed_in_little_memory(tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(plain_file(100))
    (tmp_path / "large").write_bytes(plain_file(160 * MEBIBYTE))
    command = [sys.executable, "-c", LITTLE_MEMORY]
    command += [str(tmp_path / name) for name in ("small", "one", "large", "other")]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    check(tmp_path / "other")


def test_only_ciphertext_is_ever_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = bytearray()
    real = os.pwrite

    def noted(descriptor: int, data: bytes, at: int) -> int:
        written.extend(data)
        return real(descriptor, data, at)

    monkeypatch.setattr(os, "pwrite", noted)
    marker = b"THE PLAINTEXT OF THE WEIGHTS"
    plain = bytearray(plain_file(2 * MEBIBYTE))
    for at in range(len(plain) - 2 * MEBIBYTE, len(plain) - len(marker), 4096):
        plain[at : at + len(marker)] = marker
    (tmp_path / "plain").write_bytes(plain)
    seal(tmp_path / "plain", tmp_path / "sealed", commission())
    assert len(written) >= 2 * MEBIBYTE
    assert marker not in written
    assert b'"dtype"' not in written
