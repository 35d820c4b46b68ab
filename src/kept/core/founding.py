"""Makes a workspace: its folder, its keys, and the trust file to hand to whoever will verify."""

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kept.core import durable
from kept.core.context import Entropy
from kept.core.keyring import Holder, Keyring
from kept.core.keys import Algorithm, Signer, create, open_signer, public_key
from kept.core.keys.secret import choose_passphrase, create_secret
from kept.core.note import LOG_KEY, VerifierKey
from kept.core.trust import DEFAULT, KEY_EVENT_TYPE, ROOT, Rule, Trust, TrustedKey, TrustedLog
from kept.core.workspace import Workspace
from kept.errors import Conflict, KeptError, NotFound


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


def add_root(workspace: Workspace, *, entropy: Entropy) -> Trust:
    """Make a root for a workspace that was founded without one, and its trust file anew; whoever calls again ends it.

    No key event makes a root: only a root grants that role, else whoever steals the provider's key would take it. So it
    stands in the trust file, which each verifier decides on, or nowhere. Everything else in the file stays. Raises
    Conflict where there is a root.
    """
    before = Trust.load(workspace.trust_file)
    keyring = Keyring.load(workspace.folder, passphrase=lambda: _passphrase(workspace))
    if any(ROOT in key.roles for key in before.signers):
        raise Conflict("This workspace has a root.", code="root.exists", hint="Act as it: --as root")
    rule = before.rule(KEY_EVENT_TYPE)
    # Keys first, the trust file last: cut off in between, the keys that stand there are taken.
    holder = keyring.holders.get(ROOT) or _root_holder(workspace, rule, entropy)
    keyring = keyring.with_holder(holder)
    keyring.save()
    keys = [TrustedKey(ROOT, public_key(keyring.open(address)), frozenset({ROOT})) for address in holder.keys]
    policy = {**before.policy, KEY_EVENT_TYPE: replace(rule, roles=rule.roles | {ROOT})}
    made = replace(before, signers=(*before.signers, *keys), policy=policy)
    durable.write(workspace.trust_file, made.to_bytes())
    return made


def _root_holder(workspace: Workspace, rule: Rule, entropy: Entropy) -> Holder:
    """A root with a key of each algorithm that key events take."""
    addresses = []
    for algorithm in rule.algorithms:
        address = f"file:keys/{ROOT}.pem" if algorithm == "ed25519" else f"file:keys/{ROOT}-{algorithm}.pem"
        try:
            open_signer(address, base=workspace.folder, passphrase=lambda: _passphrase(workspace))
        except NotFound:
            _create(workspace, address, algorithm, entropy)
        addresses.append(address)
    return Holder(ROOT, "organisation", (ROOT,), tuple(addresses))


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
