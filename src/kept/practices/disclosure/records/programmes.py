"""Programmes: what is in scope, what is asked of reporters and promised to them, and what they are paid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from kept.practices.disclosure.records.replays import Judging

Severity = Literal["low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")


@dataclass(frozen=True, slots=True)
class Model:
    """A model in scope: the name that kept.toml gives it, and what was opened under that name at the publication.

    `id` is `kept.core.model.Identity.id`, `established` how that is known, `evidence` the digest of the weights or
    the provider's attestation.
    """

    name: str
    id: str
    established: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a weakness of a severity is worth, and how often its replay must succeed for that.

    `amount` is in whole units of the programme's currency. `replays` is n, fixed beforehand; the exact one-sided lower
    bound at the programme's `level` must reach `threshold`, a rate in (0, 1).
    """

    severity: Severity
    amount: int
    replays: int
    threshold: float


@dataclass(frozen=True, slots=True)
class Prize:
    """What a place in a contest is worth, in whole units of the programme's currency."""

    place: int
    amount: int


@dataclass(frozen=True, slots=True)
class Contest:
    """A contest: reports received from the first moment of `opens` to the last of `closes` (days, UTC) take part."""

    id: str
    title: str
    opens: str
    closes: str
    rules: str
    prizes: tuple[Prize, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What its makers write of a programme: everything but the version and the identities of its models.

    `models` are names of kept.toml. `rules` are the rules of engagement and `safe_harbour` what reporters are promised
    who keep them; both are paragraphs of plain text. `contact` is a URI (mailto:, https:, tel:), `languages` are
    BCP 47 tags, the best spoken first. `submissions` is how often one weakness may be sent for replay, all times within
    one budget of error, and `replay` how replays are made. Never more than `budget` is promised in all, in whole units
    of the currency, and a reward above `two_people_above` takes two different people. The `*_days` are what is
    promised: to acknowledge, assess, fix and publish within.
    """

    name: str
    title: str
    contact: str
    languages: tuple[str, ...]
    models: tuple[str, ...]
    in_scope: tuple[str, ...]
    out_of_scope: tuple[str, ...]
    rules: str
    safe_harbour: str
    currency: str
    terms: tuple[Terms, ...]
    level: float = 0.95
    submissions: int = 3
    acknowledge_days: int = 3
    assess_days: int = 14
    fix_days: int = 60
    publish_days: int = 90
    contests: tuple[Contest, ...] = ()
    replay: Judging = field(default_factory=Judging)
    budget: int = 0
    two_people_above: int = 0

    def document(self) -> dict[str, Any]:
        """The draft as plain JSON values."""
        return asdict(self)

    @property
    def rewards(self) -> bool:
        """Whether anything at all is paid."""
        prizes = [prize.amount for contest in self.contests for prize in contest.prizes]
        return any(amount > 0 for amount in [*prizes, *(each.amount for each in self.terms)])


@dataclass(frozen=True, slots=True)
class Programme:
    """A published version of a programme; a report is bound to the one in force when it was submitted.

    `digest` is "sha256:<hex>" of the canonical JSON of `document()`; `scope_digest`, `rules_digest` and
    `safe_harbour_digest` are those of the scope's canonical JSON and of the texts (UTF-8). `recorded` are the ledger
    indices of its statements, one for each model; `published` is a time, UTC.
    """

    name: str
    version: int
    active: bool
    draft: Draft
    scope: tuple[Model, ...]
    published: str
    digest: str
    scope_digest: str
    rules_digest: str
    safe_harbour_digest: str
    recorded: tuple[int, ...] = ()

    def covers(self, name: str) -> Model | None:
        """The model in scope of that name in kept.toml."""
        return next((each for each in self.scope if each.name == name), None)

    def terms(self, severity: str) -> Terms:
        """What a weakness of this severity is worth. Raises KeyError for one that is none."""
        return self._terms[severity]

    @property
    def _terms(self) -> Mapping[str, Terms]:
        return {each.severity: each for each in self.draft.terms}
