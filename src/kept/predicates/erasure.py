"""Erasures: the body behind an entry was deleted.

The nouns stand in `kept.core.erasure`, since the ledger itself records them.
"""

from kept.core.erasure import ERASURE_TYPE as TYPE
from kept.core.erasure import Erasure

__all__ = ["TYPE", "Erasure"]
