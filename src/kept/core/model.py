"""The governed AI system, which answers messages, and how its identity was established."""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol, Self

Role = Literal["system", "user", "assistant", "tool"]
Finish = Literal["stop", "length", "tool_calls", "content_filter"]
Established = Literal["weights digest", "provider-attested", "endpoint only"]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the model asks for; `arguments` is the JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that is offered to the model; `parameters` is a JSON schema."""

    name: str
    description: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is drawn; it is part of the identity of what was tested (seed excepted)."""

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 256


@dataclass(frozen=True, slots=True)
class Request:
    """What a model is asked."""

    messages: tuple[Message, ...]
    sampling: Sampling = Sampling()
    seed: int | None = None
    tools: tuple[Tool, ...] = ()
    logprobs: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said; `logprobs` pairs each token's text with its log-probability, where offered."""

    text: str
    finish: Finish = "stop"
    tool_calls: tuple[ToolCall, ...] = ()
    logprobs: tuple[tuple[str, float], ...] | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Identity:
    """What was tested, and how that is known.

    `evidence` is a digest ("sha256:<hex>") of the weights, or the provider's attestation, or empty where
    only the endpoint is known. The system prompt and the tools are named by their digests.
    """

    name: str
    established: Established
    evidence: str = ""
    endpoint: str = ""
    system_prompt: str = ""
    tools: str = ""
    sampling: Sampling = Sampling()

    def document(self) -> dict[str, Any]:
        """The identity as plain JSON values."""
        return asdict(self)

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Self:
        """The identity that `document` gave. Raises TypeError or KeyError for what is none."""
        return cls(**{**document, "sampling": Sampling(**document["sampling"])})

    @property
    def id(self) -> str:
        """ "sha256:<hex>" of the canonical identity document: the name by which evidence refers to the model."""
        canonical = json.dumps(self.document(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


class Model(Protocol):
    """A way to reach a model; opened by `kept.models` and handed to the rooms."""

    @property
    def identity(self) -> Identity:
        """What is being asked."""
        ...

    async def answer(self, request: Request) -> Answer:
        """Answer once. Raises Unavailable (out of reach, or out of budget) or Invalid (the request is refused)."""
        ...

    def stream(self, request: Request) -> AsyncIterator[str]:
        """The answer's text in pieces, as they come."""
        ...

    async def close(self) -> None:
        """Let go of connections and memory."""
        ...
