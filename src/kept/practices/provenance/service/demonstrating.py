"""Shows what marks survive: a picture, its marked and attacked copies, and the verdict on each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kept.core.reference import load
from kept.practices.provenance.methods import media
from kept.practices.provenance.methods.picture import Picture, as_rgb
from kept.practices.provenance.methods.standins import picture as drawn
from kept.practices.provenance.ports import Places
from kept.practices.provenance.records import Verdict
from kept.practices.provenance.service.checking import Checking
from kept.practices.provenance.service.marking import Marking

SHOWN = ("jpeg-50", "half-size", "crop-half", "turn-5", "mirror", "turn-crop-resize-jpeg")
PNG, JPEG = "image/png", "image/jpeg"


class Demonstrating(Marking, Checking):
    """The verb `demonstrate`."""

    def demonstrate(self, out: Path, *, model: str, data: bytes = b"") -> tuple[dict[str, Any], ...]:
        """Write a picture (one that is drawn, unless `data` holds one), its copies and their verdicts into a folder.

        1. The picture as it was, and marked.
        2. The marked one without its manifest, and after each of a few attacks.
        3. Another picture, onto which the mark was copied.

        Every copy is checked like any file. Raises as `mark` and `check` do, and Unavailable for the folder.
        """
        pictures = self._context.backends["picture"]
        read, encode = load(pictures["read"]), load(pictures["write"])
        data = data or encode(Picture(drawn(7), PNG), PNG)
        name = media.sniff(data)
        # Before anything is registered, it shows whether the folder can be written.
        self._put(out, f"original.{media.extension(name)}", data)
        made = self.mark(data, name, model)
        before, after = (as_rgb(read(each, name).pixels) for each in (data, made))
        rows = []
        for called, pixels in (("original", None), ("marked", None), *_copies(before, after)):
            whole = {"original": data, "marked": made}.get(called) or encode(Picture(pixels, JPEG), JPEG, quality=90)
            kind = name if pixels is None else JPEG
            file = f"{called}.{media.extension(kind)}"
            self._put(out, file, whole)
            rows.append(_row(file, called, self.check(whole, kind)))
        self._put(out, "verdicts.json", json.dumps(rows, indent=2).encode() + b"\n")
        return tuple(rows)

    def _put(self, out: Path, name: str, data: bytes) -> None:
        places: Places = load(self._context.backends["place"]["any"])
        places.stage(str(out / name), data, within=str(out), tag=name)
        places.publish(str(out / name), tag=name)


def _copies(before: Any, after: Any) -> Iterator[tuple[str, Any]]:
    """Pixels by what was done: re-encoded without a manifest, attacked, and the mark put onto another picture."""
    attacks = load("kept.practices.provenance.methods.attacks.pictures:ATTACKS")
    yield "stripped", after
    for called in SHOWN:
        yield called, attacks[called](after, 7)
    residual = after.astype(np.int16) - before
    other = drawn(8, height=len(after), width=after.shape[1])
    yield "copied-onto-another", np.clip(other + residual, 0, 255).astype(np.uint8)


def _row(file: str, called: str, verdict: Verdict) -> dict[str, Any]:
    return {
        "file": file,
        "what": called,
        "verdict": verdict.verdict,
        "origin": verdict.origin,
        "conflicts": list(verdict.conflicts),
        "p_value": verdict.p_value,
    }
