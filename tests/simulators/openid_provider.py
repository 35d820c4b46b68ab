"""An organisation's OpenID provider: real keys, signed tokens, PKCE checked; and one who lies where it is told to."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse
from joserfc import jws
from joserfc.jwk import RSAKey

from simulators.served import served

CLIENT = "kept-portal"
PIECE = 100
SECRET = "a secret of both"


@dataclass
class OpenIdProvider:
    """Whom it lets in are `claims`; `lie` names what is wrong with its tokens, if anything."""

    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "u-1", "name": "Ada", "groups": ["staff"]})
    lie: str = ""
    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, parameters={"kid": "one"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def authorise(self, address: str) -> str:
        """What its page does when the person agrees: the query that they are sent back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        self.asked.append(asked)
        return f"code={code}&state={asked['state']}&iss={self.issuer}"

    def application(self) -> FastAPI:
        built = FastAPI()

        @built.get("/.well-known/openid-configuration")
        def described() -> dict[str, str]:
            return {
                "issuer": "http://127.0.0.1:1" if self.lie == "description" else self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorise",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }

        @built.get("/keys")
        def keys() -> StreamingResponse:
            return StreamingResponse(in_pieces(json.dumps({"keys": [self.key.as_dict(private=False)]}).encode()))

        @built.post("/token")
        async def token(request: Request) -> JSONResponse:
            given = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
            return self._token(given, request.headers.get("authorization", ""))

        return built

    def _token(self, given: dict[str, str], authorization: str) -> JSONResponse:
        asked = self.codes.pop(given.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '%20')}".encode()).decode()
        if asked is None or authorization != f"Basic {basic}" or given["redirect_uri"] != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": "unused", "token_type": "Bearer", "id_token": self._signed(asked)})

    def _signed(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.claims,
        }
        claims |= {
            "issuer": {"iss": "https://other.example"},
            "audience": {"aud": "another-client"},
            "party": {"aud": [CLIENT, "another"], "azp": "another"},
            "nonce": {"nonce": "another"},
            "old": {"iat": now - 4000, "exp": now - 3700},
            "nobody": {"sub": ""},
            "number": {"sub": 7},
            "half": {"sub": "u-\ud800"},
        }.get(self.lie, {})
        if self.lie == "unsigned":
            return ".".join([_part({"alg": "none"}), _part(claims), ""])
        if self.lie == "shared":
            # The published key taken for a secret that both hold.
            told = f"{_part({'alg': 'HS256', 'kid': 'one'})}.{_part(claims)}"
            proof = hmac.digest(self.key.as_pem(private=False), told.encode(), hashlib.sha256)
            return f"{told}.{base64.urlsafe_b64encode(proof).rstrip(b'=').decode()}"
        key = RSAKey.generate_key(2048, parameters={"kid": "one"}) if self.lie == "key" else self.key
        if self.lie == "lacking":
            del claims["nonce"]
        return jws.serialize_compact({"typ": "JWT", "alg": "RS256", "kid": key.kid}, json.dumps(claims).encode(), key)


async def in_pieces(data: bytes) -> AsyncGenerator[bytes, None]:
    """What is long comes over a network a piece at a time."""
    for at in range(0, len(data), PIECE):
        yield data[at : at + PIECE]
        await asyncio.sleep(0.001)


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@contextmanager
def openid_provider() -> Iterator[OpenIdProvider]:
    """A provider on this machine while the block runs."""
    provider = OpenIdProvider()
    with served(provider.application()) as address:
        provider.issuer = address
        yield provider
