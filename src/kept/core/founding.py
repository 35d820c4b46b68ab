"""Makes a workspace: its folder, its keys, and the trust file to hand to whoever will verify."""

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kept.core.context import Entropy
from kept.core.keyring import Holder, Keyring
from kept.core.keys import Algorithm, Signer, create, open_signer, public_key
from kept.core.keys.secret import choose_passphrase, create_secret
from kept.core.note import LOG_KEY, VerifierKey
from kept.core.trust import DEFAULT, Rule, Trust, TrustedKey, TrustedLog
from kept.core.workspace import Workspace
from kept.errors import KeptError, NotFound


@dataclass(frozen=True, slots=True)
class Founding:
    """What a new workspace is made from; `key` is the address of a provider's key that exists already, or empty."""

    folder: Path
    name: str
    origin: str = ""
    key: str = ""
    post_quantum: bool = False


def found(plan: Founding, *, entropy: Entropy) -> Workspace:
    """Make the workspace, whole or not at all.

    Raises Conflict where the folder is in use, and Invalid for an unusable name or origin.
    """
    there = plan.folder.exists()
    unused = not there or (plan.folder.is_dir() and not any(plan.folder.iterdir()))
    try:
        return _found(plan, entropy)
    except (KeptError, OSError):
        if unused:
            _empty(plan.folder)
        if unused and not there:
            shutil.rmtree(plan.folder, ignore_errors=True)
        raise


def _empty(folder: Path) -> None:
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _found(plan: Founding, entropy: Entropy) -> Workspace:
    origin = plan.origin or f"{_slug(plan.name)}-{entropy(4).hex()}/kept"
    workspace = Workspace.create(plan.folder, name=plan.name, origin=origin)
    if not os.environ.get("KEPT_PASSPHRASE"):
        create_secret(workspace.secret, entropy)
    signers = _provider_signers(workspace, plan, entropy)
    log = _create(workspace, "file:keys/log.pem", "ed25519", entropy)
    holder = Holder("provider", "organisation", ("provider",), tuple(address for address, _ in signers))
    keyring = Keyring(workspace.folder, "file:keys/log.pem", {holder.name: holder}, lambda: _passphrase(workspace))
    keyring.save()
    workspace.trust_file.write_bytes(trust(workspace, [signer for _, signer in signers], log).to_bytes())
    return workspace


def trust(workspace: Workspace, signers: Sequence[Signer], log: Signer) -> Trust:
    """The trust document of a workspace at its founding: the provider's keys, the log's key, no witnesses yet."""
    roles = frozenset({"provider"})
    return Trust(
        organisation=workspace.name,
        log=TrustedLog(workspace.origin, (str(VerifierKey(workspace.origin, LOG_KEY, log.public)),)),
        signers=tuple(TrustedKey("provider", public_key(signer), roles) for signer in signers),
        policy={DEFAULT: Rule(roles, threshold=1, algorithms=tuple(signer.algorithm for signer in signers))},
    )


def _provider_signers(workspace: Workspace, plan: Founding, entropy: Entropy) -> list[tuple[str, Signer]]:
    if plan.key:
        address = plan.key
        try:
            first = open_signer(address, base=workspace.folder, passphrase=lambda: _passphrase(workspace))
        except NotFound:
            first = _create(workspace, address, "ed25519", entropy)
    else:
        address = "file:keys/provider.pem"
        first = _create(workspace, address, "ed25519", entropy)
    signers = [(address, first)]
    if plan.post_quantum:
        second = "file:keys/provider-ml-dsa-65.pem"
        signers.append((second, _create(workspace, second, "ml-dsa-65", entropy)))
    return signers


def _create(workspace: Workspace, address: str, algorithm: Algorithm, entropy: Entropy) -> Signer:
    return create(
        address,
        base=workspace.folder,
        passphrase=lambda: _passphrase(workspace),
        entropy=entropy,
        algorithm=algorithm,
    )


def _passphrase(workspace: Workspace) -> bytes:
    return choose_passphrase(os.environ, workspace.secret)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "provider"
