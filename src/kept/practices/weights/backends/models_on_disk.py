"""Models as model_signing sees them: every file of a folder, or the one file, hashed; and its keys in PEM."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from blake3 import blake3

from kept.core import durable
from kept.core.keys import PEM_LIMIT
from kept.core.keys.secret import read_private
from kept.errors import Conflict, Denied, Invalid, Unverified
from kept.practices.weights.backends.containers.mapped import mapped, read_small
from kept.practices.weights.methods.model_signing import LIMIT, ModelSignature, Part, ordered

_HASHES: Mapping[str, Any] = {"sha256": hashlib.sha256, "blake2b": hashlib.blake2b, "blake3": blake3}


def listed(place: Path, like: ModelSignature) -> dict[str, Path]:
    """The files of a model by their paths in it, but for those that are ignored; a model of one file is ".".

    Raises Invalid for a link where links aren't signed, and for what is neither file nor folder.
    """
    if place.is_file() and (like.links or not place.is_symlink()):
        return {".": place}
    found = {}
    for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
        name = path.relative_to(place).as_posix()
        if like.ignores(name):
            continue
        if path.is_symlink() and not like.links:
            raise Invalid(f"{path} is a link, and links aren't signed.", code="model-signature.link")
        if path.is_file():
            found[name] = path
        elif not path.is_dir():
            raise Invalid(f"{path} is neither a file nor a folder.", code="model-signature.kind", hint="Name a model.")
    return found


def parts_of(place: Path, like: ModelSignature) -> tuple[Part, ...]:
    """Every file with its digest, hashed in several threads. Raises NotFound, Invalid or Unavailable."""
    files = listed(place, like)
    with ThreadPoolExecutor() as pool:
        digests = pool.map(lambda path: _digest(path, like.algorithm, 0, None), files.values())
        return ordered([Part(name, digest) for name, digest in zip(files, digests, strict=True)])


def digests_of(place: Path, signed: ModelSignature) -> dict[str, str]:
    """The digests of what was signed, and of files that were not, by their names. Raises as `parts_of` does.

    Where spans were signed, an empty file has none, and nothing says whether it was there.
    """
    files = listed(place, signed)
    if all(part.stop is None for part in signed.parts):
        return {part.name: part.digest for part in parts_of(place, signed)}
    spans = {name: [part for part in signed.parts if part.path == name] for name in files}
    found: dict[str, str] = {}
    for name, parts in spans.items():
        size = files[name].stat().st_size
        reached = 0
        for part in sorted(parts, key=lambda part: part.start):
            stop = part.stop or 0
            if part.start != reached or stop > size:
                raise Unverified(f"{name} is not what was signed.", code="model-signature.differs")
            reached = stop
            found[part.name] = _digest(files[name], signed.algorithm, part.start, stop)
        if reached != size:
            found[f"{name}:{reached}:{size}"] = ""
    return found


def read_signature(place: Path) -> bytes:
    """A bundle of at most 32 MiB. Raises NotFound, Invalid or Unavailable."""
    return read_small(place, LIMIT)


def write_signature(place: Path, bundle: bytes) -> None:
    """Put the bundle there, whole and durable. Raises Conflict where something has the name, or Unavailable."""
    if place.exists():
        raise Conflict(f"{place} exists; it is left as it was.", code="file.exists", hint="Choose another name.")
    durable.write(place, bundle, mode=0o644)


def private_key(place: Path, passphrase: bytes | None) -> Any:
    """A private key in PEM that nobody else may read. Raises NotFound, Denied (exposed, passphrase) or Invalid."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    data = read_private(place)
    try:
        return load_pem_private_key(data, passphrase)
    except TypeError:
        # Encrypted and no passphrase, or the reverse.
        if passphrase is not None:
            return private_key(place, None)
        raise Denied(
            f"{place} asks for a passphrase.", code="key.passphrase", hint="Set KEPT_MODEL_PASSPHRASE."
        ) from None
    except ValueError as error:
        raise Denied(f"{place} doesn't open: a wrong passphrase, or no key.", code="key.passphrase") from error


def public_key(place: Path) -> Any:
    """A public key in PEM. Raises NotFound or Invalid."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        return load_pem_public_key(read_small(place, PEM_LIMIT))
    except ValueError as error:
        raise Invalid(f"{place} holds no public key in PEM.", code="key.pem") from error


def _digest(place: Path, algorithm: str, start: int, stop: int | None) -> str:
    view = mapped(place)
    digest: str = _HASHES[algorithm](view[start:stop]).hexdigest()
    return digest
