"""Assigns each offering service to the Protocol that needs it, so that mypy proves the match."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kept.practices.disclosure.ports import Replayer as DisclosureReplayer
    from kept.practices.red_team.service import Service as RedTeam
    from kept.practices.reporting.ports import Outcomes
    from kept.practices.sharing.ports import Replayer as SharingReplayer

    def outcomes(service: RedTeam) -> Outcomes:
        """`red_team` offers what `reporting` needs."""
        return service

    def disclosure_replayer(service: RedTeam) -> DisclosureReplayer:
        """`red_team` offers what `disclosure` needs."""
        return service

    def sharing_replayer(service: RedTeam) -> SharingReplayer:
        """`red_team` offers what `sharing` needs."""
        return service
