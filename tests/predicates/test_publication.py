"""The statement about published files."""

import pytest

from kept.core.statement import Statement, Subject
from kept.errors import Invalid
from kept.predicates.publication import TYPE, Log, Publication

MADE = Publication(
    kind="report",
    organisation="Acme AI",
    generator="kept 0.1.0",
    issued="2026-11-22T07:30:00Z",
    log=Log(origin="acme.example/kept", size=3, root="0" * 64),
)
DIGESTS = {"report.json": "1" * 64, "index.html": "2" * 64}


def test_it_names_files_by_digest_in_the_order_of_their_names() -> None:
    statement = MADE.to_statement(DIGESTS)
    assert statement.predicate_type == TYPE
    assert [(subject.name, subject.digest) for subject in statement.subjects] == [
        ("index.html", {"sha256": "2" * 64}),
        ("report.json", {"sha256": "1" * 64}),
    ]
    assert Publication.parse(Statement.parse(statement.to_bytes())) == MADE


def test_a_verifier_speaks_of_no_log() -> None:
    made = Publication(kind="verifier", organisation="Acme AI", generator="kept 0.1.0", issued="2026-11-22T07:30:00Z")
    assert "log" not in made.to_statement({"verify.html": "0" * 64}).predicate


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"kind": "blog"}, "kind"),
        ({"issued": "today"}, "issued"),
        ({"organisation": ""}, "organisation"),
        ({"more": 1}, "more"),
        ({"log": {"origin": "x", "size": -1, "root": "0" * 64}}, r"log\.size"),
        ({"log": {"origin": "x", "size": 1, "root": "xyz"}}, r"log\.root"),
    ],
)
def test_another_shape_is_invalid_and_the_place_is_named(change: dict[str, object], place: str) -> None:
    predicate = {**MADE.model_dump(mode="json"), **change}
    with pytest.raises(Invalid, match=place):
        Publication.parse(Statement((Subject("x", {"sha256": "0" * 64}),), TYPE, predicate))


def test_another_type_is_invalid() -> None:
    statement = Statement((Subject("x", {"sha256": "0" * 64}),), "https://x.example/v1", {})
    with pytest.raises(Invalid, match="no publication"):
        Publication.parse(statement)
