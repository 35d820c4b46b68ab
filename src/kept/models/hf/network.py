"""The network and its tokenizer: a conversation in, tokens out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from jinja2 import TemplateError

from kept.core.model import Message, Request, Sampling
from kept.errors import Invalid
from kept.models.openai.codec import call_document, tools_document


@dataclass(frozen=True, slots=True)
class Step:
    """One token: its id, its log-probability under the untempered distribution."""

    token: int
    logprob: float


class Network:
    """A causal language model of transformers; raises Invalid where the folder holds none that can be read."""

    def __init__(self, folder: Path, *, device: str) -> None:
        local = {"local_files_only": True, "trust_remote_code": False}
        # Half precision is slow on a CPU, and there is room for the double.
        precision = torch.float32 if device == "cpu" else "auto"
        try:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **local)
            network = transformers.AutoModelForCausalLM.from_pretrained(
                folder, use_safetensors=True, dtype=precision, **local
            )
            self._network = network.to(device).eval()
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise Invalid(
                f"{str(folder)!r} is no model that transformers can read: {type(error).__name__}.",
                code="model.unreadable",
                hint="Check that the folder holds config.json, a tokenizer and complete weights.",
            ) from error
        self._device = device
        self._window = int(getattr(self._network.config, "max_position_embeddings", 0) or 1 << 20)
        ends = self._network.generation_config.eos_token_id
        ends = self._tokenizer.eos_token_id if ends is None else ends
        self.ends = frozenset(ends if isinstance(ends, list) else [] if ends is None else [ends])

    def steps(self, prompt: list[int], sampling: Sampling, *, seed: int) -> Iterator[Step]:
        """Tokens one by one, the end token included, until the sampling's or the window's limit."""
        generator = torch.Generator().manual_seed(seed)
        ids, past = torch.tensor([prompt], device=self._device), None
        for _ in range(min(sampling.max_tokens, self._window - len(prompt))):
            with torch.inference_mode():
                output = self._network(input_ids=ids, past_key_values=past, use_cache=True)
            past = output.past_key_values
            # Drawn on the CPU in double precision: each kind of device has a generator of its own.
            logprobs = torch.log_softmax(output.logits[0, -1].to("cpu", torch.float64), dim=-1)
            token = self._draw(logprobs, sampling, generator)
            yield Step(token, float(logprobs[token]))
            ids = torch.tensor([[token]], device=self._device)

    def _draw(self, logprobs: Any, sampling: Sampling, generator: Any) -> int:
        """The next token; nucleus sampling as Holtzman et al. 2020 (arXiv 1904.09751, section 3.1)."""
        if sampling.temperature <= 0:
            return int(logprobs.argmax())
        shares, tokens = torch.softmax(logprobs / sampling.temperature, dim=-1).sort(descending=True, stable=True)
        shares[shares.cumsum(0) - shares >= max(sampling.top_p, 1e-9)] = 0.0
        return int(tokens[torch.multinomial(shares, 1, generator=generator)])

    def prompt(self, request: Request) -> list[int]:
        """The conversation as tokens, by the folder's chat template or as plain "role: text" lines.

        Raises Invalid when it does not fit the window or the template, or offers tools that the template ignores.
        """
        if not self._tokenizer.chat_template:
            if request.tools:
                raise _no_tools()
            lines = [f"{message.role}: {message.content}\n" for message in request.messages]
            ids = self._tokenizer("".join(lines) + "assistant:").input_ids
        else:
            ids = self._tokenizer(self._templated(request), add_special_tokens=False).input_ids
        if len(ids) >= self._window:
            raise Invalid(
                f"The conversation has {len(ids)} tokens; the model reads {self._window}.", code="model.too-long"
            )
        return list(ids)

    def _templated(self, request: Request) -> str:
        template = str(self._tokenizer.chat_template)
        if request.tools and "tools" not in template:
            raise _no_tools()
        try:
            return str(
                self._tokenizer.apply_chat_template(
                    [_turn(message) for message in request.messages],
                    tools=tools_document(request.tools) or None,
                    add_generation_prompt=True,
                    tokenize=False,
                )
            )
        except (TemplateError, ValueError, TypeError) as error:
            raise Invalid(
                f"The model's chat template refuses this conversation: {error}.", code="model.template"
            ) from error

    def text(self, steps: Sequence[Step]) -> str:
        """The text of tokens, without the special ones."""
        return str(self._tokenizer.decode([step.token for step in steps], skip_special_tokens=True))


def _turn(message: Message) -> dict[str, Any]:
    turn: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        turn["tool_calls"] = [call_document(call) for call in message.tool_calls]
    if message.tool_call_id:
        turn["tool_call_id"] = message.tool_call_id
    return turn


def _no_tools() -> Invalid:
    return Invalid(
        "This model's chat template has no place for tools.",
        code="model.no-tools",
        hint="Probes that offer tools stay unassessed for it.",
    )
