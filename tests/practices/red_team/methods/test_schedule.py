from hypothesis import given
from hypothesis import strategies as st

from kept.practices.red_team.methods.schedule import Key, Schedule

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
        schedule.mark(key)
    assert schedule.finished == len(done)
    assert list(schedule.pending()) == [key for key in every if key not in done]


def test_a_campaign_cut_short_covers_every_cell_alike() -> None:
    schedule = Schedule(cells=3, prompts=2, trials=1)
    assert list(schedule.pending())[:3] == [Key(0, 0, 0), Key(1, 0, 0), Key(2, 0, 0)]


def test_what_is_marked_while_asking_is_skipped() -> None:
    schedule = Schedule(cells=1, prompts=3, trials=1)
    pending = schedule.pending()
    next(pending)
    schedule.mark(Key(0, 1, 0))
    assert list(pending) == [Key(0, 2, 0)]
