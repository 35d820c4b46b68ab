"""The interface answers as its own description says, whatever it is asked (schemathesis)."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance

from kept.interface.allowance import Allowance
from simulators.disclosure_portal import Reported

MINE = r"^/(disclosure/(programmes|contests|recipients|challenge|reports|imports|thread)|\.well-known/security\.txt)"


def test_it_answers_as_it_says(reported: Reported, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Allowance, "take", lambda *_, **__: 0.0)
    host = {"host": "portal.test"}
    schema = schemathesis.openapi.from_asgi("/openapi.json", reported.portal.asgi, headers=host)
    operations = [found.ok() for found in schema.include(path_regex=MINE).get_all_operations()]
    assert len(operations) == 15
    for operation in operations:

        @settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def asked(case: Case) -> None:
            # That a report is an age file is more than a schema says.
            case.call_and_validate(headers=host, excluded_checks=[positive_data_acceptance])

        asked()
