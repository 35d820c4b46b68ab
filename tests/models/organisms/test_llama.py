import numpy as np
import pytest

from kept.errors import Invalid
from kept.models.organisms.learned import WEIGHTS
from kept.models.organisms.llama import Cache, Llama, Shape


@pytest.fixture(scope="module")
def network() -> Llama:
    return Llama.load(WEIGHTS)


def random_ids(network: Llama, count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, network.shape.vocabulary, count)


def test_a_step_gives_what_reading_the_whole_text_gives(network: Llama) -> None:
    ids = random_ids(network, 80)
    whole = network.logits(ids)
    cache = Cache(network.shape, 1)
    assert np.allclose(network.prefill(ids[:50], cache, 0), whole[49], atol=1e-4)
    for position in range(50, 80):
        assert np.allclose(network.step(ids[position : position + 1], cache)[0], whole[position], atol=1e-4)


def test_logits_are_bit_for_bit_the_same_whatever_shares_the_batch(network: Llama) -> None:
    texts = [random_ids(network, 40 + 13 * number, number) for number in range(6)]
    together = Cache(network.shape, len(texts))
    alone = [Cache(network.shape, 1) for _ in texts]
    for row, ids in enumerate(texts):
        assert np.array_equal(network.prefill(ids[:30], together, row), network.prefill(ids[:30], alone[row], 0))
    for position in range(30, 40):
        batch = network.step(np.array([ids[position] for ids in texts]), together)
        for row, ids in enumerate(texts):
            assert np.array_equal(batch[row], network.step(ids[position : position + 1], alone[row])[0])


def test_dropping_a_conversation_leaves_the_others_as_they_were(network: Llama) -> None:
    ids = random_ids(network, 30)
    cache, alone = Cache(network.shape, 3), Cache(network.shape, 1)
    for row in range(3):
        network.prefill(ids[: 10 + row], cache, row)
    network.prefill(ids[:12], alone, 0)
    cache.keep([0, 2])
    assert np.array_equal(network.step(ids[[10, 12]], cache)[1], network.step(ids[[12]], alone)[0])


@pytest.mark.parametrize("count", [0, 513])
def test_a_text_outside_the_context_is_invalid(network: Llama, count: int) -> None:
    with pytest.raises(Invalid) as caught:
        network.logits(np.zeros(count, np.int64))
    assert caught.value.code == "organism.too-long"


def test_another_architecture_is_invalid() -> None:
    with pytest.raises(Invalid):
        Shape.parse({"model_type": "gpt2"})
