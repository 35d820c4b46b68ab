"""What an adversary who knows everything but the key can do to marked pictures: the figures of the threat model.

Nothing here is meant to hold: each row is what was found, so that a provider knows what to promise and when to rotate.

1. Removal by averaging: the residuals of N pictures under one key, folded and summed, show the lines that they share.
   Their estimate is subtracted from another picture until nothing is found. N = 0 is the picture's own estimate.
2. Copying: the estimate from one marked picture, put onto a picture that was never marked, is found there.
3. Regeneration: denoising, strong compression, a small copy enlarged again, as stand-ins for networks that paint anew.
4. An oracle: whoever may ask the checker finds by bisection the least blending with a denoised copy that removes it.

Usage: python bench/provenance_adversaries.py [--quick] [--folder PHOTOGRAPHS]
"""

import argparse
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kept.practices.provenance.methods.image import detect, embed, lattice
from kept.practices.provenance.methods.image.perception import luminance, masking, seen
from kept.practices.provenance.methods.image.spectrum import folded
from kept.practices.provenance.records import MarkKey, Payload

Picture = NDArray[np.uint8]
KEY = MarkKey("bench", bytes(range(32)))
AVERAGED = (0, 1, 3, 10, 30)
FAITHFUL = 38.0
"""How near an attacked picture stays to the marked one, in dB, for an attack to count as of use."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a few pictures, and fewer steps")
    options.add_argument("--folder", type=Path, help="photographs, instead of those that are found here")
    chosen = options.parse_args()
    cv2.setNumThreads(1)
    pictures = photographs(chosen.folder, most=16 if chosen.quick else 48)
    targets = pictures[: 4 if chosen.quick else 12]
    chance = np.random.default_rng(11)
    marked = [embed(each, Payload(7, int(chance.integers(2**40))), KEY) for each in pictures]
    rows = [
        *averaging(marked, targets=len(targets)),
        *copying(marked, pictures, targets=len(targets)),
        *regeneration(marked[: len(targets)]),
        oracle(marked[: len(targets)]),
    ]
    print(json.dumps({"bench": "provenance_adversaries", "rows": rows}, indent=2, ensure_ascii=False))


def photographs(folder: Path | None, *, most: int) -> list[Picture]:
    """Photographs of this machine, long side 1024 at most."""
    places = [folder] if folder else [Path("/usr/share/wallpapers"), Path("/usr/share/backgrounds")]
    found = [path for place in places for path in sorted(place.rglob("*.[jp][pn]g")) if "screenshot" not in path.name]
    chosen: list[Picture] = []
    for path in found[:: max(1, len(found) // most)][:most]:
        picture = cv2.imread(str(path))
        if picture is not None:
            scale = min(1.0, 1024 / max(picture.shape[:2]))
            small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            chosen.append(np.ascontiguousarray(small[..., ::-1]))
    if not chosen:
        from skimage import data

        chosen = [getattr(data, name)() for name in ("astronaut", "chelsea", "coffee", "rocket")]
    return chosen


def estimate(pictures: Sequence[Picture]) -> NDArray[np.float32]:
    """The tile that these pictures share, as far as their residuals show it; unit mean square."""
    spectrum = np.zeros((lattice.TILE, lattice.TILE), np.complex128)
    columns, rows = lattice.frequencies().T
    for picture in pictures:
        fold = np.fft.fft2(folded(seen(luminance(picture))))
        step = len(fold) // lattice.TILE
        lines = fold[rows * step % len(fold), columns * step % len(fold)]
        spectrum[rows % lattice.TILE, columns % lattice.TILE] += lines / np.abs(lines).mean()
    tile = np.fft.ifft2(spectrum).real
    return (tile / tile.std()).astype(np.float32)


def with_tile(picture: Picture, tile: NDArray[np.float32], decibels: float, sign: int) -> Picture:
    """The picture with a shaped tile added or subtracted, that far from it in dB."""
    plane = luminance(picture)
    height, width = plane.shape
    change = np.tile(tile, (height // len(tile) + 1, width // len(tile) + 1))[:height, :width] * masking(plane)[0]
    change *= sign * 255 * 10 ** (-decibels / 20) / math.sqrt(float(np.mean(change**2)))
    wide = cv2.resize(change, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return np.clip(np.rint(picture + wide[..., None]), 0, 255).astype(np.uint8)


def averaging(marked: Sequence[Picture], *, targets: int) -> list[dict[str, Any]]:
    found = []
    for count in AVERAGED:
        removed, faithful = 0, []
        for at in range(targets):
            others = [each for place, each in enumerate(marked) if place != at][:count]
            tile = estimate(others if count else [marked[at]])
            nearest = gone(marked[at], lambda db, at=at, tile=tile: with_tile(marked[at], tile, db, -1))
            removed += nearest is not None
            faithful += [nearest] if nearest is not None else []
        of = f"{count} other pictures under the key" if count else "the picture itself"
        found.append(
            told(
                f"removal by averaging: the mark is gone within {FAITHFUL:g} dB, estimated from {of}",
                removed / targets,
                {"pictures": targets, "median dB where gone": median(faithful)},
            )
        )
    return found


def gone(marked: Picture, attack: Callable[[float], Picture]) -> float | None:
    """The gentlest of some strengths, in dB, at which nothing is found any more."""
    for decibels in (46.0, 44.0, 42.0, 40.0, FAITHFUL):
        if detect(attack(decibels), [KEY]) is None:
            return decibels
    return None


def copying(marked: Sequence[Picture], pictures: Sequence[Picture], *, targets: int) -> list[dict[str, Any]]:
    found = 0
    for at in range(targets):
        victim = pictures[(at + len(pictures) // 2) % len(pictures)]
        forged = with_tile(victim, estimate([marked[at]]), 40.0, 1)
        detection = detect(forged, [KEY])
        found += detection is not None
    what = "copying: a mark estimated from one picture is found on another (its fingerprint then disagrees)"
    return [told(what, found / targets, {"pictures": targets})]


def regeneration(marked: Sequence[Picture]) -> list[dict[str, Any]]:
    return [
        told(
            f"regeneration: still found after {name}",
            sum(detect(attack(each), [KEY]) is not None for each in marked) / len(marked),
            {
                "pictures": len(marked),
                "mean dB": round(float(np.mean([psnr(attack(each), each) for each in marked])), 1),
            },
        )
        for name, attack in ATTACKS.items()
    ]


def jpeg(quality: int) -> Callable[[Picture], Picture]:
    def attack(picture: Picture) -> Picture:
        return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)

    return attack


def enlarged(share: float) -> Callable[[Picture], Picture]:
    def attack(picture: Picture) -> Picture:
        small = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        return cv2.resize(small, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC)

    return attack


def denoised(strength: float) -> Callable[[Picture], Picture]:
    return lambda picture: cv2.fastNlMeansDenoisingColored(picture, None, strength, strength, 5, 15)


ATTACKS: dict[str, Callable[[Picture], Picture]] = {
    "JPEG 20": jpeg(20),
    "JPEG 10": jpeg(10),
    "a copy of half the size, enlarged": enlarged(0.5),
    "a copy of a third of the size, enlarged": enlarged(1 / 3),
    "a copy of a quarter of the size, enlarged": enlarged(0.25),
    "a median of 7 by 7": lambda picture: cv2.medianBlur(picture, 7),
    "denoising by non-local means, strength 5": denoised(5),
    "denoising by non-local means, strength 10": denoised(10),
    "edge-preserving smoothing": lambda picture: cv2.bilateralFilter(picture, 9, 60, 7),
}


def oracle(marked: Sequence[Picture]) -> dict[str, Any]:
    asked, near, beaten = [], [], 0
    for picture in marked:
        other = enlarged(0.25)(picture)
        if detect(other, [KEY]) is not None:
            continue
        low, high, questions = 0.0, 1.0, 1
        while high - low > 0.02:
            middle = (low + high) / 2
            blended = cv2.addWeighted(other, middle, picture, 1 - middle, 0)
            questions += 1
            low, high = (low, middle) if detect(blended, [KEY]) is None else (middle, high)
        beaten += 1
        asked.append(questions)
        near.append(psnr(cv2.addWeighted(other, high, picture, 1 - high, 0), picture))
    return told(
        "an oracle: the mark is removed by bisection between a picture and a small copy of it, enlarged",
        beaten / len(marked),
        {"questions": median(asked), "median dB": median(near), "pictures": len(marked)},
    )


def psnr(one: Picture, other: Picture) -> float:
    error = float(np.mean((one.astype(np.float64) - other) ** 2))
    return 10 * math.log10(255**2 / error) if error else math.inf


def median(values: Sequence[float]) -> float | None:
    return round(float(np.median(values)), 1) if values else None


def told(what: str, share: float, detail: dict[str, Any]) -> dict[str, Any]:
    reach = "(what an adversary reaches; published, not promised)"
    return {
        "what": what,
        "reach": reach,
        "measured": round(share, 3),
        "unit": "share of pictures",
        "holds": True,
        "detail": detail,
    }


if __name__ == "__main__":
    main()
