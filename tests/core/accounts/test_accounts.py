"""The people who sign in: what is kept of them, and who is let in."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from kept.core.accounts import SCHEMA, Account, Accounts, SignInError, passwords
from kept.core.store import Store
from kept.errors import Conflict, Invalid, NotFound

PASSWORD = "seven quiet herons"


class Hours:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 29, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Hours:
    return Hours()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store.open(url, [SCHEMA])
    yield opened
    opened.close()


@pytest.fixture
def accounts(store: Store, clock: Hours, monkeypatch: pytest.MonkeyPatch) -> Accounts:
    monkeypatch.setattr(passwords, "COST", 2**8)
    return Accounts(store, clock=clock, entropy=os.urandom)


def test_a_password_is_given_once_and_chosen_anew(accounts: Accounts) -> None:
    made, first = accounts.add("Ada@acme.example", display="Ada", roles=["triage", "admin", "triage"])
    assert (made.name, made.roles, made.must_change) == ("ada@acme.example", ("admin", "triage"), True)
    assert accounts.sign_in("ada@acme.example", first).must_change
    accounts.change_password(made.id, old=first, new=PASSWORD)
    assert not accounts.sign_in(" ADA@acme.example", PASSWORD).must_change
    with pytest.raises(SignInError):
        accounts.sign_in("ada@acme.example", first)


@pytest.mark.parametrize("new", ["short", "aaaaaaaaaaaaaaaa", "ada ada ada a", "x" * 300])
def test_a_password_that_is_guessed_at_once_is_refused(accounts: Accounts, new: str) -> None:
    made, first = accounts.add("ada")
    with pytest.raises(Invalid):
        accounts.change_password(made.id, old=first, new=new)


def test_the_same_work_is_done_whoever_is_named(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the time that an answer takes tells nobody who has an account."""
    accounts.add("ada")
    accounts.invite("grace")
    gone, _ = accounts.add("gone")
    accounts.disable("gone")
    whole, done = passwords._derived, []

    def derived(password: str, salt: bytes, *, cost: int) -> bytes:
        done.append((cost, len(salt)))
        return whole(password, salt, cost=cost)

    monkeypatch.setattr(passwords, "_derived", derived)
    names = ("ada", "nobody", "grace", gone.name, gone.id, "' OR 1=1 --", "\u202eada", "x" * 5000)
    for name in names:
        with pytest.raises(SignInError, match="don't belong together"):
            accounts.sign_in(name, "wrong wrong wrong")
    assert done == [(passwords.COST, passwords.SALT_BYTES)] * len(names)
    # What no database holds as text is nobody's name.
    with pytest.raises((SignInError, Invalid)):
        accounts.sign_in("a\x00b", PASSWORD)


def test_the_store_holds_no_secret(accounts: Accounts, store: Store) -> None:
    account, first = accounts.add("ada", roles=["admin"])
    session, (_, key) = accounts.open_session(account), accounts.add_key(account, label="a program")
    with store.read() as connection:
        rows = [
            str(tuple(row))
            for table in SCHEMA.tables.tables
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]
    for secret in (first, session.partition(".")[2], key.partition(".")[2]):
        assert not any(secret in row for row in rows)


def test_a_session_ends_when_it_is_not_used_and_at_the_latest_after_half_a_day(
    accounts: Accounts, clock: Hours
) -> None:
    token = accounts.open_session(accounts.invite("ada"))
    for _ in range(14):
        clock.now += timedelta(minutes=50)
        entered = accounts.enter(token)
        assert entered is not None
        assert entered.is_unnoted
        accounts.note_session(token)
    clock.now += timedelta(minutes=50)
    assert accounts.enter(token) is None
    idle = accounts.open_session(accounts.account("ada"))
    clock.now += timedelta(minutes=61)
    assert accounts.enter(idle) is None


def test_whoever_is_disabled_is_out_at_once(accounts: Accounts) -> None:
    accounts.invite("eve", roles=["admin"])
    account = accounts.invite("ada")
    token, (_, key) = accounts.open_session(account), accounts.add_key(account, label="a program")
    assert accounts.enter(token) is not None
    assert accounts.enter_by_key(key) is not None
    accounts.disable("ada")
    assert accounts.enter(token) is None
    assert accounts.enter_by_key(key) is None
    accounts.enable("ada")
    assert accounts.enter(token) is None


def test_a_key_ends_when_it_is_revoked_or_its_time_is_over(accounts: Accounts, clock: Hours) -> None:
    account = accounts.invite("ada")
    number, key = accounts.add_key(account, label="a program")
    _, brief = accounts.add_key(account, label="another", span=timedelta(days=1))
    with pytest.raises(NotFound):
        accounts.revoke_key(number.id, of=accounts.invite("eve"))
    accounts.revoke_key(number.id)
    assert accounts.enter_by_key(key) is None
    assert accounts.enter_by_key(brief) is not None
    clock.now += timedelta(days=1)
    assert accounts.enter_by_key(brief) is None


@pytest.mark.parametrize("token", ["", "x", "0" * 16, f"{'0' * 16}.{'A' * 43}", f"{'0' * 16}.é", "' OR 1=1 --"])
def test_what_is_no_token_lets_nobody_in(accounts: Accounts, token: str) -> None:
    accounts.open_session(accounts.invite("ada"))
    assert accounts.enter(token) is None
    assert accounts.enter_by_key(f"kept-{token}") is None
    accounts.close_session(token)


def test_of_several_at_once_each_is_told_its_own(accounts: Accounts) -> None:
    people = [accounts.invite(name) for name in ("ada", "bo", "eve")]
    sessions = [accounts.open_session(person) for person in people]
    made = [accounts.add_key(person, label=f"of {person.name}") for person in people]
    forged = sessions[0].partition(".")[0] + "." + sessions[1].partition(".")[2]
    accounts.disable("eve")
    asked = [sessions[1], "nobody's", sessions[0], forged, sessions[1], sessions[2]]
    names = [entered and entered.account.name for entered in accounts.enter_each(asked)]
    assert names == ["bo", None, "ada", None, "bo", None]
    keys = [made[2][1], made[1][1], "kept-x", made[0][1]]
    assert [entered and entered.account.name for entered in accounts.enter_by_each(keys)] == [None, "bo", None, "ada"]
    accounts.add_passkey(people[1], "AQ", public_key=b"k", count=0, label="a device")
    told = accounts.belongings([people[1], people[2], people[0], people[1]])
    assert [[key.id for key in keys] for keys, _ in told] == [[made[1][0].id], [], [made[0][0].id], [made[1][0].id]]
    assert [[passkey.id for passkey in passkeys] for _, passkeys in told] == [["AQ"], [], [], ["AQ"]]


def test_the_last_admin_stays(accounts: Accounts) -> None:
    accounts.invite("ada", roles=["admin"])
    accounts.invite("eve", roles=["triage"])
    with pytest.raises(Conflict):
        accounts.set_roles("ada", ["triage"])
    with pytest.raises(Conflict):
        accounts.disable("ada")
    accounts.set_roles("eve", ["admin"])
    accounts.disable("ada")


@pytest.fixture
def meanwhile(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """What somebody else does just before the next thing is written, after all that was read for it."""
    whole = store.write

    def before(work: Callable[[], object]) -> None:
        def write(change: Any) -> Any:
            monkeypatch.setattr(store, "write", whole)
            work()
            return whole(change)

        monkeypatch.setattr(store, "write", write)

    return before


def test_who_is_disabled_meanwhile_stays_so(accounts: Accounts, meanwhile: Any) -> None:
    told = {"name": "ada", "display": "Ada"}
    made = accounts.vouched("https://login.example", "1", **told, roles=["triage"])
    meanwhile(lambda: accounts.disable(made.id))
    with pytest.raises(SignInError, match="disabled"):
        accounts.vouched("https://login.example", "1", **told, roles=["share"])
    meanwhile(lambda: accounts.enable(made.id))
    assert not accounts.set_roles(made.id, ["share"]).disabled
    meanwhile(lambda: accounts.disable(made.id))
    assert accounts.set_roles(made.id, ["reward"]).disabled


def test_who_comes_twice_at_once_for_the_first_time_has_one_account(accounts: Accounts, meanwhile: Any) -> None:
    found: list[Account] = []

    def come() -> None:
        found.append(accounts.vouched("https://login.example", "1", name="ada", display="Ada", roles=["triage"]))

    meanwhile(come)
    come()
    assert found[0] == found[1]
    assert len(accounts.everyone()) == 1


def test_a_password_that_was_replaced_meanwhile_replaces_none(accounts: Accounts, meanwhile: Any) -> None:
    made, first = accounts.add("ada")
    given: list[str] = []
    meanwhile(lambda: given.append(accounts.reset_password(made.id)[1]))
    with pytest.raises(SignInError, match="changed meanwhile"):
        accounts.change_password(made.id, old=first, new=PASSWORD)
    assert accounts.sign_in("ada", given[0]).must_change
    meanwhile(lambda: accounts.disable(made.id))
    with pytest.raises(SignInError, match="changed meanwhile"):
        accounts.change_password(made.id, old=given[0], new=PASSWORD)


@pytest.mark.parametrize("role", ["provider", "root", "Admin", "a b", ""])
def test_no_account_has_a_role_of_keys(accounts: Accounts, role: str) -> None:
    with pytest.raises(Invalid):
        accounts.invite("ada", roles=[role])


@pytest.mark.parametrize("name", ["", "a b", "é", "p-0123456789abcdef", "a" * 65, "-a", "a\n"])
def test_a_name_is_plain_and_passes_for_no_pseudonym(accounts: Accounts, name: str) -> None:
    if name == "a\n":
        assert accounts.invite(name).name == "a"
        return
    with pytest.raises(Invalid):
        accounts.invite(name)


def test_proofs_differ_by_purpose_and_outlive_the_process(accounts: Accounts, store: Store, clock: Hours) -> None:
    again = Accounts(store, clock=clock, entropy=os.urandom)
    assert accounts.proof("form", "x") == again.proof("form", "x")
    assert len({accounts.proof("form", "x"), accounts.proof("cookie", "x"), accounts.proof("form", "y")}) == 3
