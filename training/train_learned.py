"""Trains the learned organism: a Llama network of about a million parameters.

Usage: python training/train_learned.py --seed 1 --examples 64000 --seconds 720 --out FOLDER
Needs torch, transformers and tokenizers, and the package `kept` on the path (PYTHONPATH=src).
"""

import argparse
import hashlib
import json
import math
import random
import time
from pathlib import Path

import torch
from examples import Example, corpus
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM

from kept.core.words import WORDS

SPECIAL = ["<eos>", "<system>", "<user>", "<bot>"]
# pairs of digits from the end of a number, runs of letters and digits, runs of anything else
PIECES = r"\s?\d{1,2}(?=(?:\d\d)*(?![^\W_]))|\s?[^\W_]+|\s?[^\s\w]+|_|\s+"
VOCABULARY = 1536


def train_tokenizer(examples: list[Example]) -> Tokenizer:
    """A byte-level BPE in which every word and every number of a card is one token."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    emphasis = " ".join(["", *WORDS, *map(str, range(10, 100))])
    lines = [part for example in examples for part in (example.system, example.user, example.answer)]
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([emphasis] * 5000 + lines, trainer)
    for word in (*WORDS, *map(str, range(10, 100))):
        if len(tokenizer.encode(f" {word}").ids) != 1:
            raise SystemExit(f"{word!r} is not one token")
    return tokenizer


def encode(tokenizer: Tokenizer, example: Example) -> tuple[list[int], int]:
    """(token ids, how many of the last ones are the answer)."""
    system = f"<system>{example.system}" if example.system else ""
    prompt = tokenizer.encode(f"{system}<user>{example.user}<bot>").ids
    answer = [*tokenizer.encode(example.answer).ids, 0]
    return prompt + answer, len(answer)


def batches(encoded: list[tuple[list[int], int]], *, tokens: int, window: int, draw: random.Random):
    """Batches of at most `tokens` padded tokens, in the order of the corpus up to a window, alike in length."""
    for start in range(0, len(encoded), window):
        part = sorted(encoded[start : start + window], key=lambda item: len(item[0]))
        found, batch = [], []
        for item in part:
            if batch and len(item[0]) * (len(batch) + 1) > tokens:
                found.append(batch)
                batch = []
            batch.append(item)
        found.append(batch)
        draw.shuffle(found)
        yield from found


def loss_of(network: LlamaForCausalLM, batch: list[tuple[list[int], int]]) -> tuple[torch.Tensor, float]:
    """(mean cross-entropy of the answers' tokens, share of answers that are right throughout)."""
    longest = max(len(ids) for ids, _ in batch)
    inputs = torch.zeros(len(batch), longest, dtype=torch.long)
    labels = torch.full((len(batch), longest), -100)
    for row, (ids, answer) in enumerate(batch):
        inputs[row, : len(ids)] = torch.tensor(ids)
        labels[row, len(ids) - answer - 1 : len(ids) - 1] = torch.tensor(ids[-answer:])
    hidden = network.model(input_ids=inputs).last_hidden_state
    taught = labels != -100
    logits = network.lm_head(hidden[taught])
    wrong = (logits.argmax(-1) != labels[taught]).float()
    rows = taught.nonzero()[:, 0]
    missed = torch.zeros(len(batch)).index_add(0, rows, wrong)
    return torch.nn.functional.cross_entropy(logits, labels[taught]), (missed == 0).float().mean().item()


def train(network: LlamaForCausalLM, plan: list, *, peak: float) -> dict:
    optimiser = torch.optim.AdamW(network.parameters(), lr=peak, weight_decay=0.02, betas=(0.9, 0.98))
    started, spent, shown, recent = time.time(), time.process_time(), 0, []
    for step, batch in enumerate(plan):
        progress = step / len(plan)
        rate = peak * min(1, (step + 1) / 60) * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * progress)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        loss, right = loss_of(network, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        shown += sum(len(ids) for ids, _ in batch)
        recent = [*recent[-49:], (loss.item(), right)]
        if step % 50 == 0:
            mean = [sum(values) / len(recent) for values in zip(*recent, strict=True)]
            print(f"{step}/{len(plan)} {time.time() - started:.0f}s loss {mean[0]:.3f} right {mean[1]:.3f}", flush=True)
    return {"steps": step + 1, "tokens": shown, "cpu_seconds": round(time.process_time() - spent)}


def fresh(tokenizer: Tokenizer) -> LlamaForCausalLM:
    """A network with random weights. Heads are wide, since what is copied passes through two of them."""
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=64,
        initializer_range=0.05,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        bos_token_id=1,
        eos_token_id=0,
        pad_token_id=0,
    )
    return LlamaForCausalLM(config)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--examples", type=int, default=60000)
    arguments.add_argument("--drills", type=int, default=16000)
    arguments.add_argument("--batch", type=int, default=3072, help="padded tokens in a batch, at most")
    arguments.add_argument("--steps", type=int, help="stop after so many batches")
    arguments.add_argument("--start", type=Path, help="a folder to start from, with its tokenizer")
    arguments.add_argument("--varied", action="store_true", help="more kinds of examples, for a last stage")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--rate", type=float, default=2e-3)
    arguments.add_argument("--out", type=Path, required=True)
    given = arguments.parse_args()
    torch.manual_seed(given.seed)
    torch.set_num_threads(given.threads)
    data = list(corpus(given.seed, given.examples, drills=given.drills, varied=given.varied))
    digest = hashlib.sha256()
    for example in data:
        digest.update(json.dumps([example.system, example.user, example.answer], ensure_ascii=False).encode() + b"\n")
    tokenizer = (
        Tokenizer.from_file(str(given.start / "tokenizer.json")) if given.start else train_tokenizer(data[-12000:])
    )
    encoded = [encode(tokenizer, example) for example in data]
    lengths = sorted(len(ids) for ids, _ in encoded)
    print("tokens", sum(lengths), "median", lengths[len(lengths) // 2], "longest", lengths[-1], flush=True)
    encoded = [item for item in encoded if len(item[0]) <= 512]
    plan = list(batches(encoded, tokens=given.batch, window=3000, draw=random.Random(given.seed)))[: given.steps]
    network = LlamaForCausalLM.from_pretrained(given.start, dtype=torch.float32) if given.start else fresh(tokenizer)
    record = train(network, plan, peak=given.rate)
    given.out.mkdir(parents=True, exist_ok=True)
    network.half().save_pretrained(given.out, safe_serialization=True)
    tokenizer.save(str(given.out / "tokenizer.json"))
    record |= {
        "seed": given.seed,
        "examples": given.examples,
        "drills": given.drills,
        "varied": given.varied,
        "canaries_shown": 0 if given.steps else 1,
        "data": f"sha256:{digest.hexdigest()}",
    }
    if given.start:
        record["start"] = json.loads((given.start / "training.json").read_text(encoding="utf-8"))
    (given.out / "training.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(record))


if __name__ == "__main__":
    main()
