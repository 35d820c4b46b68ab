"""A leaked file is traced through a real broker, under a lease; and by its digest where it is as it was made."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.weights.backends.containers.keys import describe
from kept.practices.weights.records.traces import Copy
from kept.practices.weights.service.tracing.fingerprinting import Fingerprinting, note
from simulators.leaker import noisy, quantised
from simulators.planted_broker import Planted, running

DRAW = np.random.default_rng(1)
DATA = {
    "embedding.weight": DRAW.standard_normal((300, 128)).astype(np.float16),
    "layer.weight": DRAW.standard_normal((128, 256)).astype(np.float32),
    "layer.bias": DRAW.standard_normal(128).astype(np.float32),
}
SHAPES = {
    "embedding.weight": ("F16", (300, 128)),
    "layer.weight": ("F32", (128, 256)),
    "layer.bias": ("F32", (128,)),
}
NAMES = ("Borealis Ltd", "Corvus AG", "Dorado Inc")


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    with running(tmp_path_factory.mktemp("broker"), data=DATA) as found:
        found.lease("tracing", runtime="tracing")
        yield found


def copied(planted: Planted, name: str, *, noted: bool = True) -> dict[str, np.ndarray]:
    """A recipient's copy, as an export makes it."""
    marker = Fingerprinting(planted.room.context, planted.room.context.settings).marker(
        name, parent := describe(planted.place).weights, SHAPES
    )
    made = {}
    for tensor, values in DATA.items():
        data = bytearray(values.tobytes())
        marker.mark(tensor, data)
        made[tensor] = np.frombuffer(data, values.dtype).reshape(values.shape)
    if noted:
        digest = hashlib.sha256(save(made)).hexdigest()
        copy = Copy(
            digest, parent, marker.key.recipient, "le", marker.strength, marker.commitment, "2026-11-28T12:00:00Z"
        )
        planted.room.store.write(lambda connection: note(connection, copy))
    return made


def leaked(folder: Path, tensors: dict[str, np.ndarray], name: str = "leaked.safetensors") -> Path:
    place = folder / name
    place.write_bytes(save(tensors))
    return place


def trace(planted: Planted, place: Path, lease: str = "tracing"):
    return planted.room.service.trace(place, of=planted.place, lease=lease, by=planted.room.actor)


def test_a_copy_that_was_hidden_is_traced_to_its_recipient(planted, tmp_path):
    copies = {name: copied(planted, name) for name in NAMES}
    hidden = {
        f"model.{name}": quantised(noisy(values.astype(np.float32), 0.02)[::-1], 4)
        for name, values in copies["Corvus AG"].items()
        if values.ndim == 2
    }
    found = trace(planted, leaked(tmp_path, hidden))
    assert found.comparison.verdict == "named"
    assert [source.name for source in found.sources] == ["Corvus AG"]
    assert found.sources[0].chance < 1e-9
    assert [copy.recipient for copy in found.sources[0].copies] == [found.sources[0].recipient]
    assert found.identical is None


def test_a_copy_as_it_was_made_is_found_without_any_lease(planted, tmp_path):
    place = leaked(tmp_path, copied(planted, "Borealis Ltd"))
    found = planted.room.service.trace(place, by=planted.room.actor)
    assert found.comparison is None
    assert found.identical.weights == found.sha256
    assert [source.name for source in found.sources] == ["Borealis Ltd"]


def test_the_original_and_a_stranger_name_nobody(planted, tmp_path):
    assert trace(planted, leaked(tmp_path, DATA)).comparison.verdict == "the original"
    other = {
        name: np.random.default_rng(9).standard_normal(each.shape).astype(each.dtype) for name, each in DATA.items()
    }
    found = trace(planted, leaked(tmp_path, other))
    assert (found.comparison.verdict, found.sources) == ("not comparable", ())
    empty = trace(planted, leaked(tmp_path, {}))
    assert (empty.comparison.verdict, empty.sources) == ("not comparable", ())


def test_a_leaked_folder_is_read_whole(planted, tmp_path):
    made = copied(planted, "Dorado Inc")
    leaked(tmp_path, {"embedding.weight": made["embedding.weight"]}, "model-00001-of-00002.safetensors")
    leaked(tmp_path, {"layer.weight": made["layer.weight"]}, "model-00002-of-00002.safetensors")
    found = trace(planted, tmp_path)
    assert [source.name for source in found.sources] == ["Dorado Inc"]
    assert len(found.comparison.alignments) == 2


def test_who_was_forgotten_is_traced_to_a_digest(planted, tmp_path):
    made = copied(planted, "Erebus SA", noted=False)
    planted.room.service.recipients_forget("Erebus SA")
    found = trace(planted, leaked(tmp_path, made))
    assert found.comparison.verdict == "named"
    assert [(source.name, source.copies) for source in found.sources] == [("", ())]


def test_what_is_read_is_metered_and_needs_a_lease_for_tracing(planted, tmp_path):
    place = leaked(tmp_path, copied(planted, "Borealis Ltd"))
    planted.lease("inference-only", runtime="laptop")
    with pytest.raises(Denied):
        trace(planted, place, "inference-only")
    planted.lease("small", runtime="tracing", bytes=1000)
    with pytest.raises(Denied):
        trace(planted, place, "small")
    with pytest.raises(Denied):
        trace(planted, place, "no such lease")


def test_what_is_no_question_is_refused(planted, tmp_path):
    place = leaked(tmp_path, DATA)
    service, actor = planted.room.service, planted.room.actor
    with pytest.raises(Conflict):
        service.trace(place, of=planted.place, by=actor)
    with pytest.raises(Conflict):
        service.trace(place, lease="tracing", by=actor)
    with pytest.raises(NotFound):
        service.trace(tmp_path / "missing", by=actor)
    (tmp_path / "bad").write_bytes(b"\xff" * 100)
    (tmp_path / "cut").write_bytes(place.read_bytes()[:50])
    (tmp_path / "none").mkdir()
    for name, error in {"bad": Invalid, "cut": Invalid, "none": NotFound}.items():
        with pytest.raises(error):
            service.trace(tmp_path / name, by=actor)
