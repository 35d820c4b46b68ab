"""The tables of the people who sign in; names and passwords live here alone. Times are seconds since 1970."""

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, MetaData, String, Table, Text

from kept.core.store import Schema

_META = MetaData()

# `id` is the pseudonym, which is all that leaves this table. `password` is empty for whoever signs in without one.
ACCOUNT = Table(
    "accounts_account",
    _META,
    Column("id", String(18), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("display", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("made", BigInteger, nullable=False),
)

SESSION = Table(
    "accounts_session",
    _META,
    Column("id", String(16), primary_key=True),
    Column("account", String(18), nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("idle_until", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
)
Index("accounts_session_by_account", SESSION.c.account)

KEY = Table(
    "accounts_key",
    _META,
    Column("id", String(16), primary_key=True),
    Column("account", String(18), nullable=False),
    Column("label", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
)
Index("accounts_key_by_account", KEY.c.account)

# `id` is the credential's, in base64url.
PASSKEY = Table(
    "accounts_passkey",
    _META,
    Column("id", Text, primary_key=True),
    Column("account", String(18), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("label", Text, nullable=False),
    Column("made", BigInteger, nullable=False),
)
Index("accounts_passkey_by_account", PASSKEY.c.account)

# Whom an organisation's sign-in vouches for: the digest of its issuer and of what that calls the person.
IDENTITY = Table(
    "accounts_identity",
    _META,
    Column("digest", String(64), primary_key=True),
    Column("account", String(18), nullable=False),
)

# What is remembered between two steps of a sign-in.
ONCE = Table(
    "accounts_once",
    _META,
    Column("id", String(16), primary_key=True),
    Column("purpose", String(32), nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("told", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)

# What this workspace alone knows, made when it is first asked for.
SECRET = Table(
    "accounts_secret",
    _META,
    Column("name", String(32), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

SCHEMA = Schema("accounts", _META)
