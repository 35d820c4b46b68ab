"""Makes a workspace: its folder, its keys, and the trust file to hand to whoever will verify."""

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kept.core.context import Entropy
from kept.core.keyring import Holder, Keyring
from kept.core.keys import Algorithm, Signer, create, open_signer, public_key
from kept.core.keys.secret import choose_passphrase, create_secret
from kept.core.note import LOG_KEY, VerifierKey
from kept.core.trust import DEFAULT, KEY_EVENT_TYPE, ROOT, Rule, Trust, TrustedKey, TrustedLog
from kept.core.workspace import Workspace
from kept.errors import KeptError, NotFound


@dataclass(frozen=True, slots=True)
class Founding:
    """What a new workspace is made from; `key` is the address of a provider's key that exists already, or empty.

    `root` makes a holder who may introduce and revoke anybody's keys. `others` says, by predicate type, which roles may
    sign a statement besides the provider.
    """

    folder: Path
    name: str
    origin: str = ""
    key: str = ""
    post_quantum: bool = False
    root: bool = False
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


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
    log = _create(workspace, "file:keys/log.pem", "ed25519", entropy)
    signers = {"provider": _provider_signers(workspace, plan, entropy)}
    if plan.root:
        signers[ROOT] = _made_signers(workspace, ROOT, plan, entropy)
    holders = {
        name: Holder(name, "organisation", (name,), tuple(address for address, _ in held))
        for name, held in signers.items()
    }
    Keyring(workspace.folder, "file:keys/log.pem", holders, lambda: _passphrase(workspace)).save()
    held = {name: [signer for _, signer in found] for name, found in signers.items()}
    workspace.trust_file.write_bytes(trust(workspace, held, log, others=plan.others).to_bytes())
    return workspace


def trust(
    workspace: Workspace,
    signers: Mapping[str, Sequence[Signer]],
    log: Signer,
    *,
    others: Mapping[str, tuple[str, ...]],
) -> Trust:
    """The trust document of a workspace at its founding: its holders' keys, the log's key, no witnesses yet."""
    provider = frozenset({"provider"})
    own = Rule(provider, threshold=1, algorithms=tuple(signer.algorithm for signer in signers["provider"]))
    policy = {DEFAULT: own}
    if ROOT in signers:
        policy[KEY_EVENT_TYPE] = Rule(provider | {ROOT}, threshold=1, algorithms=own.algorithms)
    for predicate_type, roles in sorted(others.items()):
        # Whoever signs from outside has the algorithm that everybody has.
        policy[predicate_type] = Rule(provider | frozenset(roles), threshold=1, algorithms=("ed25519",))
    return Trust(
        organisation=workspace.name,
        log=TrustedLog(workspace.origin, (str(VerifierKey(workspace.origin, LOG_KEY, log.public)),)),
        signers=tuple(
            TrustedKey(name, public_key(signer), frozenset({name})) for name, held in signers.items() for signer in held
        ),
        policy=policy,
    )


def _provider_signers(workspace: Workspace, plan: Founding, entropy: Entropy) -> list[tuple[str, Signer]]:
    if not plan.key:
        return _made_signers(workspace, "provider", plan, entropy)
    try:
        first = open_signer(plan.key, base=workspace.folder, passphrase=lambda: _passphrase(workspace))
    except NotFound:
        first = _create(workspace, plan.key, "ed25519", entropy)
    return [(plan.key, first), *_second_signers(workspace, "provider", plan, entropy)]


def _made_signers(workspace: Workspace, name: str, plan: Founding, entropy: Entropy) -> list[tuple[str, Signer]]:
    address = f"file:keys/{name}.pem"
    first = _create(workspace, address, "ed25519", entropy)
    return [(address, first), *_second_signers(workspace, name, plan, entropy)]


def _second_signers(workspace: Workspace, name: str, plan: Founding, entropy: Entropy) -> list[tuple[str, Signer]]:
    address = f"file:keys/{name}-ml-dsa-65.pem"
    return [(address, _create(workspace, address, "ml-dsa-65", entropy))] if plan.post_quantum else []


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
