"""A decision by SSVC as CSAF 2.1 takes it: decision points in the spelling of CERT/CC's register.

Source: https://github.com/CERTCC/SSVC, `data/json/decision_points`, and the schema "Decision Point Value Selection"
1-0-1, to which CSAF 2.1 refers under `ssvc_v1`.
"""

from collections.abc import Mapping
from typing import Any

from kept.practices.disclosure.records.advisories import Decision

TABLES: Mapping[str, str] = {"supplier": "Supplier", "cisa-coordinator": "Coordinator"}
"""The tables that say how urgent a weakness is, and who decides by them; the others are about handling a case."""
POINTS: Mapping[str, tuple[str, str]] = {
    "exploitation": ("Exploitation", "1.1.0"),
    "utility": ("Utility", "1.0.1"),
    "automatable": ("Automatable", "2.0.0"),
    "technical impact": ("Technical Impact", "1.0.0"),
    "public safety impact": ("Public Safety Impact", "2.0.0"),
    "mission and well-being": ("Mission and Well-Being Impact", "1.0.0"),
}
"""By our question, the name of the decision point and its version."""
_SPELLED = {"public poc": "Public PoC"}


def selection(decision: Decision, *, id: str) -> dict[str, Any]:
    """The member `ssvc_v1` of a metric; `id` is what the document calls the weakness."""
    return {
        "id": id,
        "role": TABLES[decision.table],
        "schemaVersion": "1-0-1",
        "selections": [
            {"name": name, "namespace": "ssvc", "values": [_SPELLED.get(answer, answer.title())], "version": version}
            for (name, version), answer in ((POINTS[ask], answer) for ask, answer in decision.answers)
        ],
        "timestamp": decision.date,
    }


def told(decision: Decision) -> str:
    """The decision in one line, with its outcome, for which a metric has no place."""
    answers = ", ".join(f"{POINTS[ask][0]}: {_SPELLED.get(answer, answer.title())}" for ask, answer in decision.answers)
    return f"{decision.outcome} ({TABLES[decision.table]}), {decision.date[:10]}; {answers}"
