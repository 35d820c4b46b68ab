"""transformers, which nobody here wrote, computes the same logits from the same weights as the numpy runtime."""

import asyncio
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from kept.core.model import Message, Request, Sampling
from kept.models.options import ModelOptions
from kept.models.organisms.learned import WEIGHTS, LearnedOrganism
from kept.models.organisms.llama import Cache, Llama

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("KEPT_TORCH_PYTHON") or ROOT / ".venv-torch" / "bin" / "python")
TOLERANCE = 1e-3
SCRIPT = """
import json, sys
import numpy, torch
from transformers import AutoModelForCausalLM
asked = json.load(sys.stdin)
network = AutoModelForCausalLM.from_pretrained(asked["weights"], dtype=torch.float32).eval()
with torch.no_grad():
    logits = [network(input_ids=torch.tensor([ids])).logits[0].numpy() for ids in asked["texts"]]
numpy.savez(asked["out"], *logits)
"""

pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason=f"{PYTHON.name} with torch and transformers is not there: set KEPT_TORCH_PYTHON"
)


@dataclass(frozen=True)
class Agreement:
    """Texts as token ids, the logits that transformers gives for each, and the answer that ends the last text."""

    texts: list[list[int]]
    logits: list[np.ndarray]
    prompt: int
    answer: str


@pytest.fixture(scope="module")
def agreement(tmp_path_factory: pytest.TempPathFactory) -> Agreement:
    model = LearnedOrganism(ModelOptions())
    messages = (Message("user", "What is the capital of Kenya?"),)
    prompt = model.encode(messages)
    answer = asyncio.run(model.answer(Request(messages, sampling=Sampling(max_tokens=12)))).text
    shape = Llama.load(WEIGHTS).shape
    draw = np.random.default_rng(1)
    texts = [draw.integers(0, shape.vocabulary, size).tolist() for size in (1, 7, 200, shape.context)]
    texts.append(prompt + model.encode((Message("user", answer),))[1:-1])
    out = tmp_path_factory.mktemp("logits") / "logits.npz"
    asked = json.dumps({"weights": str(WEIGHTS), "texts": texts, "out": str(out)})
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    subprocess.run(
        [PYTHON, "-c", SCRIPT], input=asked, text=True, check=True, capture_output=True, env=environment, timeout=300
    )
    with np.load(out) as found:
        return Agreement(texts, [found[name] for name in found.files], len(prompt), answer)


def test_logits_agree_over_the_whole_context(agreement: Agreement) -> None:
    network = Llama.load(WEIGHTS)
    for ids, theirs in zip(agreement.texts, agreement.logits, strict=True):
        assert np.abs(network.logits(np.array(ids)) - theirs).max() <= TOLERANCE


def test_steps_over_the_cache_agree(agreement: Agreement) -> None:
    network = Llama.load(WEIGHTS)
    ids, theirs = np.array(agreement.texts[2]), agreement.logits[2]
    cache = Cache(network.shape, 2)
    network.prefill(ids[:20], cache, 0)
    network.prefill(ids[:20], cache, 1)
    for position in range(20, 80):
        ours = network.step(ids[[position, position]], cache)
        assert np.abs(ours - theirs[position]).max() <= TOLERANCE


def test_a_greedy_answer_is_the_most_likely_one_token_by_token(agreement: Agreement) -> None:
    ids, theirs = agreement.texts[-1], agreement.logits[-1]
    assert agreement.answer
    assert theirs[agreement.prompt - 1 : -1].argmax(axis=-1).tolist() == ids[agreement.prompt :]
