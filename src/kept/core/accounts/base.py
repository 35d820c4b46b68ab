"""What the parts of the accounts are built from."""

from datetime import datetime

from sqlalchemy import Connection, Row, select

from kept.core.accounts.records import PSEUDONYM, Account, Spans
from kept.core.accounts.tables import ACCOUNT
from kept.core.context import Clock, Entropy
from kept.core.store import Store
from kept.errors import NotFound


class Base:
    """The store that the accounts are in, the time, and where their secrets come from."""

    def __init__(self, store: Store, *, clock: Clock, entropy: Entropy, spans: Spans | None = None) -> None:
        self._store = store
        self._clock = clock
        self._entropy = entropy
        self._spans = spans or Spans()

    @property
    def is_at_hand(self) -> bool:
        """Whether a question is answered by this machine's own disk, and never waits for a server."""
        return self._store.is_local

    def as_of(self) -> str:
        """What is another once anything was written in the store, or a second has passed."""
        return f"{self._now()} {self._store.state()}"

    def _now(self) -> int:
        moment: datetime = self._clock()
        return int(moment.timestamp())

    def random(self, size: int) -> bytes:
        """So many random bytes."""
        return self._entropy(size)

    def account(self, name: str) -> Account:
        """The account of a name or a pseudonym. Raises NotFound."""
        with self._store.read() as connection:
            return found(connection, name)


def found(connection: Connection, name: str) -> Account:
    """The account of a name or a pseudonym, as it is now. Raises NotFound."""
    column = ACCOUNT.c.id if PSEUDONYM.fullmatch(name) else ACCOUNT.c.name
    row = connection.execute(select(ACCOUNT).where(column == name.strip().lower())).one_or_none()
    if row is None:
        raise NotFound(
            f"There is no account {name[:80]!r}.", code="accounts.missing", hint="kept accounts list shows them."
        )
    return account_of(row)


def account_of(row: Row[tuple[object, ...]]) -> Account:
    """An account as its row has it."""
    return Account(row.id, row.name, row.display, tuple(row.roles.split()), row.must_change, row.disabled, row.made)
