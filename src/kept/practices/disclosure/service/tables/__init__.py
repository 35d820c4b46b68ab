"""The room's tables, one file for each concern; personal data lives here and nowhere else."""

from kept.core.store import Migration, Schema
from kept.practices.disclosure.service.tables import advisories as advisories
from kept.practices.disclosure.service.tables import intake as intake
from kept.practices.disclosure.service.tables import programmes as programmes
from kept.practices.disclosure.service.tables import quarantine as quarantine
from kept.practices.disclosure.service.tables import replays as replays
from kept.practices.disclosure.service.tables import rewards as rewards
from kept.practices.disclosure.service.tables import triage as triage
from kept.practices.disclosure.service.tables import vendors as vendors
from kept.practices.disclosure.service.tables.base import META

MIGRATIONS = (Migration("conversations are replayed one by one, confined", replays.number_conversations),)
SCHEMA = Schema("disclosure", META, MIGRATIONS)
