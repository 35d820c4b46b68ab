"""An advisory was published: its documents by their digests, and which reports stand behind it, without a name."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Digest, Line, Number, Part, Predicate, Text, Time

TYPE = "https://kept.example/predicates/disclosure-advisory/v1"


class Document(Part):
    """One form of the advisory, by the SHA-256 of its bytes as they are served."""

    form: Literal["csaf-2.0", "csaf-2.1", "avid"]
    digest: Digest


class AdvisedModel(Part):
    """A version of a model that is spoken of, by the digest of its identity, and how it stands to the weakness."""

    model: Digest
    standing: Literal["affected", "fixed", "not affected", "under investigation"]


class DisclosureAdvisory(Predicate):
    """Revision `revision` of the advisory `advisory`; `reports` are the salted digests of the reports behind it.

    `published` is when its first revision was.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "disclosure advisory"

    advisory: Line
    revision: Number
    severity: Literal["low", "medium", "high", "critical"]
    documents: Annotated[tuple[Document, ...], Field(min_length=1, max_length=8)]
    models: Annotated[tuple[AdvisedModel, ...], Field(max_length=256)]
    reports: Annotated[tuple[Digest, ...], Field(max_length=256)]
    published: Time
    issued: Time
    by: Text

    def to_statement(self) -> Statement:
        """The statement whose subjects are the documents."""
        subjects = tuple(
            Subject(f"{self.advisory} {each.form}", {"sha256": each.digest.removeprefix("sha256:")})
            for each in self.documents
        )
        return Statement(subjects, TYPE, self.model_dump(mode="json"))
