"""The chain is written alike on either database, and by several at once without a gap."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kept.errors import Conflict, Unavailable
from kept.practices.disclosure.service.triage.casebook import Casebook
from simulators import disclosure_room
from simulators.cases import ADA, begun, fixing


def test_a_case_is_seen_through_on_either_database(tmp_path: Path, url: str) -> None:
    with disclosure_room.opened(tmp_path, url=url) as room:
        case = begun(room)
        fixing(room, case)
        room.service.triage_note(case, "Ein Wort: 言葉 🜁", by=ADA)
        room.service.vendors_share(
            case, "Look.", vendors=[room.service.vendors_invite(case, "Hub", side="upstream", by=ADA).vendor.id], by=ADA
        )
        assert room.service.triage_list(state="fixing", by=ADA)[0].id == case
        (audited,) = room.service.triage_audit(by=ADA)
        assert audited.events == 10
        assert room.service.triage_show(case, by=ADA).events[7].text == "Ein Wort: 言葉 🜁"


def test_many_who_write_at_once_leave_one_chain(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path) as room:
        case = begun(room)
        book = Casebook(room.context)

        def write(number: int) -> bool:
            try:
                room.store.write(
                    lambda connection: book.append(connection, case, "noted", by=f"a{number}", text=str(number))
                )
            except (Conflict, Unavailable):
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            written = sum(pool.map(write, range(40)))
        (audited,) = room.service.triage_audit(by=ADA)
        assert audited.events == written + 1
        assert written


@pytest.mark.parametrize("kind", ["quarantined", "assigned", "duplicate"])
def test_what_failed_half_way_leaves_no_event(tmp_path: Path, kind: str) -> None:
    with disclosure_room.opened(tmp_path) as room:
        case = begun(room)
        book = Casebook(room.context)

        def half(connection: object) -> None:
            book.append(connection, case, kind, by="ada", details={"to": "x", "of": "y"}, text="z")
            raise RuntimeError("the power went")

        with pytest.raises(RuntimeError):
            room.store.write(half)
        (audited,) = room.service.triage_audit(by=ADA)
        assert audited.events == 1
