"""Key events: a key was introduced, rotated or revoked.

The nouns stand in `kept.core.trust`, since the core itself must replay them to know whose signatures count.
"""

from kept.core.trust import KEY_EVENT_TYPE as TYPE
from kept.core.trust import KeyEvent

__all__ = ["TYPE", "KeyEvent"]
