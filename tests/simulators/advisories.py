"""Advisories as a provider would write them."""

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
    id="ACME-2026-0001",
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
