"""The portal of a new workspace, for each test of its pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kept.core.accounts import passwords
from simulators.portal import Portal, portal


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    monkeypatch.setattr(passwords, "COST", 2**10)
    with portal(tmp_path, monkeypatch) as opened:
        yield opened
