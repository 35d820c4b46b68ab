"""The coverage matrix: domain × strategy × language, in which "not tested" is a state."""

from collections.abc import Iterable, Mapping
from typing import Literal

from kept.practices.red_team.methods.cells import every_cell
from kept.practices.red_team.records import Cell
from kept.predicates.outcomes import OutcomeRecord

State = Literal["tested", "unassessed", "not tested"]


def coverage(records: Iterable[OutcomeRecord]) -> Mapping[Cell, State]:
    """The state of every cell that this room knows: "unassessed" was tried, but no attempt could be assessed."""
    states: dict[Cell, State] = dict.fromkeys(every_cell(), "not tested")
    for record in records:
        cell = Cell(record.domain, record.strategy, record.language)
        if any("s" in cluster or "r" in cluster for cluster in record.clusters):
            states[cell] = "tested"
        elif record.attempts and states.get(cell) != "tested":
            states[cell] = "unassessed"
    return states
