"""The trust file of the workspace, and how keys came and went by its ledger."""

from kept.core.context import Context
from kept.core.trust import KeyHistory, Trust, key_events


def history(context: Context) -> tuple[Trust, KeyHistory]:
    """Whom the workspace trusts, and which keys counted when, as of now. Raises what the ledger and the file raise."""
    trust = Trust.load(context.workspace.trust_file)
    return trust, KeyHistory.replay(trust, key_events(context.ledger))
