"""A small report of every kind of campaign, built once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.campaigns import Design
from simulators.provider import LAB, Provider, read

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
    acme.campaigns.run(SMALL)
    acme.campaigns.run(SMALL, state="abandoned")
    acme.campaigns.run(Design(domains=("bio",), prompts=8, trials=3, seed=3), by=LAB)
    acme.campaigns.open(Design(domains=("bio",), seed=4))
    acme.report("earlier")
    acme.ledger.erase(acme.ledger.size() - 1, by=acme.campaigns.by, reason="asked for by its subject")
    acme.witness(number=2)
    acme.report("report")
    yield acme
    acme.close()


@pytest.fixture(scope="session")
def files(published: Provider) -> dict[str, bytes]:
    """The files of the published report."""
    return read(published.folder.parent / "report")
