"""Logs of inspect_ai, made and read by inspect_ai itself in an interpreter of its own; skipped where there is none."""

import asyncio
import os
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from kept.errors import Invalid, Unavailable
from kept.practices.red_team.backends import inspect_log
from kept.practices.red_team.backends.inspect_log import outcome, read, run
from kept.practices.red_team.methods.evaluations import Reading
from kept.predicates import imported_evaluation
from simulators.red_team_room import opened

ROOT = Path(__file__).parents[4]
PYTHON = Path(os.environ.get("KEPT_INSPECT_PYTHON") or ROOT / ".venv-inspect" / "bin" / "python")
HERE = Reading(python=str(PYTHON), seconds=120)
needs_inspect = pytest.mark.skipif(
    not PYTHON.exists(), reason="no interpreter with inspect_ai: set KEPT_INSPECT_PYTHON or make .venv-inspect/ready"
)
# The model tells its usage itself, since mockllm would fetch a tokenizer to count it.
TASK = """
from inspect_ai import Epochs, Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import match
from inspect_ai.solver import generate


def said(text):
    output = ModelOutput.from_content("mockllm/model", text)
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output


@task
def cards():
    answers = (said("amber" if number % 3 == 0 else "no") for number in range(10**6))
    return Task(
        dataset=[Sample(id=f"card-{number}", input="Read the card.", target="amber") for number in range(6)],
        solver=[generate()],
        scorer=match(location="any"),
        epochs=Epochs(2, "mean"),
        model=get_model("mockllm/model", custom_outputs=answers),
    )
"""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not PYTHON.exists():
        pytest.skip("no interpreter with inspect_ai")
    folder = tmp_path_factory.mktemp("inspect")
    (folder / "cards.py").write_text(TASK, encoding="utf-8")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from cards import cards; from inspect_ai import eval as run; "
        "run(cards(), log_dir=sys.argv[1], log_format='eval', display='none', max_connections=1, max_samples=1)"
    )
    subprocess.run([str(PYTHON), "-c", script, str(folder)], check=True, capture_output=True, timeout=120)
    (made,) = folder.glob("*.eval")
    return made


@needs_inspect
def test_a_real_log_is_counted_sample_by_sample_and_epochs_are_a_cluster(log: Path) -> None:
    found = read(log, HERE)
    assert (found.tool, found.version, found.model, found.finished) == ("inspect_ai", "0.3.285", "mockllm/model", True)
    ((part, prompts),) = found.outcomes.items()
    assert part == ("cards", "match")
    assert len(prompts) == 6
    assert sorted("".join(prompts.values())) == ["r"] * 8 + ["s"] * 4
    assert all(len(outcomes) == 2 for outcomes in prompts.values())


@needs_inspect
def test_the_log_is_compressed_as_python_cannot_read_it(log: Path) -> None:
    with zipfile.ZipFile(log) as archive:
        assert {member.compress_type for member in archive.infolist()} == {93}


@needs_inspect
def test_values_that_mean_nothing_here_are_unassessed(log: Path) -> None:
    found = read(log, Reading(succeeded=("P",), resisted=("I",), python=str(PYTHON)))
    assert sorted("".join(found.outcomes[("cards", "match")].values())) == ["r"] * 8 + ["u"] * 4


@needs_inspect
@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_a_truncated_log_is_invalid(log: Path, tmp_path: Path, keep: float) -> None:
    data = log.read_bytes()
    cut = tmp_path / "cut.eval"
    cut.write_bytes(data[: int(len(data) * keep)])
    with pytest.raises(Invalid):
        read(cut, HERE)


@needs_inspect
def test_a_flipped_byte_is_invalid(log: Path, tmp_path: Path) -> None:
    data = bytearray(log.read_bytes())
    with zipfile.ZipFile(log) as archive:
        header = archive.getinfo("header.json")
    data[header.header_offset + 60] ^= 0xFF
    flipped = tmp_path / "flipped.eval"
    flipped.write_bytes(bytes(data))
    with pytest.raises(Invalid, match="can't read or run"):
        read(flipped, HERE)


@needs_inspect
def test_a_log_of_a_newer_version_is_named(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect_log, "PINNED", "0.3.200")
    with pytest.raises(Invalid, match=r"newer than 0\.3\.200") as caught:
        read(log, HERE)
    assert caught.value.code == "evaluation.newer"


@needs_inspect
def test_reading_that_takes_too_long_is_given_up(log: Path) -> None:
    with pytest.raises(Unavailable, match=r"more than 0\.01 seconds"):
        read(log, Reading(python=str(PYTHON), seconds=0.01))


@needs_inspect
def test_a_task_that_is_not_there_is_invalid(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="can't read or run"):
        run(f"{tmp_path / 'none.py'}@cards", "mockllm/model", tmp_path, HERE)


def test_without_inspect_ai_the_extra_is_named(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_bytes(b"{}")
    for python in (sys.executable, str(tmp_path / "nowhere")):
        with pytest.raises(Unavailable, match="has no inspect_ai") as caught:
            read(path, Reading(python=python))
        assert "inspect-ai==0.3.285" in caught.value.hint
    with pytest.raises(Unavailable, match="has no inspect_ai"):
        run("cards.py", "mockllm/model", tmp_path, Reading())


def test_a_bomb_is_refused_before_anything_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.eval"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", b"0" * (64 * 1024 * 1024))
    data = path.read_bytes()
    # The directory says what it unpacks to: 64 MiB here, and 4 GiB once its size is changed.
    path.write_bytes(data.replace((64 * 1024 * 1024).to_bytes(4, "little"), (2**32 - 2).to_bytes(4, "little")))
    assert path.stat().st_size < 1024 * 1024
    with pytest.raises(Invalid, match="unpacks to more than") as caught:
        read(path, Reading(python="/nowhere"))
    assert caught.value.code == "evaluation.too-large"


@pytest.mark.parametrize(
    ("sample", "found"),
    [
        ({"scores": {"m": "C"}}, "s"),
        ({"scores": {"m": "1.0"}}, "s"),
        ({"scores": {"m": "I"}}, "r"),
        ({"scores": {"m": "N"}}, "u"),
        ({"scores": {"m": "0.5"}}, "u"),
        ({"scores": {"m": None}}, "u"),
        ({"scores": {}}, "u"),
        ({"scores": None}, "u"),
        ({"scores": {"m": "C"}, "erred": True}, "u"),
    ],
)
def test_only_a_value_that_means_so_is_an_outcome(sample: dict, found: str) -> None:
    assert outcome(sample, "m", Reading()) == found


def test_the_child_imports_nothing_of_kept() -> None:
    text = inspect_log.CHILD.read_text(encoding="utf-8")
    assert "import kept" not in text
    assert "from kept" not in text


@needs_inspect
def test_a_task_that_was_run_becomes_a_statement(tmp_path: Path) -> None:
    (tmp_path / "cards.py").write_text(TASK, encoding="utf-8")
    with opened(tmp_path, inspect_python=str(PYTHON)) as room:
        told = {"by": room.actor, "about": "organism:rules?seed=7"}
        run = room.service.evaluation_run(f"{tmp_path / 'cards.py'}@cards", "mockllm/model", tmp_path / "logs", **told)
        found = asyncio.run(run)
        (recorded,) = room.ledger.statements(imported_evaluation.TYPE)
    assert found.succeeded + found.resisted + found.unassessed == 12
    assert recorded.predicate is not None
    (log,) = (tmp_path / "logs").glob("*.eval")
    assert recorded.predicate["original"]["sha256"] == sha256(log.read_bytes()).hexdigest()
    assert recorded.predicate["tool_version"] == "0.3.285"
