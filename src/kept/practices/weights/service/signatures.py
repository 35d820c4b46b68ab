"""The verbs about OpenSSF model-signing signatures, of plain models and of sealed ones alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kept.core.reference import load
from kept.practices.weights import PRACTICE
from kept.practices.weights.methods import model_signing
from kept.practices.weights.methods.model_signing import ModelSignature
from kept.practices.weights.records.sealed import SignedModel


class Signatures:
    """Writes and checks signatures that the model_signing package checks and writes."""

    @staticmethod
    def signature_write(place: str, out: str, key: str, *, passphrase: bytes | None = None) -> SignedModel:
        """Sign every file of a model, or a model of one file, by an elliptic-curve key in PEM; write the bundle.

        Raises Invalid (another kind of key, a link in the folder), Denied, NotFound, Conflict or Unavailable.
        """
        private = _backend("private")(Path(key), passphrase)
        blank = ModelSignature(Path(place).resolve().name, ())
        if Path(out).resolve().is_relative_to(Path(place).resolve()) and Path(place).is_dir():
            beside = Path(out).resolve().relative_to(Path(place).resolve()).as_posix()
            blank = ModelSignature(blank.name, (), ignored=(*blank.ignored, beside))
        made = ModelSignature(blank.name, _backend("parts")(Path(place), blank), ignored=blank.ignored)
        _backend("write")(Path(out), model_signing.sign(made, private))
        return SignedModel(made.name, len(made.parts), made.algorithm)

    @staticmethod
    def signature_check(place: str, signature: str, key: str) -> SignedModel:
        """Check that a model is exactly what the holder of a public key signed, file for file.

        Raises Unverified where it isn't, Unavailable for a signature by certificate or identity, Invalid or NotFound.
        """
        bundle: bytes = _backend("read")(Path(signature))
        signed = model_signing.verify(bundle, _backend("public")(Path(key)))
        model_signing.compare(signed, _backend("digests")(Path(place), signed))
        return SignedModel(signed.name, len(signed.parts), signed.algorithm)


def _backend(name: str) -> Any:
    return load(PRACTICE.backends["model-signature"][name])
