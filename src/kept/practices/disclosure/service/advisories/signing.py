"""The verbs of OpenPGP: the key that signs CSAF documents, and what becomes of signatures when it is replaced."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context
from kept.core.keys import Keyhole
from kept.core.keys.openpgp import OpenPgpKey, check_signature, create_openpgp, open_openpgp
from kept.core.keys.secret import choose_passphrase
from kept.errors import Conflict, Invalid, NotFound
from kept.practices.disclosure.records import Settings
from kept.practices.disclosure.records.advisories import Form, Publisher, SigningKey
from kept.practices.disclosure.service.moments import milliseconds, told
from kept.practices.disclosure.service.programmes import Programmes
from kept.practices.disclosure.service.tables.advisories import FORMS, SIGNATURES, SIGNING_KEYS

FOLDER = "keys"
SIGNED = "csaf-"
"""What the names of the forms begin with that are signed."""


class Signing(Programmes):
    """Makes, lists and replaces the key that signs, and signs."""

    _context: Context
    _settings: Settings

    def signing_new(self, *, user_id: str = "", by: Actor) -> SigningKey:
        """Make the OpenPGP key that signs CSAF documents from now on, and sign those that are published.

        `user_id` is what the key says whose it is: the organisation and the contact of its programme where it is empty.
        Raises Denied without the role, Conflict where there is one, Invalid for a user id that is none or, without
        one, where no programme is published, and Unavailable without pysequoia.
        """
        check_role(by, "admin", to="make keys")
        with self._context.store.read() as connection:
            if _in_use(connection) is not None:
                raise Conflict(
                    "There is a key that signs already.",
                    code="signing.exists",
                    hint="Replace it: kept disclosure signing rotate",
                )
        return self._begin(user_id or _user_id(self._publisher()), "", by=by)

    def signing_list(self) -> tuple[SigningKey, ...]:
        """Every key that signs or signed, the oldest first."""
        query = select(SIGNING_KEYS).order_by(SIGNING_KEYS.c.made, SIGNING_KEYS.c.fingerprint)
        with self._context.store.read() as connection:
            return tuple(_key(row) for row in connection.execute(query))

    def signing_rotate(self, *, by: Actor) -> SigningKey:
        """Put a new key in the place of the one that signs; its signatures stay valid, and its public half published.

        Raises Denied without the role, NotFound without a key, and Unavailable without pysequoia.
        """
        check_role(by, "admin", to="replace keys")
        with self._context.store.read() as connection:
            old = _in_use(connection)
        if old is None:
            raise NotFound("No key signs yet.", code="signing.none", hint="Make one: kept disclosure signing new")
        return self._begin(old.user_id, old.fingerprint, by=by)

    def signing_revoke(self, fingerprint: str, *, by: Actor) -> SigningKey:
        """Say of a key that was replaced that its signatures count no more, as of one that somebody else may have.

        Its public half is published with its own word for that, programs are led to it no more, and what it signed is
        signed anew by the key that signs now. Raises Denied without the role, NotFound, Conflict for the key that signs
        now, Unavailable without pysequoia, and whatever opening either key raises.
        """
        check_role(by, "admin", to="revoke keys")
        with self._context.store.read() as connection:
            query = select(SIGNING_KEYS).where(SIGNING_KEYS.c.fingerprint == fingerprint.upper())
            old, current = connection.execute(query).one_or_none(), _in_use(connection)
        if old is None:
            raise _missing(fingerprint)
        if current is None or old.fingerprint == current.fingerprint:
            raise Conflict(
                "It is the key that signs.", code="signing.in-use", hint="Replace it: kept disclosure signing rotate"
            )
        revoked, key = self._open(old).revoked(), self._open(current)

        def work(connection: Connection) -> Row[Any]:
            mine = SIGNING_KEYS.c.fingerprint == old.fingerprint
            connection.execute(SIGNING_KEYS.update().where(mine).values(revoked=True, certificate=revoked))
            connection.execute(SIGNATURES.delete().where(SIGNATURES.c.fingerprint == old.fingerprint))
            _sign_unsigned(connection, key)
            return connection.execute(select(SIGNING_KEYS).where(mine)).one()

        return _key(self._context.store.write(work))

    def signing_certificate(self, fingerprint: str) -> str:
        """The public half of a key that signs or signed, ASCII-armored. Raises NotFound."""
        query = select(SIGNING_KEYS.c.certificate).where(SIGNING_KEYS.c.fingerprint == fingerprint.upper())
        with self._context.store.read() as connection:
            found = connection.execute(query).scalar()
        if found is None:
            raise _missing(fingerprint)
        return str(found)

    def _begin(self, user_id: str, before: str, *, by: Actor) -> SigningKey:
        """Make a key in the place of the one `before`, or the first one, and sign what has no signature."""
        uri, key = create_openpgp(FOLDER, self._keyhole(), user_id=user_id)
        now = milliseconds(self._context.clock())
        row = {
            "fingerprint": key.fingerprint, "uri": uri, "user_id": user_id.strip(), "certificate": key.certificate,
            "made": now, "by": by.id, "retired": 0, "revoked": False,
        }  # fmt: skip

        def work(connection: Connection) -> None:
            held = _in_use(connection)
            if (held.fingerprint if held else "") != before:
                raise Conflict("The key that signs was replaced meanwhile.", code="signing.changed", hint="Look again.")
            replaced = SIGNING_KEYS.update().where(SIGNING_KEYS.c.fingerprint == before)
            connection.execute(replaced.values(retired=now))
            connection.execute(SIGNING_KEYS.insert().values(**row))
            _sign_unsigned(connection, key)

        self._context.store.write(work)
        return SigningKey(key.fingerprint, user_id.strip(), told(now), by.id)

    def _signatures(self, forms: Sequence[Form]) -> list[dict[str, Any]]:
        """The signatures over what is signed of these; none where no key signs. Raises what opening the key raises."""
        with self._context.store.read() as connection:
            row = _in_use(connection)
        if row is None:
            return []
        key = self._open(row)
        return [_signature(key, each.name, each.content) for each in forms if each.name.startswith(SIGNED)]

    def _open(self, row: Row[Any]) -> OpenPgpKey:
        key = open_openpgp(row.uri, self._keyhole())
        if key.fingerprint != row.fingerprint:
            raise Invalid(
                f"{row.uri} holds another key than {row.fingerprint}.",
                code="signing.other",
                hint="Bring the file back from its backup.",
            )
        return key

    def _keyhole(self) -> Keyhole:
        workspace = self._context.workspace
        return Keyhole(workspace.folder, lambda: choose_passphrase(os.environ, workspace.secret), os.environ)

    def _publisher(self) -> Publisher:
        active = self.programme_list()
        contact = active[0].draft.contact if active else ""
        if not contact:
            raise Invalid(
                "No programme says whom to write to.",
                code="advisory.contact",
                hint="Publish one first: kept disclosure programme publish NAME",
            )
        return Publisher(self._context.workspace.name, self._settings.public_url, contact)


def put(connection: Connection, id: str, signatures: Sequence[dict[str, Any]]) -> None:
    """Put signatures over an advisory's forms in the place of those that were there.

    Raises Conflict where their key was revoked since they were made.
    """
    for each in signatures:
        mine = select(SIGNING_KEYS.c.revoked).where(SIGNING_KEYS.c.fingerprint == each["fingerprint"])
        if connection.execute(mine).scalar():
            raise Conflict("The key that signs was revoked meanwhile.", code="signing.changed", hint="Do it again.")
        here = (SIGNATURES.c.id == id) & (SIGNATURES.c.form == each["form"])
        connection.execute(SIGNATURES.delete().where(here))
        connection.execute(SIGNATURES.insert().values(id=id, **each))


def trusted(connection: Connection, form: str) -> tuple[tuple[str, ...], bool]:
    """The fingerprints of keys whose signatures count, the newest first, and whether all of that form have one."""
    keys = select(SIGNING_KEYS.c.fingerprint).where(SIGNING_KEYS.c.revoked.is_(False))
    found = connection.execute(keys.order_by(SIGNING_KEYS.c.made.desc(), SIGNING_KEYS.c.fingerprint)).scalars().all()
    open_ = _unsigned().where(FORMS.c.form == form).limit(1)
    return tuple(found), bool(found) and connection.execute(open_).first() is None


def _unsigned() -> Select[Any]:
    signed = select(SIGNATURES.c.id).where(SIGNATURES.c.id == FORMS.c.id, SIGNATURES.c.form == FORMS.c.form)
    return select(FORMS).where(FORMS.c.form.startswith(SIGNED), ~signed.exists())


def _sign_unsigned(connection: Connection, key: OpenPgpKey) -> None:
    for form in connection.execute(_unsigned()).all():
        put(connection, form.id, [_signature(key, form.form, bytes(form.content))])


def _signature(key: OpenPgpKey, form: str, content: bytes) -> dict[str, Any]:
    """A signature that was checked before anybody is told of it."""
    made = key.sign(content)
    check_signature(content, made, key.certificate)
    return {"form": form, "content": made, "fingerprint": key.fingerprint}


def _in_use(connection: Connection) -> Row[Any] | None:
    return connection.execute(select(SIGNING_KEYS).where(SIGNING_KEYS.c.retired == 0)).one_or_none()


def _missing(fingerprint: str) -> NotFound:
    return NotFound(
        f"No key {fingerprint[:40]!r} signs or signed here.",
        code="signing.missing",
        hint="See them: kept disclosure signing list",
    )


def _user_id(publisher: Publisher) -> str:
    mail = publisher.contact.removeprefix("mailto:")
    return f"{publisher.name} <{mail}>" if mail != publisher.contact else publisher.name


def _key(row: Row[Any]) -> SigningKey:
    return SigningKey(row.fingerprint, row.user_id, told(row.made), row.by, told(row.retired), bool(row.revoked))
