from kept.core.draws import Draws


def test_the_same_text_draws_the_same_and_another_does_not() -> None:
    def drawn(about: str) -> list[int]:
        draws = Draws(about)
        return [draws.below(1 << 40) for _ in range(4)]

    assert drawn("a seed") == drawn("a seed")
    assert drawn("a seed") != drawn("another")


def test_a_sample_holds_different_items_and_a_shuffle_all() -> None:
    draws = Draws("cards")
    assert len(set(draws.sample(range(50), 20))) == 20
    assert sorted(draws.shuffled(range(9))) == list(range(9))
    assert draws.shuffled([]) == []


def test_every_item_and_every_rate_is_drawn() -> None:
    draws = Draws("often")
    assert {draws.choice("abc") for _ in range(100)} == set("abc")
    assert {draws.rate(1, 3) for _ in range(100)} == {0.05, 0.1, 0.15}
