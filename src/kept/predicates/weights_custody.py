"""Whether a model's weights are sealed, who must come together to open them, and how that was found out."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from kept.core.statement import Statement, Subject
from kept.errors import Unverified
from kept.predicates.predicate import Count, Digest, Text, Time
from kept.predicates.study import Checked

TYPE = "https://kept.example/predicates/weights-custody/v1"

KEYED = ("sealed", "rotated", "reshared")
"""The events after which a file has new keys: one generation of them each."""
SealedFile = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""The id of a sealed file, as docs/sealed-weights.md defines it."""
KeyScheme = Literal["file", "pkcs11", "awskms", "vault"]
ModelOrNone = Annotated[str, Field(pattern=r"^(sha256:[0-9a-f]{64})?$")]


class WeightsCustody(Checked):
    """The state of one set of weights after an event; `weights` is the SHA-256 of the plaintext safetensors file.

    `people_required` of `custodians` open them together. `bytes` and `files` are those of the sealed files; `extent`
    says how much of them was checked. `model` is empty where nobody said whose weights they are.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "weights custody"

    model: ModelOrNone
    weights: Digest
    event: Literal["sealed", "checked", "rotated", "reshared", "destroyed"]
    sealed: bool
    files: tuple[SealedFile, ...] = Field(max_length=4096)
    bytes: Count
    people_required: Count
    custodians: Count
    key: KeyScheme
    extent: Literal["every byte", "manifest", "none"]
    issued: Time
    by: Text

    def check(self) -> None:
        """Raises Unverified where sealed weights have no file, or ask for nobody or for more people than there are."""
        if self.sealed and not (self.files and 1 <= self.people_required <= self.custodians):
            raise Unverified(
                "A weights custody says that weights are sealed, without a file or the people who open it.",
                code="predicate.custody",
            )

    def to_statement(self, *, name: str = "weights") -> Statement:
        """The statement whose subject is the weights, by the SHA-256 of their plaintext."""
        subject = Subject(name, {"sha256": self.weights.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json"))
