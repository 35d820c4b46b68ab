"""Prompts of 1 to 4 KB matched against what peers shared, on one core: patterns, near-duplicates, a reload, a flood.

Patterns are made as `prototypes/sharing_match.py` makes them: three words of a vocabulary of 5,000 with what may stand
between. All of a prompt's words are of that vocabulary, so that hundreds of literals occur in each: the worst case of a
screen of literals. RE2's own set and a loop over Python's `re` are measured in the same run on the same prompts.

Near-duplicates are real texts (documentation, licences, docstrings of the standard library and of packages), of which
some are indexed, and which are edited by a tenth in words or in letters. What is unrelated comes from other sources and
shares less than a tenth of its runs of three words with anything indexed. Seeds are new in every run.

Times are of the process's own CPU, the least of several rounds.

Usage: python bench/sharing_match.py [--quick]
"""

import argparse
import json
import os
import random
import re
import threading
import time
from statistics import mean

import _texts
import re2
import rensa

from kept.practices.sharing.backends.reloading import Reloading
from kept.practices.sharing.methods.fingerprints import Nearest, encode, hashes, sketch_of
from kept.practices.sharing.methods.indicators import said
from kept.practices.sharing.methods.matching import Matcher
from kept.practices.sharing.methods.normalising import normalise
from kept.practices.sharing.methods.objects import circumvention, id_of, write
from kept.practices.sharing.records.contents import SharedObject
from kept.practices.sharing.records.matching import Indicator

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SHARE = 0.1
# What costs RE2 most for its size: many counts of wide classes, which begin at one common word or end there.
COSTLY = {
    "counts after a word": r"please(?:.{0,30}[a-f]){20}(?:x%d)?!",
    "a count before a word": r"[a-z].{500}please.*(?:x%d)?!",
    "words before a word": r"(?:[a-z]+ ){0,80}please.*(?:x%d)?!",
}
TIME = "2026-11-22T07:30:00.000Z"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    seed = int.from_bytes(os.urandom(4))
    rows = patterns(random.Random(seed), 10_000, rounds=2 if quick else 5)
    rows += hostile(random.Random(seed + 2))
    rows += duplicates(random.Random(seed + 1), 2000 if quick else 10_000, queries=300 if quick else 1500)
    print(json.dumps({"bench": "sharing_match", "seed": seed, "rows": rows}))


def patterns(draw, count, rounds):
    words = ["".join(draw.choices(LETTERS, k=draw.randint(3, 9))) for _ in range(5000)]
    shared, instances = [], []
    for _ in range(count):
        one, two, three = draw.sample(words, 3)
        shared.append(rf"\b{one}\s+(?:the\s+|all\s+)?{two}\b[^.]{{0,40}}\b{three}s?\b")
        instances.append(f"{one} the {two} and then {three}")
    prompts = [prompt(draw, words, instances if number % 20 == 0 else ()) for number in range(1000)]
    indicators = [Indicator(str(number), "peer", "regex", value) for number, value in enumerate(shared)]
    began = time.process_time()
    matcher = Matcher.of(indicators)
    built = time.process_time() - began
    kept = {int(each) for each in range(count)} - {int(one.id) for one in matcher.refused}
    own = fastest(lambda each: {int(match.id) for match in matcher.match(each)}, prompts, rounds)
    theirs = re2_set([shared[number] for number in sorted(kept)])
    peer = fastest(theirs.Match, prompts, rounds)
    order = sorted(kept)
    missed = sum(
        not mine <= {order[place] for place in theirs_found or ()}
        for mine, theirs_found in zip(own["found"], peer["found"], strict=True)
    )
    loop = [re.compile(shared[number], re.IGNORECASE) for number in sorted(kept)]
    few = prompts[::250]
    plain = fastest(
        lambda each: [number for number, one in zip(sorted(kept), loop, strict=True) if one.search(each)], few, 1
    )
    agree = all(set(found) == own["found"][place * 250] for place, found in enumerate(plain["found"]))
    newer = [
        Indicator(one.id, one.peer, one.kind, f"{one.value}\\s") if place % 10 == 0 else one
        for place, one in enumerate(indicators)
    ]
    gap, reload = reloaded(matcher, lambda: Matcher.of(newer), prompts)
    # One word more in each, so that nothing of what was built before is of use.
    others = [Indicator(one.id, one.peer, one.kind, rf"{one.value}\s+{draw.choice(words)}") for one in indicators]
    wholly = reloaded(matcher, lambda: Matcher.of(others), prompts)
    bodies = [shared_object(draw, words, number) for number in range(count)]
    objects = reloaded(matcher, lambda: Matcher.of(of_bodies(bodies)), prompts)
    return [
        row(
            "prompts matched by 10,000 patterns, one core",
            "≥ 2,000 a second",
            own["rate"],
            "prompts/s",
            own["rate"] >= 2000,
            {
                "ratio to RE2's set": round(own["rate"] / peer["rate"], 2),
                "RE2's set prompts/s": round(peer["rate"]),
                "prompts in which RE2's set misses one": missed,
                "loop over re prompts/s": round(plain["rate"], 1),
                "finds what the loop finds": agree,
                "p99 ms": round(own["p99"] * 1000, 2),
                "build s": round(built, 1),
                "patterns refused": len(matcher.refused),
                "prompts with a match": sum(map(bool, own["found"])),
            },
        ),
        row(
            "reload of 10,000 patterns, a tenth of them new, while prompts are matched without a pause",
            "≤ 10 s",
            reload,
            "s",
            reload <= 10,
            {"longest wait of a prompt ms": round(gap * 1000, 1), "prompts unanswered": 0},
        ),
        *(
            row(
                f"reload of {count:,} {what}, all of them new, while prompts are matched without a pause",
                "≤ 10 s",
                took,
                "s",
                took <= 10,
                {"longest wait of a prompt ms": round(wait * 1000, 1), "prompts unanswered": 0},
            )
            for what, (wait, took) in {"patterns": wholly, "shared objects with their fingerprints": objects}.items()
        ),
    ]


def hostile(draw):
    """256 patterns of one peer, each as costly as can be, all of which one common word of a prompt calls."""
    words = ["".join(draw.choices(LETTERS, k=draw.randint(3, 9))) for _ in range(5000)]
    said = prompt(draw, words, ())[:900] + " " + " ".join(draw.choices([*words[:300], *["please"] * 10], k=500))
    calm = Indicator("calm", "calm", "regex", r"tell them\s+nothing at all")
    took, named = {}, True
    for name, costly in COSTLY.items():
        made = [Indicator(str(number), "hostile", "regex", costly % number) for number in range(256)]
        matcher = Matcher.of([*made, calm])
        found = fastest(matcher.match, [f"{said} tell them nothing at all"[-4096:]], 2)
        (answer,) = found["found"]
        took[name] = 1000 / found["rate"]
        named &= answer.incomplete == ("hostile",) and [one.peer for one in answer] == ["calm"]
    return [
        row(
            "one prompt of 4 KB against 256 patterns of a hostile peer that one common word calls, the worst of 3 sets",
            "≤ 500 ms, the peer named and others' patterns tried",
            max(took.values()),
            "ms",
            max(took.values()) <= 500 and named,
            {f"{name} ms": round(each, 1) for name, each in took.items()} | {"named, and others tried": named},
        )
    ]


def shared_object(draw, words, number):
    """A circumvention pattern as its bytes come: thirty words of a turn, its expression and its fingerprints."""
    content = circumvention("encoding", [" ".join(draw.choices(words, k=30))], {})
    made = SharedObject(id_of("indicator", str(number)), TIME, TIME, "A way round", "How it goes.", content)
    return json.dumps(write(made)).encode()


def of_bodies(bodies):
    return (found for body in bodies for found in said(body, "peer").at(TIME))


def prompt(draw, words, instances):
    length, said, have = draw.randint(1000, 4000), [], 0
    while have < length:
        said.append(draw.choice(words))
        have += len(said[-1]) + 1
    if instances:
        said.insert(len(said) // 2, draw.choice(instances))
    return " ".join(said)


def re2_set(expressions):
    options = re2.Options()
    options.case_sensitive, options.max_mem = False, 1 << 30
    found = re2.Set.SearchSet(options)
    for expression in expressions:
        found.Add(expression)
    found.Compile()
    return found


def reloaded(matcher, build, prompts):
    """The longest that a prompt waited while another matcher was built beside, and how long that took."""
    state = ["1"]
    reloading = Reloading(lambda: matcher if state[0] == "1" else build(), lambda: state[0], every=3600)
    waits, before = [], reloading()
    builder = threading.Thread(target=reloading.look)
    state[0] = "2"
    began = time.perf_counter()
    builder.start()
    while builder.is_alive() or len(waits) < 10:
        asked = time.perf_counter()
        reloading().match(prompts[len(waits) % len(prompts)])
        waits.append(time.perf_counter() - asked)
    took = time.perf_counter() - began
    builder.join()
    assert reloading() is not before
    return max(waits), took


def duplicates(draw, count, queries):
    indexed, unrelated = _texts.apart(draw, _texts.chunks(draw, 3 * count), count)
    words = sorted({word for text in indexed for word in text.split()})
    began = time.process_time()
    nearest = Nearest.of([sketch_of(hashes(normalise(text))) for text in indexed])
    built = time.process_time() - began
    wanted = [draw.randrange(len(indexed)) for _ in range(queries)]
    asked = {
        "words": [_texts.word_edits(draw, indexed[number], SHARE, words) for number in wanted],
        "letters": [_texts.letter_edits(draw, indexed[number], SHARE) for number in wanted],
    }
    draw.shuffle(unrelated)
    unrelated = unrelated[: 3 * queries]

    def find(text):
        return {place for place, _ in nearest.find(hashes(normalise(text)))}

    found = {name: fastest(find, texts, 3) for name, texts in asked.items()}
    recall = {
        name: mean(number in hit for number, hit in zip(wanted, each["found"], strict=True))
        for name, each in found.items()
    }
    # What is served is mostly unrelated: one prompt in ten is an edited copy.
    mixed = [*unrelated, *asked["words"][: len(unrelated) // 20], *asked["letters"][: len(unrelated) // 20]]
    draw.shuffle(mixed)
    speed = fastest(find, mixed, 3)
    false = mean(map(bool, fastest(find, unrelated, 1)["found"]))
    theirs = rensa_lsh(indexed, wanted, asked, unrelated)
    detail = {
        "texts indexed": len(indexed),
        "unrelated texts asked": len(unrelated),
        "edited texts asked": 2 * queries,
        "index s": round(built, 1),
        "bytes sent for each": len(encode(sketch_of(hashes(normalise(indexed[0]))))),
    } | theirs
    return [
        row(
            "near-duplicates among real texts of 1 to 4 KB, one core, one in ten an edited copy",
            "≥ 3,000 a second",
            speed["rate"],
            "prompts/s",
            speed["rate"] >= 3000,
            detail | {"p99 ms": round(speed["p99"] * 1000, 2)},
        ),
        *(
            row(
                f"near-duplicates among the same texts where every prompt is an edited copy, in {name}",
                "≥ 3,000 a second",
                each["rate"],
                "prompts/s",
                each["rate"] >= 3000,
                {"p99 ms": round(each["p99"] * 1000, 2)},
            )
            for name, each in found.items()
        ),
        *(
            row(
                f"recall of near-duplicates with a tenth of the {name} edited",
                "≥ 0.95",
                value,
                "share",
                value >= 0.95,
                {"rensa": theirs[f"rensa recall, {name}"]},
            )
            for name, value in recall.items()
        ),
        row(
            "unrelated real texts called near-duplicates",
            "≤ 0.01",
            false,
            "share",
            false <= 0.01,
            {"rensa": theirs["rensa false"]},
        ),
    ]


def rensa_lsh(indexed, wanted, asked, unrelated):
    """rensa's MinHash LSH over runs of three words, 128 permutations in 32 bands."""

    def signed(text):
        said = text.split()
        made = rensa.RMinHash(num_perm=128, seed=42)
        made.update([" ".join(said[place : place + 3]) for place in range(max(1, len(said) - 2))])
        return made

    index = rensa.RMinHashLSH(threshold=0.5, num_perm=128, num_bands=32)
    for number, text in enumerate(indexed):
        index.insert(number, signed(text))
    found = {}
    for name, texts in asked.items():
        done = fastest(lambda text: index.query(signed(text)), texts, 1)
        found[f"rensa recall, {name}"] = round(share(wanted, done["found"]), 3)
    done = fastest(lambda text: index.query(signed(text)), unrelated, 1)
    return found | {"rensa false": round(mean(map(bool, done["found"])), 4), "rensa prompts/s": round(done["rate"])}


def share(wanted, found):
    """How many of the texts that were edited are among what was found."""
    return mean(number in each for number, each in zip(wanted, found, strict=True))


def fastest(ask, prompts, rounds):
    """What was found, prompts a second of CPU in the best of some rounds, and the slowest but one in a hundred."""
    best, found, waits = None, [], []
    for _ in range(rounds):
        found, waits = [], []
        began = time.process_time()
        for each in prompts:
            asked = time.process_time()
            found.append(ask(each))
            waits.append(time.process_time() - asked)
        took = time.process_time() - began
        best = took if best is None else min(best, took)
    return {"found": found, "rate": len(prompts) / best, "p99": sorted(waits)[int(0.99 * (len(waits) - 1))]}


def row(what, reach, measured, unit, holds, detail):
    return {"what": what, "reach": reach, "measured": measured, "unit": unit, "holds": bool(holds), "detail": detail}


if __name__ == "__main__":
    main()
