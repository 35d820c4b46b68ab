"""Signing in by a passkey (WebAuthn level 3), which no other page can ask for and nobody can type into one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from kept.core.accounts import SignInError
from kept.errors import Invalid, Unavailable
from kept.interface.pages import body, check_private
from kept.interface.portal import check_form, form
from kept.surfaces.portal import cookies
from kept.surfaces.portal.own_account import own
from kept.surfaces.portal.signing_in import Guesses, begin, local

if TYPE_CHECKING:
    from kept.core.accounts import Account, Accounts

_LIMIT = 16 * 1024
_REGISTER, _ENTER = "passkey-register", "passkey-enter"
_LONGEST_LABEL = 80
# What the library raises, besides its own, for values of other kinds than it expects.
_UNSOUND = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)


def router(accounts: Callable[[], Accounts], guesses: Guesses, *, address: str, organisation: str) -> APIRouter:
    """What a page's script asks: `begin` gives a challenge, and its neighbour takes the device's answer.

    `address` is where people reach the portal; without it, they reach it as http://localhost.
    """
    routes = APIRouter(include_in_schema=False)
    _add_entering(routes, accounts, guesses, address)
    _add_keeping(routes, accounts, address, organisation)
    return routes


def _add_keeping(routes: APIRouter, accounts: Callable[[], Accounts], address: str, organisation: str) -> None:
    @routes.post("/account/passkeys/begin")
    async def begin_adding(request: Request) -> Response:
        check_form(request)
        place, account = _Place(request, address), own(request)
        options = await run_in_threadpool(lambda: place.registration(account, accounts(), organisation))
        return await _asked(request, accounts(), _REGISTER, options, account.id)

    @routes.post("/account/passkeys")
    async def add(request: Request) -> Response:
        check_form(request)
        place, account = _Place(request, address), own(request)
        given, told = await _answer(request), await _recalled(request, accounts(), _REGISTER)
        if told["account"] != account.id:
            raise SignInError("That was begun by somebody else.", code="accounts.step", hint="Begin again.")
        found = place.registered(given.get("credential"), told["challenge"])
        label = str(given.get("label") or "")[:_LONGEST_LABEL] or "passkey"
        await run_in_threadpool(
            lambda: accounts().add_passkey(
                account, found["id"], public_key=found["key"], count=found["count"], label=label
            )
        )
        return JSONResponse({"to": "/account"})

    @routes.post("/account/passkeys/{number}/remove")
    async def remove(request: Request, number: str) -> Response:
        account = own(request)
        await form(request)
        await run_in_threadpool(lambda: accounts().remove_passkey(number, of=account))
        return RedirectResponse("/account", 303)


def _add_entering(routes: APIRouter, accounts: Callable[[], Accounts], guesses: Guesses, address: str) -> None:
    @routes.post("/sign-in/passkey/begin")
    async def begin_entering(request: Request) -> Response:
        check_form(request)
        check_private(request)
        guesses.take_step(request)
        options = _Place(request, address).authentication()
        return await _asked(request, accounts(), _ENTER, options, "")

    @routes.post("/sign-in/passkey")
    async def entered(request: Request) -> Response:
        check_form(request)
        check_private(request)
        guesses.take_step(request)
        given, told = await _answer(request), await _recalled(request, accounts(), _ENTER)
        place, credential = _Place(request, address), given.get("credential")
        number = credential.get("id") if isinstance(credential, dict) else None
        passkey, account = await run_in_threadpool(lambda: accounts().passkey(str(number)[:1024]))
        count = place.authenticated(credential, told["challenge"], passkey.public_key, passkey.count, account)
        await run_in_threadpool(lambda: accounts().passkey_used(passkey.id, before=passkey.count, count=count))
        answer = JSONResponse({"to": local(str(given.get("next") or "/"))})
        await begin(request, answer, accounts(), account)
        return answer


class _Place:
    """The relying party: this portal by its own address. Raises Unavailable where webauthn isn't installed."""

    def __init__(self, request: Request, address: str) -> None:
        self._origin = address or f"{request.url.scheme}://{request.url.netloc}"
        self._id = self._origin.partition("://")[2].partition(":")[0]
        try:
            import webauthn
        except ImportError as error:
            raise Unavailable(
                "Passkeys are checked by webauthn, which isn't installed.",
                code="portal.webauthn",
                hint="Install the extra: pip install 'kept[staff]'.",
            ) from error
        if not address and self._id != "localhost":
            raise Unavailable(
                "A passkey belongs to a name.", code="portal.passkey", hint="Open the portal as http://localhost."
            )
        self._webauthn: Any = webauthn

    def registration(self, account: Account, accounts: Accounts, organisation: str) -> Any:
        """What a device is asked for to become known."""
        from webauthn.helpers import base64url_to_bytes
        from webauthn.helpers.structs import (
            AuthenticatorSelectionCriteria,
            PublicKeyCredentialDescriptor,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        return self._webauthn.generate_registration_options(
            rp_id=self._id,
            rp_name=organisation,
            user_name=account.name,
            user_id=account.id.encode(),
            user_display_name=account.display,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.id)) for each in accounts.passkeys(account)
            ],
        )

    def authentication(self) -> Any:
        """What a device is asked for to sign in; whose it is, it says itself."""
        from webauthn.helpers.structs import UserVerificationRequirement

        return self._webauthn.generate_authentication_options(
            rp_id=self._id, user_verification=UserVerificationRequirement.REQUIRED
        )

    def registered(self, credential: object, challenge: str) -> dict[str, Any]:
        """The id, public key and count of a new passkey. Raises Invalid."""
        from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
        from webauthn.helpers.exceptions import WebAuthnException

        if not isinstance(credential, dict):
            raise Invalid("There is no answer of a device.", code="accounts.passkey", hint="Begin again.")
        try:
            found = self._webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._id,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except (WebAuthnException, *_UNSOUND) as error:
            raise Invalid("The device's answer doesn't hold.", code="accounts.passkey", hint="Begin again.") from error
        return {
            "id": bytes_to_base64url(found.credential_id),
            "key": found.credential_public_key,
            "count": found.sign_count,
        }

    def authenticated(self, credential: Any, challenge: str, key: bytes, count: int, account: Account) -> int:
        """How often the passkey has signed now. Raises SignInError."""
        from webauthn.helpers import base64url_to_bytes
        from webauthn.helpers.exceptions import WebAuthnException

        refused = SignInError("The device's answer doesn't hold.", code="accounts.refused", hint="Begin again.")
        try:
            found = self._webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._id,
                expected_origin=self._origin,
                credential_public_key=key,
                credential_current_sign_count=count,
                require_user_verification=True,
            )
            handle = credential["response"].get("userHandle")
            if handle and base64url_to_bytes(handle) != account.id.encode():
                raise refused
        except (WebAuthnException, *_UNSOUND) as error:
            raise refused from error
        return int(found.new_sign_count)


async def _asked(request: Request, accounts: Accounts, purpose: str, options: Any, account: str) -> Response:
    from webauthn import options_to_json
    from webauthn.helpers import bytes_to_base64url

    told = {"challenge": bytes_to_base64url(options.challenge), "account": account}
    secret = await run_in_threadpool(lambda: accounts.remember(purpose, told))
    answer = Response(options_to_json(options), media_type="application/json", headers={"Cache-Control": "no-store"})
    cookies.give(answer, request, cookies.STEP, secret)
    return answer


async def _recalled(request: Request, accounts: Accounts, purpose: str) -> Any:
    secret = cookies.read(request, cookies.STEP)
    return await run_in_threadpool(lambda: accounts.recall(purpose, secret))


async def _answer(request: Request) -> dict[str, Any]:
    try:
        found = json.loads(await body(request, limit=_LIMIT))
    except (ValueError, RecursionError) as error:
        raise Invalid("The body isn't JSON.", code="accounts.passkey", hint="Begin again.") from error
    if not isinstance(found, dict):
        raise Invalid("The body isn't an object.", code="accounts.passkey", hint="Begin again.")
    return found
