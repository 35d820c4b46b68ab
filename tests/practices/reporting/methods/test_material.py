"""report.json is read strictly."""

import base64
import json
from typing import Any

import pytest

from kept.core import canonical
from kept.errors import Invalid
from kept.practices.reporting.methods.material import read
from simulators.forger import Document, Files, document


def test_a_report_is_read_with_one_material_for_each_entry(files: Files) -> None:
    report = read(files["report.json"])
    assert len(report.materials) == len(report.proofs) == report.size == 9
    assert [material.index for material in report.materials] == list(range(9))
    assert [material.index for material in report.materials if material.erased_by is not None] == [7]


def put(report: Document, path: str, value: Any) -> None:
    *outer, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    holder: Any = report
    for part in outer:
        holder = holder[part]
    holder[last] = value


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("kept_report", 2, "kept_report is not 1"),
        ("as_of", "yesterday", "as_of is not a time"),
        ("as_of", "2026-11-22T7:30:00Z", "as_of is not a time"),
        ("log/size", -1, r"log\.size"),
        ("log/size", True, r"log\.size"),
        ("log/entries/0", "%%", r"log\.entries\[0\] is not base64"),
        ("log/entries/0", base64.b64encode(bytes(70_000)).decode(), "at most 65535"),
        ("log/entries/0", "QUJ=", "canonical base64"),
        ("statements/0", None, r"statements\[0\]"),
        ("statements/0/index", 1, r"statements\[0\]"),
        ("statements/0/disclosures", [1], "disclosures"),
        ("statements/0/inclusion", ["QQ=="] * 2, None),
        ("statements", [], "0 items for 9 entries"),
        ("outcomes", {"c": 1}, "outcomes"),
        ("organisation", {}, "name"),
        ("derived", [], "derived"),
        ("extra", 1, "unknown member 'extra'"),
    ],
)
def test_what_has_another_shape_is_invalid_and_named(files: Files, path: str, value: Any, said: str | None) -> None:
    report = document(files)
    put(report, path, value)
    if said is None:
        assert read(canonical.encode(report)).proofs[0] == (b"A", b"A")
        return
    with pytest.raises(Invalid, match=said):
        read(canonical.encode(report))


def test_json_that_is_not_canonical_is_invalid(files: Files) -> None:
    with pytest.raises(Invalid, match="canonical"):
        read(json.dumps(document(files)).encode())


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"a":1,"a":1}', b'{"a":NaN}'])
def test_what_is_no_report_is_invalid(data: bytes) -> None:
    with pytest.raises(Invalid):
        read(data)


def test_a_lone_surrogate_is_invalid(files: Files) -> None:
    data = files["report.json"].replace(b'"Acme AI"}', b'"Acme \\ud800"}')
    with pytest.raises(Invalid):
        read(data)
