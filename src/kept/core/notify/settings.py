"""What kept.toml says under [notify]: by which channels people are reached, who they are, and who has which role."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from kept.core import notify
from kept.core.notify.languages import ENGLISH, LANGUAGES
from kept.core.notify.records import Way
from kept.errors import Invalid, NotFound

_NAME_LIMIT, _MOST = 128, 500


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """A channel: `sender` and `user` are of mail; `secret` says where a password or a key stands, never what it is.

    `authority` is a file of certificates, where others than the machine's own vouch for the server.
    """

    url: str
    sender: str = ""
    user: str = ""
    secret: str = ""
    authority: str = ""

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 or newer, the server's name checked. Raises Invalid for an authority that can't be read."""
        try:
            return ssl.create_default_context(cafile=self.authority or None)
        except OSError as error:
            raise Invalid(
                f"The authority {self.authority} can't be used: {error.strerror}.", code="notify.authority"
            ) from error


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """Channels by name, each person's ways in the order in which they are tried, and the roster of each role.

    Mail to a person is in the language that `languages` has for them, and else in `language`.
    """

    channels: Mapping[str, ChannelSettings] = field(default_factory=dict)
    people: Mapping[str, tuple[Way, ...]] = field(default_factory=dict)
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)
    language: str = ENGLISH

    @property
    def is_empty(self) -> bool:
        """Whether nobody can be told of anything."""
        return not self.people

    def language_of(self, person: str) -> str:
        """The language in which a person is told."""
        return self.languages.get(person, self.language)

    def channel(self, name: str) -> ChannelSettings:
        """A channel by its name. Raises NotFound where kept.toml has it no more."""
        if name not in self.channels:
            raise NotFound(f"[notify.channels] has no {name[:40]!r} any more.", code="notify.channel")
        return self.channels[name]


def read(table: object, *, where: str) -> NotifySettings:
    """The settings in the table [notify] of the file `where`. Raises Invalid, naming what is wrong."""
    given = _table(table, f"{where}: [notify]", known=[each.name for each in fields(NotifySettings)])
    channels = {
        name: _channel(each, where=f"{where}: [notify.channels.{name}]")
        for name, each in _table(given.get("channels", {}), f"{where}: [notify.channels]").items()
    }
    people = {
        name: tuple(_way(each, channels, where=f"{where}: [notify.people] {name}") for each in ways)
        for name, ways in _lists(given.get("people", {}), f"{where}: [notify.people]").items()
    }
    roles = _lists(given.get("roles", {}), f"{where}: [notify.roles]")
    for role, roster in roles.items():
        if unknown := [each for each in roster if each not in people]:
            raise _wrong(f"{where}: [notify.roles] {role} names {unknown[0]!r}, who isn't in [notify.people]")
    language = _language(given.get("language", ENGLISH), where=f"{where}: [notify] language")
    return NotifySettings(channels, people, roles, _languages(given.get("languages", {}), people, where), language)


def _languages(table: object, people: Mapping[str, Any], where: str) -> dict[str, str]:
    given = _table(table, f"{where}: [notify.languages]")
    if unknown := [name for name in given if name not in people]:
        raise _wrong(f"{where}: [notify.languages] names {unknown[0]!r}, who isn't in [notify.people]")
    return {name: _language(tag, where=f"{where}: [notify.languages] {name}") for name, tag in given.items()}


def _language(tag: object, *, where: str) -> str:
    if not isinstance(tag, str) or tag not in LANGUAGES:
        raise _wrong(f"{where} is no language that mails are written in", hint=f"Use one of {', '.join(LANGUAGES)}.")
    return tag


def _channel(table: object, *, where: str) -> ChannelSettings:
    known = [each.name for each in fields(ChannelSettings)]
    given = _table(table, where, known=known)
    if not all(isinstance(value, str) for value in given.values()) or "url" not in given:
        raise _wrong(f"{where} holds texts, and a url", hint=f"It takes {', '.join(known)}.")
    told = ChannelSettings(**given)
    scheme, _, place = told.secret.partition(":")
    if told.secret and (scheme not in ("env", "file") or not place or not told.secret.isprintable()):
        # What stands there isn't repeated: people paste secrets where a place belongs.
        raise _wrong(f"{where}: secret says where it stands", hint='secret = "env:NAME" or "file:PATH"')
    notify.check(told, where=where)
    return told


def _way(text: str, channels: Mapping[str, ChannelSettings], *, where: str) -> Way:
    channel, _, address = text.partition(":")
    if channel not in channels:
        raise _wrong(f"{where} names the channel {channel[:40]!r}, which isn't there", hint="mail:ada@acme.example")
    notify.check_address(channels[channel], address, where=where)
    return Way(channel, address)


def _lists(table: object, where: str) -> dict[str, tuple[str, ...]]:
    found = {}
    for name, each in _table(table, where).items():
        given = each if isinstance(each, list) else None
        if not given or not all(isinstance(one, str) and one for one in given) or len(set(given)) != len(given):
            raise _wrong(f"{where}: {name} is a list of texts, each once", hint='ada = ["mail:ada@acme.example"]')
        found[name] = tuple(given)
    return found


def _table(table: object, where: str, *, known: list[str] | None = None) -> dict[str, Any]:
    if not isinstance(table, Mapping):
        raise _wrong(f"{where} is a table")
    if known is not None and (unknown := sorted(set(table) - set(known))):
        raise _wrong(f"{where} has no {unknown[0]!r}", hint=f"It takes {', '.join(known)}.")
    if len(table) > _MOST or not all(0 < len(name) <= _NAME_LIMIT and name.isprintable() for name in table):
        raise _wrong(f"{where} holds at most {_MOST} entries, each with a name on one line")
    return dict(table)


def _wrong(message: str, *, hint: str = "docs/notifying.md shows an example.") -> Invalid:
    return Invalid(f"{message}.", code="workspace.malformed", hint=hint)
