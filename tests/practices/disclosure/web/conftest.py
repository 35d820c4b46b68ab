"""A portal that takes reports, made once for the tests of a module; each reports under codes of its own."""

from collections.abc import Iterator

import pytest

from kept.core.accounts import passwords
from kept.practices.disclosure.methods import difficulty
from kept.practices.disclosure.service.intake import receipts
from simulators.disclosure_portal import Reported, reporting


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reported]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "COST", 2**10)
        patch.setattr(difficulty, "ITERATIONS", 4)
        patch.setattr(receipts, "_COST", {**receipts._COST, "n": 2**4})
        with reporting(tmp_path_factory.mktemp("portal"), patch) as opened:
            yield opened
