"""Embedded models with known ground truth: one of rules, one that acts with tools, a trained network, a judge."""

from typing import Any
from urllib.parse import parse_qsl

from kept.core.model import Model
from kept.errors import Invalid, NotFound
from kept.models.options import ModelOptions

_FORMS = (
    "organism:rules?seed=N, organism:agent?seed=N, organism:attacker?seed=N, organism:learned and "
    "organism:judge?se=S&sp=S&seed=N"
)
_SEEDED = ("rules", "agent", "attacker")
_JUDGE = "organism:judge"
_SEED_LIMIT = 1 << 63


def open_model(uri: str, options: ModelOptions) -> Model:
    """The organism that `uri` names; raises Invalid when it names none."""
    if uri.partition("?")[0] == _JUDGE:
        from kept.models.organisms.judging import JudgeOrganism, read_errors

        return JudgeOrganism(read_errors(uri), options)
    kind, seed = _parse(uri)
    if kind == "rules":
        from kept.models.organisms.rules import RulesOrganism

        return RulesOrganism(seed, options)
    if kind == "agent":
        from kept.models.organisms.agents.agent import AgentOrganism

        return AgentOrganism(seed, options)
    if kind == "attacker":
        from kept.models.organisms.attacking import AttackerOrganism

        return AttackerOrganism(seed, options)
    from kept.models.organisms.learned import LearnedOrganism

    return LearnedOrganism(options)


def truth(uri: str) -> dict[str, Any]:
    """What was planted in the organism that `uri` names, as plain JSON values.

    Raises Invalid when it names none, and NotFound for the attacker, in which nothing is planted.
    """
    if uri.partition("?")[0] == _JUDGE:
        from kept.models.organisms.judging import read_errors

        return read_errors(uri).document()
    kind, seed = _parse(uri)
    if kind == "rules":
        from kept.models.organisms.planting import plant

        return plant(seed).document()
    if kind == "agent":
        from kept.models.organisms.agents.planting import plant_agent

        return plant_agent(seed).document()
    if kind == "attacker":
        raise NotFound(
            f"Nothing is planted in {uri!r}: it attacks others.",
            code="models.no-truth",
            hint="Ask for the truth of the model that is attacked.",
        )
    from kept.models.organisms.learned import planted

    return planted()


def _parse(uri: str) -> tuple[str, int]:
    """The kind and the seed that a URI names; one that names no seed has the seed 0."""
    path, _, query = uri.removeprefix("organism:").partition("?")
    if path not in (*_SEEDED, "learned"):
        raise Invalid(
            f"There is no organism {path!r} in {uri!r}.", code="organism.unknown", hint=f"There are {_FORMS}."
        )
    fields = parse_qsl(query, keep_blank_values=True)
    if not query:
        return path, 0
    if path in _SEEDED and len(fields) == 1 and fields[0][0] == "seed":
        return path, _seed(fields[0][1], uri)
    raise Invalid(
        f"The part {'?' + query!r} of {uri!r} is not understood.",
        code="organism.query",
        hint=f"The organisms are {_FORMS}.",
    )


def _seed(text: str, uri: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 20 and int(text) < _SEED_LIMIT:
        return int(text)
    raise Invalid(
        f"The seed {text!r} in {uri!r} is not a whole number from 0 to {_SEED_LIMIT - 1}.",
        code="organism.seed",
        hint="Write it in digits, for example organism:rules?seed=7.",
    )
