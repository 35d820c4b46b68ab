"""Work and slow digests cost tests next to nothing; how much they cost outside is said in one place each."""

from collections.abc import Iterator

import pytest

from kept.practices.disclosure.methods import difficulty
from kept.practices.disclosure.service.intake import receipts


@pytest.fixture(autouse=True, scope="module")
def cheap() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(difficulty, "ITERATIONS", 4)
        patch.setattr(receipts, "_COST", {**receipts._COST, "n": 2**4})
        yield
