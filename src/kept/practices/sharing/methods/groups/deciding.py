"""The rule by which votes become a result: every member who has the same votes computes the same one."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass, replace
from datetime import datetime
from typing import Literal

from kept.core import canonical
from kept.errors import Invalid
from kept.practices.sharing.records.groups import Counted, Decision, Draft, Passed, Result, Vote

MILLION = 1_000_000
_MEMBERS, _TEXT, _TITLE = 256, 20_000, 200
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", re.ASCII)


def digest_of(draft: Draft) -> str:
    """ "sha256:<hex>" of the draft's canonical JSON, without the digest itself."""
    told = {name: value for name, value in asdict(draft).items() if name != "digest"}
    return _named(told)


def check_draft(draft: Draft) -> Draft:
    """The draft, with its digest. Raises Invalid for one that nobody could vote on."""
    wrong = ""
    if not 1 <= len(draft.title.strip()) <= _TITLE or not 1 <= len(draft.text.strip()) <= _TEXT:
        wrong = f"it has a title of at most {_TITLE} and a text of at most {_TEXT:,} characters"
    elif not 2 <= len(draft.members) <= _MEMBERS or len(set(draft.members)) != len(draft.members):
        wrong = f"it has from 2 to {_MEMBERS} members, each once"
    elif not 0 < draft.rules.quorum <= MILLION or not MILLION // 2 < draft.rules.threshold <= MILLION:
        wrong = "its quorum is a share, and its threshold more than a half"
    elif not (is_moment(draft.opened) and is_moment(draft.closes)) or draft.closes <= draft.opened:
        wrong = "it closes after it opens, by times as 2026-11-29T00:30:00.000Z"
    if wrong:
        raise Invalid(f"A draft can't stand so: {wrong}.", code="groups.draft")
    digest = digest_of(draft)
    if draft.digest not in ("", digest):
        raise Invalid("The draft's digest is that of another text.", code="groups.digest")
    return replace(draft, digest=digest)


def is_moment(text: str) -> bool:
    """Whether a text is a time in UTC to the millisecond, as 2026-11-29T00:30:00.000Z: such times sort as texts."""
    if not _MOMENT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def result(draft: Draft, votes: Iterable[Vote], *, now: str) -> Result:
    """What the votes for a draft come to at `now` (a STIX timestamp), in three steps.

    1. A vote counts where a member's own key signed it, for this very text, from the opening to the close.
    2. Of several by one member the last counts; two of one moment that differ cancel each other, for nobody can say
       which was last.
    3. Before the close nothing is decided. After it, the quorum is of members who voted, and the threshold of those who
       said yes or no.
    """
    ordered = sorted(set(votes), key=lambda vote: (vote.cast, vote.id, *astuple(vote)))
    judged = [Counted(vote, _passed(draft, vote)) for vote in ordered]
    last = _last(each.vote for each in judged if not each.why)
    judged = [each if each.why else Counted(each.vote, _replaced(each.vote, last)) for each in judged]
    counting = [each.vote for each in judged if not each.why]
    chosen = {choice: tuple(sorted(v.member for v in counting if v.choice == choice)) for choice in _CHOICES}
    decision = _decided(draft, len(chosen["yes"]), len(chosen["no"]), len(chosen["abstain"]), now=now)
    told = {"draft": draft.digest, "decision": decision, "votes": [(v.member, v.choice, v.id) for v in counting]}
    return Result(draft.digest, decision, chosen["yes"], chosen["no"], chosen["abstain"], tuple(judged), _named(told))


_CHOICES = ("yes", "no", "abstain")


def _passed(draft: Draft, vote: Vote) -> Passed | Literal[""]:
    if vote.draft != draft.digest:
        return "other text"
    if not is_moment(vote.cast):
        return "no time"
    if vote.member not in draft.members:
        return "no member"
    if vote.signer != vote.member:
        return "unsigned"
    if vote.cast < draft.opened:
        return "early"
    return "late" if vote.cast > draft.closes else ""


@dataclass(frozen=True, slots=True)
class _Last:
    """A member's last moment, what they chose in it, and the id of the vote that stands for it."""

    moment: str
    choices: frozenset[str]
    id: str


def _last(votes: Iterable[Vote]) -> dict[str, _Last]:
    """The last moment of each member; votes come in order."""
    found: dict[str, _Last] = {}
    for vote in votes:
        before = found.get(vote.member)
        choices = before.choices if before and before.moment == vote.cast else frozenset[str]()
        found[vote.member] = _Last(vote.cast, choices | {vote.choice}, vote.id)
    return found


def _replaced(vote: Vote, last: dict[str, _Last]) -> Passed | Literal[""]:
    newest = last[vote.member]
    if vote.cast == newest.moment and len(newest.choices) > 1:
        return "two at once"
    return "" if vote.id == newest.id else "replaced"


def _decided(draft: Draft, yes: int, no: int, abstained: int, *, now: str) -> Decision:
    if now <= draft.closes:
        return "open"
    if (yes + no + abstained) * MILLION < draft.rules.quorum * len(draft.members):
        return "no quorum"
    return "adopted" if yes * MILLION >= draft.rules.threshold * (yes + no) and yes else "rejected"


def _named(told: object) -> str:
    return f"sha256:{hashlib.sha256(canonical.encode(told)).hexdigest()}"
