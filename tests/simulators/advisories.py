"""Advisories as a provider would write them."""

import json
from dataclasses import replace
from typing import Any

from kept.practices.disclosure.records.advisories import (
    Advisory,
    Decision,
    Link,
    Product,
    Publisher,
    Remediation,
    Reproduction,
    Revision,
)
from kept.practices.disclosure.records.triage import Cvss
from kept.practices.disclosure.service import Service
from simulators import cases
from simulators.disclosure_room import Room

ID = "ACME-2026-0001"
"""The advisory that `written` writes."""
PUBLISHER = Publisher("Acme AI", "https://acme.example", "mailto:security@acme.example")
VECTOR = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N"
ANSWERS = (
    ("exploitation", "public poc"),
    ("utility", "super effective"),
    ("technical impact", "partial"),
    ("public safety impact", "minimal"),
)
DECIDED = Decision("supplier", ANSWERS, "out-of-cycle", "2026-11-03T09:00:00Z")
FULL = Advisory(
    id=ID,
    title="A made-up word opens the pantry",
    summary="Whoever says a made-up word three times is told what the pantry holds.",
    details="The safeguard looked for the word once.\n\nIt now counts how often the word stands in the conversation.",
    language="en",
    severity="high",
    products=(
        Product("assistant", "1", "affected", "sha256:" + "1" * 64),
        Product("assistant", "2", "fixed", "sha256:" + "2" * 64),
        Product("helper", "7", "not affected"),
    ),
    remediations=(
        Remediation("fix", "Use version 2.", "2026-11-20"),
        Remediation("workaround", "Refuse the word.", "2026-11-10"),
    ),
    received="2026-11-01",
    fixed="2026-11-20",
    score=Cvss(VECTOR, 6.9, "medium"),
    reproduction=Reproduction(20, 18, 0.7174, 0.95),
    decision=DECIDED,
    weakness="CWE-1427: Improper Neutralization of Input Used for LLM Prompting",
    domains=("Security",),
    views=("S0403: Adversarial Example",),
    credits=("A. Finder",),
    links=(Link("What we changed", "https://acme.example/changes#2"),),
    revisions=(
        Revision(1, "2026-11-21T09:00:00Z", "First publication"),
        Revision(2, "2026-11-25T09:00:00Z", "Name the versions that aren't affected"),
    ),
)


def advisory(**more: Any) -> Advisory:
    """The full one, with these parts changed."""
    return replace(FULL, **more)


def draft(**more: Any) -> Advisory:
    """One that isn't published yet."""
    return advisory(revisions=(), **more)


def least(**more: Any) -> Advisory:
    """One that says no more than it must."""
    bare = Advisory(
        id="ACME-2026-0002",
        title="Rhymes get through",
        summary="A request in rhyme is answered.",
        details="We look into it.",
        language="en",
        severity="low",
        products=(Product("assistant", "2", "under investigation"),),
        remediations=(Remediation("none", "There is none yet.", "2026-11-26"),),
        received="2026-11-25",
        revisions=(Revision(1, "2026-11-26T09:00:00Z", "First publication"),),
    )
    return replace(bare, **more)


def stated(**more: Any) -> dict[str, Any]:
    """The values of the statement about one."""
    documents = [{"form": form, "digest": "sha256:" + mark * 64} for form, mark in (("csaf-2.0", "a"), ("avid", "b"))]
    return {
        "advisory": "ACME-2026-0001",
        "revision": 1,
        "severity": "high",
        "documents": documents,
        "models": [{"model": "sha256:" + "1" * 64, "standing": "affected"}],
        "reports": ["sha256:" + "c" * 64],
        "published": "2026-11-21T09:00:00Z",
        "issued": "2026-11-21T09:00:00Z",
        "by": "provider",
    } | more


def written(room: Room, *, reports: tuple[str, ...] = (), credits: tuple[str, ...] = (), **replaced: str) -> Any:
    """Keep the example, of these reports and with these names; other texts of its TOML replaced."""
    text = Service.advisory_example()
    told = {"reports = []": f"reports = {json.dumps(reports)}", "credits = []": f"credits = {json.dumps(credits)}"}
    for old, new in {**told, **replaced}.items():
        text = text.replace(old, new)
    return room.service.advisory_new(text.encode(), by=room.actor)


def ready(room: Room, number: int = 1) -> str:
    """A case of which an advisory may be published."""
    case = cases.begun(room, number)
    cases.fixing(room, case)
    return case


def named(room: Room, case: str, name: str = "A. Finder") -> Any:
    """Publish the example with the name of whoever sent its report."""
    room.service.credit_give(case, name, by=cases.ADA)
    written(room, reports=(case,), credits=(name,))
    return room.service.publish(ID, by=room.actor)
