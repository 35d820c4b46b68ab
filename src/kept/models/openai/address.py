"""Where an endpoint is, which of its models is meant, and which environment variable holds the key."""

import ipaddress
import os
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from kept.errors import Invalid

_FORM = "Write openai:http://127.0.0.1:8000/v1#my-model."
_DEFAULT_KEY = "OPENAI_API_KEY"
_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_QUERY = ("key", "identity", "plain-http", "timeout", "retries")
_LONGEST_TIMEOUT_S = 3600
_MOST_RETRIES = 20


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed `openai:` URI.

    `base` is the URL below which /chat/completions lies; `pinned` the digest of an attestation, or empty.
    `timeout_s` bounds one try in seconds and `retries` the further ones; None leaves what the opener says.
    """

    base: str
    model: str
    key_variable: str = _DEFAULT_KEY
    pinned: str = ""
    timeout_s: int | None = None
    retries: int | None = None

    @classmethod
    def parse(cls, uri: str) -> "Address":
        """Read a URI strictly.

        Messages never repeat the URI: a misplaced password would travel with them. Raises Invalid.
        """
        url = _split(uri)
        query = _query(url)
        if "key" in query and not _ENVIRONMENT_NAME.fullmatch(query["key"]):
            raise _invalid("`key` names an environment variable, it never holds the key itself.", "key")
        if "identity" in query and not _DIGEST.fullmatch(query["identity"]):
            raise _invalid('`identity` is "sha256:" and 64 hexadecimal digits.', "identity")
        _check_transport(url, query)
        host = f"[{url.hostname}]" if ":" in str(url.hostname) else str(url.hostname)
        port = f":{url.port}" if url.port else ""
        return cls(
            base=f"{url.scheme}://{host}{port}{url.path.rstrip('/')}",
            model=unquote(url.fragment),
            # Over plain HTTP a key goes to another machine only when it was named for this very address.
            key_variable=query.get("key", _DEFAULT_KEY if url.scheme == "https" or _loopback(url) else ""),
            pinned=query.get("identity", ""),
            timeout_s=_whole(query, "timeout", least=1, most=_LONGEST_TIMEOUT_S),
            retries=_whole(query, "retries", least=0, most=_MOST_RETRIES),
        )

    def secret(self) -> str:
        """The key from the environment, or "" where none is set.

        Raises Invalid when the variable that the URI names is empty, or holds what no header can carry.
        """
        found = os.environ.get(self.key_variable, "").strip() if self.key_variable else ""
        if not found and self.key_variable not in ("", _DEFAULT_KEY):
            raise Invalid(
                f"The environment variable {self.key_variable} holds no key for {self.base}.",
                code="model.no-key",
                hint=f"Set {self.key_variable}, or leave `key` out of the URI.",
            )
        if not found.isascii() or not found.isprintable():
            raise Invalid(
                f"The environment variable {self.key_variable} holds characters that no HTTP header can carry.",
                code="model.bad-key",
            )
        return found


def _split(uri: str) -> SplitResult:
    if len(uri) > 2048 or not uri.isprintable() or " " in uri:
        raise _invalid("It has more than 2,048 characters, or blanks or control characters.", "malformed")
    try:
        url = urlsplit(uri.removeprefix("openai:"))
        _ = url.port
    except ValueError as error:
        raise _invalid("Its address or port is malformed.", "malformed") from error
    if url.scheme not in ("http", "https") or not url.hostname:
        raise _invalid("After `openai:` stands an http or https URL.", "malformed")
    if url.username is not None or url.password is not None:
        raise _invalid("It carries credentials, which would be recorded.", "credentials")
    if not unquote(url.fragment).strip() or not unquote(url.fragment).isprintable():
        raise _invalid("The model's name is missing after `#`.", "no-model")
    return url


def _query(url: SplitResult) -> dict[str, str]:
    pairs = parse_qsl(url.query, keep_blank_values=True)
    unknown = sorted({name for name, _ in pairs} - set(_QUERY))
    if unknown:
        raise _invalid(f"It has no option {unknown[0]!r}; the options are {', '.join(_QUERY)}.", "option")
    if len(dict(pairs)) != len(pairs):
        raise _invalid("It repeats an option.", "option")
    return dict(pairs)


def _whole(query: dict[str, str], name: str, *, least: int, most: int) -> int | None:
    if name not in query:
        return None
    text = query[name]
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and least <= int(text) <= most):
        raise _invalid(f"`{name}` is a whole number from {least} to {most}.", "option")
    return int(text)


def _check_transport(url: SplitResult, query: dict[str, str]) -> None:
    if query.get("plain-http", "allow") != "allow":
        raise _invalid("`plain-http` can only be `allow`.", "option")
    if url.scheme == "http" and "plain-http" not in query and not _loopback(url):
        raise Invalid(
            f"Plain HTTP to {url.hostname} could be read and changed on its way.",
            code="model.address.plain-http",
            hint="Use https, or add ?plain-http=allow before the # when the network itself is trusted.",
        )


def _loopback(url: SplitResult) -> bool:
    host = str(url.hostname)
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _invalid(why: str, part: str) -> Invalid:
    return Invalid(f"The openai: URI cannot be used. {why}", code=f"model.address.{part}", hint=_FORM)
