"""The verbs of the sharing room.

Every command reads the room's tables, which lie in here, and few need its verbs: they load when they are asked for.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kept.practices.sharing.service.room import Service as Service
else:

    def __getattr__(name: str) -> Any:
        if name != "Service":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from kept.practices.sharing.service.room import Service

        return Service
