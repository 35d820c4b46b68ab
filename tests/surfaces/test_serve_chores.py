"""What the rooms look after by themselves while `kept serve` runs."""

from datetime import timedelta
from pathlib import Path

import pytest

from kept.app import practices
from kept.core.actor import Actor
from kept.errors import Unavailable
from kept.practices.disclosure.service.triage.casebook import Casebook
from kept.surfaces.serve import catch_up, do_chores, do_works
from simulators.portal import portal

ADA = Actor("ada", "person", frozenset({"triage"}))


def test_a_case_that_is_overdue_is_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with portal(tmp_path, monkeypatch) as served:
        service = served.app.service("disclosure")
        book = Casebook(service._context)
        long_ago = service._context.clock() - timedelta(days=15)
        case = f"r-{1:016x}"
        served.app.store.write(lambda connection: book.begin(connection, case, at=long_ago, by="reporter"))
        size = served.app.ledger.size()
        do_chores(served.app)
        do_chores(served.app)
        marks = [each.details["clock"] for each in service.triage_show(case, by=ADA).events if each.kind == "overdue"]
        assert marks == ["acknowledge", "acknowledge"]
        assert served.app.ledger.size() == size


def test_what_is_out_of_reach_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with portal(tmp_path, monkeypatch) as served:
        tried = []

        async def away() -> None:
            tried.append(True)
            raise Unavailable("The model can't be reached.")

        monkeypatch.setattr(served.app.service("sharing"), "work", away)
        do_works(served.app)
        do_works(served.app)
        assert len(tried) == 2
        assert "can't be reached" in capsys.readouterr().err


def test_a_room_that_is_out_of_reach_keeps_no_other_from_its_chores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def away() -> None:
        raise Unavailable("The key can't be reached.")

    (first, verb), *_, (last, other) = [(room.name, each) for room in practices().values() for each in room.chores]
    with portal(tmp_path, monkeypatch) as served:
        done = []
        monkeypatch.setattr(served.app.service(first), verb, away)
        monkeypatch.setattr(served.app.service(last), other, lambda: done.append(True))
        do_chores(served.app)
        assert (done, f"{first}, tried again later" in capsys.readouterr().err) == ([True], True)


def test_a_store_that_is_busy_for_a_while_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with portal(tmp_path, monkeypatch) as served:
        whole, asked = served.app.service("ledger").follow, []

        def follow(name: str, **more: object) -> object:
            asked.append(name)
            if len(asked) == 1:
                raise Unavailable("The store is locked by another writer.")
            return whole(name, **more)

        monkeypatch.setattr(served.app.service("ledger"), "follow", follow)
        catch_up(served.app, chores=True)
        assert "locked by another writer" in capsys.readouterr().err
        # The others aren't kept waiting by the first.
        assert len(asked) > 1
        assert asked == sorted(set(asked))
        catch_up(served.app, chores=True)
        assert asked[0] in asked[1:]
        monkeypatch.setattr(served.app.service("ledger"), "follow", lambda name, **more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            catch_up(served.app, chores=False)
