"""`kept init`: makes a workspace."""

from __future__ import annotations

import os
from pathlib import Path

import click

from kept.interface.terminal import emit, json_option


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="The organisation that makes the promises.")
@click.option("--origin", default="", help="The log's name, unique in the world; made from the name without this.")
@click.option(
    "--key", default="", metavar="URI", help="Sign with file:PATH, env:NAME or pkcs11:… instead of a new file."
)
@click.option("--post-quantum", is_flag=True, help="Sign each statement with ML-DSA-65 as well as Ed25519.")
@click.option("--root", is_flag=True, help="Also make root keys, which may introduce keys of other organisations.")
@json_option
def init(folder: Path, name: str, origin: str, key: str, post_quantum: bool, root: bool) -> None:
    """Make a workspace in FOLDER: kept.toml, keys, store and ledger."""
    from kept.app import App, signing_roles
    from kept.core.founding import Founding, found

    plan = Founding(folder, name, origin, key, post_quantum, root, signing_roles())
    workspace = found(plan, entropy=os.urandom)
    opened = App.open(workspace.folder)
    try:
        opened.found()
        opened.ledger.publish()
    finally:
        opened.close()
    document = {"workspace": str(workspace.folder), "origin": workspace.origin, "trust": str(workspace.trust_file)}
    emit(
        document,
        [
            f"{workspace.name} has a workspace in {workspace.folder}.",
            f"Hand {workspace.trust_file} to whoever will verify; back up {workspace.state}, which unlocks the keys.",
        ],
    )
