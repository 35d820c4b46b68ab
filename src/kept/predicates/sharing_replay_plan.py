"""What a partner shared will be replayed on one of our models, fixed and recorded before the first attempt."""

from typing import Annotated, ClassVar

from pydantic import Field

from kept.core.statement import Statement, Subject
from kept.predicates.disclosure_replay_plan import Attempts, Errors, ReplayJudge
from kept.predicates.predicate import Digest, Predicate, Seed, Text, Time

TYPE = "https://kept.example/predicates/sharing-replay-plan/v1"

Replay = Annotated[str, Field(pattern=r"^q-[0-9a-f]{16}$")]


class SharingReplayPlan(Predicate):
    """A shared pattern will be replayed `attempts` times on a model.

    `pattern` and `script` are salted digests: the object as it was received, and what will be said. Who shared it is
    not told: that may be under TLP.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "plan of a shared pattern's replay"

    replay: Replay
    pattern: Digest
    script: Digest
    model: Digest
    judge: ReplayJudge
    errors: Errors
    attempts: Attempts
    seed: Seed
    issued: Time
    by: Text

    def to_statement(self) -> Statement:
        """The statement whose subject is the replay, by what will be said."""
        subject = Subject(self.replay, {"sha256": self.script.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json", exclude_none=True))
