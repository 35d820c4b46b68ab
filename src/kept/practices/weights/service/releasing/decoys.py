"""Decoys: sealed files that nobody has a reason to open. Whoever tries is told what anyone without a lease is told."""

from __future__ import annotations

from sqlalchemy import func, select

from kept.core.store import Store
from kept.errors import Conflict
from kept.practices.weights.records.access import Decoy
from kept.practices.weights.service.moments import moment
from kept.practices.weights.service.tables.access import DECOYS, READS


class Decoys:
    """The decoys of a workspace."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __contains__(self, file: str) -> bool:
        with self._store.read() as connection:
            return connection.execute(select(DECOYS.c.file).where(DECOYS.c.file == file)).first() is not None

    def plant(self, file: str, place: str, *, made: int) -> Decoy:
        """Take a file for a decoy from now on. Raises Conflict where it is one."""
        if file in self:
            raise Conflict(f"The file {file} is a decoy already.", code="decoy.planted")
        self._store.write(
            lambda connection: connection.execute(DECOYS.insert().values(file=file, place=place, planted=made))
        )
        return Decoy(file, place, _shown(made))

    def list(self) -> tuple[Decoy, ...]:
        """Every decoy, in the order in which they were planted, and how often each was touched."""
        touched = func.count(READS.c.number).label("touched")
        joined = DECOYS.outerjoin(READS, DECOYS.c.file == READS.c.file)
        query = (
            select(DECOYS, touched).select_from(joined).group_by(*DECOYS.c).order_by(DECOYS.c.planted, DECOYS.c.file)
        )
        with self._store.read() as connection:
            return tuple(
                Decoy(row.file, row.place, _shown(row.planted), row.touched) for row in connection.execute(query)
            )


def _shown(made: int) -> str:
    return f"{moment(made):%Y-%m-%dT%H:%M:%SZ}"
