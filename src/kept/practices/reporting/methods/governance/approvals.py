"""Who approved what: by request, what the other holders said, and whether they are independent of who asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kept.errors import Unverified
from kept.practices.reporting.methods.governance.reading import earlier, readable
from kept.practices.reporting.records import Known
from kept.predicates import gate_override, withholding
from kept.predicates.approval import Approval

REQUESTS = (withholding.TYPE, gate_override.TYPE)


@dataclass(frozen=True, slots=True)
class Given:
    """One approval or refusal; it counts where it is its holder's last word on a request that others made."""

    known: Known
    approval: Approval
    counts: bool

    def document(self) -> dict[str, Any]:
        """What the report shows of it."""
        said = self.approval
        return {
            "index": self.known.index,
            "verdict": said.verdict,
            "name": said.name,
            "role": said.role,
            "note": said.note,
            "issued": said.issued,
            "actors": list(self.known.actors),
            "counts": self.counts,
        }


def approvals(known: Sequence[Known]) -> Mapping[int, tuple[Given, ...]]:
    """By the index of the request, what was said to it, in the log's order.

    Raises Unverified for an approval of what is no earlier request, or of another one than it names by digest.
    """
    found: dict[int, list[tuple[Known, Approval]]] = {}
    for each, said in readable(known, Approval):
        request = earlier(known, said.request, than=each, called=Approval.called)
        if request.predicate not in REQUESTS or (request.entry, request.model) != (said.entry, said.model):
            raise Unverified(
                f"The approval at index {each.index} is of no request that stands at {said.request}.",
                code="report.approval",
            )
        found.setdefault(said.request, []).append((each, said))
    return {index: _given(known[index], told) for index, told in found.items()}


def counting(given: Sequence[Given], verdict: str) -> list[Given]:
    """Those that count and say so."""
    return [each for each in given if each.counts and each.approval.verdict == verdict]


def _given(request: Known, told: Sequence[tuple[Known, Approval]]) -> tuple[Given, ...]:
    """Each holder's last word counts, but for whoever made the request; several who sign one are one."""
    found = []
    for at, (each, said) in enumerate(told):
        later = {actor for other, _ in told[at + 1 :] for actor in other.actors}
        independent = not {*each.actors} & {*request.actors}
        found.append(Given(each, said, independent and not {*each.actors} & later))
    return tuple(found)
