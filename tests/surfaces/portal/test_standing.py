"""How the promises stand is worked out once for each state of the log, and never told from what can't be read."""

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from kept.errors import KeptError, Unverified
from kept.surfaces.portal.standing import LOOK_SECONDS, STALE_SECONDS, Standings, grouped

START = datetime(2026, 11, 29, tzinfo=UTC)


def status(commitment: str, model: str = "m", state: str = "kept") -> dict[str, Any]:
    return {"commitment": commitment, "name": model, "state": state, "missing": ()}


class Log:
    """A log that grows, fails, and counts what it is asked; its clock moves only when it is told to."""

    def __init__(self) -> None:
        self.length, self.derived, self.asked, self.passed = 3, 0, 0, 0.0
        self.error: KeptError | None = None
        self.standings = Standings(self.statuses, self.size, now=self.now, clock=lambda: self.passed)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed)

    def size(self) -> int:
        self.asked += 1
        return self.length

    def statuses(self) -> Sequence[Mapping[str, Any]]:
        self.derived += 1
        if self.error:
            raise self.error
        return [status("C1")]


def test_statuses_are_grouped_by_promise_in_their_order() -> None:
    found = grouped([status("C1", "a"), status("C2", "a"), status("C1", "b")])
    assert [(one.id, [each["name"] for each in one.statuses]) for one in found] == [("C1", ["a", "b"]), ("C2", ["a"])]


def test_it_is_worked_out_again_only_when_the_log_has_grown() -> None:
    log = Log()
    assert log.standings.at_hand() is None
    first = log.standings.current()
    assert (first.size, first.as_of, log.derived) == (3, START, 1)
    assert log.standings.at_hand() is first
    log.passed += LOOK_SECONDS
    assert log.standings.at_hand() is None
    assert log.standings.current() is first
    log.length, log.passed = 4, log.passed + LOOK_SECONDS
    assert (log.standings.current().size, log.derived) == (4, 2)


def test_it_is_worked_out_again_when_evidence_may_have_grown_stale() -> None:
    log = Log()
    log.standings.current()
    log.passed += STALE_SECONDS + 1
    assert log.standings.current().as_of == log.now()
    assert log.derived == 2


def test_the_log_is_asked_once_however_many_visitors_come_at_a_time() -> None:
    log = Log()
    for _ in range(20):
        log.standings.current()
    assert (log.asked, log.derived) == (1, 1)


def test_what_held_before_is_not_shown_for_what_holds_now() -> None:
    log = Log()
    log.standings.current()
    log.error, log.length, log.passed = Unverified("An entry was changed."), 4, LOOK_SECONDS
    failed = log.standings.current()
    assert (failed.promises, failed.error) == ((), log.error)
    log.error, log.passed = None, 2 * LOOK_SECONDS
    assert log.standings.current().error is None


def test_visitors_see_what_held_before_while_somebody_works_it_out() -> None:
    log, begun, go_on = Log(), threading.Event(), threading.Event()
    first = log.standings.current()
    plain = log.statuses

    def slowly() -> Sequence[Mapping[str, Any]]:
        begun.set()
        assert go_on.wait(60)
        return plain()

    log.standings._statuses = slowly
    log.length, log.passed = 4, LOOK_SECONDS
    working = threading.Thread(target=log.standings.current)
    working.start()
    assert begun.wait(60)
    assert log.standings.current() is first
    go_on.set()
    working.join()
    assert log.standings.current().size == 4
