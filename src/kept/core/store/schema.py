"""What a room keeps in the store, and how a store made by an older version is brought forward."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, inspect, select

from kept.errors import Conflict, Invalid

_OWN = MetaData()
_APPLIED = Table(
    "kept_migrations",
    _OWN,
    Column("room", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", String, nullable=False),
)


@dataclass(frozen=True)
class Migration:
    """One forward step: `apply` changes the tables and rows that the step before left."""

    name: str
    apply: Callable[[Connection], None]


@dataclass(frozen=True)
class Schema:
    """The tables of one room as they stand now, and the ordered steps that led here from the first release.

    A fresh store gets `tables` at once; an older one gets the migrations it lacks. Every table name begins with
    the room's name. Raises Invalid for a name that does not.
    """

    room: str
    tables: MetaData
    migrations: tuple[Migration, ...] = ()

    def __post_init__(self) -> None:
        for name in self.tables.tables:
            if not name.startswith(f"{self.room}_"):
                raise Invalid(f"Table {name!r} must begin with {self.room + '_'!r}.", code="store.table-name")

    @property
    def steps(self) -> tuple[str, ...]:
        """The name of each version, the first at position 0."""
        return ("created", *(migration.name for migration in self.migrations))


def is_current(connection: Connection, schemas: Iterable[Schema]) -> bool:
    """Whether nothing is left to migrate; raises Conflict for a store that a newer version has changed."""
    if not inspect(connection).has_table(_APPLIED.name):
        return False
    return all(len(_applied(connection, schema)) == len(schema.steps) for schema in schemas)


def migrate(connection: Connection, schemas: Iterable[Schema]) -> None:
    """Create or bring forward the tables of every room, inside the caller's transaction.

    Raises Conflict for a store that a newer version has changed.
    """
    _OWN.create_all(connection)
    for schema in schemas:
        done = len(_applied(connection, schema))
        if done == 0:
            schema.tables.create_all(connection)
        else:
            for migration in schema.migrations[done - 1 :]:
                migration.apply(connection)
        for version, name in enumerate(schema.steps[done:], start=done + 1):
            connection.execute(_APPLIED.insert().values(room=schema.room, version=version, name=name))


def _applied(connection: Connection, schema: Schema) -> tuple[str, ...]:
    found = select(_APPLIED.c.name).where(_APPLIED.c.room == schema.room).order_by(_APPLIED.c.version)
    names = tuple(connection.execute(found).scalars())
    if names != schema.steps[: len(names)]:
        raise Conflict(
            f"The tables of {schema.room!r} stand at step {names[-1]!r} (version {len(names)}), which this version of "
            f"kept does not know; it knows {len(schema.steps)}.",
            code="store.newer",
            hint="Run the version of kept that last wrote this workspace, or a newer one.",
        )
    return names
