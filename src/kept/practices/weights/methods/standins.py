"""Files that look like weights and are none, for decoys."""

import json

from kept.core.context import Entropy

_WIDTH = 1024
_LEAST = 4 * _WIDTH


def decoy_file(size: int, entropy: Entropy) -> bytes:
    """A safetensors file of about `size` bytes: random bfloat16 in layers that are named as a model's are."""
    layers = max(1, min(64, size // (1 << 22)))
    rows = max(_LEAST, size // layers) // (2 * _WIDTH)
    taken = 2 * rows * _WIDTH
    said = {
        f"model.layers.{layer}.mlp.down_proj.weight": {
            "dtype": "BF16",
            "shape": [rows, _WIDTH],
            "data_offsets": [layer * taken, (layer + 1) * taken],
        }
        for layer in range(layers)
    }
    head = json.dumps(said, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    return len(head).to_bytes(8, "little") + head + entropy(layers * taken)
