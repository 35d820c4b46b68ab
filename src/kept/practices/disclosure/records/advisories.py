"""What is told to the public about a weakness: the advisory, whose words people wrote, and its revisions."""

from dataclasses import dataclass
from typing import Literal

from kept.practices.disclosure.records.programmes import Severity
from kept.practices.disclosure.records.triage import Cvss

Standing = Literal["affected", "fixed", "not affected", "under investigation"]
"""How a version of a product stands to the weakness."""
Remedy = Literal["fix", "mitigation", "workaround", "planned", "none"]


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes: the organisation's name, the address that stands for it (URL), and where to write to."""

    name: str
    namespace: str
    contact: str


@dataclass(frozen=True, slots=True)
class Product:
    """One version of a model that is spoken of, by the SHA-256 of its identity where there is one ("sha256:…")."""

    family: str
    version: str
    standing: Standing
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Reproduction:
    """How often the weakness showed when it was replayed: `successes` of `n`, and the bound below the true share."""

    n: int
    successes: int
    bound: float
    level: float


@dataclass(frozen=True, slots=True)
class Decision:
    """How urgent a weakness was by a decision table of SSVC: a pair of each question and its answer, and the outcome.

    `date` (Time) is when it was decided.
    """

    table: str
    answers: tuple[tuple[str, str], ...]
    outcome: str
    date: str


@dataclass(frozen=True, slots=True)
class Remediation:
    """What was done or can be done about it, in words; `date` is a day."""

    remedy: Remedy
    text: str
    date: str


@dataclass(frozen=True, slots=True)
class Revision:
    """One published state of an advisory: its number from 1 on, when (Time), and what changed."""

    number: int
    date: str
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """An address outside, and what is there."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Advisory:
    """All that an advisory says. `id` is its public name; `revisions` is empty while it is a draft.

    `received` and `fixed` are days, `fixed` "" where there is none; `credits` are the names that reporters agreed to;
    `cve` is one as "CVE-2026-1234", `weakness` a CWE as "CWE-1427: its name", or ""; `domains` and `views` are those of
    the AVID taxonomy.
    """

    id: str
    title: str
    summary: str
    details: str
    language: str
    severity: Severity
    products: tuple[Product, ...]
    remediations: tuple[Remediation, ...]
    received: str
    fixed: str = ""
    score: Cvss | None = None
    reproduction: Reproduction | None = None
    decision: Decision | None = None
    cve: str = ""
    weakness: str = ""
    domains: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    revisions: tuple[Revision, ...] = ()


@dataclass(frozen=True, slots=True)
class AdvisoryDraft:
    """What is being written: the advisory, without its revisions, and the reports behind it (their ids)."""

    advisory: Advisory
    reports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a published advisory: its name, its media type, its bytes as they are served, and their SHA-256."""

    name: str
    media_type: str
    content: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class Published:
    """A published advisory, the reports behind it, and the ledger index of its newest statement."""

    advisory: Advisory
    reports: tuple[str, ...]
    recorded: int


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An OpenPGP key that signs CSAF documents, by its fingerprint (hex); times are UTC, "" for never.

    A `revoked` key's signatures count no more.
    """

    fingerprint: str
    user_id: str
    made: str
    by: str
    retired: str = ""
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Thanked:
    """Somebody who found a weakness and agreed to be named, with the advisories that thank them."""

    name: str
    advisories: tuple[str, ...]
