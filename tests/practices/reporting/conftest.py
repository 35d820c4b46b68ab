"""A small report of every kind of campaign, built once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.campaigns import Design
from simulators.provider import Provider, read

SMALL = Design(domains=("bio", "cyber"), prompts=8, succeeding=0.3, unassessed=0.1)


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider that has recorded nothing."""
    acme = Provider(tmp_path / "acme")
    yield acme
    acme.close()


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """A provider whose report stands in `report`; its log holds every kind of campaign and an erasure."""
    acme = Provider(tmp_path_factory.mktemp("published") / "acme", minimum_witnesses=1)
    acme.publish_every_kind(SMALL)
    yield acme
    acme.close()


@pytest.fixture(scope="session")
def files(published: Provider) -> dict[str, bytes]:
    """The files of the published report."""
    return read(published.folder.parent / "report")
