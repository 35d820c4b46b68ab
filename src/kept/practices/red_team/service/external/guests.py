"""Invitations and sessions as the store keeps them; every limit is enforced in the transaction that spends."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from kept.core.context import format_time
from kept.core.model import Message
from kept.core.store import Store
from kept.errors import Conflict, Denied, NotFound
from kept.practices.red_team.methods import conversation
from kept.practices.red_team.methods.invitations import moment
from kept.practices.red_team.records import Evidence, Invitation, Scope, Session, Turn
from kept.practices.red_team.service.tables import EVIDENCE, INVITATIONS, SESSIONS, TURNS

ANSWER_SECONDS = 600  # a turn that took longer was cut off, and another may begin
SESSION_LIMIT = 10_000

Found = Row[tuple[Any, ...]]


class Guests:
    """Reads and writes the tables of outsiders."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def invite(self, invitation: Invitation, *, salt: bytes, digest: bytes) -> None:
        """Enter a new invitation, of whose token only the salted digest is kept."""
        row = {
            "invitation": invitation.id,
            "tester": invitation.tester,
            "scope": json.dumps(asdict(invitation.scope)),
            "salt": salt,
            "digest": digest,
            "requests": 0,
            "tokens": 0,
            "issued": invitation.issued,
            "by": invitation.by,
        }
        self._store.write(lambda connection: connection.execute(INVITATIONS.insert().values(**row)))

    def invitations(self, *, now: datetime) -> tuple[Invitation, ...]:
        """Every invitation, oldest first."""
        with self._store.read() as connection:
            rows = connection.execute(select(INVITATIONS).order_by(INVITATIONS.c.number)).all()
            return tuple(_invitation(connection, row, now=now) for row in rows)

    def invitation(self, id: str, *, now: datetime) -> Invitation:
        """One invitation. Raises NotFound."""
        with self._store.read() as connection:
            return _invitation(connection, _invitation_row(connection, id), now=now)

    def sealed_token(self, id: str) -> tuple[bytes, bytes] | None:
        """The salt and the digest of an invitation's token, if there is such an invitation."""
        columns = (INVITATIONS.c.salt, INVITATIONS.c.digest)
        with self._store.read() as connection:
            row = connection.execute(select(*columns).where(INVITATIONS.c.invitation == id)).first()
        return (row.salt, row.digest) if row else None

    def revoke(self, id: str, *, now: datetime) -> None:
        """End an invitation. Raises NotFound, or Conflict where it was revoked."""

        def work(connection: Connection) -> None:
            row = _invitation_row(connection, id)
            if row.revoked:
                raise Conflict(f"Invitation {id} was revoked on {row.revoked}.", code="external.revoked")
            change = update(INVITATIONS).where(INVITATIONS.c.number == row.number).values(revoked=format_time(now))
            connection.execute(change)

        self._store.write(work)

    def open(self, session: Session, *, address: str, now: datetime) -> None:
        """Enter a new session, while its invitation is valid. Raises Denied or Conflict."""

        def work(connection: Connection) -> None:
            row = _valid(connection, session.invitation, now=now)
            held = select(func.count()).select_from(SESSIONS).where(SESSIONS.c.invitation == row.number)
            if connection.execute(held).scalar_one() >= SESSION_LIMIT:
                raise Conflict(f"An invitation has at most {SESSION_LIMIT} sessions.", code="external.sessions")
            connection.execute(
                SESSIONS.insert().values(
                    session=session.id,
                    invitation=row.number,
                    model=session.model,
                    address=address,
                    name=session.name,
                    domain=session.domain,
                    strategy=session.strategy,
                    tools=conversation.tools_text(session.tools),
                    opened=session.opened,
                    note="",
                )
            )

        self._store.write(work)

    def session(self, id: str) -> Session:
        """One session with its turns and evidence. Raises NotFound."""
        with self._store.read() as connection:
            return _session(connection, _session_row(connection, id))

    def own_session(self, id: str, invitation: str) -> Session:
        """A session of this invitation. Raises NotFound for any other, as for one that isn't there."""
        session = self.session(id)
        if session.invitation != invitation:
            raise _no_session(id)
        return session

    def address(self, id: str) -> str:
        """How the model of a session is reached. Raises NotFound."""
        with self._store.read() as connection:
            return str(_session_row(connection, id).address)

    def sessions(self, invitation: str, *, domain: str = "", model: str = "") -> tuple[Session, ...]:
        """The sessions of an invitation (in a domain, with a model) in their order."""
        with self._store.read() as connection:
            number = _invitation_row(connection, invitation).number
            query = select(SESSIONS).where(SESSIONS.c.invitation == number).order_by(SESSIONS.c.number)
            if domain:
                query = query.where(SESSIONS.c.domain == domain)
            if model:
                query = query.where(SESSIONS.c.model == model)
            return tuple(_session(connection, row) for row in connection.execute(query).all())

    def summaries(self, invitation: str) -> tuple[Session, ...]:
        """The sessions of an invitation without their turns and evidence, newest first."""
        with self._store.read() as connection:
            number = _invitation_row(connection, invitation).number
            query = select(SESSIONS).where(SESSIONS.c.invitation == number).order_by(SESSIONS.c.number.desc())
            return tuple(_summary(row, invitation) for row in connection.execute(query).all())

    def ask(self, id: str, message: Message, *, now: datetime) -> int:
        """Spend one request on a turn of the tester and enter it; returns how many tokens are left.

        Raises Denied when the invitation is not valid or its budget is spent, and Conflict while another turn is being
        answered, behind the last turn, or once the session is finished.
        """

        def work(connection: Connection) -> int:
            row = _going_on(connection, id)
            guest = _valid(connection, row.invitation, now=now)
            if row.asking and moment(row.asking) + timedelta(seconds=ANSWER_SECONDS) > now:
                raise Conflict("Another turn of this session is being answered.", code="external.busy")
            _add_turn(connection, row.number, message)
            spent = INVITATIONS.c.number == guest.number
            connection.execute(update(INVITATIONS).where(spent).values(requests=INVITATIONS.c.requests + 1))
            _set(connection, row.number, asking=format_time(now))
            return int(_scope(guest).tokens - guest.tokens)

        return self._store.write(work)

    def answer(self, id: str, message: Message, *, tokens: int) -> Turn:
        """Enter what the model answered, and spend its tokens."""

        def work(connection: Connection) -> Turn:
            row = _session_row(connection, id)
            number = _add_turn(connection, row.number, message)
            spent = INVITATIONS.c.number == row.invitation
            connection.execute(update(INVITATIONS).where(spent).values(tokens=INVITATIONS.c.tokens + tokens))
            _set(connection, row.number, asking=None)
            return Turn(number, message)

        return self._store.write(work)

    def give_up(self, id: str) -> None:
        """Note that the turn that was asked got no answer."""
        self._store.write(lambda connection: _set(connection, _session_row(connection, id).number, asking=None))

    def change(self, id: str, *, now: datetime, **values: Any) -> None:
        """Change what a session says of itself while it goes on. Raises Denied or Conflict."""

        def work(connection: Connection) -> None:
            row = _going_on(connection, id)
            _valid(connection, row.invitation, now=now, spent=True)
            _set(connection, row.number, **values)

        self._store.write(work)

    def annotate(self, id: str, turn: int, note: str, *, now: datetime) -> None:
        """Write a note beside a turn. Raises NotFound, Denied or Conflict."""

        def work(connection: Connection) -> None:
            row = _going_on(connection, id)
            _valid(connection, row.invitation, now=now, spent=True)
            at = (TURNS.c.session == row.number) & (TURNS.c.turn == turn)
            if connection.execute(update(TURNS).where(at).values(note=note)).rowcount != 1:
                raise NotFound(f"Session {id} has no turn {turn}.", code="external.turn")

        self._store.write(work)

    def attach(self, id: str, evidence: Evidence, data: bytes, *, now: datetime) -> None:
        """Put a file beside a session. Raises Denied or Conflict."""

        def work(connection: Connection) -> None:
            row = _going_on(connection, id)
            _valid(connection, row.invitation, now=now, spent=True)
            held = select(func.count()).select_from(EVIDENCE).where(EVIDENCE.c.session == row.number)
            number = connection.execute(held).scalar_one()
            if number >= conversation.EVIDENCE_COUNT:
                raise Conflict(
                    f"A session has at most {conversation.EVIDENCE_COUNT} files of evidence.", code="external.evidence"
                )
            connection.execute(
                EVIDENCE.insert().values(
                    session=row.number,
                    number=number,
                    name=evidence.name,
                    media_type=evidence.media_type,
                    sha256=evidence.sha256,
                    data=data,
                )
            )

        self._store.write(work)

    def finish(self, id: str, *, outcome: str, note: str, salt: bytes, now: datetime | None) -> Session:
        """End a session with its outcome and seal it. Raises Denied (where `now` is asked about) or Conflict."""

        def work(connection: Connection) -> Session:
            row = _going_on(connection, id)
            if now is not None:
                _valid(connection, row.invitation, now=now, spent=True)
            _set(connection, row.number, outcome=outcome, note=note, salt=salt)
            ended = _session(connection, _session_row(connection, id))
            _set(connection, row.number, digest=conversation.seal(salt, ended))
            return _session(connection, _session_row(connection, id))

        return self._store.write(work)

    def erase(self, id: str) -> None:
        """Delete texts, evidence and salt of a finished session; its digest stays. Raises NotFound or Conflict."""

        def work(connection: Connection) -> None:
            row = _session_row(connection, id)
            if row.outcome is None:
                raise Conflict(f"Session {id} goes on.", code="external.open", hint="Finish it first, or revoke it.")
            connection.execute(TURNS.delete().where(TURNS.c.session == row.number))
            connection.execute(EVIDENCE.delete().where(EVIDENCE.c.session == row.number))
            _set(connection, row.number, salt=None, note="", tools="[]")

        self._store.erase(work)


def _invitation_row(connection: Connection, id: str) -> Found:
    row = connection.execute(select(INVITATIONS).where(INVITATIONS.c.invitation == id)).first()
    if row is None:
        raise NotFound(
            f"There is no invitation {id[:64]!r}.", code="external.no-invitation", hint="kept red-team external list"
        )
    return row


def _session_row(connection: Connection, id: str) -> Found:
    row = connection.execute(select(SESSIONS).where(SESSIONS.c.session == id)).first()
    if row is None:
        raise _no_session(id)
    return row


def _no_session(id: str) -> NotFound:
    return NotFound(f"There is no session {id[:64]!r}.", code="external.no-session")


def _going_on(connection: Connection, id: str) -> Found:
    row = _session_row(connection, id)
    if row.outcome is not None:
        raise Conflict(f"Session {id} is finished.", code="external.finished", hint="Start another one.")
    return row


def _valid(connection: Connection, invitation: str | int, *, now: datetime, spent: bool = False) -> Found:
    """The row of an invitation that is valid, or, where that matters not, spent. Raises Denied."""
    which = INVITATIONS.c.number if isinstance(invitation, int) else INVITATIONS.c.invitation
    row = connection.execute(select(INVITATIONS).where(which == invitation)).one()
    state = _state(row, now=now)
    if state == "valid" or (spent and state == "spent"):
        return row
    raise Denied(f"The invitation is {state}.", code=f"external.{state}", hint="Ask whoever invited you.")


def _state(row: Found, *, now: datetime) -> str:
    scope = _scope(row)
    if row.revoked:
        return "revoked"
    if moment(scope.expires) <= now:
        return "expired"
    return "spent" if row.requests >= scope.requests or row.tokens >= scope.tokens else "valid"


def _scope(row: Found) -> Scope:
    held = json.loads(row.scope)
    names = {name: tuple(held[name]) for name in ("models", "domains", "strategies", "tools")}
    return Scope(requests=held["requests"], tokens=held["tokens"], expires=held["expires"], **names)


def _invitation(connection: Connection, row: Found, *, now: datetime) -> Invitation:
    held = select(func.count()).select_from(SESSIONS).where(SESSIONS.c.invitation == row.number)
    return Invitation(
        id=row.invitation,
        tester=row.tester,
        scope=_scope(row),
        state=_state(row, now=now),
        requests=row.requests,
        tokens=row.tokens,
        sessions=connection.execute(held).scalar_one(),
        issued=row.issued,
        by=row.by,
    )


def _session(connection: Connection, row: Found) -> Session:
    invitation = select(INVITATIONS.c.invitation).where(INVITATIONS.c.number == row.invitation)
    turns = connection.execute(select(TURNS).where(TURNS.c.session == row.number).order_by(TURNS.c.turn)).all()
    return replace(
        _summary(row, connection.execute(invitation).scalar_one()),
        turns=tuple(Turn(turn.turn, conversation.message_from(turn.message), turn.note) for turn in turns),
        evidence=tuple(_evidence(connection, row.number)),
    )


def _summary(row: Found, invitation: str) -> Session:
    return Session(
        id=row.session,
        invitation=invitation,
        model=row.model,
        name=row.name,
        domain=row.domain,
        strategy=row.strategy,
        tools=conversation.tools_from(row.tools),
        opened=row.opened,
        outcome=row.outcome or "",
        note=row.note,
        digest=row.digest.hex() if row.digest else "",
    )


def _evidence(connection: Connection, session: int) -> Sequence[Evidence]:
    columns = (EVIDENCE.c.name, EVIDENCE.c.media_type, EVIDENCE.c.sha256, func.length(EVIDENCE.c.data).label("size"))
    query = select(*columns).where(EVIDENCE.c.session == session).order_by(EVIDENCE.c.number)
    return [Evidence(row.name, row.media_type, row.sha256, row.size) for row in connection.execute(query)]


def _add_turn(connection: Connection, session: int, message: Message) -> int:
    held = select(func.count()).select_from(TURNS).where(TURNS.c.session == session)
    number = int(connection.execute(held).scalar_one())
    # An answer to the last turn still has its place.
    if number >= conversation.TURN_LIMIT and message.role != "assistant":
        raise Conflict(f"A session has at most {conversation.TURN_LIMIT} turns.", code="external.turns")
    row = {"session": session, "turn": number, "message": conversation.message_text(message), "note": ""}
    connection.execute(TURNS.insert().values(**row))
    return number


def _set(connection: Connection, number: int, **values: Any) -> None:
    connection.execute(update(SESSIONS).where(SESSIONS.c.number == number).values(**values))
