"""Under which digest others know a report."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.practices.disclosure.service.tables.intake import REPORTS


def report_digest(connection: Connection, case: Row[Any]) -> str:
    """The salted digest (hex) that the statement on the receipt shows; where there is none, that of the last event."""
    row = connection.execute(select(REPORTS.c.salt, REPORTS.c.sha256).where(REPORTS.c.id == case.id)).one_or_none()
    return hashlib.sha256(row.salt + bytes.fromhex(row.sha256)).hexdigest() if row else str(case.head)
