"""The room's tables, one file for each concern; personal data lives here and nowhere else."""

from kept.core.store import Schema
from kept.practices.weights.service.tables import access as access
from kept.practices.weights.service.tables import insiders as insiders
from kept.practices.weights.service.tables import leasing as leasing
from kept.practices.weights.service.tables import sealing as sealing
from kept.practices.weights.service.tables import tracing as tracing
from kept.practices.weights.service.tables import viewing as viewing
from kept.practices.weights.service.tables.meta import META

SCHEMA = Schema("weights", META)
