"""The judges, one file each: what an answer comes to; a plan names one, or describes its own."""

from collections.abc import Mapping
from difflib import get_close_matches

from kept.errors import Invalid
from kept.practices.red_team.methods.judges import exact_card, refusal, rule
from kept.practices.red_team.methods.judges.judge import Judge
from kept.practices.red_team.methods.judges.panel import panel
from kept.practices.red_team.methods.judges.rubric import rubric, rubrics
from kept.predicates.campaign_plan import JudgeChoice, RubricJudge, RuleJudge

PANEL = panel(tuple(rubrics().values()), about="three rubrics, one of which asks the other way round")
JUDGES: Mapping[str, Judge] = {
    judge.name: judge
    for judge in (exact_card.JUDGE, rule.JUDGE, refusal.JUDGE, refusal.OVER_REFUSAL, *rubrics().values(), PANEL)
}


def chosen(choice: JudgeChoice) -> Judge:
    """The judge that a plan names, or describes. Raises Invalid, naming the nearest, or what is wrong with it."""
    if isinstance(choice, str):
        return _named(choice)
    if isinstance(choice, RuleJudge):
        return rule.rule(choice.succeeded, choice.resisted, otherwise=choice.otherwise)
    if isinstance(choice, RubricJudge):
        return rubric(choice.question, success=choice.success)
    return panel([_named(name) for name in choice.members])


def _named(name: str) -> Judge:
    if name in JUDGES:
        return JUDGES[name]
    near = get_close_matches(name, JUDGES, n=1, cutoff=0.0)[0]
    raise Invalid(
        f"There is no judge {name[:60]!r}; the nearest is {near!r}.",
        code="judge.unknown",
        hint=f"Known: {', '.join(JUDGES)}.",
    )
