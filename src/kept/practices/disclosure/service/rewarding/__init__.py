"""The verbs of rewards: only through the gate, approved by people, and never more than the budget holds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context, format_time
from kept.core.ledger import Draft as Statement
from kept.core.money import minor, shown
from kept.errors import Conflict, Invalid
from kept.practices.disclosure.methods.replay.scripts import salted
from kept.practices.disclosure.records import Draft, Programme
from kept.practices.disclosure.records.rewards import Budget, Kind, Reward, State
from kept.practices.disclosure.service.contests import Contests
from kept.practices.disclosure.service.intake import salted_digest
from kept.practices.disclosure.service.moments import milliseconds
from kept.practices.disclosure.service.programmes import last_version
from kept.practices.disclosure.service.replaying.book import SALT_BYTES
from kept.practices.disclosure.service.rewarding import book
from kept.practices.disclosure.service.rewarding.earning import Carried, carried
from kept.practices.disclosure.service.tables.rewards import APPROVALS, PAYMENTS, REWARDS
from kept.practices.disclosure.service.tables.triage import CASES
from kept.practices.disclosure.service.triage.casebook import Casebook
from kept.predicates.disclosure_reward import DisclosureReward

REFERENCE = 200  # characters
_TRIES = 8  # how often a promise is counted again, where others were made meanwhile


def _nothing(connection: Connection) -> None:
    """Changes nothing else."""


@dataclass(frozen=True, slots=True)
class _Change:
    """What a reward was and is to be, and `also` what is done with it; `reference` is that of a payment, salted."""

    reward: str
    was: State
    to: State
    by: Actor
    also: Callable[[Connection], None] = _nothing
    reference: str | None = None
    reason: str = ""


class Rewarding(Contests):
    """Proposes, approves, pays and withdraws rewards."""

    _context: Context

    def reward_propose(self, report: str, *, by: Actor) -> Reward:
        """Propose what a report earns by the severity that triage found.

        Raises Conflict where its replay doesn't carry it, it isn't the first of its weakness, or that was rewarded;
        NotFound, and Denied without the role.
        """
        check_role(by, "reward", to="propose rewards")

        def work(connection: Connection) -> Reward:
            held = book.report_row(connection, report)
            programme = self.programme_show(held.programme, version=held.version)
            severity = book.triaged(connection, report)
            found = carried(connection, report, programme, severity)
            amount = next((each.amount for each in programme.draft.terms if each.severity == severity), 0)
            if not amount:
                raise Conflict(f"The programme pays nothing for a weakness that is {severity}.", code="reward.nothing")
            return self._entered(connection, held, programme, found, severity=severity, amount=amount, kind="bounty")

        return self._context.store.write(work)

    def reward_prize(self, contest: str, report: str, *, by: Actor) -> Reward:
        """Propose the prize that a report's entrant won in a contest that is over ("programme/contest").

        It rests on the replay of that report, which must be one that scored. Raises as `reward_propose` does.
        """
        check_role(by, "reward", to="propose rewards")
        board = self.contest_show(contest)
        mine = next((each for each in board.places if report in each.reports), None)
        if not board.over or mine is None or not mine.prize:
            raise Conflict(
                f"{report[:40]} won nothing in {contest[:80]}{'' if board.over else ', which is not over'}.",
                code="reward.prize",
            )

        def work(connection: Connection) -> Reward:
            held = book.report_row(connection, report)
            programme = self.programme_show(held.programme, version=held.version)
            severity = book.triaged(connection, report)
            found = carried(connection, report, programme, severity)
            name, amount = contest.partition("/")[2], mine.prize
            return self._entered(
                connection, held, programme, found, severity=severity, amount=amount, kind="prize", contest=name,
                scaled=True, others=mine.reports,
            )  # fmt: skip

        return self._context.store.write(work)

    def reward_approve(self, reward: str, *, by: Actor) -> Reward:
        """Approve a reward; the last approval that it needs promises it, within the budget, and records that.

        Raises Conflict for a second approval by one person, a budget that holds no more, or where the report doesn't
        earn it any more, because triage found something else since or somebody reported it earlier; NotFound, Denied.
        """
        check_role(by, "reward", to="approve rewards")
        for _ in range(_TRIES):
            with self._context.store.read() as connection:
                held = book.row(connection, reward)
                given = book.approvals(connection, reward)
            if by.id in given:
                raise Conflict(
                    f"{by.id} approved {reward} already; another person has to.",
                    code="reward.same-person",
                    hint="At /disclosure/rewards, by an account with the role: kept accounts add NAME --role reward",
                )
            also = partial(self._approved, reward=reward, by=by)
            if held.state != "proposed" or len(given) + 1 >= held.required:
                self._stated(_Change(reward, was="proposed", to="approved", also=also, by=by))
                return self._reward(reward)
            if self._context.store.write(partial(_if_given, reward=reward, given=len(given), also=also)):
                return self._reward(reward)
        raise _busy()

    def reward_pay(self, reward: str, reference: str, *, by: Actor) -> Reward:
        """Record that an approved reward was paid; `reference` is the payment's own in the books outside.

        Raises Conflict for one that isn't approved, or paid already; Invalid, NotFound, Denied.
        """
        check_role(by, "reward", to="pay rewards")
        if not reference.strip() or len(reference) > REFERENCE:
            raise Invalid(f"A payment has a reference of at most {REFERENCE} characters.", code="reward.reference")
        salt = self._context.entropy(SALT_BYTES)

        def paid(connection: Connection) -> None:
            now = milliseconds(self._context.clock())
            row = {"reward": reward, "reference": reference, "salt": salt, "at": now, "by": by.id}
            connection.execute(PAYMENTS.insert().values(**row))

        told = salted(reference, salt=salt)
        self._stated(_Change(reward, was="approved", to="paid", reference=told, also=paid, by=by))
        return self._reward(reward)

    def reward_withdraw(self, reward: str, reason: str, *, by: Actor) -> Reward:
        """Take back a reward that wasn't paid, which frees what was promised. Raises Conflict, Invalid, NotFound."""
        check_role(by, "reward", to="withdraw rewards")
        if not reason.strip() or len(reason) > 2000:
            raise Invalid("Say in at most 2,000 characters why it is withdrawn.", code="reward.reason")
        with self._context.store.read() as connection:
            held = book.row(connection, reward)
        gone = {"state": "withdrawn", "reason": reason}
        if held.state == "proposed":
            self._context.store.write(lambda connection: book.change(connection, reward, was="proposed", **gone))
        else:
            self._stated(_Change(reward, was="approved", to="withdrawn", reason=reason, by=by))
        return self._reward(reward)

    def reward_list(self, *, programme: str = "", by: Actor) -> tuple[Reward, ...]:
        """The rewards (of a programme), the latest first. Raises Denied without the role."""
        check_role(by, "reward", to="see rewards")
        query = select(REWARDS).order_by(REWARDS.c.created.desc(), REWARDS.c.id)
        if programme:
            query = query.where(REWARDS.c.programme == programme)
        with self._context.store.read() as connection:
            return tuple(book.read(connection, each) for each in connection.execute(query.limit(1000)).all())

    def reward_budget(self, programme: str, *, by: Actor) -> Budget:
        """What a programme may promise in all, has promised, and has paid. Raises NotFound, or Denied."""
        check_role(by, "reward", to="see budgets")
        draft = self.programme_show(programme).draft
        with self._context.store.read() as connection:
            committed = book.committed(connection, programme)
            paid = book.committed(connection, programme, states=("paid",))
        return Budget(programme, draft.currency, minor(draft.budget, draft.currency), committed, paid)

    def _entered(
        self,
        connection: Connection,
        held: Row[Any],
        programme: Programme,
        found: Carried,
        *,
        severity: str,
        amount: int,
        kind: Kind,
        contest: str = "",
        scaled: bool = False,
        others: tuple[str, ...] = (),
    ) -> Reward:
        draft = programme.draft
        same = (REWARDS.c.kind == kind) & (REWARDS.c.contest == contest) & (REWARDS.c.state != "withdrawn")
        taken = (REWARDS.c.weakness == found.weakness) | REWARDS.c.report.in_({*found.reports, *others})
        if connection.execute(select(REWARDS.c.id).where(same, taken)).first() is not None:
            raise Conflict(f"The weakness that {held.id} reported has its {kind} already.", code="reward.twice")
        cost = amount if scaled else minor(amount, draft.currency)
        row = {
            "id": f"w-{self._context.entropy(8).hex()}", "kind": kind, "state": "proposed",
            "programme": held.programme, "report": held.id, "weakness": found.weakness, "severity": severity,
            "contest": contest, "amount": cost, "currency": draft.currency, "replay": found.entry,
            "required": 2 if cost > minor(draft.two_people_above, draft.currency) else 1,
            "created": milliseconds(self._context.clock()), "reason": "", "entries": "[]",
        }  # fmt: skip
        connection.execute(REWARDS.insert().values(**row))
        return book.read(connection, book.row(connection, str(row["id"])))

    def _stated(self, change: _Change) -> None:
        """Make a change, anew where others changed the sum meanwhile. Raises as `_tried`, or Conflict if they go on."""
        for _ in range(_TRIES):
            with suppress(book.MovedError):
                self._tried(change)
                return
        raise _busy()

    def _tried(self, change: _Change) -> None:
        """Change a reward and record that, in three steps.

        1. The reward stands as it must.
        2. With it, what is promised in all is within the budget.
        3. Both are recorded in one transaction, if nobody changed the sum meanwhile.

        Raises Conflict, among them MovedError where somebody did.
        """
        # 1.
        with self._context.store.read() as connection:
            held = book.row(connection, change.reward)
            approvals = len(book.approvals(connection, change.reward))
            committed = book.committed(connection, held.programme)
        _check_state(held, change.was)
        # 2.
        programme = self.programme_show(held.programme)
        total = committed + {"approved": held.amount, "withdrawn": -held.amount}.get(change.to, 0)
        if change.to == "approved":
            _check_budget(held, total, programme.draft)
        # 3.
        approving = approvals + (change.to == "approved")
        statement = self._made_statement(held, programme.draft, change, approvals=approving, committed=total)
        before = committed, approvals, programme.version

        def rows(connection: Connection) -> None:
            now = book.committed(connection, held.programme), len(book.approvals(connection, change.reward))
            if (*now, connection.execute(last_version(held.programme)).scalar()) != before:
                raise book.MovedError("Another reward was approved, or the budget was changed.")
            entries = book.entries_with(connection, change.reward)
            said = {"state": change.to, "reason": change.reason, "entries": entries}
            book.change(connection, change.reward, was=change.was, **said)
            change.also(connection)
            self._tell_reward(connection, held, change.to, by=change.by)

        self._context.ledger.record(Statement(statement.to_statement()), by=change.by, rows=rows)

    def _made_statement(
        self, held: Row[Any], draft: Draft, change: _Change, *, approvals: int, committed: int
    ) -> DisclosureReward:
        with self._context.store.read() as connection:
            report = book.report_row(connection, held.report)
        return DisclosureReward.of(
            reward=held.id,
            kind=held.kind,
            state=change.to,
            programme=held.programme,
            report=salted_digest(report.salt, report.sha256),
            severity=held.severity,
            replay=held.replay,
            amount=held.amount,
            currency=held.currency,
            budget=minor(draft.budget, draft.currency),
            committed=committed,
            required=held.required,
            approvals=approvals,
            reference=change.reference,
            issued=format_time(self._context.clock()),
            by=change.by.id,
        )

    def _approved(self, connection: Connection, *, reward: str, by: Actor) -> None:
        self._check_earned(connection, book.row(connection, reward))
        now = milliseconds(self._context.clock())
        connection.execute(APPROVALS.insert().values(reward=reward, by=by.id, at=now))

    def _check_earned(self, connection: Connection, held: Row[Any]) -> None:
        """Raises Conflict where a reward isn't earned any more by what is known now."""
        report = book.report_row(connection, held.report)
        carried(connection, held.report, self.programme_show(report.programme, version=report.version), held.severity)
        if (severity := book.triaged(connection, held.report)) != held.severity:
            raise Conflict(
                f"{held.id} is for a weakness that is {held.severity}, and triage says now that it is {severity}.",
                code="reward.severity",
                hint="Withdraw it, and propose what it earns.",
            )

    def _tell_reward(self, connection: Connection, held: Row[Any], state: str, *, by: Actor) -> None:
        if connection.execute(select(CASES.c.id).where(CASES.c.id == held.report)).first() is None:
            return
        details = {"reward": held.id, "state": state, "amount": held.amount, "currency": held.currency}
        Casebook(self._context).append(
            connection, held.report, "rewarded", by=by.id, audience="reporter", details=details
        )

    def _reward(self, reward: str) -> Reward:
        with self._context.store.read() as connection:
            return book.read(connection, book.row(connection, reward))


def _check_state(held: Row[Any], state: State) -> None:
    if held.state != state:
        raise Conflict(
            f"The reward {held.id} is {held.state}, and not {state}.",
            code="reward.state",
            hint=f"See it: kept disclosure reward list --programme {held.programme}",
        )


def _check_budget(held: Row[Any], total: int, draft: Draft) -> None:
    budget = minor(draft.budget, draft.currency)
    if total > budget:
        raise Conflict(
            f"{shown(total - held.amount, held.currency)} of {shown(budget, held.currency)} are promised; "
            f"{shown(held.amount, held.currency)} more would be too much.",
            code="reward.budget",
            hint="Publish the programme with a larger budget, or withdraw another reward.",
        )


def _if_given(connection: Connection, *, reward: str, given: int, also: Callable[[Connection], None]) -> bool:
    """Do it while so many approvals are given; False where another was given since they were counted."""
    if len(book.approvals(connection, reward)) != given:
        return False
    also(connection)
    return True


def _busy() -> Conflict:
    return Conflict("Other rewards are being approved at this moment.", code="reward.busy", hint="Try again.")
