"""The workspace that one invocation works in."""

from pathlib import Path

import click

from kept import app
from kept.interface.terminal import Session


def opened(context: click.Context) -> app.App:
    """The workspace, opened once and closed when the command ends."""
    root = context.find_root()
    found = root.meta.get("kept.app")
    if not isinstance(found, app.App):
        session = root.ensure_object(Session)
        found = app.App.open(Path(session.workspace) if session.workspace else None)
        root.meta["kept.app"] = found
        root.call_on_close(found.close)
    return found
