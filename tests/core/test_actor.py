"""What takes a role: the provider may do all of it, others need one of those named."""

import pytest

from kept.core.actor import Actor, check_role
from kept.errors import Denied


def test_the_provider_and_whoever_has_one_of_the_roles_may() -> None:
    for roles in ({"provider"}, {"share"}, {"admin", "other"}):
        check_role(Actor("ada", "person", frozenset(roles)), "share", "admin", to="push to peers")


def test_others_are_told_what_they_may_not_do_and_what_it_takes() -> None:
    ada = Actor("ada", "person", frozenset({"triage"}))
    with pytest.raises(Denied) as one:
        check_role(ada, "share", to="push to peers")
    assert str(one.value) == "ada may not push to peers. It takes the role share."
    with pytest.raises(Denied, match=r"It takes one of the roles admin, share\."):
        check_role(ada, "share", "admin", to="push to peers")
