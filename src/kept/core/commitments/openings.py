"""What was opened and must be finished: campaigns that nobody may leave out because they went badly."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from kept.core.commitments import fields
from kept.core.commitments.catalog import Opens, Requirement
from kept.core.commitments.facts import Fact


class Openings:
    """The openings and endings among the facts about one model, found by the name that they share."""

    def __init__(self, requirement: Requirement, opens: Opens, about: Sequence[Fact]) -> None:
        self._opens = opens
        self._rows = requirement.rows.field if requirement.rows else ""
        self._wanted = set(requirement.rows.keys) if requirement.rows else set()
        self._plans = [fact for fact in about if fact.predicate == opens.predicate]
        self._first: dict[str, int] = {}
        self._ends: dict[str, list[int]] = {}
        self._finished: list[Fact] = []
        self._last_finish: dict[str, int] = {}
        for plan in self._plans:
            if name := self._name(plan):
                self._first.setdefault(name, plan.index)
        for fact in about:
            if fact.predicate == requirement.predicate and (name := self._name(fact)):
                self._ends.setdefault(name, []).append(fact.index)
                if fields.meets(opens.finished, fact.fields):
                    self._finished.append(fact)
                    self._last_finish[name] = fact.index

    def announced(self, fact: Fact) -> bool:
        """Whether what ends with `fact` was opened before it was recorded."""
        return self._first.get(self._name(fact), fact.index) < fact.index

    def unfinished(self, *, as_of: datetime) -> tuple[list[int], list[int]]:
        """The openings that were neither finished nor redone: overdue ones, and those within their grace.

        One that cannot be read is overdue at once, since it may hide any campaign.
        """
        overdue: list[int] = []
        pending: list[int] = []
        for plan in self._plans:
            keys, opened = fields.texts(plan.fields.get(self._opens.keys)), fields.time(plan.issued)
            if not self._name(plan) or keys is None or opened is None:
                overdue.append(plan.index)
            elif (not self._wanted or self._wanted & set(keys)) and not self._is_finished(plan, set(keys)):
                late = as_of - opened > timedelta(days=self._opens.grace_days)
                (overdue if late else pending).append(plan.index)
        return overdue, pending

    def _is_finished(self, plan: Fact, keys: set[str]) -> bool:
        """Whether a later result finishes it.

        Or, after it was given up, whether something opened since then finished and has a row for each of its keys.
        """
        name = self._name(plan)
        if self._last_finish.get(name, -1) > plan.index:
            return True
        given_up = min((index for index in self._ends.get(name, ()) if index > plan.index), default=None)
        return given_up is not None and any(keys <= rows for rows in self._finished_since(given_up))

    def _finished_since(self, index: int) -> Iterator[set[str]]:
        """The rows of each result that finishes something opened after `index`."""
        for fact in self._finished:
            if index < self._first.get(self._name(fact), -1) < fact.index:
                yield set(fields.table(fact.fields.get(self._rows)))

    def _name(self, fact: Fact) -> str:
        """The shared name, or nothing where it cannot be read."""
        value = fact.fields.get(self._opens.field)
        return value if isinstance(value, str) else ""
