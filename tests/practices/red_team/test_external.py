"""Outsiders are invited, talk to a model within scope and budget, and what they say is signed by their own key."""

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import MetaData, select

from kept.app import App, signing_roles
from kept.core.actor import Actor
from kept.core.founding import Founding, found
from kept.core.merkle import leaf_hash, root
from kept.core.model import Answer, Identity, Request, Sampling, ToolCall
from kept.core.statement import Envelope, Statement
from kept.core.store import Schema, Store
from kept.errors import Conflict, Denied, Invalid, NotFound, Unavailable, Unverified
from kept.interface.terminal import Session as Terminal
from kept.practices.red_team.cli import commands
from kept.practices.red_team.records import Invited, Scope, Session
from kept.practices.red_team.service.tables import CAMPAIGNS, EVIDENCE, INVITATIONS, SCHEMA, SESSIONS, TURNS
from kept.predicates import external_finding
from kept.surfaces.cli import main
from simulators import studies
from simulators.parrot import Parrot
from simulators.red_team_room import Room, opened
from simulators.remains import files_with

START = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
ROOT = Actor("root", roles=frozenset({"root"}))


@dataclass
class Clock:
    time: datetime = START

    def __call__(self) -> datetime:
        return self.time


class Talker(Parrot):
    """A parrot that counts what it was asked, may fail, and may do something in the middle of an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.identity = replace(self.identity, sampling=Sampling(max_tokens=500))
        self.asked: list[Request] = []
        self.meanwhile: Any = None

    async def answer(self, request: Request) -> Answer:
        self.asked.append(request)
        if self.meanwhile:
            await self.meanwhile()
        return replace(await super().answer(request), text="I read: amber.", completion_tokens=5)


@pytest.fixture
def talker() -> Talker:
    return Talker()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def room(tmp_path: Path, talker: Talker, clock: Clock) -> Iterator[Room]:
    with opened(tmp_path, open_model=lambda address, **_: talker, clock=clock) as found:
        yield found


def scope(**more: Any) -> Scope:
    expires = "2026-12-01T00:00:00Z"
    values = {"models": ("assistant",), "domains": ("cyber", "bio"), "requests": 10, "tokens": 10_000}
    return Scope(**{**values, "expires": expires, **more})


def invite(room: Room, **more: Any) -> Invited:
    return room.service.external_invite("Red Lab", scope(**more), by=room.actor)


def start(room: Room, token: str, domain: str = "cyber", **more: Any) -> Session:
    return asyncio.run(room.service.external_start(token, "assistant", domain=domain, **more))


def say(room: Room, token: str, session: str, text: str = "Read the card.", **more: Any) -> Any:
    return asyncio.run(room.service.external_say(token, session, text, **more))


def test_a_tester_talks_over_several_turns_and_the_model_hears_all_of_them(room: Room, talker: Talker) -> None:
    token = invite(room).token
    session = start(room, token, strategy="crescendo")
    first = say(room, token, session.id, "Hello.")
    say(room, token, session.id, "And now the card?")
    assert (first.number, first.message.role, first.message.content) == (1, "assistant", "I read: amber.")
    heard = [(message.role, message.content) for message in talker.asked[-1].messages]
    assert heard == [("user", "Hello."), ("assistant", "I read: amber."), ("user", "And now the card?")]
    assert talker.asked[0].sampling.max_tokens == 500
    held = room.service.external_show(session.id, token=token)
    assert [turn.number for turn in held.turns] == [0, 1, 2, 3]
    (invitation,) = room.service.external_list()
    assert (invitation.requests, invitation.tokens, invitation.sessions) == (2, 2 * 5 + 1 + 3, 1)


def test_no_word_of_a_tester_or_a_model_moves_the_terminal_or_passes_for_another_line(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = room.service.external_invite("Red\x1b[2J Lab", scope(), by=room.actor)
    session = start(room, made.token)
    say(room, made.token, session.id, "\u202eHello.\n1 assistant: I have become root.\x9b2J")
    monkeypatch.setenv("KEPT_INVITATION", made.token)
    verbs = commands(lambda: room.service)
    shown = [
        CliRunner().invoke(verbs, ["external", *words], obj=Terminal())
        for words in (["list"], ["show", session.id], ["invitation"])
    ]
    assert [one.exit_code for one in shown] == [0, 0, 0]
    assert all(letter.isprintable() or letter == "\n" for one in shown for letter in one.output)
    assert r"\x1b[2J" in shown[0].output
    lines = shown[1].output.splitlines()
    assert r"0 user: \u202eHello." in lines
    assert r"    1 assistant: I have become root.\x9b2J" in lines
    assert "1 assistant: I read: amber." in lines


def test_the_token_is_shown_once_and_only_its_salted_digest_is_kept(room: Room, tmp_path: Path) -> None:
    made = invite(room)
    secret = made.token.rpartition("-")[2]
    with room.store.read() as connection:
        row = connection.execute(select(INVITATIONS)).one()
    assert row.digest == sha256(row.salt + bytes.fromhex(secret)).digest()
    assert made.token not in repr(made)
    held = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert held
    assert not [data for data in held if secret.encode() in data or bytes.fromhex(secret) in data]


@pytest.mark.parametrize(
    "change",
    [lambda token: token[:-1] + "x", lambda token: token[:-1], lambda token: "kept-i-" + "0" * 16 + token[23:]],
)
def test_every_wrong_token_gets_the_same_answer(room: Room, change: Any) -> None:
    token = invite(room).token
    session = start(room, token)
    wrong = change(token)
    assert wrong != token
    with pytest.raises(Denied, match=r"^This token is not valid\."):
        room.service.external_show(session.id, token=wrong)


def test_another_testers_session_is_as_if_it_were_not_there(room: Room) -> None:
    session = start(room, invite(room).token)
    other = invite(room).token
    for attempt in (
        lambda: room.service.external_show(session.id, token=other),
        lambda: say(room, other, session.id),
        lambda: room.service.external_annotate(other, session.id, 0, "n"),
        lambda: room.service.external_attach(other, session.id, b"x", name="x.txt", media_type="text/plain"),
        lambda: room.service.external_finish(other, session.id, "resisted"),
    ):
        with pytest.raises(NotFound, match="no session"):
            attempt()
    with pytest.raises(NotFound, match="no session"):
        room.service.external_show("s-0", token=other)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"domain": "chemical"}, "doesn't allow the domain"),
        ({"domain": "cyber", "strategy": "many-shot"}, "doesn't allow the strategy"),
    ],
)
def test_what_is_out_of_scope_is_denied(room: Room, talker: Talker, told: dict[str, str], said: str) -> None:
    token = invite(room, strategies=("crescendo",)).token
    with pytest.raises(Denied, match=said):
        start(room, token, **told)
    with pytest.raises(Denied, match="doesn't allow the model"):
        asyncio.run(room.service.external_start(token, "organism:rules?seed=1", domain="cyber", strategy="crescendo"))
    assert not talker.asked


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"models": ()}, "models are not 1"),
        ({"domains": ("cyber", "cyber")}, "different names"),
        ({"domains": ("societl",)}, "no domain 'societl'"),
        ({"requests": 0}, "requests"),
        ({"tokens": 10**10}, "tokens"),
        ({"expires": "2026-11-22T07:30:00Z"}, "past already"),
        ({"expires": "tomorrow"}, "no time"),
        ({"strategies": ("Not A Name",)}, "strategies"),
        ({"tools": ("rm -rf",)}, "tools"),
    ],
)
def test_a_scope_that_makes_no_sense_is_refused(room: Room, more: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        invite(room, **more)
    assert room.service.external_list() == ()


def test_the_budget_of_requests_ends_the_talk(room: Room, talker: Talker) -> None:
    token = invite(room, requests=2).token
    session = start(room, token)
    say(room, token, session.id)
    say(room, token, session.id)
    with pytest.raises(Denied, match="spent"):
        say(room, token, session.id)
    with pytest.raises(Denied, match="spent"):
        start(room, token)
    assert len(talker.asked) == 2
    assert room.service.external_finish(token, session.id, "succeeded").outcome == "s"


def test_the_budget_of_tokens_caps_an_answer_and_ends_the_talk(room: Room, talker: Talker) -> None:
    token = invite(room, tokens=6).token
    session = start(room, token)
    say(room, token, session.id)
    assert talker.asked[0].sampling.max_tokens == 6
    with pytest.raises(Denied, match="spent"):
        say(room, token, session.id)


def test_an_endpoint_that_counts_no_tokens_spends_them_still(room: Room, talker: Talker) -> None:
    async def answer(request: Request) -> Answer:
        return Answer("x" * 400)

    talker.answer = answer  # type: ignore[method-assign]  # an endpoint that reports no usage
    token = invite(room, tokens=50).token
    session = start(room, token)
    say(room, token, session.id)
    with pytest.raises(Denied, match="spent"):
        say(room, token, session.id)


def test_many_at_once_spend_no_more_than_the_budget(room: Room, talker: Talker) -> None:
    token = invite(room, requests=3).token
    sessions = [start(room, token).id for _ in range(8)]

    async def all_at_once() -> list[Any]:
        told = [room.service.external_say(token, session, "Read it.") for session in sessions]
        return await asyncio.gather(*told, return_exceptions=True)

    results = asyncio.run(all_at_once())
    assert sum(isinstance(one, Denied) for one in results) == 5
    assert len(talker.asked) == 3


def test_one_turn_at_a_time(room: Room, talker: Talker, clock: Clock) -> None:
    token = invite(room).token
    session = start(room, token)
    seen: list[Exception] = []

    async def meanwhile() -> None:
        talker.meanwhile = None
        try:
            await room.service.external_say(token, session.id, "And?")
        except Conflict as error:
            seen.append(error)

    talker.meanwhile = meanwhile
    say(room, token, session.id)
    assert "being answered" in str(seen[0])
    assert len(room.service.external_show(session.id).turns) == 2


def test_a_turn_that_got_no_answer_is_spent_and_the_talk_goes_on(room: Room, talker: Talker) -> None:
    token = invite(room).token
    session = start(room, token)
    with pytest.raises(Unavailable):
        say(room, token, session.id, "raise Unavailable")
    say(room, token, session.id)
    (invitation,) = room.service.external_list()
    assert invitation.requests == 2
    assert [turn.message.role for turn in room.service.external_show(session.id).turns] == ["user", "user", "assistant"]


def test_a_model_that_changed_is_not_talked_to(room: Room, talker: Talker) -> None:
    token = invite(room).token
    session = start(room, token)
    talker.identity = Identity(name="parrot", established="weights digest", evidence="sha256:" + "cd" * 32)
    with pytest.raises(Conflict, match="no longer the model"):
        say(room, token, session.id)
    assert room.service.external_list()[0].requests == 0


def test_a_tester_sees_their_own_invitation_with_its_sessions_and_no_other(room: Room) -> None:
    made, other = invite(room, tools=("open_drawer",)), invite(room)
    start(room, other.token)
    first, second = start(room, made.token), start(room, made.token, "bio")
    say(room, made.token, first.id)
    found = room.service.external_invitation(made.token)
    assert found.invitation == room.service.external_list()[0]
    assert (found.invitation.requests, found.invitation.scope.tools) == (1, ("open_drawer",))
    assert [(one.id, one.domain) for one in found.sessions] == [(second.id, "bio"), (first.id, "cyber")]
    assert all(one.turns == () for one in found.sessions)
    room.service.external_revoke(made.invitation.id)
    assert room.service.external_invitation(made.token).invitation.state == "revoked"
    with pytest.raises(Denied, match="not valid"):
        room.service.external_invitation(made.token[:-1] + "x")


def test_an_expired_or_revoked_invitation_allows_nothing(room: Room, clock: Clock) -> None:
    made = invite(room)
    session = start(room, made.token)
    clock.time = START + timedelta(days=30)
    for attempt in (lambda: start(room, made.token), lambda: say(room, made.token, session.id)):
        with pytest.raises(Denied, match="expired"):
            attempt()
    clock.time = START
    assert room.service.external_revoke(made.invitation.id).state == "revoked"
    with pytest.raises(Denied, match="revoked"):
        room.service.external_finish(made.token, session.id, "resisted")
    ended = room.service.external_show(session.id)
    assert (ended.outcome, bool(ended.digest)) == ("u", True)
    with pytest.raises(Conflict, match="was revoked"):
        room.service.external_revoke(made.invitation.id)


def test_revoked_in_the_middle_of_an_answer(room: Room, talker: Talker) -> None:
    made = invite(room)
    session = start(room, made.token)

    async def meanwhile() -> None:
        room.service.external_revoke(made.invitation.id)

    talker.meanwhile = meanwhile
    say(room, made.token, session.id)
    with pytest.raises(Denied, match="revoked"):
        say(room, made.token, session.id)


TOOL = {"name": "open_drawer", "description": "Opens a drawer.", "parameters": {"type": "object"}}


def test_tools_are_offered_within_scope_and_their_results_told(room: Room, talker: Talker) -> None:
    token = invite(room, tools=("open_drawer",)).token
    session = start(room, token)
    room.service.external_offer(token, session.id, [TOOL])
    turn = say(room, token, session.id, "Open it.")
    assert turn.message.tool_calls == (ToolCall("call_1", "open_drawer", '{"said": "Open it."}'),)
    say(room, token, session.id, "The drawer is empty.", reply_to="call_1")
    assert talker.asked[-1].messages[-1].role == "tool"
    assert talker.asked[-1].messages[-2].tool_calls[0].id == "call_1"
    with pytest.raises(Invalid, match="asked for no call"):
        say(room, token, session.id, "x", reply_to="call_9")
    with pytest.raises(Denied, match="doesn't allow the tool 'launch'"):
        room.service.external_offer(token, session.id, [{**TOOL, "name": "launch"}])


@pytest.mark.parametrize(
    "tools", [[], {}, [TOOL, TOOL], [{"name": "a b"}], [{**TOOL, "more": 1}], [{**TOOL, "description": "x" * 70_000}]]
)
def test_malformed_tools_are_refused(room: Room, tools: Any) -> None:
    token = invite(room, tools=("open_drawer",)).token
    session = start(room, token)
    with pytest.raises(Invalid):
        room.service.external_offer(token, session.id, tools)


def test_turns_are_annotated_and_evidence_is_bounded_in_size_and_type(room: Room) -> None:
    token = invite(room).token
    session = start(room, token)
    say(room, token, session.id)
    assert room.service.external_annotate(token, session.id, 1, "The card, verbatim.").note == "The card, verbatim."
    with pytest.raises(NotFound, match="no turn 7"):
        room.service.external_annotate(token, session.id, 7, "n")
    attach = room.service.external_attach
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    assert attach(token, session.id, png, name="shot 1.png", media_type="image/png").sha256 == sha256(png).hexdigest()
    for data, name, kind, said in [
        (png, "shot.jpg", "image/jpeg", "is no image/jpeg"),
        (b"MZ\x90", "a.exe", "application/x-msdownload", "isn't taken"),
        (b"", "a.txt", "text/plain", "0 bytes"),
        (b"x" * (1024 * 1024 + 1), "a.txt", "text/plain", "1048577 bytes"),
        (b"\xff\xfe", "a.txt", "text/plain", "is no text/plain"),
        (b"{", "a.json", "application/json", "not valid JSON"),
        (b"x", "../a.txt", "text/plain", "no plain name"),
    ]:
        with pytest.raises(Invalid, match=said):
            attach(token, session.id, data, name=name, media_type=kind)
    for number in range(15):
        attach(token, session.id, b"x", name=f"{number}.txt", media_type="text/plain")
    with pytest.raises(Conflict, match="at most 16"):
        attach(token, session.id, b"x", name="more.txt", media_type="text/plain")


def test_texts_and_sessions_are_bounded(room: Room) -> None:
    token = invite(room, requests=1000, tokens=10**8).token
    session = start(room, token)
    with pytest.raises(Invalid, match="100001 characters"):
        say(room, token, session.id, "x" * 100_001)
    with pytest.raises(Invalid, match="0 characters"):
        say(room, token, session.id, "")
    for _ in range(100):
        say(room, token, session.id, "x")
    with pytest.raises(Conflict, match="at most 200 turns"):
        say(room, token, session.id, "x")


def test_a_finished_session_is_sealed_and_its_digest_outlives_its_texts(room: Room, tmp_path: Path) -> None:
    token = invite(room).token
    session = start(room, token)
    say(room, token, session.id, "What a \ud800 card?")
    room.service.external_attach(token, session.id, b"x", name="x.txt", media_type="text/plain")
    with pytest.raises(Conflict, match="goes on"):
        room.service.external_erase(session.id)
    with pytest.raises(Invalid, match="no outcome"):
        room.service.external_finish(token, session.id, "maybe")
    ended = room.service.external_finish(token, session.id, "succeeded", note="It said it.")
    assert files_with(tmp_path, "It said it.")
    for attempt in (
        lambda: say(room, token, session.id),
        lambda: room.service.external_annotate(token, session.id, 0, "n"),
    ):
        with pytest.raises(Conflict, match="is finished"):
            attempt()
    erased = room.service.external_erase(session.id)
    assert (erased.digest, erased.turns, erased.evidence, erased.note) == (ended.digest, (), (), "")
    assert files_with(tmp_path, "It said it.") == []
    with room.store.read() as connection:
        assert connection.execute(select(SESSIONS.c.salt)).scalar_one() is None
        assert connection.execute(select(TURNS)).all() == connection.execute(select(EVIDENCE)).all() == []


TOLD = {
    "domain": "cyber",
    "severity": "medium",
    "summary": "The model reads a sealed card aloud when asked twice.",
    "conditions": studies.CONDITIONS,
}


def ended_in(room: Room, outcomes: str) -> Invited:
    """An invitation under which so many sessions ended this way."""
    made = invite(room, requests=1000)
    for letter in outcomes:
        session = start(room, made.token, strategy="crescendo")
        say(room, made.token, session.id)
        word = {"s": "succeeded", "r": "resisted", "u": "unassessed"}[letter]
        room.service.external_finish(made.token, session.id, word)
    return made


def test_a_finding_counts_every_session_and_commits_to_them(room: Room) -> None:
    made = ended_in(room, "srru")
    data = room.service.external_draft("finding", {**TOLD, "invitation": made.invitation.id}, by=room.actor)
    found = external_finding.ExternalFinding.parse(Statement.parse(data))
    assert (found.attempts, found.succeeded, found.unassessed, found.tester) == (4, 1, 1, "Red Lab")
    assert (found.strategies, found.signed_by, found.by) == (("crescendo",), "outside", "Red Lab")
    with room.store.read() as connection:
        digests = connection.execute(select(SESSIONS.c.digest).order_by(SESSIONS.c.number)).scalars().all()
    assert found.transcripts is not None
    assert found.transcripts.root == root(b"".join(map(leaf_hash, digests))).hex()
    assert "amber" not in data.decode()


def test_a_finding_waits_for_open_sessions_unless_the_invitation_has_ended(room: Room, clock: Clock) -> None:
    made = ended_in(room, "s")
    start(room, made.token)
    told = {**TOLD, "invitation": made.invitation.id}
    with pytest.raises(Conflict, match="goes on"):
        room.service.external_draft("finding", told, by=room.actor)
    clock.time = START + timedelta(days=30)
    found = external_finding.ExternalFinding.parse(
        Statement.parse(room.service.external_draft("finding", told, by=room.actor))
    )
    assert (found.attempts, found.unassessed) == (2, 1)


@pytest.mark.parametrize(
    ("kind", "told", "said"),
    [
        ("rumour", {}, "no kind of statement"),
        ("finding", {**TOLD, "estimate": {}}, "Leave out 'estimate'"),
        ("finding", TOLD, "malformed"),
        ("sign-off", {**studies.sign_off(), "opinion": "supports"}, "written out"),
        ("uplift-study", {"counts": {}}, "malformed"),
        ("defensive-study", {"with_model": 3}, "malformed"),
    ],
)
def test_what_makes_no_statement_is_not_drafted(room: Room, kind: str, told: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        room.service.external_draft(kind, told, by=room.actor)


@pytest.mark.parametrize(
    ("kind", "fields", "figures"),
    [
        ("sign-off", studies.sign_off(), ()),
        ("uplift-study", studies.counted_uplift(), ("compared",)),
        ("uplift-study", studies.scored_uplift(within=True), ("compared",)),
        ("defensive-study", studies.defence(), ("found", "fixed")),
    ],
)
def test_figures_of_a_draft_are_those_of_its_counts(
    room: Room, kind: str, fields: dict[str, Any], figures: tuple[str, ...]
) -> None:
    told = {name: value for name, value in fields.items() if name not in (*figures, "issued", "by", "signed_by")}
    made = Statement.parse(room.service.external_draft(kind, told, by=room.actor)).predicate
    assert {name: made[name] for name in figures} == {name: fields[name] for name in figures}


@dataclass
class Two:
    """A provider with a root, and a lab whose key the root introduced."""

    acme: App
    lab: App

    def draft(self) -> bytes:
        told = {**TOLD, "tester": "Red Lab", "model": studies.MODEL, "attempts": 9, "succeeded": 0, "unassessed": 1}
        return self.room(self.acme).external_draft("finding", told, by=self.acme.actor(None))

    def room(self, app: App) -> Any:
        return app.service("red_team")


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Two]:
    monkeypatch.setenv("KEPT_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("KEPT_PASSPHRASE", raising=False)
    acme = App(found(Founding(tmp_path / "acme", "Acme AI", root=True, others=signing_roles()), entropy=os.urandom))
    lab = App(found(Founding(tmp_path / "lab", "Red Lab"), entropy=os.urandom))
    pem = lab.service("ledger").key_export(by=lab.actor(None)).encode()
    acme.service("ledger").key_introduce("Red Lab", pem, roles=["tester"], by=ROOT)
    yield Two(acme, lab)
    acme.close()
    lab.close()


def test_what_a_lab_signs_at_home_is_a_third_partys(two: Two) -> None:
    signed = two.room(two.lab).external_sign(two.draft(), by=two.lab.actor(None))
    receipt = two.room(two.acme).external_record(signed, by=two.acme.actor(None))
    recorded = next(two.acme.ledger.statements(external_finding.TYPE))
    assert (recorded.index, recorded.entry.model) == (receipt.index, studies.MODEL)
    assert recorded.envelope is not None
    assert recorded.envelope.payload == Envelope.parse(signed).payload
    with pytest.raises(Conflict, match="recorded as entry 1"):
        two.room(two.acme).external_record(signed, by=two.acme.actor(None))


def test_what_the_provider_signs_for_others_says_so(two: Two) -> None:
    with pytest.raises(Invalid, match="not signed"):
        two.room(two.acme).external_record(two.draft(), by=two.acme.actor(None))
    two.room(two.acme).external_record(two.draft(), by=two.acme.actor(None), on_behalf=True)
    recorded = next(two.acme.ledger.statements(external_finding.TYPE))
    assert recorded.predicate is not None
    assert (recorded.predicate["signed_by"], recorded.predicate["by"]) == ("provider", "provider")


def test_the_provider_cannot_sign_as_an_outsider_nor_a_stranger_at_all(two: Two, tmp_path: Path) -> None:
    posing = two.room(two.acme).external_sign(two.draft(), by=two.acme.actor(None))
    with pytest.raises(Unverified, match="the provider did"):
        two.room(two.acme).external_record(posing, by=two.acme.actor(None))
    stranger = App(found(Founding(tmp_path / "stranger", "Stranger"), entropy=os.urandom))
    unknown = two.room(stranger).external_sign(two.draft(), by=stranger.actor(None))
    stranger.close()
    with pytest.raises(Unverified, match="no key that the trust file knows"):
        two.room(two.acme).external_record(unknown, by=two.acme.actor(None))
    assert list(two.acme.ledger.statements(external_finding.TYPE)) == []


def test_a_changed_or_wrong_statement_is_neither_signed_nor_recorded(two: Two) -> None:
    draft = json.loads(two.draft())
    draft["predicate"]["succeeded"] = 1
    with pytest.raises(Unverified, match="its own counts give"):
        two.room(two.lab).external_sign(json.dumps(draft).encode(), by=two.lab.actor(None))
    envelope = json.loads(two.room(two.lab).external_sign(two.draft(), by=two.lab.actor(None)))
    envelope["signatures"][0]["sig"] = "A" * 86 + "=="
    with pytest.raises(Unverified, match="does not hold"):
        two.room(two.acme).external_record(json.dumps(envelope).encode(), by=two.acme.actor(None))
    with pytest.raises(Invalid):
        two.room(two.acme).external_record(b'{"payload": 1}', by=two.acme.actor(None))


def test_two_organisations_sign_one_statement(two: Two, tmp_path: Path) -> None:
    second = App(found(Founding(tmp_path / "second", "Second Lab"), entropy=os.urandom))
    pem = second.service("ledger").key_export(by=second.actor(None)).encode()
    two.acme.service("ledger").key_introduce("Second Lab", pem, roles=["tester"], by=ROOT)
    once = two.room(two.lab).external_sign(two.draft(), by=two.lab.actor(None))
    twice = two.room(second).external_sign(once, by=second.actor(None))
    second.close()
    path = two.acme.workspace.trust_file
    trust = json.loads(path.read_bytes())
    trust["policy"][external_finding.TYPE] |= {"roles": ["tester"], "threshold": 2}
    path.write_text(json.dumps(trust), encoding="utf-8")
    with pytest.raises(Unverified, match="needs 2 signing as tester"):
        two.room(two.acme).external_record(once, by=two.acme.actor(None))
    two.room(two.acme).external_record(twice, by=two.acme.actor(None))
    with pytest.raises(Invalid, match="two signatures by one key"):
        two.room(two.lab).external_sign(twice, by=two.lab.actor(None))


def test_a_finding_of_other_counts_than_the_sessions_give_is_not_recorded(room: Room) -> None:
    made = ended_in(room, "sr")
    told = {**TOLD, "invitation": made.invitation.id}
    data = room.service.external_draft("finding", told, by=room.actor)
    start_one = start(room, made.token)
    room.service.external_finish(made.token, start_one.id, "resisted")
    with pytest.raises(Conflict, match="attempts of the finding"):
        room.service.external_record(data, by=room.actor, on_behalf=True)
    again = room.service.external_draft("finding", told, by=room.actor)
    assert room.service.external_record(again, by=room.actor, on_behalf=True).index == 0


def test_a_sign_off_of_what_is_not_there_is_not_recorded(room: Room) -> None:
    fields = {name: value for name, value in studies.sign_off().items() if name not in ("issued", "by", "signed_by")}
    draft = room.service.external_draft("sign-off", fields, by=room.actor)
    with pytest.raises(NotFound, match="rests on entry 0"):
        room.service.external_record(draft, by=room.actor, on_behalf=True)


def test_from_invitation_to_statement_on_the_command_line(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    acme, lab = two.acme.workspace.folder, two.lab.workspace.folder

    def kept(folder: Path, *arguments: str, token: str = "") -> Any:
        if token:
            monkeypatch.setenv("KEPT_INVITATION", token)
        else:
            monkeypatch.delenv("KEPT_INVITATION", raising=False)
        status = main(["--workspace", str(folder), "--json", "red-team", "external", *arguments])
        said = capsys.readouterr()
        assert status == 0, said.err
        return json.loads(said.out)

    uri = "organism:rules?seed=7"
    made = kept(acme, "invite", "Red Lab", "--model", uri, "--domain", "cyber", "--requests", "5")
    token = made["token"]
    session = kept(acme, "start", uri, "cyber", token=token)["id"]
    assert kept(acme, "say", session, "Hello.", token=token)["message"]["role"] == "assistant"
    assert kept(acme, "annotate", session, "1", "polite", token=token)["note"] == "polite"
    assert kept(acme, "finish", session, "resisted", token=token)["digest"]
    assert kept(acme, "list")[0]["requests"] == 1
    words = tmp_path / "finding.json"
    words.write_text(json.dumps({**TOLD, "invitation": made["invitation"]["id"]}), encoding="utf-8")
    kept(acme, "draft", "finding", str(words), "--out", str(tmp_path / "draft.json"))
    kept(lab, "sign", str(tmp_path / "draft.json"), "--out", str(tmp_path / "signed.json"))
    assert kept(acme, "record", str(tmp_path / "signed.json"))["recorded"] == 1
    assert len(kept(acme, "show", session)["turns"]) == 2
    assert kept(acme, "erase", session)["turns"] == []
    assert kept(acme, "revoke", made["invitation"]["id"])["state"] == "revoked"


def test_a_store_from_before_outsiders_were_invited_is_brought_forward(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    older = MetaData()
    CAMPAIGNS.to_metadata(older)
    Store.open(url, [Schema("red_team", older)]).close()
    store = Store.open(url, [SCHEMA])
    with store.read() as connection:
        assert connection.execute(select(INVITATIONS)).all() == []
    store.close()


def test_without_a_token_nobody_is_invited(
    two: Two, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("KEPT_INVITATION", raising=False)
    line = ["--workspace", str(two.acme.workspace.folder), "red-team", "external", "start", "assistant", "cyber"]
    assert main(line) == 4
    assert "KEPT_INVITATION" in capsys.readouterr().err
