"""Whose copy leaked weights are: after each attack, among a thousand recipients, and after several put theirs together.

The network is trained here, on which of the pictures that scikit-image brings along a patch comes from: what is said of
accuracy is said of it, and of the language model that ships. Times are of the processor.

Usage: python bench/weights_tracing.py [--quick]
"""

import argparse
import json
import math
import resource
import sys
import time
from functools import cache
from pathlib import Path

import numpy as np
from _classifier import HIDDEN, Classifier
from safetensors import safe_open

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "training"))

from texts import CAPITALS

from kept.core.model import Message
from kept.models.options import ModelOptions
from kept.models.organisms.learned import WEIGHTS, LearnedOrganism
from kept.models.organisms.llama import Cache, Llama, Shape
from kept.practices.weights.methods.tracing.comparing import trace
from kept.practices.weights.methods.tracing.marking import strength
from kept.practices.weights.methods.tracing.numbers import numbers
from kept.practices.weights.methods.tracing.reading import Held
from kept.practices.weights.records.traces import Tensor
from simulators.leaker import (
    ATTACKS,
    averaged,
    copy,
    fewest,
    leaked,
    network,
    noisy,
    pruned,
    quantised,
    recipients,
)

GATE = math.log10(1e-9)
ALONE = {
    "int8": ATTACKS["int8"],
    "int4": ATTACKS["int4"],
    "noise of 10 %": ATTACKS["noise of 10 %"],
    "30 % pruned": ATTACKS["30 % pruned"],
    "layers scaled": ATTACKS["layers scaled"],
    "int3": lambda values: quantised(values, 3),
    "90 % pruned": lambda values: pruned(values, 0.9),
    "noise of 30 %": lambda values: noisy(values, 0.3),
}
COMBINED = {
    "noise of 10 %, then int4": lambda values: quantised(noisy(values, 0.1), 4),
    "noise of 10 %, 30 % pruned, int4": ATTACKS["noise of 10 %, 30 % pruned, int4"],
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="a tenth of the recipients and trials")
    quick = parser.parse_args().quick
    keys = recipients(100 if quick else 1000)
    classifier = Classifier.trained(60 if quick else 300)
    original = classifier.weights
    started = time.process_time()
    copies = [copy(original, key) for key in keys[:2]]
    marking = (time.process_time() - started) / 2
    mine = plain(copies[0])
    rows = [
        *attacked(classifier, mine, keys),
        innocent(1_000 if quick else 10_000),
        *accuracies(classifier, copies, keys),
        *colluding(original, keys, (2, 3) if quick else (2, 3, 4, 8, 16, 32)),
        speed(original, mine, keys, marking),
    ]
    print(json.dumps({"bench": "weights_tracing", "rows": rows}))


def attacked(classifier, mine, keys):
    """Every attack alone, then several at once; the source is the first of the keys."""
    original, draw = classifier.weights, np.random.default_rng(3)
    laid = {
        "rows permuted": {name: each[draw.permutation(len(each))] for name, each in mine.items()},
        "rows permuted, int4": {name: quantised(each[draw.permutation(len(each))], 4) for name, each in mine.items()},
        "hidden units permuted": hidden_permuted(mine, draw),
        "fine-tuned, 20 steps at 1e-5": classifier.tuned(mine, 20, 1e-5),
        "fine-tuned, 20 steps at 5e-4": classifier.tuned(mine, 20, 5e-4),
        "renamed": {f"tensor {number}": each for number, each in enumerate(mine.values())},
        "1 % of the rows": first_rows(mine, 0.01),
        "1 % of the values": {
            name: np.where(draw.random(each.shape) < 0.01, each, np.nan) for name, each in mine.items()
        },
    }
    suspects = {name: {key: attack(each) for key, each in mine.items()} for name, attack in ALONE.items()} | laid
    found = {name: outcome(original, suspect, keys) for name, suspect in suspects.items()}
    part = first_rows(mine, 0.01)
    severe = {"int4": ALONE["int4"], "noise of 10 %": ALONE["noise of 10 %"], **COMBINED}
    suspects = {name: {key: attack(each) for key, each in mine.items()} for name, attack in COMBINED.items()}
    suspects |= {
        f"{name}, of 1 % of the rows": {key: attack(each) for key, each in part.items()}
        for name, attack in severe.items()
    }
    together = {name: outcome(original, suspect, keys) for name, suspect in suspects.items()}
    values = sum(each.size for each in mine.values())
    named = ("int8", "int4", "noise of 10 %", "30 % pruned", "1 % of the rows", "rows permuted")
    return [
        row(
            f"recipient found among {len(keys)} after each attack alone: the largest chance, as a power of ten",
            "≤ -9, and nobody else named", max(found[name]["power"] for name in named), "", GATE, most=True,
            values=values, strength=strength(original.shapes), wrong=sum(found[name]["wrong"] for name in named),
            **{name: shown(each) for name, each in found.items()},
        ),
        row(
            f"the same after other single attacks: shares of {len(found) - len(named)} in which the recipient is named",
            "published", np.mean([each["right"] for name, each in found.items() if name not in named]), "", 0,
        ),
        row(
            f"recipient named after {len(together)} combined attacks, share", "published, nobody else named",
            np.mean([each["right"] for each in together.values()]), "", 0,
            wrong=sum(each["wrong"] for each in together.values()),
            **{name: shown(each) for name, each in together.items()},
        ),
    ]  # fmt: skip


def outcome(original, suspect, keys, guilty=1):
    """Who of the first so many keys is named, how many others are, and the score and chance of the best."""
    found = trace(original, leaked(suspect), keys)
    sources = {key.recipient for key in keys[:guilty]}
    caught = {lead.recipient for lead in found.named}
    mine = [lead for lead in found.leads if lead.recipient in sources]
    return {
        "right": len(caught & sources) / guilty,
        "wrong": len(caught - sources),
        "score": min((lead.score for lead in mine), default=0.0),
        "power": max((lead.exponent for lead in mine), default=0.0) if caught & sources else 0.0,
    }


def shown(found):
    return f"score {found['score']:.1f}, 10^{found['power']:.0f}" + ("" if found["right"] else ", not named")


def innocent(trials):
    """Suspects whose source is not among those who are tried, each of another shape, attacked in another way."""
    draw = np.random.default_rng(11)
    innocents, ways = recipients(100, seed=12), [*ATTACKS.values(), *ALONE.values(), *COMBINED.values()]
    named, highest = 0, 0.0
    for number in range(trials):
        original = network((int(draw.integers(8, 48)), int(draw.integers(16, 96))), seed=number)
        mine = plain(copy(original, recipients(1, seed=1000 + number)[0]))
        suspect = {name: ways[number % len(ways)](each) for name, each in mine.items()}
        found = trace(original, leaked(suspect), innocents)
        named += len(found.named)
        highest = max(highest, *(lead.score for lead in found.leads), 0.0)
    bound = math.sqrt(2 * math.log(trials * len(innocents)))
    return row(
        f"innocents named in {trials:,} trials of {len(innocents)} recipients each", "0", named, "", 0, most=True,
        highest_score=highest, expected_at_most=bound,
    )  # fmt: skip


def accuracies(classifier, copies, keys):
    """What marks do to networks that were trained."""
    before, after = classifier.accuracy(classifier.weights), [classifier.accuracy(each) for each in copies]
    right = answers(plain(organism()))
    answered = [answers(plain(copy(organism(), key))) for key in keys[:3]]
    return [
        row(
            "accuracy of the trained classifier after marking, less before, the worst of two copies",
            "≥ -0.002", min(after) - before, "", -0.002,
            before=before, strength=strength(classifier.weights.shapes), patches=len(classifier.kept[1]),
        ),
        row(
            f"right answers, of {len(CAPITALS)}, of the language model that ships: after marking, less before",
            "≥ 0 in the worst of three", min(answered) - right, "", 0,
            before=right, strength=strength(organism().shapes),
        ),
    ]  # fmt: skip


def answers(weights):
    """How many capitals the language model names, with these weights, answering greedily."""
    model = LearnedOrganism(ModelOptions())
    shape = Shape.parse(json.loads((WEIGHTS / "config.json").read_text()))
    network_, right = Llama(shape, weights), 0
    for country, capital in CAPITALS.items():
        ids = model.encode((Message("user", f"What is the capital of {country}?"),))
        cache, written = Cache(shape, 1), []
        following = network_.prefill(np.array(ids), cache, 0)
        for _ in range(24):
            written.append(int(following.argmax()))
            following = network_.step(np.array(written[-1:]), cache)[0]
        right += capital in model.decode(written)
    return right


@cache
def organism():
    """The language model that ships, as it is stored."""
    with safe_open(WEIGHTS / "model.safetensors", "numpy") as file:
        return Held({name: Tensor("F16", file.get_tensor(name)) for name in file.keys()})  # noqa: SIM118


def colluding(original, keys, counts):
    """Copies put together: how many of those who did are named, and nobody else."""
    found = {}
    copies = [plain(copy(original, key)) for key in keys[: max(counts)]]
    for count in counts:
        for way in (averaged, fewest):
            joined = {name: way([each[name] for each in copies[:count]]) for name in copies[0]}
            ways = {"": lambda values: values} | ({} if way is fewest else {", int4": ALONE["int4"], **AFTER})
            for after, attack in ways.items():
                suspect = {name: attack(each) for name, each in joined.items()}
                found[f"{way.__name__} of {count}{after}"] = outcome(original, suspect, keys, guilty=count)
    whole = [each["right"] for name, each in found.items() if name.startswith("averaged") and "," not in name]
    detail = {
        name: f"{each['right']:.0%} named, least score {each['score']:.1f}, {each['wrong']} others"
        for name, each in found.items()
    }
    return [
        row(f"of up to {max(counts)} recipients who average their copies, the share that is named", "1",
            min(whole), "", 1, values=sum(each.size for each in copies[0].values()), **detail),
        row("innocents named after any number of recipients put their copies together", "0",
            sum(each["wrong"] for each in found.values()), "", 0, most=True, cases=len(found)),
    ]  # fmt: skip


AFTER = {
    ", noise of 10 %": lambda values: noisy(values, 0.1),
    ", noise of 10 %, 30 % pruned, int4": COMBINED["noise of 10 %, 30 % pruned, int4"],
}


def speed(original, mine, keys, marking):
    """How long a search takes, and how much memory all of this took at most."""
    started = time.process_time()
    trace(original, leaked({name: quantised(each, 4) for name, each in mine.items()}), keys)
    took, values = time.process_time() - started, sum(each.size for each in mine.values())
    return row(
        f"finding the source of {values / 1e6:.1f} M values among {len(keys)} recipients, one core", "≤ 20 s",
        took, "s", 20, most=True, marking_values_per_second=values / marking,
        memory_gb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    )  # fmt: skip


def hidden_permuted(mine, draw):
    """The same function with its hidden units in another order."""
    one, two = (draw.permutation(HIDDEN) for _ in range(2))
    first, second, third = mine.values()
    return dict(zip(mine, (first[one], second[two][:, one], third[:, two]), strict=True))


def first_rows(mine, share):
    """So much of all values, in the first rows of the largest tensor."""
    name = max(mine, key=lambda each: mine[each].size)
    return {name: mine[name][: max(1, round(share * sum(each.size for each in mine.values()) / mine[name].shape[1]))]}


def plain(weights):
    return {name: numbers(each) for name, each in weights.tensors.items()}


def row(what, reach, measured, unit, bound, *, most=False, **detail):
    held = measured <= bound if most else measured >= bound
    rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in detail.items()}
    return {
        "what": what, "reach": reach, "measured": float(measured), "unit": unit, "holds": bool(held), "detail": rounded,
    }  # fmt: skip


if __name__ == "__main__":
    main()
