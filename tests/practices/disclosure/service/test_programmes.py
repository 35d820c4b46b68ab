"""Programmes are written, published for the models as they are, superseded and closed."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from kept.core.actor import Actor
from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.disclosure.methods.programmes import digest_of, published_document
from kept.practices.disclosure.service import Service
from kept.predicates.disclosure_programme import TYPE, DisclosureProgramme
from simulators import disclosure_room


def test_a_publication_binds_the_scope_to_what_was_opened(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path) as room:
        made = asyncio.run(room.publish())
        (model,) = made.scope
        assert (model.name, model.id) == ("assistant", disclosure_room.ASSISTANT.id)
        assert made.covers("assistant") == model
        assert made.covers("another") is None
        assert room.service.programme_show("assistant") == made
        (recorded,) = room.ledger.statements(TYPE)
        assert (recorded.index,) == made.recorded
        said = DisclosureProgramme.parse(recorded.statement)
        assert (said.model, said.safe_harbour, said.scope) == (
            recorded.entry.model,
            digest_of(made.draft.safe_harbour),
            made.scope_digest,
        )
        document = published_document(made.draft, made.scope, version=1, active=True)
        assert said.document == made.digest == digest_of(document)
        assert (said.active, said.rewards) == (True, True)


def test_a_new_publication_supersedes_and_the_old_one_can_still_be_read(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path) as room:
        first = asyncio.run(room.publish())
        second = asyncio.run(room.publish(**{"Whoever keeps": "Everybody who keeps"}))
        assert (first.version, second.version) == (1, 2)
        assert first.safe_harbour_digest != second.safe_harbour_digest
        assert first.scope_digest == second.scope_digest
        assert room.service.programme_show("assistant") == second
        assert room.service.programme_show("assistant", version=1) == first
        assert room.service.programme_list() == (second,)


def test_the_scope_follows_the_model(tmp_path: Path) -> None:
    later = replace(disclosure_room.ASSISTANT, evidence="release 2")
    identities = [disclosure_room.ASSISTANT, later]
    with disclosure_room.opened(tmp_path, open_model=lambda _: disclosure_room.Opened(identities.pop(0))) as room:
        first, second = asyncio.run(room.publish()), asyncio.run(room.publish())
        assert first.scope_digest != second.scope_digest
        assert second.scope[0].id == later.id


def test_a_programme_keeps_its_currency(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path) as room:
        asyncio.run(room.publish())
        with pytest.raises(Conflict, match="pays in USD, and is written in JPY"):
            asyncio.run(room.publish(USD="JPY"))
        assert room.service.programme_show("assistant").version == 1


def test_one_model_by_two_names_is_no_scope(tmp_path: Path) -> None:
    models = {"assistant": "mock:assistant", "helper": "mock:assistant"}
    same = disclosure_room.Opened(disclosure_room.ASSISTANT)
    with disclosure_room.opened(tmp_path, names=models, open_model=lambda _: same) as room:
        with pytest.raises(Invalid, match=r"'assistant' and 'helper'.* the same model"):
            asyncio.run(room.publish(**{'["assistant"]': '["assistant", "helper"]'}))
        assert room.service.programme_list() == ()


def test_a_closed_programme_takes_no_reports_and_says_so_in_the_log(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path) as room:
        asyncio.run(room.publish())
        closed = room.service.programme_close("assistant", by=room.actor)
        assert (closed.version, closed.active) == (2, False)
        assert room.service.programme_list() == ()
        assert room.service.programme_list(closed=True) == (closed,)
        assert [DisclosureProgramme.parse(each.statement).active for each in room.ledger.statements(TYPE)] == [
            True,
            False,
        ]
        with pytest.raises(Conflict, match="closed already"):
            room.service.programme_close("assistant", by=room.actor)


def test_only_who_may_publish_does(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path) as room:
        triager = Actor("t", "person", frozenset({"triage"}))
        text = Service.programme_example().encode()
        with pytest.raises(Denied, match=r"may not write a programme.*one of the roles admin, publish"):
            room.service.programme_new(text, by=triager)
        room.service.programme_new(text, by=room.actor)
        with pytest.raises(Denied, match="may not publish"):
            asyncio.run(room.service.programme_publish("assistant", by=triager))


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path) as room:
        with pytest.raises(NotFound, match="no published programme 'other'"):
            room.service.programme_show("other")
        with pytest.raises(NotFound, match="Nothing was written"):
            asyncio.run(room.service.programme_publish("other", by=room.actor))
        text = Service.programme_example().replace('models = ["assistant"]', 'models = ["helpdesk"]')
        with pytest.raises(Invalid, match="'helpdesk' in its scope, which"):
            room.service.programme_new(text.encode(), by=room.actor)
