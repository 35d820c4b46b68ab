"""A place to rehearse in: a folder of its own that goes when the drill is over, and what thieves do with files."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from kept.errors import Conflict, Unavailable

ROWS = 512
SEED_BYTES = 16


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that nobody else can read; it is removed at the end with all that is in it."""
    with tempfile.TemporaryDirectory(prefix="kept-drill-") as made:
        yield Path(made).resolve()


def new(folder: Path) -> None:
    """Make a folder that nobody else can read. Raises Conflict where something is there, Unavailable otherwise."""
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError as error:
        raise Conflict(f"{folder} is there already.", code="file.exists", hint="Name a new folder.") from error
    except OSError as error:
        raise Unavailable(f"{folder} can't be made: {error.strerror}.", code="file.folder") from error


def weights(place: Path, seed: bytes) -> None:
    """Write weights that mean nothing, four tensors of 512 × 512 drawn from a seed, as a safetensors file."""
    drawn = np.random.default_rng(int.from_bytes(seed))
    tensors = {f"blocks.{n}.weight": drawn.normal(0, 0.02, (ROWS, ROWS)).astype(np.float32) for n in range(4)}
    save_file(tensors, place)
    os.chmod(place, 0o600)


def copy(place: Path, to: Path) -> None:
    """Copy a file as a thief would, bit by bit."""
    shutil.copyfile(place, to)
    os.chmod(to, 0o600)


def leak(place: Path, to: Path) -> None:
    """Write what a thief might pass on of a copy: every other tensor, in half precision."""
    tensors = load_file(place)
    save_file({name: tensors[name].astype(np.float16) for name in sorted(tensors)[::2]}, to)


def change(place: Path, at: int) -> None:
    """Turn one bit of a file over, at a place that is taken modulo its length."""
    with open(place, "r+b") as file:
        at %= os.fstat(file.fileno()).st_size
        file.seek(at)
        held = file.read(1)[0]
        file.seek(at)
        file.write(bytes([held ^ 1]))
