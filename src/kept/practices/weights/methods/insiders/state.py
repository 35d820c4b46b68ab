"""A detector's state as bytes, taken where a day has ended: what a watcher goes on from after a restart."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np

from kept.errors import Invalid
from kept.practices.weights.methods.insiders.arrays import Rows
from kept.practices.weights.methods.insiders.detector import Detector, Uniform
from kept.practices.weights.methods.insiders.features import NAMES
from kept.practices.weights.records.insiders import Manner

VERSION = 1


def freeze(detector: Detector) -> bytes:
    """What `thaw` takes; arrays alone, and one JSON text. The running day isn't in it."""
    people = detector.names()
    said = {
        "version": VERSION,
        "features": NAMES,
        "people": people,
        "roles": list(detector.roles),
        "days": detector.days,
        "given": list(detector.pairs.given.items()),
        "got": list(detector.pairs.got.items()),
        "total": detector.pairs.total,
    }
    arrays: dict[str, Any] = {
        "said": np.frombuffer(json.dumps(said).encode(), np.uint8),
        "role_of": np.array(detector.role_of, np.int32),
        "pairs": np.array([[*pair, weight] for pair, weight in detector.pairs.count.items()], float).reshape(-1, 3),
        "pooled": detector.habits.pooled,
        "scales": detector.habits.scales,
        "role_hours": detector.hours.roles,
    }
    for name, rows in _tables(detector).items():
        arrays |= {f"{name}.{column}": array[: len(people)] for column, array in rows.arrays.items()}
    for name, memory in (("known", detector.known), ("usual", detector.usual)):
        arrays[f"{name}.now"] = np.frombuffer(memory.now, np.uint8)
        arrays[f"{name}.before"] = np.frombuffer(memory.before, np.uint8)
    written = io.BytesIO()
    np.savez_compressed(written, **arrays)
    return written.getvalue()


def thaw(data: bytes, manner: Manner, uniform: Uniform) -> Detector:
    """The detector that was frozen. Raises Invalid for anything else, or one that counted other features."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return _thawed(dict(arrays.items()), manner, uniform)
    except (KeyError, ValueError, OSError, EOFError, TypeError, IndexError, zipfile.BadZipFile) as error:
        raise Invalid("The watcher's state is damaged.", code="watch.state", hint="Watch from the start.") from error


def _thawed(arrays: dict[str, Any], manner: Manner, uniform: Uniform) -> Detector:
    said = json.loads(arrays["said"].tobytes())
    if said["version"] != VERSION or tuple(said["features"]) != NAMES:
        raise ValueError("another version")
    detector = Detector(manner, uniform)
    for role in said["roles"]:
        detector.roles[role] = len(detector.roles)
    for name in said["people"]:
        detector.row(name)
    detector.role_of[:] = [int(role) for role in arrays["role_of"]]
    detector.roles = {role: number for number, role in enumerate(said["roles"])}
    detector.days = int(said["days"])
    detector.pairs.count = {(int(first), int(second)): float(weight) for first, second, weight in arrays["pairs"]}
    detector.pairs.given, detector.pairs.got = dict(map(tuple, said["given"])), dict(map(tuple, said["got"]))
    detector.pairs.total = float(said["total"])
    detector.habits.pooled, detector.habits.scales = arrays["pooled"], arrays["scales"]
    detector.hours.roles = arrays["role_hours"]
    for name, rows in _tables(detector).items():
        rows.make_room(len(said["people"]))
        for column, array in rows.arrays.items():
            array[: len(said["people"])] = arrays[f"{name}.{column}"]
    for name, memory in (("known", detector.known), ("usual", detector.usual)):
        memory.now[:] = arrays[f"{name}.now"].tobytes()
        memory.before[:] = arrays[f"{name}.before"].tobytes()
    return detector


def _tables(detector: Detector) -> dict[str, Rows]:
    return {
        "habits": detector.habits.rows,
        "hours": detector.hours.rows,
        "queue": detector.queue.rows,
        "wealth": detector.wealth.rows,
    }
