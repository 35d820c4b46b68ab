"""A store that can't be opened raises, at every use, why it couldn't."""

import pytest
from sqlalchemy import select

from kept.core.store.unreachable import UnreachableStore
from kept.errors import Unavailable


def test_every_use_raises_what_opening_raised() -> None:
    store = UnreachableStore(Unavailable("The server is away.", code="store.away", hint="Start it."))
    uses = (
        lambda: store.read().__enter__(),
        lambda: store.rows(select(1)),
        lambda: store.write(lambda connection: None),
        lambda: store.erase(lambda connection: None),
        lambda: store.written(None, {}),
    )
    for use in uses:
        with pytest.raises(Unavailable, match="The server is away") as caught:
            use()
        assert (caught.value.code, caught.value.hint) == ("store.away", "Start it.")
    store.close()
