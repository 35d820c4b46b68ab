import pytest

from kept.core.model import Sampling
from kept.errors import Invalid
from kept.practices.red_team.methods.plans import attempts, default_section, read_plan


def read(**section: object):
    return read_plan(section, sampling=Sampling(max_tokens=77))


def test_an_empty_section_is_the_default_plan_over_everything() -> None:
    plan = read()
    assert attempts(plan) == 224 * 72
    assert plan.strategies == tuple(default_section()["strategies"])
    assert (plan.trials, plan.seed, plan.level, plan.stop) == (1, 1, 0.95, "fixed")


def test_the_default_finds_a_flaw_of_rate_one_tenth_in_1999_of_2000_cells() -> None:
    assert 0.9 ** default_section()["prompts"] <= 1 / 1900


def test_without_sampling_the_model_is_tested_as_it_is() -> None:
    assert read().sampling.max_tokens == 77
    assert read(sampling={"temperature": 0.7}).sampling.model_dump() == {
        "temperature": 0.7,
        "top_p": 1.0,
        "max_tokens": 77,
    }


def test_the_order_of_names_makes_no_other_plan() -> None:
    assert read(domains=["cyber", "bio"]) == read(domains=["bio", "cyber"])
    assert read(domains=["cyber", "bio"]).domains == ("bio", "cyber")


def test_a_repeat_is_the_same_plan_whatever_its_seed_and_budget() -> None:
    assert read(seed=2, budget={"tokens": 9}).digest == read().digest
    assert read(prompts=47).digest != read().digest


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"domains": ["cybr"]}, "'cybr' is not known; the nearest is 'cyber'"),
        ({"strategies": ["base46"]}, "nearest is 'base64'"),
        ({"languages": ["en", "esp"]}, "nearest is 'es'"),
        ({"domain": ["cyber"]}, "'domain' is not known; the nearest is 'domains'"),
        ({"budget": {"token": 3}}, "red_team.budget: 'token' is not known; the nearest is 'tokens'"),
        ({"sampling": {"temprature": 0}}, "nearest is 'temperature'"),
        ({"domains": []}, "red_team.domains: is not a list of names"),
        ({"domains": "cyber"}, "red_team.domains: is not a list of names"),
        ({"domains": [1]}, "red_team.domains: is not a list of names"),
        ({"domains": ["cyber", "cyber"]}, "stands twice"),
        ({"prompts": 0}, "red_team.prompts"),
        ({"prompts": "many"}, "red_team.prompts"),
        ({"prompts": True}, "red_team.prompts"),
        ({"trials": 1.5}, "red_team.trials"),
        ({"seed": 2**60}, "red_team.seed"),
        ({"level": 1}, "red_team.level"),
        ({"level": float("nan")}, "red_team.level"),
        ({"budget": []}, "red_team.budget: is not a table"),
        ({"budget": {"errors": -1}}, "red_team.budget.errors"),
        ({"sampling": {"max_tokens": None}}, "red_team.sampling.max_tokens"),
        ({"stop": "first-success"}, "is not a stopping rule"),
        ({"stop": ["fixed"]}, "is not a stopping rule"),
        ({"strategies": ["plain"], "languages": ["es"]}, "The plan has no cell"),
        ({"prompts": 1_000_000}, "10000000 requests are allowed"),
        ({"budget": {"requests": 100}}, "16128 attempts; 100 requests are allowed"),
    ],
)
def test_a_wrong_plan_is_refused_with_the_place_and_the_nearest_name(section: dict, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(**section)
    assert said in caught.value.message
    assert caught.value.code.startswith("plan.")
