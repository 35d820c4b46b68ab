"""The red-team section of a plan, from a file or from the command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kept.core.plan import parse_plan, read_plan_file
from kept.errors import Invalid

ROOM = "red_team"


def read_section(plan: Path | None, section: str | None) -> Mapping[str, Any]:
    """The section that a plan file holds, or an option; empty for neither. Raises Invalid for both."""
    if plan is not None and section is not None:
        raise Invalid("Give --plan or --section, not both.", code="plan.twice")
    if section is not None:
        # One line, so that a name that is wrong is named by its place in the option.
        document = parse_plan(b"red_team: " + section.encode(), what="--section")
        return document.sections.get(ROOM, {})
    if plan is None:
        return {}
    sections = read_plan_file(plan).sections
    if sections and ROOM not in sections:
        raise Invalid(f"{plan} has no section red_team.", code="plan.no-section", hint="Write red_team: and its keys.")
    return sections.get(ROOM, {})
