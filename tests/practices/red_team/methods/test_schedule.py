import random

from hypothesis import given
from hypothesis import strategies as st

from kept.practices.red_team.methods.schedule import Key, Schedule, Stepped
from kept.predicates.stopping import Watched

sizes = st.integers(1, 6)


@given(cells=sizes, prompts=sizes, trials=sizes, data=st.data())
def test_what_is_recorded_is_never_asked_again_and_all_else_is_asked_once(
    cells: int, prompts: int, trials: int, data: st.DataObject
) -> None:
    schedule = Schedule(cells=cells, prompts=prompts, trials=trials)
    every = list(schedule.pending())
    assert len(every) == len(set(every)) == len(schedule) == cells * prompts * trials
    done = set(data.draw(st.lists(st.sampled_from(every))))
    for key in (*done, *done):
        schedule.mark(key, "r")
    assert schedule.finished == len(done)
    assert list(schedule.pending()) == [key for key in every if key not in done]


def test_a_campaign_cut_short_covers_every_cell_alike() -> None:
    schedule = Schedule(cells=3, prompts=2, trials=1)
    assert list(schedule.pending())[:3] == [Key(0, 0, 0), Key(1, 0, 0), Key(2, 0, 0)]


def test_what_is_marked_while_asking_is_skipped() -> None:
    schedule = Schedule(cells=1, prompts=3, trials=1)
    pending = schedule.pending()
    next(pending)
    schedule.mark(Key(0, 1, 0), "r")
    assert list(pending) == [Key(0, 2, 0)]


def watched(*, prompts: int, trials: int) -> Watched:
    return Watched(("card",), bound=0.3, alpha=0.2, prompts=prompts, trials=trials)


@given(st.integers(1, 4), st.integers(1, 20), st.integers(1, 3), st.randoms(use_true_random=False))
def test_a_stepped_cell_makes_what_the_rule_wants_in_whatever_order_answers_come(
    cells: int, prompts: int, trials: int, chance: random.Random
) -> None:
    rule = watched(prompts=prompts, trials=trials)
    rates = [chance.choice((0.0, 0.2, 0.9)) for _ in range(cells)]
    stepped, flying, made = Stepped(cells=cells, watched=rule), [], {}
    while not stepped.complete:
        while (key := stepped.take()) is not None:
            assert key not in made
            flying.append(key)
        key = flying.pop(chance.randrange(len(flying)))
        made[key] = "s" if chance.random() < rates[key.cell] else "r"
        stepped.mark(key, made[key])
        stepped.mark(key, made[key])
        if chance.random() < 0.05:
            stepped, flying = Stepped(cells=cells, watched=rule), []
            for recorded in chance.sample(list(made), len(made)):
                stepped.mark(recorded, made[recorded])
    assert not flying
    assert stepped.finished == len(made) == len(stepped)
    for cell in range(cells):
        tried = sum(key.cell == cell for key in made) // trials
        clusters = ["".join(made[Key(cell, prompt, trial)] for trial in range(trials)) for prompt in range(tried)]
        assert rule.fault(clusters, completed=True) == ""


def test_the_next_prompt_waits_for_every_trial_of_the_one_before() -> None:
    stepped = Stepped(cells=1, watched=watched(prompts=3, trials=2))
    assert (stepped.take(), stepped.take(), stepped.take()) == (Key(0, 0, 0), Key(0, 0, 1), None)
    stepped.mark(Key(0, 0, 1), "r")
    assert stepped.take() is None
    stepped.mark(Key(0, 0, 0), "u")
    assert stepped.take() == Key(0, 1, 0)
