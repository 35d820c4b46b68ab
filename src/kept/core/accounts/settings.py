"""What kept.toml says of the portal, under [portal]: its address, who stands before it, and how people sign in."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from kept.core.accounts.records import Spans, checked_roles
from kept.errors import Invalid

T = TypeVar("T", "Organisation", "PortalSettings")
_MINUTES, _HOURS = 24 * 60, 30 * 24


@dataclass(frozen=True, slots=True)
class Organisation:
    """Where staff sign in by OpenID Connect.

    `roles` maps a value of the claim `roles_claim` to a role here; whoever has none of them isn't let in. The client's
    secret stands in the environment variable `secret_env`, never in a file.
    """

    issuer: str
    client_id: str
    roles: Mapping[str, str]
    roles_claim: str = "groups"
    name: str = "your organisation"
    secret_env: str = "KEPT_OIDC_SECRET"  # noqa: S105 - it's the name of a variable


@dataclass(frozen=True, slots=True)
class PortalSettings:
    """`url` is where people reach the portal, through `proxies`; without it, it is for this machine alone.

    Whoever signed in stays so for `idle_minutes` without a request, and for `hours` at most. No body has more than
    `body_bytes`, and no caller, but a proxy, holds more than `connections` at a time.
    """

    url: str = ""
    proxies: tuple[str, ...] = ()
    idle_minutes: int = 60
    hours: int = 12
    body_bytes: int = 128 * 1024 * 1024
    connections: int = 128
    organisation: Organisation | None = field(default=None)

    @property
    def spans(self) -> Spans:
        """How long people stay signed in."""
        return Spans(timedelta(minutes=self.idle_minutes), timedelta(hours=self.hours))

    @property
    def host(self) -> str:
        """The host, with its port where it has one, that requests must name; empty where any address will do."""
        return urlsplit(self.url).netloc.lower()

    @property
    def is_secure(self) -> bool:
        """Whether people reach it over HTTPS."""
        return self.url.startswith("https://")


def read(table: Mapping[str, Any], *, where: str) -> PortalSettings:
    """The settings in the table [portal] of the file `where`. Raises Invalid."""
    given = dict(table)
    if isinstance(given.get("proxies"), list):
        # As a connection's address is spelt, so that "2001:DB8::1" is known when it comes.
        given["proxies"] = tuple(_spelt(each) for each in given["proxies"])
    if "organisation" in given:
        given["organisation"] = _made(Organisation, given["organisation"], where=f"{where}: [portal.organisation]")
        _check_organisation(given["organisation"], where=f"{where}: [portal.organisation]")
    settings = _made(PortalSettings, given, where=f"{where}: [portal]")
    _check(settings, where=f"{where}: [portal]")
    return settings


def _made(kind: type[T], table: object, *, where: str) -> T:
    known = [each.name for each in fields(kind)]
    unknown = sorted(set(table) - set(known)) if isinstance(table, Mapping) else ["a value that is no table"]
    if unknown or not isinstance(table, Mapping):
        raise _wrong(f"{where} has no {unknown[0]!r}", f"It takes {', '.join(known)}.")
    try:
        return kind(**table)
    except TypeError as error:
        raise _wrong(f"{where} lacks something: {error}", "An organisation has issuer, client_id and roles.") from error


def _check(settings: PortalSettings, *, where: str) -> None:
    if settings.url and not _is_origin(settings.url):
        raise _wrong(f"{where}: {settings.url!r} is no address of a portal", 'url = "https://portal.example"')
    if not (isinstance(settings.proxies, tuple) and all(map(_is_address, settings.proxies))):
        raise _wrong(f"{where}: proxies is a list of addresses", 'proxies = ["127.0.0.1"]')
    for name, most in (("idle_minutes", _MINUTES), ("hours", _HOURS), ("body_bytes", 2**40), ("connections", 2**16)):
        value = getattr(settings, name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= most:
            raise _wrong(f"{where}: {name} is a whole number from 1 to {most}", "Leave it out for the usual one.")
    if settings.organisation and not settings.url:
        raise _wrong(f"{where} needs url where staff sign in by an organisation", 'url = "https://portal.example"')


def _check_organisation(organisation: Organisation, *, where: str) -> None:
    texts = ("issuer", "client_id", "roles_claim", "name", "secret_env")
    if not all(isinstance(getattr(organisation, name), str) and getattr(organisation, name) for name in texts):
        raise _wrong(f"{where}: {', '.join(texts)} are texts", "Say them all, or leave out the last three.")
    if not _is_origin(organisation.issuer, path=True):
        raise _wrong(f"{where}: {organisation.issuer!r} is no issuer", 'issuer = "https://login.example"')
    roles = organisation.roles
    if not (isinstance(roles, Mapping) and roles and all(isinstance(role, str) for role in roles.values())):
        raise _wrong(f"{where}: roles maps values of {organisation.roles_claim} to roles", 'roles = {staff = "triage"}')
    checked_roles(tuple(roles.values()))


def _is_origin(text: object, *, path: bool = False) -> bool:
    """Whether it is an address of https://, or on this machine of http://, without more than is meant."""
    if not isinstance(text, str):
        return False
    parts = urlsplit(text)
    bare = not parts.query and not parts.fragment and "@" not in parts.netloc and (path or parts.path == "")
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1"))
    return bool(parts.hostname) and bare and secure and text.isprintable()


def _spelt(text: object) -> object:
    return str(ipaddress.ip_address(str(text))) if _is_address(text) else text


def _is_address(text: object) -> bool:
    try:
        ipaddress.ip_address(str(text))
    except ValueError:
        return False
    return isinstance(text, str)


def _wrong(message: str, hint: str) -> Invalid:
    return Invalid(f"{message}.", code="workspace.malformed", hint=hint)
