"""The room's tables, one file for each part; personal data lives here and nowhere else."""

from kept.core.store import Schema
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

SCHEMA = Schema("sharing", META)
