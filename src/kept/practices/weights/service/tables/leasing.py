"""Tables of keys and leases: key-encryption keys, custodians, the broker's keys, requests, words, and moments seen."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from kept.practices.weights.service.tables.meta import META

# Never a key: where each stands, and what a wrapped key notes of it. State: current, retired, destroying, destroyed.
KEKS = Table(
    "weights_keks",
    META,
    Column("name", String(64), primary_key=True),
    Column("uri", Text, nullable=False, unique=True),
    Column("key_id", String(64), nullable=False, unique=True),
    Column("state", String(10), nullable=False),
    Column("made", String(20), nullable=False),
    Column("changed", String(20), nullable=False),
)

# What two people said before a key-encryption key was destroyed: signed envelopes.
DESTRUCTIONS = Table(
    "weights_destructions",
    META,
    Column("kek", String(64), primary_key=True),
    Column("holder", String(64), primary_key=True),
    Column("key_id", String(64), nullable=False),
    Column("word", LargeBinary, nullable=False),
    Column("said", String(20), nullable=False),
)

# `card` is signed by the custodian's own key and binds the public key that others seal to.
CUSTODIANS = Table(
    "weights_custodians",
    META,
    Column("name", String(64), primary_key=True),
    Column("public", LargeBinary(32), nullable=False, unique=True),
    Column("address", Text, nullable=False),
    Column("card", LargeBinary, nullable=False),
    Column("state", String(7), nullable=False),
    Column("since", String(20), nullable=False),
    Column("changed", String(20), nullable=False),
)

# The broker's keys, each wrapped by a key-encryption key; the newest is sealed to. `card` is the provider's.
BROKERS = Table(
    "weights_brokers",
    META,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("public", LargeBinary(32), nullable=False, unique=True),
    Column("kek", String(64), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("card", LargeBinary, nullable=False),
    Column("made", String(20), nullable=False),
)

# What was asked for, as it was signed, with the key envelope of the file as it was then. `state` is what was recorded:
# requested, granted, denied, revoked. `ended` and `reason` say who ended it and why. `spare` is the custodians' half
# where glass was broken, sealed to the broker's key `broker`. Moments are seconds since 1970.
REQUESTS = Table(
    "weights_requests",
    META,
    Column("id", String(19), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("word", LargeBinary, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
    Column("file", String(64), nullable=False),
    Column("file_salt", LargeBinary(32), nullable=False),
    Column("requester", String(64), nullable=False),
    Column("break_glass", Boolean, nullable=False),
    Column("spare", LargeBinary),
    Column("broker", LargeBinary(32)),
    Column("asked", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("state", String(9), nullable=False),
    Column("ended", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("weights_requests_by_file", "file"),
    Index("weights_requests_by_state", "state"),
)

# What custodians said of a request: signed, with their parts of the key sealed to the broker. One each, and one a key.
WORDS = Table(
    "weights_words",
    META,
    Column("request", String(19), primary_key=True),
    Column("member", LargeBinary(32), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("verdict", String(8), nullable=False),
    Column("word", LargeBinary, nullable=False),
    Column("parts", LargeBinary, nullable=False),
    Column("broker", LargeBinary(32), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("said", BigInteger, nullable=False),
    UniqueConstraint("request", "holder"),
    UniqueConstraint("request", "key_id"),
)

# What others said after glass was broken.
REVIEWS = Table(
    "weights_reviews",
    META,
    Column("request", String(19), primary_key=True),
    Column("holder", String(64), primary_key=True),
    Column("key_id", String(64), nullable=False),
    Column("word", LargeBinary, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("said", BigInteger, nullable=False),
    UniqueConstraint("request", "key_id"),
)

# The latest moment that this room has seen, in one row: a clock that was set back is noticed.
MOMENTS = Table(
    "weights_moments",
    META,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("latest", BigInteger, nullable=False),
)
