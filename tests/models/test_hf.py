from importlib.util import find_spec
from pathlib import Path

import pytest

from kept.errors import Invalid, NotFound, Unavailable
from kept.models import open_model
from kept.models.hf import weights_digest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "README.md").write_text("hello")
    return tmp_path


def test_the_digest_covers_every_file_that_decides_an_answer(folder: Path) -> None:
    first = weights_digest(folder)
    (folder / "README.md").write_text("changed")
    assert weights_digest(folder) == first
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    second = weights_digest(folder)
    (folder / "model.safetensors").write_bytes(b"weight5")
    assert len({first, second, weights_digest(folder)}) == 3


def test_the_digest_can_be_recomputed_with_common_tools(folder: Path) -> None:
    # sha256sum config.json model.safetensors | sha256sum
    assert weights_digest(folder) == "sha256:4d29798c6e59eb7dfc2b375b8998040ed29cf33c98038b41e9717a6c37f5dad7"


@pytest.mark.parametrize("uri", ["hf:", "hf:?device=cpu", "hf:/tmp?device=abacus", "hf:/tmp?trust=yes"])
def test_a_malformed_uri_is_invalid(uri: str) -> None:
    with pytest.raises(Invalid, match="names no local model"):
        open_model(uri)


def test_a_name_of_a_hub_is_not_fetched() -> None:
    with pytest.raises(NotFound, match="nothing is downloaded"):
        open_model("hf:some-organisation/some-model")


def test_pickled_weights_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(Invalid, match=r"no \.safetensors"):
        open_model(f"hf:{tmp_path}")


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is installed here")
def test_a_missing_extra_is_named(folder: Path) -> None:
    with pytest.raises(Unavailable, match=r"kept\[hf\]") as failed:
        open_model(f"hf:{folder}")
    assert failed.value.code == "model.missing-extra"
