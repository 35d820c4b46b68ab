"""Every interface keeps to what `/openapi.json` says of it, for requests that schemathesis makes up."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.failures import FailureGroup

from simulators.portal import ADDRESS, Portal, portal

CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# A long run takes more: KEPT_API_EXAMPLES=200.
EXAMPLES = int(os.environ.get("KEPT_API_EXAMPLES", "4"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with pytest.MonkeyPatch.context() as patch, portal(tmp_path_factory.mktemp("apis"), patch) as opened:
        yield opened


def check_all(served: Portal, *, examples: int, roles: tuple[str, ...]) -> list[str]:
    """What of all operations doesn't keep to its description; somebody with these roles asks, or nobody."""
    headers = {"host": "portal.test"}
    if roles:
        _, account = served.person("-".join(roles), *roles)
        headers["authorization"] = f"Bearer {served.app.accounts.add_key(account, label='schemathesis')[1]}"
    schema = schemathesis.openapi.from_asgi("/openapi.json", served.asgi, headers=headers)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 15
    return [told for operation in operations for told in broken(operation, headers, examples)]


def broken(operation: Any, headers: dict[str, str], examples: int) -> list[str]:
    """What goes wrong with an operation."""
    rules = settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    @rules
    @given(case=operation.as_strategy())
    def keeps(case: Any) -> None:
        answer = case.call_and_validate(base_url=ADDRESS, headers=headers, checks=CHECKS)
        # What is out of reach now is told by 503; nothing is unforeseen.
        assert answer.status_code not in (500, 501, 502), answer.text

    try:
        keeps()
    # Whatever it is, it is told beside the others.
    except (Exception, FailureGroup) as error:  # noqa: BLE001
        return [f"{operation.label}: {' '.join(text(error).split())[:700]}"]
    return []


def text(error: BaseException) -> str:
    return " | ".join(map(str, error.exceptions)) if isinstance(error, BaseExceptionGroup) else repr(error)


@pytest.mark.parametrize("roles", [(), ("admin", "publish", "reward", "share", "triage")], ids=["nobody", "staff"])
def test_every_interface_keeps_to_its_description(served: Portal, roles: tuple[str, ...]) -> None:
    assert "\n".join(check_all(served, examples=EXAMPLES, roles=roles)) == ""
