"""The room's tables, one file for each part; personal data lives here and nowhere else."""

from sqlalchemy import Connection

from kept.core.store import Migration, Schema
from kept.practices.sharing.service.tables import collections as collections
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


SCHEMA = Schema("sharing", META, (Migration("versions are found by their time", _find_versions),))
