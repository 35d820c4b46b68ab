"""What happened to a report, as its reporter reads it: also what came of a replay, of a reward, or of a clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastapi import Request
from pydantic import BaseModel, Field

from kept.core.money import shown
from kept.interface.portal.visiting import asked_language
from kept.interface.portal.words import words

if TYPE_CHECKING:
    from kept.practices.disclosure.records.triage import Event

TRIAGE = "kept.practices.disclosure.web.triage"
REWARDING = "kept.practices.disclosure.web.rewarding"


class PublicStep(BaseModel):
    """Something that happened to the report, and what the team wrote with it; "" stands for nothing said."""

    at: str
    kind: str
    text: str
    severity: str
    until: str
    outcome: str = Field(description="Of a replay: yes or no; of a reward: approved, paid or withdrawn.")
    amount: str = Field(description="Of a reward, with its currency.")
    clock: str = Field(description="The clock that has more time.")
    days: int = Field(description="How many days more; 0 for none.")


def step(event: Event) -> PublicStep:
    """An event of a case for its reporter."""
    told: Mapping[str, Any] = event.details
    replayed = ("yes" if told.get("reproduced") else "no") if event.kind == "replayed" else ""
    rewarded = event.kind == "rewarded"
    return PublicStep(
        at=event.at,
        kind=event.kind,
        text=event.text,
        severity=str(told.get("severity", "")),
        until=str(told.get("until", "")),
        outcome=str(told.get("state", "")) if rewarded else replayed,
        amount=shown(int(told["amount"]), str(told["currency"])) if rewarded and "amount" in told else "",
        clock=str(told.get("clock", "")),
        days=int(told.get("days", 0)),
    )


def step_words(request: Request) -> dict[str, Mapping[str, str]]:
    """What may happen to a report, and what may come of it, in the words of the pages of triage and of rewards."""
    language = asked_language(request)
    triage, rewards = words(language, TRIAGE), words(language, REWARDING)
    outcomes = {**rewards["ledger"], "yes": rewards["replays"]["yes"], "no": rewards["replays"]["no"]}
    return {"steps": triage["event"], "outcomes": outcomes, "clocks": triage["clock"]}
