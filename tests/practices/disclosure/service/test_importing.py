"""What others wrote in formats of their own comes in, sealed like any other, and released at once."""

from pathlib import Path

import pytest
from sqlalchemy import select

from kept.core.actor import Actor
from kept.errors import Denied, Invalid
from kept.practices.disclosure.methods.bundles import read_bundle
from kept.practices.disclosure.service.tables.intake import RELEASED
from practices.disclosure.backends.imports.test_imports import AVID, FLAW, SAMPLES, encoded
from simulators import disclosure_room


def test_each_format_comes_in_as_a_case(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path) as room:
        room.ready()
        for kind, document in (("avid", AVID), ("flare", FLAW), ("inspect", SAMPLES)):
            made = room.service.import_report(
                encoded(document), kind=kind, programme="assistant", model="assistant", by=room.actor
            )
            found = room.service.show(made.report, by=room.actor)
            assert (found.route, found.receipt) == ("staff", "none")
            assert found.released
            with room.store.read() as connection:
                content = connection.execute(
                    select(RELEASED.c.content).where(RELEASED.c.report == made.report)
                ).scalar()
            kept = read_bundle(content)
            assert (kept.model, bool(kept.source)) == ("assistant", True)
            assert room.service.open(made.report, identities=[str(room.triager)], by=room.actor) == kept
            assert room.service.triage_show(made.report, by=room.actor).events[0].by == room.actor.id


def test_what_cant_be_is_named(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path) as room:
        room.ready()
        told = {"programme": "assistant", "by": room.actor}
        with pytest.raises(Invalid, match="is no format"):
            room.service.import_report(encoded(AVID), kind="csv", **told)
        with pytest.raises(Invalid, match="isn't in the scope"):
            room.service.import_report(encoded(AVID), kind="avid", model="other", **told)
        with pytest.raises(Denied):
            room.service.import_report(
                encoded(AVID), kind="avid", programme="assistant", by=Actor("p", "person", frozenset({"publish"}))
            )
        assert room.service.list(by=room.actor) == ()
