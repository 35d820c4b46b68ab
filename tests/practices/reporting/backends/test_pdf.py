"""report.pdf: what it says, that it is tagged and archival, and that no word of a report is read as code."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kept.errors import Unavailable
from kept.practices.reporting.backends import pdf
from kept.practices.reporting.backends.pdf import PDF, printable
from kept.practices.reporting.methods.words import count, percent
from simulators.hostile import ARABIC, TEXTS, poisoned

typst = pytest.importorskip("typst", reason="typst isn't installed (the extra: reports)")


@pytest.fixture(scope="session")
def report(files: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files["report.json"])
    return found


@pytest.fixture(scope="session")
def document(report: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pdf") / "report.pdf"
    path.write_bytes(PDF.render(report, b"")["report.pdf"])
    return path


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} isn't installed (Debian's package: {'qpdf' if name == 'qpdf' else 'poppler-utils'})")
    return found


def words(path: Path) -> str:
    return subprocess.run([tool("pdftotext"), "-layout", path, "-"], capture_output=True, text=True, check=True).stdout


def test_qpdf_finds_no_fault(document: Path) -> None:
    done = subprocess.run([tool("qpdf"), "--check", document], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No syntax or stream encoding errors found" in done.stdout


def unpacked(document: Path) -> bytes:
    """The objects of the file as text."""
    command = [tool("qpdf"), "--qdf", "--object-streams=disable", document, "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def test_it_is_tagged_archival_titled_in_english_and_has_bookmarks(document: Path) -> None:
    data = unpacked(document)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in data
    assert b"<pdfaid:part>2</pdfaid:part>" in data
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in data
    assert re.search(rb"/Lang \(en\)", data)
    assert b"/Marked true" in data
    assert b"/DisplayDocTitle true" in data
    assert b"Acme AI: what was promised" in data
    assert len(re.findall(rb"/Title \(", data)) >= 9
    assert not re.search(rb"/JavaScript|/Launch|/EmbeddedFile|/URI", data)


def test_each_chart_says_in_words_what_the_eye_sees(document: Path, report: dict[str, Any]) -> None:
    told = re.findall(rb"/Alt \((.*?)\)\n", unpacked(document), re.DOTALL)
    closed = {claim["campaign"] for claim in report["derived"]["claims"]}
    assert len(told) == len(closed)
    assert all(b"by domain: bio" in alt and b"%" in alt for alt in told)


def test_it_says_what_the_report_says(document: Path, report: dict[str, Any]) -> None:
    text, derived = words(document), report["derived"]
    for promise in report["catalog"]["commitments"]:
        assert promise["id"] in text
    for claim in derived["claims"]:
        estimate = claim["estimate"]
        rates = (estimate["value"], estimate["low"], estimate["high"], claim["worst"]["high"])
        assert all(percent(each) in text for each in rates)
        assert count(estimate["n"]) in text
        assert claim["estimate"]["method"] in text
    for state in {status["state"] for status in derived["statuses"]}:
        assert state in text
    for title in ("Weaknesses that were found", "What was not tested", "How to check this report", "Statements"):
        assert title in text
    assert "0 of 28" in text
    assert "erased by statement 8" in text


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_any_text_in_any_field_is_shown_as_text(report: dict[str, Any], text: str, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(PDF.render(poisoned(report, text), b"")["report.pdf"])
    assert path.stat().st_size < 8_000_000
    assert subprocess.run([tool("qpdf"), "--check", path], capture_output=True, check=False).returncode == 0
    assert words(path)


def test_markup_is_there_letter_by_letter(report: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    named = {**report, "organisation": {"name": '#panic("a") *b* $c$ <d> @e'}}
    path.write_bytes(PDF.render(named, b"")["report.pdf"])
    assert '#panic("a") *b* $c$ <d> @e' in words(path)


def test_a_right_to_left_name_keeps_its_letters_and_turns_nothing_around(
    report: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(PDF.render({**report, "organisation": {"name": ARABIC}}, b"")["report.pdf"])
    text = words(path)
    assert ": what was promised, and what the evidence shows" in " ".join(text.split())
    assert any("\u0600" <= one <= "\u06ff" or "\ufb50" <= one <= "\ufeff" for one in text)


def test_the_table_of_characters_is_what_the_fonts_have() -> None:
    source = '#set document(title: "x")\n#set text(font: "Libertinus Serif")\n'
    source += "#for one in json(bytes(sys.inputs.all)) { par(one) }"
    every = json.dumps(sorted(pdf._glyphs()))
    made = typst.compile(
        source.encode(),
        sys_inputs={"all": every},
        ignore_system_fonts=True,
        pdf_standards=["ua-1", "a-2a"],
        timestamp=0,
    )
    assert made.startswith(b"%PDF-1.7")


def test_what_no_font_has_is_written_as_its_code_points() -> None:
    assert printable("中文 ok") == "[U+4E2D U+6587] ok"
    assert printable("a\u202eb") == "a[U+202E]b"
    assert printable("a\x00\n\tb") == "a[U+0000] b"


def test_a_long_text_is_cut_and_says_so_and_a_long_word_can_be_broken() -> None:
    shown = printable("y " * 2_000)
    assert shown.endswith("… (2,000 more characters are in report.json)")
    assert len(shown) < 2_100
    assert max(map(len, printable("z" * 500).split("\u200b"))) <= 40
    assert printable("e" + "\u0301" * 120) == "e" + "\u0301" * 8 + "[and 112 more marks]"
    assert "\u200b\u0301" not in printable("e\u0301" * 200)


def test_a_report_that_would_take_all_memory_is_refused_before_it_is_set(report: dict[str, Any]) -> None:
    derived = {**report["derived"], "claims": report["derived"]["claims"] * 600}
    with pytest.raises(Unavailable, match="8000 at most"):
        PDF.render({**report, "derived": derived}, b"")


def test_a_rate_of_which_nothing_is_known_is_no_dot(report: dict[str, Any], tmp_path: Path) -> None:
    changed = json.loads(json.dumps(report))
    for claim in changed["derived"]["claims"]:
        claim["conclusive"] = False
    path = tmp_path / "report.pdf"
    path.write_bytes(PDF.render(changed, b"")["report.pdf"])
    assert "inconclusive" in words(path)
    assert b"by domain: bio inconclusive [" in unpacked(path)


def test_without_typst_its_extra_is_named(report: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(Unavailable) as caught:
        PDF.render(report, b"")
    assert caught.value.code == "report.no-typst"
    assert "kept[reports]" in caught.value.hint


def test_written_parts_stand_word_for_word_and_what_nobody_wrote_is_named(
    report: dict[str, Any], tmp_path: Path
) -> None:
    written = json.loads(json.dumps(report))
    own = written["derived"]["sections"][1]
    part = {"index": 0, "model": own["model"], "author": "A. Writer", "role": "lead", "date": "2026-11-01"}
    own["sections"][0].update(state="written", part={**part, "text": "It can read.\n\nIt can't count."})
    own["missing"].remove(own["sections"][0]["section"])
    path = tmp_path / "report.pdf"
    path.write_bytes(PDF.render(written, b"")["report.pdf"])
    text = " ".join(words(path).split())
    assert "by A. Writer (lead), 2026-11-01; no release report binds it. It can read. It can't count." in text.replace(
        "’", "'"
    )
    assert "Not written, or withheld: limitations, appropriate use" in text
