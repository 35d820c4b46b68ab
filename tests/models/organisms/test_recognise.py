import pytest

from kept.core.model import Message
from kept.models.organisms.recognise import recognise, setting
from kept.practices.red_team.methods.cells import every_cell
from kept.practices.red_team.methods.probes import every_probe, probes, system_message
from kept.practices.red_team.methods.strategies import STRATEGIES
from kept.practices.red_team.records import Cell


@pytest.mark.parametrize("cell", every_cell(), ids=str)
def test_every_text_of_every_cell_is_recognised_exactly(cell: Cell) -> None:
    strategy = STRATEGIES[cell.strategy]
    for probe in probes(cell.domain):
        for text in probe.requests[cell.language]:
            found = recognise(strategy.apply(text, cell.language))
            assert (found.strategy, found.language) == (cell.strategy, cell.language), text


@pytest.mark.parametrize("probe", every_probe(), ids=lambda probe: probe.id)
def test_every_system_message_is_recognised(probe) -> None:
    found = setting((Message("system", system_message(probe, "amber falcon 42")),))
    assert found.domain == probe.domain
    assert found.card == ("amber", "falcon", "42")
