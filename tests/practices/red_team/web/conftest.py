"""The portal with a model that repeats what it hears, and testers who were invited to it."""

from collections.abc import Callable, Iterator

import pytest

from kept.practices.red_team.records import Invited, Scope
from simulators.parrot import Parrot
from simulators.portal import Portal, portal

Invite = Callable[..., Invited]
TOOLS = ("open_drawer", "read_mail")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with pytest.MonkeyPatch.context() as patched, portal(tmp_path_factory.mktemp("testers"), patched) as found:
        patched.setattr(found.app, "open_model", lambda address, **_: Parrot())
        yield found


@pytest.fixture
def invite(opened: Portal) -> Invite:
    def invited(*, requests: int = 10, models: tuple[str, ...] = ("assistant",)) -> Invited:
        scope = Scope(models, ("cyber", "bio"), requests, 1_000_000, "2999-01-01T00:00:00Z", tools=TOOLS)
        made: Invited = opened.app.service("red_team").external_invite("Red Lab", scope, by=opened.app.actor(None))
        return made

    return invited
