"""There is a channel to other organisations: by which standard, open or closed, and when it was last tried."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Count, Digest, Predicate, Text, Time

TYPE = "https://kept.example/predicates/sharing-channel/v1"


class SharingChannel(Predicate):
    """The channel as it stood when it was tried: a request to it was answered as the standard says.

    `channel` digests what its discovery answered; `collections` are those that are served, `partners` those that may
    come, `silent` of them were not heard of lately. A channel that is closed is not active.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "sharing channel"

    channel: Digest
    active: Annotated[bool, Field(strict=True)]
    standard: Literal["STIX 2.1"]
    transport: Literal["TAXII 2.1"]
    collections: Count
    partners: Count
    silent: Count
    issued: Time
    by: Text

    def to_statement(self) -> Statement:
        """The statement whose subject is the channel."""
        subject = Subject("channel", {"sha256": self.channel.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json"))
