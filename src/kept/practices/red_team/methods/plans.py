"""The red-team section of a plan: what its author may write, checked and completed."""

import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import ValidationError

from kept.core import model
from kept.errors import Invalid
from kept.practices.red_team.methods import judges
from kept.practices.red_team.methods.cells import cells
from kept.practices.red_team.methods.play import Party
from kept.practices.red_team.methods.probes import DOMAINS
from kept.practices.red_team.methods.strategies import STRATEGIES
from kept.practices.red_team.methods.strategy import LANGUAGES, Staged
from kept.practices.red_team.records import Cell
from kept.predicates.campaign_plan import (
    Budget,
    JudgeChoice,
    Limits,
    PanelJudge,
    Plan,
    RubricJudge,
    RuleJudge,
    Sampling,
)

_FIXED = "fixed: every planned attempt is made once; nothing that is found stops a cell early"
_SEQUENTIAL: Mapping[str, Any] = {"rule": "sequential", "bound": 0.1, "alpha": 0.05, "over": "campaign"}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "domains": tuple(DOMAINS),
    "strategies": tuple(STRATEGIES),
    "languages": LANGUAGES,
}
_LARGEST = 10_000_000
PARTIES: tuple[Party, ...] = ("attacker", "judge")
PARTY_KEYS: Mapping[Party, str] = {"attacker": "attacker", "judge": "judge_model"}
_JUDGES: Mapping[str, type[RuleJudge] | type[RubricJudge] | type[PanelJudge]] = {
    "rule": RuleJudge,
    "rubric": RubricJudge,
    "panel": PanelJudge,
}
_ADDRESS_LIMIT = 2048


@cache
def default_section() -> Mapping[str, Any]:
    """The section that an empty plan stands for."""
    text = files(__package__).joinpath("default_plan.toml").read_text(encoding="utf-8")
    return {**{key: list(names) for key, names in _CHOICES.items()}, **tomllib.loads(text)}


def default_cells() -> tuple[Cell, ...]:
    """The cells that the default plan tries."""
    default = default_section()
    return cells(default["domains"], default["strategies"], default["languages"])


def read_plan(section: Mapping[str, Any], *, sampling: model.Sampling) -> Plan:
    """The plan that a section asks for; what it leaves out is the default, and `sampling` the model's own.

    The attacker and the judge are named by `read_parties`; their ids are entered once these models are opened.
    Raises Invalid for an unknown key or name (with the nearest known), a wrong value, and a plan without any attempt.
    """
    default = default_section()
    _check_keys(section, [*default, "sampling", *PARTY_KEYS.values()], "red_team")
    chosen = {**default, **section}
    for key in PARTY_KEYS.values():
        chosen.pop(key, None)
    chosen["judge"] = read_judge(section)
    chosen["parties"] = dict.fromkeys(PARTIES)
    for key, known in _CHOICES.items():
        chosen[key] = _names(chosen[key], known, key)
    chosen["budget"] = _table(chosen["budget"], default["budget"], Budget.model_fields, "budget")
    chosen["limits"] = _table(chosen["limits"], default["limits"], Limits.model_fields, "limits")
    own = {"temperature": sampling.temperature, "top_p": sampling.top_p, "max_tokens": sampling.max_tokens}
    chosen["sampling"] = _table(section.get("sampling", {}), own, Sampling.model_fields, "sampling")
    chosen["stop"] = _stop(chosen["stop"])
    return _checked(chosen)


def _stop(value: Any) -> Any:
    """ "fixed", or the table of a sequential rule with what it leaves out."""
    if value == "fixed":
        return value
    if value == "sequential":
        return _SEQUENTIAL
    if isinstance(value, Mapping):
        return _table(value, _SEQUENTIAL, _SEQUENTIAL, "stop")
    raise Invalid(
        f"red_team.stop: {str(value)[:40]!r} is not a stopping rule.",
        code="plan.stop",
        hint="Write 'fixed', 'sequential', or a table of bound, alpha and over; stopping at a success would bias the "
        "rates.",
    )


def stopping_rule(plan: Plan) -> str:
    """The plan's stopping rule in words."""
    stop = plan.stop
    if isinstance(stop, str):
        return _FIXED
    over = "in the whole campaign" if stop.over == "campaign" else "in each cell"
    return (
        f"sequential: after each prompt of a cell a betting test compares its rate with {stop.bound}; the cell stops "
        f"once it is found to be below or above, or after {plan.prompts} prompts; the probability of a wrong decision "
        f"{over} is at most {stop.alpha}"
    )


def read_parties(section: Mapping[str, Any]) -> Mapping[Party, str]:
    """The addresses of the attacker and the judge that a section names.

    Raises Invalid for something else than an address, for a strategy or a judge without the party that it needs, and
    for a party whom nothing needs.
    """
    named = {of: _address(section[key], key) for of, key in PARTY_KEYS.items() if section.get(key) is not None}
    chosen = {name: STRATEGIES[name] for name in section.get("strategies", default_section()["strategies"])}
    needing = {of: name for name, strategy in chosen.items() if isinstance(strategy, Staged) for of in strategy.parties}
    judge = judges.chosen(read_judge(section))
    if judge.asks:
        needing["judge"] = judge.name
    for of, name in needing.items():
        if of not in named:
            raise Invalid(
                f"red_team.{'judge' if name == judge.name else 'strategies'}: {name!r} needs the {of}'s model, which "
                "the plan doesn't name.",
                code="plan.party",
                hint=f"Write {PARTY_KEYS[of]}: and a model's URI or its name from kept.toml.",
            )
    for of in named:
        if of not in needing:
            raise Invalid(
                f"red_team.{PARTY_KEYS[of]}: nothing in the plan asks the {of}.",
                code="plan.party",
                hint="Leave it out, or plan a strategy or a judge that does.",
            )
    return named


def read_judge(section: Mapping[str, Any]) -> JudgeChoice:
    """The judge that a section names or describes; the exact one, unless it says otherwise.

    Raises Invalid for a judge that is none, and for a world before a judge: a world tells by its end state.
    """
    value = section.get("judge", default_section()["judge"])
    choice = _described(value) if isinstance(value, Mapping) else value
    if isinstance(choice, list | tuple | int | float) or choice is None:
        raise Invalid("red_team.judge: is neither a judge's name nor a table.", code="plan.value")
    try:
        judge = judges.chosen(choice)
    except Invalid as error:
        raise Invalid(f"red_team.judge: {error.message}", code=error.code, hint=error.hint) from error
    worlds = [name for name in section.get("strategies", ()) if str(name).startswith("world-")]
    if judge.false_positive_bound is None and worlds:
        raise Invalid(
            f"red_team.judge: {worlds[0]!r} is scored by the state that it ends in, not by {judge.name!r}.",
            code="plan.judge",
            hint="Plan worlds with the judge exact-card, in a campaign of their own.",
        )
    return choice


def check_places(places: Mapping[str, str]) -> None:
    """Raises Invalid, naming the nearest, for a domain, strategy or language that is neither known nor "*"."""
    known = {"domain": DOMAINS, "strategy": STRATEGIES, "language": LANGUAGES}
    for name, value in places.items():
        if value != "*" and value not in known[name]:
            raise _unknown(value, known[name], name)


def _described(value: Mapping[str, Any]) -> JudgeChoice:
    kind = _JUDGES.get(str(value.get("name")))
    if kind is None:
        raise Invalid(
            f"red_team.judge: {str(value.get('name'))[:60]!r} can't be described in a plan.",
            code="plan.judge",
            hint=f"A table's name is one of {', '.join(_JUDGES)}; another judge is named alone.",
        )
    _check_keys(value, list(kind.model_fields), "red_team.judge")
    try:
        return kind.model_validate(dict(value))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in ("judge", *first["loc"]))
        raise Invalid(f"red_team.{place}: {first['msg']}.", code="plan.value") from error


def _address(value: Any, key: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _ADDRESS_LIMIT:
        raise Invalid(f"red_team.{key}: is not the address of a model.", code="plan.value")
    return value


def _checked(document: Mapping[str, Any]) -> Plan:
    try:
        plan = Plan.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"red_team.{place}: {first['msg']}.", code="plan.value") from error
    count = attempts(plan)
    if count == 0:
        raise Invalid(
            "The plan has no cell: none of its strategies can be tried in its languages.",
            code="plan.empty",
            hint="'plain' is English only, 'translation' is for the other languages.",
        )
    limit = plan.budget.requests or _LARGEST
    if count > limit:
        raise Invalid(
            f"The plan makes {count} attempts; {limit} requests are allowed.",
            code="plan.too-large",
            hint="Lower prompts, trials or the number of cells, or raise budget.requests.",
        )
    return plan


def attempts(plan: Plan) -> int:
    """How many attempts a plan makes."""
    return len(cells(plan.domains, plan.strategies, plan.languages)) * plan.prompts * plan.trials


def _names(value: Any, known: tuple[str, ...], key: str) -> list[str]:
    if not isinstance(value, list | tuple) or not value or not all(isinstance(name, str) for name in value):
        raise Invalid(f"red_team.{key}: is not a list of names.", code="plan.value", hint=f"Known: {', '.join(known)}.")
    for name in value:
        if name not in known:
            raise _unknown(name, known, f"red_team.{key}")
    if len(set(value)) < len(value):
        raise Invalid(f"red_team.{key}: a name stands twice.", code="plan.value")
    return [name for name in known if name in value]


def _table(value: Any, default: Mapping[str, Any], known: Iterable[str], key: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise Invalid(f"red_team.{key}: is not a table.", code="plan.value", hint=f"It takes {', '.join(known)}.")
    _check_keys(value, list(known), f"red_team.{key}")
    return {**default, **value}


def _check_keys(section: Mapping[str, Any], known: list[str], where: str) -> None:
    for key in section:
        if key not in known:
            raise _unknown(str(key), known, where)


def _unknown(name: str, known: Iterable[str], where: str) -> Invalid:
    known = sorted(known)
    near = get_close_matches(name, known, n=1, cutoff=0.0)[0]
    return Invalid(
        f"{where}: {name[:60]!r} is not known; the nearest is {near!r}.",
        code="plan.unknown-name",
        hint=f"Known: {', '.join(known)}.",
    )
