"""Tables of what is published: drafts, the advisories in force with the bytes that are served, and who may be named."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from kept.practices.disclosure.service.tables.base import META, NUMBER

ADVISORY_DRAFTS = Table(
    "disclosure_advisory_drafts",
    META,
    Column("id", String(64), primary_key=True),
    Column("document", Text, nullable=False),
)

# The newest revision alone: an older one may hold a name that was taken back. The ledger has the digests of all.
ADVISORIES = Table(
    "disclosure_advisories",
    META,
    Column("id", String(64), primary_key=True),
    Column("file", String(80), nullable=False, unique=True),
    Column("revision", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("published", String(20), nullable=False),
    Column("changed", String(20), nullable=False),
    Column("recorded", Integer, nullable=False),
    Index("disclosure_advisories_by_change", "changed"),
)

FORMS = Table(
    "disclosure_advisory_forms",
    META,
    Column("id", String(64), primary_key=True),
    Column("form", String(16), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("digest", String(71), nullable=False),
)

# Rows stay: a key that was replaced tells by what older documents are checked. `uri` leads to its sealed file.
SIGNING_KEYS = Table(
    "disclosure_signing_keys",
    META,
    Column("fingerprint", String(64), primary_key=True),
    Column("uri", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("certificate", Text, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("retired", BigInteger, nullable=False),
    Column("revoked", Boolean, nullable=False),
)

# Over the bytes of a form that is served, by OpenPGP.
SIGNATURES = Table(
    "disclosure_document_signatures",
    META,
    Column("id", String(64), primary_key=True),
    Column("form", String(16), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("fingerprint", String(64), nullable=False),
)

# A row is deleted with the consent that it stands for.
CREDITS = Table(
    "disclosure_credits",
    META,
    Column("number", NUMBER, primary_key=True),
    Column("report", String(18), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("given", String(20), nullable=False),
)
