"""Working groups: what members draft together, how they vote on it, and what comes out."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["pattern", "definition", "practice"]
"""What a draft is: a shared circumvention pattern, what a word means, or how something is done."""
Choice = Literal["yes", "no", "abstain"]
Passed = Literal["late", "early", "other text", "no member", "unsigned", "replaced", "two at once", "no time"]
"""Why a vote is shown and doesn't count."""
Decision = Literal["open", "adopted", "rejected", "no quorum"]


@dataclass(frozen=True, slots=True)
class Rules:
    """How a group decides, as millionths so that everybody computes the same.

    `quorum` of the members must have voted, abstentions included, and `threshold` of the yes and no must be yes.
    """

    quorum: int = 500_000
    threshold: int = 666_667


@dataclass(frozen=True, slots=True)
class Draft:
    """A text on which members vote: `digest` names its words, members and rules; times are UTC to the millisecond.

    `members` are the names of the organisations whose pinned keys may sign a vote. `id` stays while the text is
    revised; each revision has its own digest, and a vote is for one of them.
    """

    id: str
    group: str
    kind: Kind
    title: str
    text: str
    members: tuple[str, ...]
    rules: Rules
    opened: str
    closes: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Vote:
    """A member's vote for the draft of a digest: `signer` is whose pinned key signed it, "" where none did."""

    id: str
    draft: str
    member: str
    choice: Choice
    cast: str
    signer: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """One vote, and why it doesn't count, or "" where it does."""

    vote: Vote
    why: Passed | Literal[""]


@dataclass(frozen=True, slots=True)
class Result:
    """What the votes come to at a moment; `digest` names the draft, the votes that count, and the decision."""

    draft: str
    decision: Decision
    yes: tuple[str, ...]
    no: tuple[str, ...]
    abstained: tuple[str, ...]
    votes: tuple[Counted, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Comment:
    """What a member said about a draft."""

    member: str
    text: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A draft, what the votes come to, what was said of it, and who signed that they stand by it."""

    draft: Draft
    result: Result
    comments: tuple[Comment, ...]
    signed: tuple[str, ...]
