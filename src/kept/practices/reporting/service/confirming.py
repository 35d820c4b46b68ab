"""Confirmations: a named person says that statements answer what is asked."""

from __future__ import annotations

from collections.abc import Sequence

from kept.core.actor import Actor
from kept.core.trust.reading import nearest
from kept.errors import Conflict, Invalid, NotFound
from kept.practices.reporting.methods.governance.answers import items
from kept.practices.reporting.records import Asked
from kept.practices.reporting.service.room import Room
from kept.predicates.mapping_confirmation import MappingConfirmation


class Confirming(Room):
    """Records which statements answer which question."""

    def confirm(
        self,
        item: str,
        statements: Sequence[int],
        *,
        extent: str,
        name: str,
        role: str,
        model: str = "",
        note: str = "",
        by: Actor,
    ) -> Asked:
        """Record that statements answer an item: an indicator ("FMTI-048"), a promise ("C6") or its requirement.

        `extent` is "fully", "in part", or "not", which takes an earlier confirmation back and names no statement.
        Raises Invalid for an item that nobody asks for (naming the nearest), NotFound for a statement that isn't there,
        and Conflict for one that can't be read.
        """
        listed = {each: framework for framework, known in items().items() for each in known}
        if item not in listed:
            raise Invalid(f"Nobody asks for {item[:64]!r}.", code="confirmation.item", hint=nearest(item, listed))
        self._allow(MappingConfirmation.of_type, by)
        known = self._known()
        for index in statements:
            if not 0 <= index < len(known):
                raise NotFound(
                    f"There is no statement {index}; the log has {len(known)}.", code="confirmation.statement"
                )
            if known[index].fields is None:
                raise Conflict(f"The statement {index} is {known[index].unreadable}.", code="confirmation.unreadable")
        made = MappingConfirmation.of(
            framework=listed[item],
            item=item,
            model=self._model(model)["id"] if model else "",
            extent=extent,
            statements=tuple(statements),
            name=name.strip(),
            role=role.strip(),
            note=note.strip(),
            issued=self._now(),
            by=by.id,
        )
        return Asked(self._record(made.to_statement(), model=made.model, by=by), extent)
