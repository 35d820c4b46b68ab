"""The TAXII server answers as its own description says, whatever a peer asks (schemathesis)."""

from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.checks import content_type_conformance, response_schema_conformance, status_code_conformance
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from kept.practices.sharing.records import Collection, Peer
from simulators.sharing_room import opened
from simulators.taxii_server import application

# That an id names something that is there is more than a schema says.
BEYOND = [positive_data_acceptance, negative_data_rejection]


def test_it_answers_as_it_says(tmp_path: Path) -> None:
    with opened(tmp_path, peer_rate=1e6, peer_burst=1e6) as room:
        service, by = room.service, room.actor
        service.peers_add(Peer("lab", "Lab"), by=by)
        place = service.collections_add(Collection("shared", "c", default_tlp="green"), by=by)
        service.collections_grant(place.id, "lab", read=True, write=True, by=by)
        headers = {"authorization": f"Bearer {service.peers_key('lab', by=by).text}"}
        schema = schemathesis.openapi.from_asgi("/openapi.json", application(service))
        operations = [found.ok() for found in schema.get_all_operations()]
        assert len(operations) == 11
        for operation in operations:

            @settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
            @given(case=operation.as_strategy())
            def asked(case: Case) -> None:
                for name, value in (("community", "c"), ("collection", place.id)):
                    if name in case.path_parameters:
                        case.path_parameters[name] = value
                case.call_and_validate(
                    headers=headers,
                    checks=[status_code_conformance, content_type_conformance, response_schema_conformance],
                    excluded_checks=BEYOND,
                )

            asked()
