"""The trust file of the workspace, and how keys came and went by its ledger."""

from kept.core.context import Context
from kept.core.trust import KEY_EVENT_TYPE, KeyHistory, Trust


def history(context: Context) -> tuple[Trust, KeyHistory]:
    """Whom the workspace trusts, and which keys counted when, as of now. Raises what the ledger and the file raise."""
    trust = Trust.parse(context.workspace.trust_file.read_bytes())
    events = [(each.index, each.envelope) for each in context.ledger.statements(KEY_EVENT_TYPE) if each.envelope]
    return trust, KeyHistory.replay(trust, events)
