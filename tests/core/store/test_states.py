"""The state of a store: another one once anything was written, by whomever."""

from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, select

from kept.core.store import Schema, Store
from kept.core.store.unreachable import UnreachableStore
from kept.errors import KeptError, Unavailable

META = MetaData()
ROWS = Table("states_rows", META, Column("id", Integer, primary_key=True))
SCHEMA = Schema("states", META)


def put(store: Store, number: int) -> None:
    store.write(lambda connection: connection.execute(ROWS.insert().values(id=number)))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    return str(request.getfixturevalue("postgres_url"))


def test_it_is_the_same_until_this_store_or_another_on_its_database_writes(url: str) -> None:
    own, other = Store.open(url, [SCHEMA]), Store.open(url, [SCHEMA])
    first = own.state()
    assert own.rows(select(ROWS)) == []
    assert own.state() == first
    put(own, 1)
    second = own.state()
    put(other, 2)
    third = own.state()
    assert len({first, second, third}) == 3
    assert own.rows(select(ROWS.c.id).order_by(ROWS.c.id)) == [(1,), (2,)]
    assert own.state() == third
    own.erase(lambda connection: connection.execute(ROWS.delete()))
    assert own.state() not in {first, second, third}
    own.close()
    other.close()


def test_a_state_that_was_told_by_a_connection_that_was_lost_is_told_no_more(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/store.db", [SCHEMA])
    before = store.state()
    lost = store._database.state._connection  # type: ignore[attr-defined] # none is lost by itself here
    lost.close()
    with pytest.raises(KeptError):
        store.state()
    assert store.state() != before
    store.close()


def test_of_a_store_that_is_out_of_reach_there_is_none() -> None:
    with pytest.raises(Unavailable):
        UnreachableStore(Unavailable("It is away.", code="store.away")).state()
