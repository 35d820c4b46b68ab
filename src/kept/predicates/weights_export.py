"""Plaintext left the house: a copy of weights with its recipient's fingerprint, linked to what it was made from."""

from typing import Annotated, ClassVar

from pydantic import Field

from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Count, Digest, Number, Predicate, Text, Time

TYPE = "https://kept.example/predicates/weights-export/v1"


class WeightsExport(Predicate):
    """A copy, `weights`, made from `parent` (both SHA-256 of the plaintext) under a lease; evidence carries over.

    `recipient` is a salted digest. `fingerprint` names the algorithm and its version, `strength` is its standard
    deviation as a share of each tensor's own; `marked` of `tensors` carry it, with `parameters` values in all.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "weights export"

    weights: Digest
    parent: Digest
    lease: Digest
    recipient: Digest
    fingerprint: Text
    strength: Annotated[float, Field(gt=0, lt=1)]
    tensors: Number
    marked: Count
    parameters: Count
    bytes: Number
    issued: Time
    by: Text

    def to_statement(self) -> Statement:
        """The statement whose subjects are the copy and its parent."""
        named = (("copy", self.weights), ("parent", self.parent))
        subjects = tuple(Subject(name, {"sha256": digest.removeprefix("sha256:")}) for name, digest in named)
        return Statement(subjects, TYPE, self.model_dump(mode="json"))
