"""Named readers: resumable, idempotent, and never half done."""

import pytest
from sqlalchemy import text

from kept.errors import Conflict

from .conftest import TYPE

OTHER = "https://kept.example/predicates/other/v1"


def test_a_reader_sees_every_entry_of_its_predicates_once_and_resumes(acme):
    seen = []
    acme.record(100)
    acme.record(2, kind=OTHER)
    acme.record(50, first=100)
    assert acme.ledger.follow("reader", [TYPE], lambda _, item: seen.append(item.index)) == 150
    assert seen == [*range(100), *range(102, 152)]
    assert acme.ledger.follow("reader", [TYPE], lambda _, item: seen.append(item.index)) == 0
    acme.record(1, first=150)
    assert acme.ledger.follow("reader", [TYPE], lambda _, item: seen.append(item.index)) == 1
    assert seen[-1] == 152


def test_readers_of_two_names_do_not_disturb_each_other(acme):
    acme.record(3)
    counted = {"one": 0, "two": 0}

    def count(name):
        def handler(_, item):
            counted[name] += 1

        return handler

    for name in counted:
        acme.ledger.follow(name, [TYPE], count(name))
    assert counted == {"one": 3, "two": 3}


def test_what_a_reader_did_and_its_place_commit_together_or_not_at_all(acme):
    acme.record(3)

    def handler(connection, item):
        connection.execute(text("insert into ledger_witness values (:key, 'u', 'g')"), {"key": str(item.index)})
        if item.index == 2 and failing:
            raise Conflict("not now")

    failing = True
    with pytest.raises(Conflict):
        acme.ledger.follow("reader", [TYPE], handler)
    failing = False
    assert acme.ledger.follow("reader", [TYPE], handler) == 3
    with acme.store.read() as connection:
        assert connection.execute(text("select count(*) from ledger_witness")).scalar() == 3


def test_a_reader_is_told_of_erased_bodies(acme):
    from .conftest import PROVIDER

    acme.record(2)
    acme.ledger.erase(0, by=PROVIDER, reason="asked")
    seen = []
    acme.ledger.follow("reader", [TYPE], lambda _, item: seen.append(item.statement is None))
    assert seen == [True, False]
