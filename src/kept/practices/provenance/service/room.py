"""The verbs of the provenance room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kept.core.actor import Actor
from kept.core.context import Context
from kept.core.reference import load
from kept.practices.provenance.records import Settings
from kept.practices.provenance.service.bulk import Bulk
from kept.practices.provenance.service.confirming import Confirming
from kept.practices.provenance.service.demonstrating import Demonstrating
from kept.practices.provenance.service.holding import Holding
from kept.practices.provenance.service.keys import MarkKeys
from kept.practices.provenance.service.registry import Registry
from kept.practices.provenance.service.resolving import Resolving
from kept.practices.provenance.service.signing import Signing
from kept.practices.provenance.service.stating import Stating

if TYPE_CHECKING:
    from kept.practices.provenance.service.assessing import Assessing


class Service(Bulk, Confirming, Demonstrating, Resolving, Stating, Holding):
    """Marks content, tells what it is, and keeps the keys of marks."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._settings: Settings = context.settings or Settings()
        self._keys = MarkKeys(context)
        indexes = load(context.backends["index"]["file"])(context.workspace.folder / "indexes")
        self._registry = Registry(context.store, context.clock, context.entropy, files=indexes)
        self._signing = Signing(context, self._settings)

    @property
    def assessor(self) -> Assessing:
        """What `kept assess` runs."""
        from kept.practices.provenance.service.assessing import Assessing

        return Assessing(self._context, self._settings, self._keys)

    def found(self, *, by: Actor) -> None:
        """What `kept init` calls once: makes the development chain that signs manifests."""
        self._signing.make_development()
