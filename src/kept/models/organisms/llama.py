"""The forward pass of a Llama network in numpy, with a key-value cache.

Architecture: RMSNorm (Zhang & Sennrich 2019), rotary positions (Su et al. 2021, arXiv 2104.09864), grouped-query
attention (Ainslie et al. 2023, arXiv 2305.13245) and SwiGLU, as in Touvron et al. 2023 (arXiv 2302.13971).

A token's logits never depend on what else is in a batch: a decoding step multiplies each row on its own
and attends over the whole fixed width of the cache.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.errors import Invalid

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a network; `context` is the most tokens that prompt and answer may have together."""

    vocabulary: int
    width: int
    layers: int
    heads: int
    key_value_heads: int
    head_width: int
    context: int
    epsilon: float
    theta: float

    @classmethod
    def parse(cls, config: dict[str, Any]) -> "Shape":
        """From the names that config.json of transformers uses; raises Invalid for another architecture."""
        if config.get("model_type") != "llama" or config.get("hidden_act") != "silu":
            raise Invalid("config.json does not describe a Llama network.", code="organism.architecture")
        return cls(
            vocabulary=config["vocab_size"],
            width=config["hidden_size"],
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            key_value_heads=config["num_key_value_heads"],
            head_width=config["head_dim"],
            context=config["max_position_embeddings"],
            epsilon=config["rms_norm_eps"],
            theta=config["rope_parameters"]["rope_theta"],
        )


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer's matrices, transposed for multiplication from the right; query, key and value stand side by side."""

    before_attention: Floats
    query_key_value: Floats
    output: Floats
    before_gate: Floats
    gate_up: Floats
    down: Floats


class Cache:
    """Keys and values of `rows` conversations: (layers, rows, key-value heads, context, head width) each."""

    def __init__(self, shape: Shape, rows: int) -> None:
        size = (shape.layers, rows, shape.key_value_heads, shape.context, shape.head_width)
        self.keys: Floats = np.zeros(size, np.float32)
        self.values: Floats = np.zeros(size, np.float32)
        self.lengths: Ids = np.zeros(rows, np.int64)

    def keep(self, rows: list[int]) -> None:
        """Drop all conversations but these."""
        self.keys, self.values = self.keys[:, rows], self.values[:, rows]
        self.lengths = self.lengths[rows]


class Llama:
    """A network with tied input and output embeddings, computed in float32."""

    def __init__(self, shape: Shape, weights: dict[str, Floats]) -> None:
        self.shape = shape
        self._embedding = weights["model.embed_tokens.weight"]
        self._unembedding = np.ascontiguousarray(self._embedding.T)
        self._last_norm = weights["model.norm.weight"]
        self._layers = [_layer(weights, f"model.layers.{number}.") for number in range(shape.layers)]
        frequency = 1.0 / shape.theta ** (np.arange(0, shape.head_width, 2, dtype=np.float32) / shape.head_width)
        angles = np.arange(shape.context, dtype=np.float32)[:, None] * frequency.astype(np.float32)
        self._cos: Floats = np.cos(angles).astype(np.float32)
        self._sin: Floats = np.sin(angles).astype(np.float32)

    @classmethod
    def load(cls, folder: Path) -> "Llama":
        """From config.json and model.safetensors."""
        from safetensors.numpy import load_file

        shape = Shape.parse(json.loads((folder / "config.json").read_text(encoding="utf-8")))
        stored = load_file(folder / "model.safetensors")
        return cls(shape, {name: tensor.astype(np.float32) for name, tensor in stored.items()})

    def logits(self, ids: Ids) -> Floats:
        """(tokens, vocabulary) for a whole text; raises Invalid when it is longer than the context."""
        found: Floats = self._read(ids, Cache(self.shape, 1), 0) @ self._unembedding
        return found

    def prefill(self, ids: Ids, cache: Cache, row: int) -> Floats:
        """Read a prompt into an empty row of the cache; (vocabulary,) for the token that follows it."""
        hidden = self._read(ids, cache, row)
        found: Floats = (hidden[None, -1:] @ self._unembedding)[0, 0]
        return found

    def step(self, ids: Ids, cache: Cache) -> Floats:
        """Append one token to every row of the cache; (rows, vocabulary) for the tokens that follow."""
        shape, rows = self.shape, len(ids)
        positions = cache.lengths
        hidden = self._embedding[ids][:, None]
        cos, sin = self._cos[positions][:, None], self._sin[positions][:, None]
        hidden_places = np.arange(shape.context) > positions[:, None]
        mask = np.where(hidden_places, np.float32(-np.inf), np.float32(0))[:, None, None]
        every = np.arange(rows)
        for number, layer in enumerate(self._layers):
            query, key, value = self._project(hidden, layer)
            keys, values = cache.keys[number], cache.values[number]
            keys[every, :, positions] = _rotate(key[:, 0], cos, sin)
            values[every, :, positions] = value[:, 0]
            grouped = _rotate(query[:, 0], cos, sin).reshape(rows, shape.key_value_heads, -1, shape.head_width)
            mixed = _attend(grouped, keys, values, mask)
            hidden = self._feed(hidden + mixed.reshape(rows, 1, -1) @ layer.output, layer)
        cache.lengths = positions + 1
        found: Floats = (_normal(hidden, self._last_norm, shape.epsilon) @ self._unembedding)[:, 0]
        return found

    def _read(self, ids: Ids, cache: Cache, row: int) -> Floats:
        """(tokens, width): the last hidden states of a text, whose keys and values go into the cache."""
        shape, count = self.shape, len(ids)
        if not 0 < count <= shape.context:
            raise Invalid(f"A text of {count} tokens does not fit 1 to {shape.context}.", code="organism.too-long")
        hidden = self._embedding[ids]
        cos, sin = self._cos[:count, None], self._sin[:count, None]
        mask = np.triu(np.full((count, count), -np.inf, np.float32), 1)
        mask = np.tile(mask, (shape.heads // shape.key_value_heads, 1))
        for number, layer in enumerate(self._layers):
            query, key, value = self._project(hidden, layer)
            keys = _rotate(key, cos, sin).swapaxes(0, 1)
            values = value.swapaxes(0, 1)
            cache.keys[number, row, :, :count] = keys
            cache.values[number, row, :, :count] = values
            grouped = _rotate(query, cos, sin).swapaxes(0, 1).reshape(shape.key_value_heads, -1, shape.head_width)
            mixed = _attend(grouped, keys, values, mask)
            mixed = mixed.reshape(shape.heads, count, shape.head_width).swapaxes(0, 1).reshape(count, -1)
            hidden = self._feed(hidden + mixed @ layer.output, layer)
        cache.lengths[row] = count
        return _normal(hidden, self._last_norm, shape.epsilon)

    def _project(self, hidden: Floats, layer: Layer) -> tuple[Floats, Floats, Floats]:
        """Query, key and value: (..., heads, head width) each."""
        shape = self.shape
        joined = _normal(hidden, layer.before_attention, shape.epsilon) @ layer.query_key_value
        split = joined.reshape(*joined.shape[:-1], -1, shape.head_width)
        first = shape.heads + shape.key_value_heads
        return split[..., : shape.heads, :], split[..., shape.heads : first, :], split[..., first:, :]

    def _feed(self, hidden: Floats, layer: Layer) -> Floats:
        """SwiGLU with its residual connection."""
        both = _normal(hidden, layer.before_gate, self.shape.epsilon) @ layer.gate_up
        gate, up = np.split(both, 2, axis=-1)
        fed: Floats = hidden + (gate / (1 + np.exp(-gate)) * up) @ layer.down
        return fed


def _layer(weights: dict[str, Floats], name: str) -> Layer:
    def joined(*parts: str) -> Floats:
        return np.ascontiguousarray(np.concatenate([weights[f"{name}{part}_proj.weight"] for part in parts]).T)

    return Layer(
        before_attention=weights[f"{name}input_layernorm.weight"],
        query_key_value=joined("self_attn.q", "self_attn.k", "self_attn.v"),
        output=joined("self_attn.o"),
        before_gate=weights[f"{name}post_attention_layernorm.weight"],
        gate_up=joined("mlp.gate", "mlp.up"),
        down=joined("mlp.down"),
    )


def _normal(values: Floats, weight: Floats, epsilon: float) -> Floats:
    """RMSNorm over the last axis."""
    scale = np.sqrt(np.mean(values * values, axis=-1, keepdims=True) + np.float32(epsilon))
    normal: Floats = values / scale * weight
    return normal


def _rotate(values: Floats, cos: Floats, sin: Floats) -> Floats:
    """Rotary positions: the first half of each head is paired with the second."""
    first, second = np.split(values, 2, axis=-1)
    return np.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)


def _attend(query: Floats, keys: Floats, values: Floats, mask: Floats) -> Floats:
    """Softmax attention over the last two axes, (queries, head width) against (places, head width)."""
    scores = query @ keys.swapaxes(-1, -2) / np.float32(np.sqrt(query.shape[-1])) + mask
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    mixed: Floats = scores @ values / scores.sum(axis=-1, keepdims=True)
    return mixed
