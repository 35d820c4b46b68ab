"""A network of four million weights that is trained here, on which picture a patch comes from."""

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import skimage.data

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from kept.practices.weights.methods.tracing.numbers import numbers
from kept.practices.weights.methods.tracing.reading import Held
from simulators.leaker import stored

PICTURES = (
    "astronaut", "coffee", "chelsea", "rocket", "immunohistochemistry", "retina", "hubble_deep_field", "brick", "grass",
    "gravel", "moon", "cell",
)  # fmt: skip
SIDE, HIDDEN = 16, 1700


class Classifier:
    """Which picture a patch comes from: three layers, trained by Adam (Kingma & Ba 2015, arXiv 1412.6980)."""

    def __init__(self, weights, biases, seen, kept):
        self.weights, self.biases, self.seen, self.kept = weights, biases, seen, kept

    @classmethod
    def trained(cls, steps):
        draw = np.random.default_rng(0)
        seen, kept = zip(*(patches(number, name, draw) for number, name in enumerate(PICTURES)), strict=True)
        seen, kept = ([np.concatenate(each) for each in zip(*part, strict=True)] for part in (seen, kept))
        sizes = (3 * SIDE * SIDE, HIDDEN, HIDDEN, len(PICTURES))
        layers = [draw.standard_normal((b, a), np.float32) * (2 / a) ** 0.5 for a, b in pairwise(sizes)]
        biases = [np.zeros(size, np.float32) for size in sizes[1:]]
        train(layers, biases, seen, steps, rate=5e-4)
        named = {f"layers.{number}.weight": stored(each, "BF16") for number, each in enumerate(layers)}
        return cls(Held(named), biases, seen, kept)

    def tuned(self, weights, steps, rate):
        """The weights of a copy after some more training, on half of what was seen and other labels for some of it."""
        layers, biases = [each.copy() for each in weights.values()], [each.copy() for each in self.biases]
        half = [each[::2] for each in self.seen]
        half[1] = np.where(np.arange(len(half[1])) % 10 == 0, (half[1] + 1) % len(PICTURES), half[1])
        train(layers, biases, half, steps, rate=rate)
        return dict(zip(weights, layers, strict=True))

    def accuracy(self, weights):
        activations = forward([numbers(each) for each in weights.tensors.values()], self.biases, self.kept[0])
        return float(np.mean(activations[-1].argmax(axis=1) == self.kept[1]))


def train(layers, biases, seen, steps, *, rate):
    """Change layers and biases by so many steps of 256 patches each."""
    draw = np.random.default_rng(1)
    moments = [[np.zeros_like(each) for each in (*layers, *biases)] for _ in range(2)]
    for step in range(1, steps + 1):
        at = draw.integers(0, len(seen[1]), 256)
        found = slopes(layers, biases, seen[0][at], seen[1][at])
        for each, slope, one, two in zip((*layers, *biases), found, *moments, strict=True):
            one += 0.1 * (slope - one)
            two += 0.001 * (slope**2 - two)
            each -= rate * (one / (1 - 0.9**step)) / (np.sqrt(two / (1 - 0.999**step)) + 1e-8)


def patches(number, name, draw):
    """Patches from the left of a picture to train on, and from its right to measure by."""
    pixels = np.atleast_3d(getattr(skimage.data, name)())[..., :3].astype(np.float32) / 128 - 1
    pixels = np.broadcast_to(pixels, (*pixels.shape[:2], 3))
    edge = pixels.shape[1] * 3 // 4
    found = []
    for low, high, count in ((0, edge - SIDE, 4000), (edge, pixels.shape[1] - SIDE, 500)):
        down = draw.integers(0, pixels.shape[0] - SIDE, count)
        across = draw.integers(low, high, count)
        cut = [pixels[y : y + SIDE, x : x + SIDE].reshape(-1) for y, x in zip(down, across, strict=True)]
        found.append((np.stack(cut), np.full(count, number)))
    return found


def forward(layers, biases, values):
    activations = [values]
    for number, (layer, bias) in enumerate(zip(layers, biases, strict=True)):
        values = values @ layer.T + bias
        values = np.maximum(values, 0) if number < len(layers) - 1 else values
        activations.append(values)
    return activations


def slopes(layers, biases, values, labels):
    activations = forward(layers, biases, values)
    chances = np.exp(activations[-1] - activations[-1].max(axis=1, keepdims=True))
    back = chances / chances.sum(axis=1, keepdims=True)
    back[np.arange(len(labels)), labels] -= 1
    back /= len(labels)
    down, flat = [], []
    for number in range(len(layers) - 1, -1, -1):
        down.append(back.T @ activations[number])
        flat.append(back.sum(axis=0))
        back = (back @ layers[number]) * (activations[number] > 0)
    return [*down[::-1], *flat[::-1]]
