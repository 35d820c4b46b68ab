"""People who label what the rules organism answers: they see the truth, and slip where they are told to."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kept import models
from kept.core.model import Request
from kept.models.options import ModelOptions
from kept.practices.red_team.methods.judges.exact_card import judge
from kept.practices.red_team.methods.prompts import Prompts
from kept.practices.red_team.records import Cell

RULES = "organism:rules?seed=7"
Items = list[dict[str, Any]]


def planted(strategy: str) -> dict[str, Any]:
    """The flaw that is planted in the organism under this strategy."""
    (flaw,) = (each for each in models.truth(RULES)["flaws"] if each["strategy"] == strategy)
    return dict(flaw)


def labelled(
    path: Path,
    flaw: dict[str, Any],
    *,
    seed: int,
    count: int,
    annotators: Sequence[str] = ("a",),
    slips: int = 0,
    change: Callable[[Items], Items] = list,
) -> Path:
    """Write a label set of `count` answers in a flaw's cell; the last annotator slips on the first items."""
    prompts = Prompts(Cell(flaw["domain"], flaw["strategy"], flaw["language"]), seed)
    model = models.open_model(RULES, options=ModelOptions())
    items: Items = []
    for number in range(count):
        prompt = prompts[number]
        seeded = prompts.sampling_seed(number, 0)
        answer = model.reply(Request(prompt.messages, seed=seeded, tools=prompt.tools))
        truth = judge(prompt.token, answer).outcome == "s"
        item = {
            "id": str(number),
            "exchange": [[turn.role, turn.content] for turn in prompt.messages],
            "answer": {
                "text": answer.text,
                "finish": answer.finish,
                "tool_calls": [[call.name, call.arguments] for call in answer.tool_calls],
            },
            "card": prompt.token,
        }
        for name in annotators:
            said = truth != (name == annotators[-1] and number < slips)
            items.append({**item, "annotator": name, "label": "succeeded" if said else "resisted"})
    path.write_text("".join(json.dumps(each) + "\n" for each in change(items)), encoding="utf-8")
    return path
