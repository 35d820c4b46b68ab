"""Signing in by the organisation: OpenID Connect's code flow with PKCE, state and nonce.

(OpenID Connect Core 1.0, section 3.1; RFC 7636; RFC 9207; RFC 9700.)
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from kept.core.accounts import SignInError
from kept.core.reference import load
from kept.errors import Denied, Invalid, Unavailable
from kept.interface.bounded import read_whole
from kept.interface.pages import TooOftenError, check_private
from kept.surfaces.portal import cookies
from kept.surfaces.portal.signing_in import Guesses, enter, local, shown

if TYPE_CHECKING:
    from kept.core.accounts import Account, Accounts
    from kept.core.accounts.settings import Organisation

# Signatures by keys that the provider publishes; never "none", and never a secret that both hold.
ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "Ed25519", "EdDSA")
_STEP, _LEEWAY, _SECONDS, _LIMIT = "organisation", 60, 10, 256 * 1024
_SECRET_BYTES, _LONGEST = 32, 4096


def router(
    accounts: Callable[[], Accounts], guesses: Guesses, organisation: Organisation, *, address: str
) -> APIRouter:
    """`/sign-in/organisation` sends people to their organisation, which sends them back to `…/back`."""
    routes = APIRouter(prefix="/sign-in/organisation", include_in_schema=False)
    provider, back = Provider(organisation), f"{address}/sign-in/organisation/back"

    @routes.get("")
    async def leave(request: Request, next: str = "/") -> Response:
        check_private(request)
        guesses.take_step(request)
        nonce, verifier = (_random(accounts) for _ in range(2))
        endpoint = (await provider.metadata())["authorization_endpoint"]
        told = {"nonce": nonce, "verifier": verifier, "next": local(next)}
        secret = await run_in_threadpool(lambda: accounts().remember(_STEP, told))
        asked = {
            "response_type": "code",
            "client_id": organisation.client_id,
            "redirect_uri": back,
            "scope": "openid profile email",
            "state": accounts().proof("state", secret),
            "nonce": nonce,
            "code_challenge": provider.challenge(verifier),
            "code_challenge_method": "S256",
        }
        answer = RedirectResponse(f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}", 303)
        cookies.give(answer, request, cookies.STEP, secret)
        return answer

    @routes.get("/back")
    async def came_back(request: Request, state: str = "", code: str = "", iss: str = "") -> Response:
        check_private(request)
        try:
            guesses.take_step(request)
            told = await run_in_threadpool(lambda: _recalled(request, accounts(), state))
            if not 0 < len(code) <= _LONGEST or (iss and iss != organisation.issuer):
                raise _refused("your organisation let nobody in")
            claims = await provider.claims(code, redirect=back, verifier=told["verifier"], nonce=told["nonce"])
            account = await run_in_threadpool(_account, claims, accounts(), organisation)
        except (SignInError, TooOftenError) as error:
            return shown(request, error=error)
        return await enter(request, accounts(), account, after=told["next"])

    return routes


def _recalled(request: Request, accounts: Accounts, state: str) -> Mapping[str, str]:
    """What was told when this browser was sent away. Raises SignInError where another one was."""
    secret = cookies.read(request, cookies.STEP)
    told = accounts.recall(_STEP, secret)
    if not (state.isascii() and hmac.compare_digest(state, accounts.proof("state", secret))):
        raise _refused("another browser began this")
    return told


class _Library:
    """What Authlib and its JOSE do here. Raises Unavailable where they aren't installed."""

    def __init__(self) -> None:
        try:
            self.id_token: Any = load("authlib.oidc.core:CodeIDToken")
            self.challenge: Any = load("authlib.oauth2.rfc7636:create_s256_code_challenge")
            self.decode: Any = load("joserfc.jwt:decode")
            self.keys: Any = load("joserfc.jwk:KeySet").import_key_set
            self.error: type[Exception] = load("joserfc.errors:JoseError")
        except (Invalid, Unavailable) as error:
            raise Unavailable(
                "Signing in by an organisation needs Authlib, which isn't installed.",
                code="portal.authlib",
                hint="Install the extra: pip install 'kept[staff]'.",
            ) from error


class Provider:
    """An organisation's provider, by what it publishes of itself; its keys are read again for one that isn't known."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        self._metadata: dict[str, Any] = {}
        self._keys: dict[str, Any] = {}
        self._library = _Library()

    async def metadata(self) -> dict[str, Any]:
        """Its own description (OpenID Connect Discovery 1.0). Raises Unavailable."""
        if not self._metadata:
            issuer = self._organisation.issuer
            found = await _fetched("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != issuer:
                raise _out_of_reach("it calls itself otherwise")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not _is_like(found.get(name), issuer):
                    raise _out_of_reach(f"its {name} is no address of https://")
            self._metadata = found
        return self._metadata

    def challenge(self, verifier: str) -> str:
        """What is told of a verifier beforehand (RFC 7636, S256)."""
        return str(self._library.challenge(verifier))

    async def claims(self, code: str, *, redirect: str, verifier: str, nonce: str) -> Mapping[str, Any]:
        """What it says of whoever came back with `code`. Raises SignInError or Unavailable."""
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": verifier,
            "client_id": self._organisation.client_id,
        }
        secret = os.environ.get(self._organisation.secret_env, "")
        credentials = f"{quote(self._organisation.client_id, safe='')}:{quote(secret, safe='')}"
        basic = {"Authorization": f"Basic {base64.b64encode(credentials.encode()).decode()}"} if secret else {}
        answer = await _fetched("POST", (await self.metadata())["token_endpoint"], form=asked, headers=basic)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _refused("your organisation let nobody in")
        return await self._checked(token, nonce=nonce, access=answer.get("access_token"))

    async def _checked(self, token: str, *, nonce: str, access: object) -> Mapping[str, Any]:
        client = self._organisation.client_id
        try:
            read = await self._read(token)
            claims = self._library.id_token(
                read.claims,
                read.header,
                options={
                    "iss": {"essential": True, "value": self._organisation.issuer},
                    "aud": {"essential": True, "value": client},
                    "sub": {"essential": True},
                    "exp": {"essential": True},
                    "iat": {"essential": True},
                },
                params={"nonce": nonce, "client_id": client, "access_token": access},
            )
            claims.validate(now=int(time.time()), leeway=_LEEWAY)
        except (self._library.error, ValueError, TypeError, KeyError) as error:
            raise _refused("what your organisation said doesn't hold") from error
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255 or not claims["sub"].isprintable():
            raise _refused("your organisation named nobody")
        found: Mapping[str, Any] = claims
        return found

    async def _read(self, token: str) -> Any:
        """The token by the provider's keys, which are read again where none of them signed it: keys are changed."""
        library = self._library
        if self._keys:
            try:
                return library.decode(token, library.keys(self._keys), algorithms=list(ALGORITHMS))
            except (library.error, ValueError):
                self._keys = {}
        self._keys = await _fetched("GET", (await self.metadata())["jwks_uri"])
        return library.decode(token, library.keys(self._keys), algorithms=list(ALGORITHMS))


def _account(claims: Mapping[str, Any], accounts: Accounts, organisation: Organisation) -> Account:
    """The account of whom the claims are about. Raises Denied, SignInError or Conflict."""
    return accounts.vouched(
        organisation.issuer,
        claims["sub"],
        name=str(claims.get("preferred_username") or claims.get("email") or ""),
        display=str(claims.get("name") or ""),
        roles=_roles(claims, organisation),
    )


def _roles(claims: Mapping[str, Any], organisation: Organisation) -> list[str]:
    """The roles that the organisation gives. Raises Denied where there are none."""
    told = claims.get(organisation.roles_claim)
    values = told if isinstance(told, list) else [told]
    roles = {organisation.roles[value] for value in values if isinstance(value, str) and value in organisation.roles}
    if not roles:
        raise Denied(
            "Your organisation gives you no part in this.",
            code="accounts.role",
            hint=f"It takes one of {', '.join(sorted(organisation.roles))} in {organisation.roles_claim}.",
        )
    return sorted(roles)


async def _fetched(
    method: str, address: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The JSON object at an address, of a bounded size and in bounded time, from there and nowhere else."""
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.request(method, address, data=form, headers=headers, allow_redirects=False) as answer,
        ):
            found = json.loads(await read_whole(answer, _LIMIT)) if answer.status == 200 else None
    except (aiohttp.ClientError, TimeoutError, ValueError, RecursionError) as error:
        raise _out_of_reach(f"{urlsplit(address).path} doesn't answer") from error
    if not isinstance(found, dict):
        raise _out_of_reach(f"{urlsplit(address).path} was refused")
    return found


def _is_like(address: object, issuer: str) -> bool:
    """Whether it is an address over HTTPS; on one machine, where the issuer isn't, it needn't be."""
    if not isinstance(address, str):
        return False
    schemes = ("https",) if issuer.startswith("https://") else ("https", "http")
    parts = urlsplit(address)
    return parts.scheme in schemes and bool(parts.hostname) and not parts.fragment and address.isprintable()


def _random(accounts: Callable[[], Accounts]) -> str:
    return base64.urlsafe_b64encode(accounts().random(_SECRET_BYTES)).rstrip(b"=").decode()


def _refused(why: str) -> SignInError:
    return SignInError(f"Nobody was let in: {why}.", code="accounts.organisation", hint="Sign in again.")


def _out_of_reach(why: str) -> Unavailable:
    return Unavailable(f"Your organisation's sign-in can't be used: {why}.", code="portal.organisation")
