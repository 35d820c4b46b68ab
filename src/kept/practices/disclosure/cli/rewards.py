"""`kept disclosure reward …` and `contest …`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option

if TYPE_CHECKING:
    from kept.practices.disclosure.records.contests import Leaderboard
    from kept.practices.disclosure.records.rewards import Reward
    from kept.practices.disclosure.service import Service


def add_rewards(room: click.Group, service: Callable[[], Service]) -> None:
    """The groups `reward` and `contest`."""

    @room.group(help="What is promised for weaknesses that came back, within the programme's budget.")
    def reward() -> None:
        pass

    @room.group(help="Contests, whose leaderboards follow from replays alone.")
    def contest() -> None:
        pass

    _add_promising(reward, service)
    _add_keeping(reward, service)
    _add_contests(contest, service)


def _add_promising(reward: click.Group, service: Callable[[], Service]) -> None:
    @reward.command(help="Propose what REPORT earns by the severity that triage found.")
    @click.argument("report")
    @json_option
    def propose(report: str) -> None:
        made = service().reward_propose(report, by=current_actor())
        emit(made, _told(made))

    @reward.command(help="Propose the prize that REPORT won in CONTEST (PROGRAMME/ID).")
    @click.argument("contest")
    @click.argument("report")
    @json_option
    def prize(contest: str, report: str) -> None:
        made = service().reward_prize(contest, report, by=current_actor())
        emit(made, _told(made))

    @reward.command(help="Approve REWARD; the last approval that it needs promises it.")
    @click.argument("reward")
    @json_option
    def approve(reward: str) -> None:
        made = service().reward_approve(reward, by=current_actor())
        emit(made, _told(made))


def _add_keeping(reward: click.Group, service: Callable[[], Service]) -> None:
    @reward.command(help="Record that REWARD was paid.")
    @click.argument("reward")
    @click.option("--reference", required=True, help="The payment's own, in the books outside.")
    @json_option
    def pay(reward: str, reference: str) -> None:
        made = service().reward_pay(reward, reference, by=current_actor())
        emit(made, _told(made))

    @reward.command(help="Take back REWARD, which frees what was promised.")
    @click.argument("reward")
    @click.option("--reason", required=True, help="Why.")
    @json_option
    def withdraw(reward: str, reason: str) -> None:
        made = service().reward_withdraw(reward, reason, by=current_actor())
        emit(made, _told(made))

    @reward.command(name="list", help="List the rewards, the latest first.")
    @click.option("--programme", default="", help="Of one programme.")
    @json_option
    def listed(programme: str) -> None:
        found = service().reward_list(programme=programme, by=current_actor())
        emit(found, [line for each in found for line in _told(each)])

    @reward.command(help="Show what PROGRAMME may promise, has promised, and has paid.")
    @click.argument("programme")
    @json_option
    def budget(programme: str) -> None:
        from kept.core.money import shown

        found = service().reward_budget(programme, by=current_actor())
        sums = {"Budget": found.budget, "Promised": found.committed, "Paid": found.paid}
        emit(found, [f"{name}: {shown(amount, found.currency)}" for name, amount in sums.items()])


def _add_contests(contest: click.Group, service: Callable[[], Service]) -> None:
    @contest.command(help="Enter the pseudonym under which the reporter of REPORT agreed to be shown.")
    @click.argument("report")
    @click.argument("pseudonym")
    @json_option
    def name(report: str, pseudonym: str) -> None:
        service().contest_name(report, pseudonym, by=current_actor())
        emit({"report": report, "name": pseudonym}, f"{report} takes part as {pseudonym or 'nobody'}.")

    @contest.command(help="Show how CONTEST (PROGRAMME/ID) stands.")
    @click.argument("contest")
    @json_option
    def show(contest: str) -> None:
        found = service().contest_show(contest)
        emit(found, _board(found))

    @contest.command(name="list", help="List the contests.")
    @json_option
    def listed() -> None:
        found = service().contest_list()
        emit(found, [f"{each.contest}  {each.opens} to {each.closes}  {each.title}" for each in found])


def _told(made: Reward) -> list[str]:
    from kept.core.money import shown

    lines = [f"{made.id}  {made.report}  {made.kind}  {shown(made.amount, made.currency)}  {made.state}"]
    lines.append(f"  Approved by {len(made.approvals)} of {made.required}; replay at index {made.replay}")
    return lines


def _board(found: Leaderboard) -> list[str]:
    from kept.core.money import shown

    left = f"not over, reports still to be looked at: {found.waiting}" if found.waiting else "open"
    state = "over" if found.over else left
    return [
        f"{found.title}: {found.opens} to {found.closes} ({state})",
        *[
            f"{each.place}. {each.name or 'without a name'}: {each.score:,} from "
            f"{'1 weakness' if each.weaknesses == 1 else f'{each.weaknesses} weaknesses'}"
            + (f", {shown(each.prize, found.currency)}" if each.prize else "")
            for each in found.places
        ],
    ]
