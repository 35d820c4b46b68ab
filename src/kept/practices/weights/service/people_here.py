"""Which holders can act on this machine: those whose keys the keyring opens."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from kept.core.actor import Actor
from kept.core.context import Context
from kept.core.keyring import Keyring
from kept.core.keys.secret import choose_passphrase
from kept.errors import KeptError


def acting(context: Context, names: Iterable[str]) -> Iterator[Actor]:
    """Those of the named holders whose keys open here, as actors."""
    workspace = context.workspace
    keyring = Keyring.load(workspace.folder, passphrase=lambda: choose_passphrase(os.environ, workspace.secret))
    for name in names:
        try:
            actor = keyring.actor(name)
            keyring.signers(actor)
        except KeptError:
            # Their key is elsewhere, as it should be.
            continue
        yield actor
