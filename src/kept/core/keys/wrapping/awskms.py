"""`awskms:KEY[?region=R][&endpoint=URL]`: a wrapping key in AWS KMS, named by its id, its ARN or `alias/NAME`.

The context is the EncryptionContext of each call, so that KMS itself refuses another one, and its log says what a key
was unwrapped for. Credentials come from where boto3 finds them, and never from the URI. Every call has time limits.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from kept.core.keys.wrapping import KEY_BYTES, WRAPPED_LIMIT, Context, Reach, bound, check_key
from kept.errors import Conflict, Denied, Invalid, NotFound, Unavailable, Unverified

_CONNECT_SECONDS, _READ_SECONDS, _ATTEMPTS = 5, 10, 3
_PENDING_DAYS = 7
_UNVERIFIED = ("InvalidCiphertextException", "IncorrectKeyException")
_DENIED = (
    "AccessDeniedException",
    "AccessDenied",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "ExpiredTokenException",
    "DisabledException",
    "KMSInvalidStateException",
)
_INVALID = ("ValidationException", "InvalidArnException", "InvalidKeyUsageException", "InvalidAliasNameException")


class KmsWrapper:
    """Wraps in the service; the key never comes here."""

    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self._arn = arn

    @property
    def key_id(self) -> str:
        """A digest of the key's ARN: what notes it says nothing of the account."""
        return f"kek-{hashlib.sha256(self._arn.encode()).hexdigest()[:16]}"

    def wrap(self, key: bytes | bytearray, context: Context) -> bytes:
        """The service's ciphertext. Raises Invalid for a key that is not of 32 bytes, Denied or Unavailable."""
        check_key(key)
        bound(context)
        with _translated(self.key_id):
            answer = self._client.encrypt(KeyId=self._arn, Plaintext=bytes(key), EncryptionContext=dict(context))
        wrapped: bytes = answer["CiphertextBlob"]
        if len(wrapped) > WRAPPED_LIMIT:
            raise Unavailable(f"KMS answered with {len(wrapped)} bytes.", code="wrap.answer")
        return wrapped

    def unwrap(self, wrapped: bytes, context: Context) -> bytearray:
        """The key. Raises Unverified when the bytes, the context or the wrapping key is another, or Denied."""
        bound(context)
        if not 1 <= len(wrapped) <= WRAPPED_LIMIT:
            raise Unverified(f"A key of {len(wrapped)} bytes was not wrapped by KMS.", code="wrap.length")
        with _translated(self.key_id):
            answer = self._client.decrypt(KeyId=self._arn, CiphertextBlob=wrapped, EncryptionContext=dict(context))
        key = bytearray(answer["Plaintext"])
        if len(key) != KEY_BYTES:
            raise Unverified(f"KMS unwrapped {len(key)} bytes and no key.", code="wrap.unverified")
        return key

    def destroy(self) -> None:
        """Schedule the key's deletion, in seven days, the least that AWS allows; it is of no use from now on."""
        # Only a key of one's own account can be deleted, so its id is enough.
        own = self._arn.rpartition("/")[2]
        with _translated(self.key_id):
            self._client.schedule_key_deletion(KeyId=own, PendingWindowInDays=_PENDING_DAYS)

    def __repr__(self) -> str:
        return f"<awskms: wrapping key {self.key_id}>"


def open_wrapper(text: str, reach: Reach) -> KmsWrapper:
    """The wrapping key. Raises Invalid (malformed URI, another kind of key), NotFound, Denied or Unavailable."""
    name, client = _client(text)
    with _translated(name):
        found = client.describe_key(KeyId=name)["KeyMetadata"]
    if found.get("KeySpec", found.get("CustomerMasterKeySpec")) != "SYMMETRIC_DEFAULT":
        raise Invalid(f"{name} in KMS is no symmetric key.", code="key.algorithm")
    if found.get("KeyState") != "Enabled":
        raise Denied(
            f"{name} in KMS is {found.get('KeyState')}.", code="wrap.state", hint="Enable it, or name another."
        )
    return KmsWrapper(client, found["Arn"])


def create(text: str, reach: Reach) -> KmsWrapper:
    """Make a key under the alias that the URI names. Raises Invalid unless it is an alias, Conflict for a taken one."""
    name, client = _client(text)
    if not name.startswith("alias/"):
        raise Invalid("A key in KMS is made under an alias.", code="wrap.uri", hint="awskms:alias/NAME")
    with _translated(name):
        try:
            client.describe_key(KeyId=name)
        except client.exceptions.NotFoundException:
            pass
        else:
            raise Conflict(f"KMS already has {name}.", code="key.exists")
        made = client.create_key(Description="kept: wraps the keys of sealed weights")["KeyMetadata"]["KeyId"]
        client.create_alias(AliasName=name, TargetKeyId=made)
    return open_wrapper(text, reach)


def _client(text: str) -> tuple[str, Any]:
    name, _, query = text.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    if not name or len(name) > 512 or set(options) - {"region", "endpoint"}:
        raise Invalid("An awskms: URI has the form KEY?region=R.", code="wrap.uri", hint="awskms:alias/NAME?region=R")
    endpoint = urlsplit(options.get("endpoint", "https:"))
    if endpoint.scheme != "https" and endpoint.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise Invalid("KMS is only spoken to over https.", code="wrap.uri")
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise Unavailable(
            "Keys in AWS KMS need the package boto3, which is not installed.",
            code="key.missing-package",
            hint="Install kept[kms].",
        ) from error
    config = Config(
        connect_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS, retries={"total_max_attempts": _ATTEMPTS}
    )
    region, url = options.get("region") or None, options.get("endpoint") or None
    try:
        return name, boto3.client("kms", region_name=region, endpoint_url=url, config=config)
    except (BotoCoreError, ValueError) as error:
        raise Unavailable(f"KMS can't be reached: {error}.", code="wrap.unreachable", hint="?region=R") from error


@contextmanager
def _translated(name: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _UNVERIFIED:
            raise Unverified(f"The key was not wrapped by {name}, or not for this.", code="wrap.unverified") from error
        if code == "NotFoundException":
            raise NotFound(f"KMS has no key {name}.", code="key.missing") from error
        if code in _DENIED:
            raise Denied(f"KMS refuses {name}: {code}.", code="wrap.denied", hint="Check its key policy.") from error
        if code in _INVALID:
            raise Invalid(f"KMS does not take {name}: {code}.", code="wrap.uri") from error
        raise Unavailable(f"KMS answers {code} about {name}.", code="wrap.unreachable") from error
    except BotoCoreError as error:
        raise Unavailable(f"KMS can't be reached: {type(error).__name__}.", code="wrap.unreachable") from error
