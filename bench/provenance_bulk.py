"""What a bulk job costs over what it does: pictures of 1 MP marked and checked by 1 and 2 workers, beside a bare loop.

Predicted: a worker starts in a second or two, and a file costs three commits of the journal, some milliseconds each,
beside a quarter of a second of marking and encoding; so one worker is within a tenth of the bare loop once it runs, and
two come close to twice that where two processors are free. Times are of the wall, as workers are other processes, and
of the latter half of the files: so the start is left out, and told by itself.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import cv2
import numpy as np

from kept.practices.provenance.records.bulk import Manner
from simulators.provenance_room import Room, opened

MODEL = f"sha256:{'ab' * 32}"


def pictures(folder: Path, count: int) -> None:
    """JPEG pictures of 1 MP, of something like a photograph, no two alike."""
    folder.mkdir()
    for number in range(count):
        generator = np.random.default_rng(number)
        coarse = cv2.resize(generator.uniform(30, 220, (16, 16, 3)), (1024, 1024), interpolation=cv2.INTER_CUBIC)
        pixels = np.uint8(np.clip(coarse + generator.normal(0, 9, coarse.shape), 0, 255))
        encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
        (folder / f"{number:04d}.jpg").write_bytes(encoded.tobytes())


class Watch:
    """When the first outcome came, and the last."""

    def __init__(self) -> None:
        self.begun = time.perf_counter()
        self.seen: list[float] = []

    def __call__(self, done: int, total: int, note: str = "") -> None:
        self.seen.append(time.perf_counter())

    @property
    def rate(self) -> float:
        """Files in a second in the latter half, when every worker is at work."""
        half = len(self.seen) // 2
        return (len(self.seen) - 1 - half) / (self.seen[-1] - self.seen[half])


def bare(room: Room, folder: Path) -> Watch:
    watch = Watch()
    for path in sorted(folder.iterdir()):
        room.service.mark(path.read_bytes(), "image/jpeg", MODEL)
        watch(0, 0)
    return watch


def many(room: Room, folder: Path, workers: int) -> tuple[Watch, Watch]:
    out, manner = folder.parent / f"out-{workers}", Manner(workers=workers)
    marking = Watch()
    room.service.mark_many((str(folder),), str(out), model=MODEL, manner=manner, progress=marking)
    checking = Watch()
    room.service.check_many((str(out),), f"{out}.parquet", manner=manner, progress=checking)
    return marking, checking


def main() -> None:
    count = 12 if "--quick" in sys.argv else 60
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "in"
        pictures(folder, count)
        with opened(Path(name)) as room:
            room.service.keys_new()
            bare(room, folder)
            loop = bare(room, folder)
            found = {workers: many(room, folder, workers) for workers in (1, 2)}
    rows = []
    for place, verb in enumerate(("mark", "check")):
        one, two = (found[workers][place] for workers in (1, 2))
        rows.append(row(verb, one, two, loop if verb == "mark" else None, count))
    print(json.dumps({"bench": "provenance_bulk", "rows": rows}))


def row(verb: str, one: Watch, two: Watch, loop: Watch | None, count: int) -> dict[str, Any]:
    detail = {
        "one worker": f"{one.rate:.1f} files/s",
        "two workers": f"{two.rate:.1f} files/s",
        "until the first": f"{one.seen[0] - one.begun:.1f} s",
        "files": f"{count} JPEG of 1 MP",
        "processors": f"{os.cpu_count()}, load {os.getloadavg()[0]:.1f}",
    }
    if loop is not None:
        detail["bare loop, nothing written"] = f"{loop.rate:.1f} files/s"
    ratio = two.rate / one.rate
    return {
        "what": f"{verb}-many: two workers over one",
        "reach": "≥ 1.6 with two free processors",
        "measured": ratio,
        "unit": "×",
        "holds": ratio >= 1.6,
        "detail": detail,
    }


if __name__ == "__main__":
    main()
