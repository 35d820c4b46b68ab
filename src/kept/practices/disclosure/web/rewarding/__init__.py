"""The pages of replays and of rewards: what came back how often, what is paid for it, and by whom it was approved."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter

from kept.practices.disclosure.web.rewarding.replays import add_replays
from kept.practices.disclosure.web.rewarding.rewards import add_rewards

if TYPE_CHECKING:
    from kept.practices.disclosure.service import Service


def add_rewarding(routes: APIRouter, service: Callable[[], Service]) -> None:
    """`/triage/{case}/replays` for triagers, `/rewards` for those who reward."""
    add_replays(routes, service)
    add_rewards(routes, service)
