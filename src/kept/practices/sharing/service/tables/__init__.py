"""The room's tables, one file for each part; personal data lives here and nowhere else."""

from sqlalchemy import Connection, text

from kept.core.store import Migration, Schema
from kept.practices.sharing.service.tables import collections as collections
from kept.practices.sharing.service.tables import costly as costly
from kept.practices.sharing.service.tables import exchanging as exchanging
from kept.practices.sharing.service.tables import groups as groups
from kept.practices.sharing.service.tables import library as library
from kept.practices.sharing.service.tables import notices as notices
from kept.practices.sharing.service.tables import objects as objects
from kept.practices.sharing.service.tables import peers as peers
from kept.practices.sharing.service.tables import readers as readers
from kept.practices.sharing.service.tables import replays as replays
from kept.practices.sharing.service.tables.base import META


def _find_versions(connection: Connection) -> None:
    (index,) = (each for each in objects.SHOWN.indexes if each.name == "sharing_shown_by_version")
    index.create(connection, checkfirst=True)


def _salt_keys(connection: Connection) -> None:
    """Keys of before go on to hold: their digests are of the secret alone, as with an empty salt."""
    kind = "BLOB NOT NULL DEFAULT x''" if connection.dialect.name == "sqlite" else "BYTEA NOT NULL DEFAULT ''"
    connection.execute(text(f"ALTER TABLE {collections.API_KEYS.name} ADD COLUMN salt {kind}"))


def _note_costly(connection: Connection) -> None:
    costly.COSTLY.create(connection, checkfirst=True)


SCHEMA = Schema(
    "sharing",
    META,
    (
        Migration("versions are found by their time", _find_versions),
        Migration("keys of peers are salted", _salt_keys),
        Migration("replays are made by a worker, confined", replays.give_to_worker),
        Migration("peers whose patterns cost too much are noted", _note_costly),
    ),
)
