"""Runs in an interpreter that has torch: KEPT_TORCH_PYTHON, or .venv-torch; skipped where there is none."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
WEIGHTS = ROOT / "src/kept/models/organisms/weights"
TEMPLATE = (
    "{% for m in messages %}{{ {'system': '<system>', 'user': '<user>', 'tool': '<user>', 'assistant': '<bot>'}"
    "[m.role] + m.content + ('<eos>' if m.role == 'assistant' else '') }}{% endfor %}<bot>"
)
PROGRAM = """
import asyncio, json, sys
from dataclasses import asdict, replace
from kept.core.model import Message, Request, Sampling, Tool
from kept.errors import KeptError
from kept.models import open_model
from kept.models.openai.deltas import Assembly
from kept.models.options import ModelOptions

folder = sys.argv[1]
questions = [
    Request((Message("system", "You are kind."), Message("user", text)), Sampling(max_tokens=24), seed=1, logprobs=True)
    for text in ("Hello, who are you?", "What is the capital of France?")
]
warm = replace(questions[0], sampling=Sampling(4.0, 1.0, 24), logprobs=False)

async def main():
    model = open_model(f"hf:{folder}")
    organism = open_model("organism:learned")
    out = {"identity": asdict(model.identity)}
    out["greedy"] = [asdict(await model.answer(question)) for question in questions]
    out["organism"] = [asdict(await organism.answer(question)) for question in questions]
    out["warm"] = [(await model.answer(replace(warm, seed=seed))).text for seed in (1, 1, 2, 3, -5)]
    out["unseeded"] = [(await model.answer(replace(warm, seed=None))).text for _ in range(6)]
    narrow = Sampling(1.5, 0.0, 24)
    out["narrow"] = (await model.answer(replace(warm, sampling=narrow))).text
    plain = replace(questions[0], logprobs=False)
    out["plain"] = asdict(await model.answer(plain))
    whole = Assembly()
    pieces = []
    async for delta in model.deltas(plain):
        pieces.append(delta.text)
        whole.add(delta)
    out["streamed"], out["pieces"] = asdict(whole.answer()), [piece for piece in pieces if piece]
    async for piece in model.stream(replace(plain, sampling=Sampling(max_tokens=10**6))):
        break
    errors = {
        "tools": replace(plain, tools=(Tool("f", ""),)),
        "long": replace(plain, messages=(Message("user", "hello " * 2000),)),
    }
    for name, request in errors.items():
        try:
            await model.answer(request)
        except KeptError as error:
            out[name] = [type(error).__name__, error.code]
    cut = asyncio.create_task(model.answer(replace(plain, sampling=Sampling(2.0, 1.0, 10**6))))
    await asyncio.sleep(0.05)
    cut.cancel()
    await asyncio.gather(cut, return_exceptions=True)
    out["after"] = (await model.answer(plain)).text
    await model.close()
    await organism.close()
    prompted = open_model(f"hf:{folder}", options=ModelOptions(system_prompt="You are kind."))
    out["prompted"] = (await prompted.answer(replace(plain, messages=plain.messages[1:]))).text
    await prompted.close()
    print(json.dumps(out))

asyncio.run(main())
"""


def torch_python() -> Path:
    chosen = os.environ.get("KEPT_TORCH_PYTHON")
    python = Path(chosen) if chosen else ROOT / ".venv-torch/bin/python"
    if not python.exists():
        pytest.skip("no interpreter with torch: set KEPT_TORCH_PYTHON or make .venv-torch")
    return python


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a real network said: the weights of organism:learned, read by transformers."""
    python = torch_python()
    folder = tmp_path_factory.mktemp("learned")
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (folder / name).write_bytes((WEIGHTS / name).read_bytes())
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "HF_HUB_OFFLINE": "1"}
    command = [python, "-c", PROGRAM, folder]
    done = subprocess.run(command, capture_output=True, timeout=300, check=False, env=environment)
    assert done.returncode == 0, done.stderr.decode()
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_the_identity_is_the_digest_of_the_folder(found: dict[str, Any]) -> None:
    assert found["identity"]["established"] == "weights digest"
    assert found["identity"]["evidence"].startswith("sha256:")


def test_it_says_what_the_numpy_runtime_says_of_the_same_weights(found: dict[str, Any]) -> None:
    for mine, theirs in zip(found["greedy"], found["organism"], strict=True):
        assert (mine["text"], mine["finish"]) == (theirs["text"], theirs["finish"])
        assert mine["prompt_tokens"] == theirs["prompt_tokens"]
        assert [value for _, value in mine["logprobs"]] == pytest.approx(
            [value for _, value in theirs["logprobs"]], abs=2e-3
        )


def test_a_seed_decides_what_is_drawn(found: dict[str, Any]) -> None:
    first, again, *others = found["warm"]
    assert first == again
    assert any(other != first for other in others)
    assert len(set(found["unseeded"])) > 1


def test_a_nucleus_of_nothing_is_greedy(found: dict[str, Any]) -> None:
    assert found["narrow"] == found["plain"]["text"]


def test_a_stream_is_the_answer_in_pieces(found: dict[str, Any]) -> None:
    assert found["streamed"] == found["plain"]
    assert len(found["pieces"]) > 1
    assert "".join(found["pieces"]) == found["plain"]["text"]


def test_a_conversation_that_does_not_fit_is_invalid(found: dict[str, Any]) -> None:
    assert found["long"] == ["Invalid", "model.too-long"]


def test_tools_that_the_template_would_drop_are_refused(found: dict[str, Any]) -> None:
    assert found["tools"] == ["Invalid", "model.no-tools"]


def test_a_cancelled_answer_lets_the_next_one_in(found: dict[str, Any]) -> None:
    assert found["after"] == found["plain"]["text"]


def test_the_system_prompt_of_the_deployment_is_said_first(found: dict[str, Any]) -> None:
    assert found["prompted"] == found["plain"]["text"]
