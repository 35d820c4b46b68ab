"""`vault:NAME[?mount=transit]`: a wrapping key in the transit engine of HashiCorp Vault or OpenBao.

The server is VAULT_ADDR (https, or http to this machine alone), the token VAULT_TOKEN, a private authority
VAULT_CACERT; none of them stands in the URI. The context is the associated data of AES-256-GCM. Written against the
published API (secret/transit) and tested against a stub that follows it, not yet against a real server.
"""

import base64
import binascii
import hashlib
import json
import re
import ssl
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qsl, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

from kept.core import canonical
from kept.core.keys.wrapping import KEY_BYTES, WRAPPED_LIMIT, Context, Reach, bound, check_key
from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound, Unavailable, Unverified

ADDRESS, TOKEN, AUTHORITY = "VAULT_ADDR", "VAULT_TOKEN", "VAULT_CACERT"
_SECONDS, _ANSWER_LIMIT = 10, 64 * 1024
_KIND = "aes256-gcm96"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_LOCAL = ("localhost", "127.0.0.1", "::1")


class _NoRedirect(HTTPRedirectHandler):
    """Follows nothing: the token goes to the server that was named and to no other."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


class _Server:
    """One transit engine; its `repr` shows no token."""

    def __init__(self, address: str, token: str, mount: str, authority: str) -> None:
        self.address = address
        self.mount = mount
        self._token = token
        self._opener = _opener(address, authority)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the server answers, its `data`. Raises Unverified, Denied, NotFound or Unavailable."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-Vault-Token": self._token, "X-Vault-Request": "true", "Content-Type": "application/json"}
        url = f"{self.address}/v1/{self.mount}/{path}"
        request = Request(url, data=data, method=method, headers=headers)  # noqa: S310 the scheme was checked
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                found = answer.read(_ANSWER_LIMIT + 1)
        except HTTPError as error:
            status = error.code
            error.close()
            # The cause is dropped on purpose: it holds the request, and that the token.
            raise _refusal(status) from None
        except (URLError, OSError, ValueError) as error:
            raise Unavailable(
                f"Vault can't be reached: {type(error).__name__}.", code="wrap.unreachable", hint=f"Check {ADDRESS}."
            ) from None
        if not found:
            return {}
        document = canonical.decode(found, limit=_ANSWER_LIMIT, what="Vault's answer")
        answered = document.get("data") if isinstance(document, dict) else None
        return answered if isinstance(answered, dict) else {}

    def __repr__(self) -> str:
        return f"<transit engine {self.mount} at {self.address}>"


class VaultWrapper:
    """Wraps in the server; the key never comes here."""

    def __init__(self, server: _Server, name: str, key_id: str) -> None:
        self._server = server
        self._name = name
        self._id = key_id

    @property
    def key_id(self) -> str:
        """A digest of the key's name and of when it was made."""
        return self._id

    def wrap(self, key: bytes | bytearray, context: Context) -> bytes:
        """The server's ciphertext. Raises Invalid for a key that is not of 32 bytes, Denied or Unavailable."""
        check_key(key)
        body = {"plaintext": _text(bytes(key)), "associated_data": _text(bound(context))}
        wrapped = self._server.ask("POST", f"encrypt/{self._name}", body).get("ciphertext")
        if not isinstance(wrapped, str) or not 1 <= len(wrapped) <= WRAPPED_LIMIT or not wrapped.isascii():
            raise Unavailable("Vault answered with no ciphertext.", code="wrap.answer")
        return wrapped.encode()

    def unwrap(self, wrapped: bytes, context: Context) -> bytearray:
        """The key. Raises Unverified when the bytes, the context or the wrapping key is another, or Denied."""
        if not re.fullmatch(rb"vault:v[0-9]{1,9}:[A-Za-z0-9+/=]{1,8000}", wrapped):
            raise Unverified("The key was not wrapped by Vault.", code="wrap.unverified")
        body = {"ciphertext": wrapped.decode("ascii"), "associated_data": _text(bound(context))}
        plain = self._server.ask("POST", f"decrypt/{self._name}", body).get("plaintext")
        try:
            key = bytearray(base64.b64decode(plain, validate=True)) if isinstance(plain, str) else bytearray()
        except binascii.Error:
            key = bytearray()
        if len(key) != KEY_BYTES:
            raise Unverified("Vault unwrapped no key.", code="wrap.unverified")
        return key

    def destroy(self) -> None:
        """Allow the key's deletion, and delete it with every version. Raises Denied, NotFound or Unavailable."""
        self._server.ask("POST", f"keys/{self._name}/config", {"deletion_allowed": True})
        self._server.ask("DELETE", f"keys/{self._name}")

    def __repr__(self) -> str:
        return f"<vault: wrapping key {self._id}>"


def open_wrapper(text: str, reach: Reach) -> VaultWrapper:
    """The wrapping key. Raises Invalid (malformed URI, another kind of key), NotFound, Denied or Unavailable."""
    name, server = _server(text, reach)
    found = server.ask("GET", f"keys/{name}")
    if found.get("type") != _KIND or found.get("derived"):
        raise Invalid(f"The key {name} in Vault is not of {_KIND}.", code="key.algorithm")
    if found.get("exportable") is not False or found.get("allow_plaintext_backup") is not False:
        raise Denied(
            f"The key {name} could leave Vault, so it may be anywhere.",
            code="wrap.extractable",
            hint="Make one that is not exportable, or let kept make it.",
        )
    made = found.get("keys", {}).get(str(found.get("min_available_version") or 1), "")
    digest = hashlib.sha256(canonical.encode([server.mount, name, made])).hexdigest()
    return VaultWrapper(server, name, f"kek-{digest[:16]}")


def create(text: str, reach: Reach) -> VaultWrapper:
    """Make a key that can't be exported, and open it. Raises Conflict when there is one, and as opening."""
    name, server = _server(text, reach)
    try:
        server.ask("GET", f"keys/{name}")
    except NotFound:
        server.ask("POST", f"keys/{name}", {"type": _KIND, "exportable": False, "allow_plaintext_backup": False})
        return open_wrapper(text, reach)
    raise Conflict(f"Vault already has a key {name}.", code="key.exists")


def _server(text: str, reach: Reach) -> tuple[str, _Server]:
    name, _, query = text.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    mount = options.get("mount", "transit")
    if not _NAME.fullmatch(name) or set(options) - {"mount"} or not _NAME.fullmatch(mount):
        raise Invalid("A vault: URI has the form NAME?mount=transit.", code="wrap.uri", hint="vault:weights")
    for variable in (ADDRESS, TOKEN):
        if not reach.environ.get(variable):
            raise NotFound(f"Vault needs {variable}.", code="wrap.environment", hint=f"Set {variable}.")
    address, token = reach.environ[ADDRESS].rstrip("/"), reach.environ[TOKEN]
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        raise Invalid(f"{ADDRESS} names no https server.", code="wrap.uri", hint="https://vault.example:8200")
    if parts.username or parts.password or not token.isprintable() or not token.isascii():
        raise Invalid(f"{ADDRESS} or {TOKEN} is malformed.", code="wrap.environment")
    return name, _Server(address, token, mount, reach.environ.get(AUTHORITY, ""))


def _opener(address: str, authority: str) -> OpenerDirector:
    try:
        context = ssl.create_default_context(cafile=authority or None)
    except OSError as error:
        raise Unavailable(f"{AUTHORITY} can't be read: {error.strerror}.", code="wrap.environment") from error
    # What runs on this machine is reached without a proxy.
    own = [ProxyHandler({})] if urlsplit(address).hostname in _LOCAL else []
    return build_opener(_NoRedirect(), HTTPSHandler(context=context), *own)


def _refusal(status: int) -> KeptError:
    if status == 400:
        return Unverified("Vault opens no such key for this.", code="wrap.unverified")
    if status == 403:
        return Denied("Vault refuses the token.", code="wrap.denied", hint=f"Check {TOKEN} and its policy.")
    if status == 404:
        return NotFound("Vault has no such key.", code="key.missing", hint="Check its name and the mount.")
    return Unavailable(f"Vault answers {status}.", code="wrap.unreachable", hint="It may be sealed or standing by.")


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
