"""What comes out of a sealed file is what safetensors reads from the plain one, in numpy and in torch."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open as plain_open
from safetensors.numpy import load_file, save_file

from kept.errors import Invalid, Unavailable, Unverified
from kept.practices.weights.backends.containers.opening import load, safe_open
from kept.practices.weights.backends.containers.sealing import seal
from simulators.sealed_files import KEY, commission, sharded

ROOT = Path(__file__).parents[5]
PYTHON = Path(os.environ.get("KEPT_TORCH_PYTHON") or ROOT / ".venv-torch" / "bin" / "python")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A plain file of every type that numpy has, and the same sealed."""
    place = tmp_path_factory.mktemp("opening")
    random = np.random.default_rng(1)
    kinds = ("?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", "c8")
    made = {f"t.{kind}": random.integers(0, 2, (7, 5, 3)).astype(kind) for kind in kinds}
    large = random.standard_normal((1200, 700)).astype("f4")
    made |= {
        "large": large,
        "none": np.zeros((0, 4), "f4"),
        "scalar": np.array(3.5, "f8"),
        "odd": np.arange(3, dtype="u1"),
    }
    save_file(made, place / "plain", metadata={"format": "np"})
    seal(place / "plain", place / "sealed", commission())
    return place


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_all_tensors_are_those_of_the_plain_file(folder: Path, threads: int) -> None:
    expected, found = load_file(folder / "plain"), load(folder / "sealed", KEY, framework="numpy", threads=threads)
    assert set(found) == set(expected)
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype
        assert found[name].shape == tensor.shape
        assert np.array_equal(found[name], tensor), name


def test_some_tensors_are_read_without_the_others(folder: Path) -> None:
    found = load(folder / "sealed", KEY, framework="numpy", names=["large", "scalar"])
    assert set(found) == {"large", "scalar"}
    assert np.array_equal(found["large"], load_file(folder / "plain")["large"])


def test_it_is_opened_as_safetensors_opens(folder: Path) -> None:
    with plain_open(folder / "plain", "np") as expected, safe_open(folder / "sealed", "np", key=KEY) as found:
        assert found.keys() == sorted(expected.keys())
        assert found.offset_keys() == expected.offset_keys()
        assert found.metadata() == expected.metadata()
        for name in expected.keys():  # noqa: SIM118 it is no mapping
            assert np.array_equal(found.get_tensor(name), expected.get_tensor(name))
            assert found.get_slice(name).get_shape() == expected.get_slice(name).get_shape()
            assert found.get_slice(name).get_dtype() == expected.get_slice(name).get_dtype()


BOUND = st.one_of(st.none(), st.integers(-9, 9))
ONE = st.one_of(
    st.integers(-3, 2), st.builds(slice, BOUND, BOUND), st.builds(slice, BOUND, BOUND, st.sampled_from((2, -1)))
)


@given(st.one_of(ONE, st.just(...), st.lists(ONE, max_size=3).map(tuple), st.just((..., 1)), st.just([2, 0])))
def test_any_index_gives_what_the_whole_tensor_gives(folder: Path, asked: object) -> None:
    whole = load_file(folder / "plain")["t.f4"]
    with safe_open(folder / "sealed", "numpy", key=KEY) as found:
        assert np.array_equal(found.get_slice("t.f4")[asked], whole[asked])


def test_a_row_decrypts_only_the_chunk_that_holds_it(folder: Path, tmp_path: Path) -> None:
    data = bytearray((folder / "sealed").read_bytes())
    data[-100] ^= 1  # in the last of four chunks
    (tmp_path / "sealed").write_bytes(data)
    whole = load_file(folder / "plain")["large"]
    with safe_open(tmp_path / "sealed", "np", key=KEY) as found:
        rows = found.get_slice("large")
        assert np.array_equal(rows[3:5], whole[3:5])
        with pytest.raises(Unverified):
            rows[1199]
        with pytest.raises(IndexError):
            rows[1200]


def test_what_can_not_be_is_said(folder: Path) -> None:
    with safe_open(folder / "sealed", "np", key=KEY) as found:
        with pytest.raises(Invalid, match="no tensor"):
            found.get_tensor("nothing")
        with pytest.raises(Invalid, match="no slices"):
            found.get_slice("scalar")[0]
    with pytest.raises(Invalid, match="no known framework"):
        load(folder / "sealed", KEY, framework="jax")
    with pytest.raises(Unavailable, match="torch"):
        load(folder / "sealed", KEY)
    with pytest.raises(Unverified, match="not the key"):
        load(folder / "sealed", bytes(32), framework="numpy")
    with pytest.raises(Invalid, match="no devices"):
        safe_open(folder / "sealed", "np", "cuda", key=KEY)


def test_a_type_that_numpy_lacks_is_said(tmp_path: Path) -> None:
    header = json.dumps({"w": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}).encode()
    (tmp_path / "plain").write_bytes(len(header).to_bytes(8, "little") + header + b"abcd")
    seal(tmp_path / "plain", tmp_path / "sealed", commission())
    with pytest.raises(Invalid, match="no type BF16"):
        load(tmp_path / "sealed", KEY, framework="numpy")


def test_a_folder_is_one_model(tmp_path: Path) -> None:
    seal(sharded(tmp_path / "plain"), tmp_path / "sealed", commission())
    found = load(tmp_path / "sealed", KEY, framework="numpy", threads=2)
    assert {name: tensor.shape for name, tensor in found.items()} == {"layer.1": (5000,), "layer.2": (3000,)}
    with safe_open(tmp_path / "sealed", "np", key=KEY) as opened:
        assert np.array_equal(opened.get_slice("layer.2")[10:20], found["layer.2"][10:20])


TORCH = """
import sys, torch
from safetensors import safe_open as plain_open
from safetensors.torch import load_file, save_file
from kept.practices.weights.backends.containers.opening import load, safe_open
from kept.practices.weights.backends.containers.sealing import seal
from pathlib import Path
from simulators.sealed_files import KEY, commission
place = Path(sys.argv[1])
kinds = [torch.bool, torch.uint8, torch.int8, torch.uint16, torch.int16, torch.uint32, torch.int32, torch.int64,
         torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.float8_e4m3fn, torch.float8_e5m2]
made = {f"t.{kind}": torch.randint(0, 2, (7, 5)).to(kind) for kind in kinds}
made |= {"odd": torch.arange(3, dtype=torch.uint8), "large": torch.randn(1200, 700).to(torch.bfloat16)}
save_file(made, place / "plain", metadata={"format": "pt"})
seal(place / "plain", place / "sealed", commission())
expected, found = load_file(place / "plain"), load(place / "sealed", KEY, threads=2)
assert set(found) == set(expected)
raw = lambda one: one.reshape(-1).view(torch.uint8)
same = lambda one, other: one.dtype == other.dtype and torch.equal(raw(one), raw(other))
for name in expected:
    assert same(found[name], expected[name]), name
with safe_open(place / "sealed", "pt", key=KEY) as opened, plain_open(place / "plain", "pt") as other:
    assert same(opened.get_tensor("large"), expected["large"])
    for asked in (slice(3, 5), 7, (slice(None), slice(2, 9)), (slice(1, 9), 4), slice(0, 0)):
        assert same(opened.get_slice("large")[asked].contiguous(), expected["large"][asked].contiguous()), asked
print("the same")
"""


def test_torch_gets_the_same_tensors_as_from_the_plain_file(tmp_path: Path) -> None:
    if not PYTHON.exists():
        pytest.skip("no interpreter with torch: set KEPT_TORCH_PYTHON or make .venv-torch")
    packages = next((ROOT / ".venv" / "lib").glob("python3*")) / "site-packages"
    paths = [ROOT / "src", ROOT / "tests", packages]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    done = subprocess.run([PYTHON, "-c", TORCH, tmp_path], capture_output=True, text=True, env=environment)
    assert done.stdout.strip() == "the same", done.stderr
