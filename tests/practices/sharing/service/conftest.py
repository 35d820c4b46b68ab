"""What the tests of two partners share: a clock that they turn, and the two."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.partners import Clock, Partners, partners


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[Partners]:
    with partners(tmp_path, monkeypatch, clock=clock) as found:
        yield found
