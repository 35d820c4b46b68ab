"""A report is attacked in every way we could think of; each attack must fail at the step that is named."""

import base64
import json
import os
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kept.core.keys import Signer
from kept.core.keys.software import SoftwareSigner
from kept.core.note import Note, NoteSignature
from kept.core.trust import Trust
from kept.errors import NotFound, Unverified
from kept.practices.reporting.methods import audit
from kept.practices.reporting.methods.page import pack
from kept.practices.reporting.methods.verify import verify
from kept.practices.reporting.records import STEPS, ReportUnchecked, ReportUnverified, Verdict
from kept.practices.reporting.records import Files as Folder
from kept.practices.reporting.service import _render
from simulators.forger import (
    STRANGER,
    Document,
    Files,
    document,
    republished,
    resealed,
    signed,
    verifier_signed,
)
from simulators.provider import START, Provider, check, write

Change = Callable[[Document], None]


def verdict(files: Files, trust: Trust | None) -> Verdict:
    """What the verifier says, whether it raises or not."""
    try:
        return verify(Folder(files), trust=trust, now=START, render=_render)
    except (ReportUnverified, ReportUnchecked) as error:
        return error.verdict


def embedding(page: bytes, encoded: bytes) -> bytes:
    """The page with another report in it."""
    return re.sub(rb'(?<="kept-report">)[^<]+', pack(encoded).encode(), page, count=1)


def failing(found: Verdict) -> list[str]:
    return [step.name for step in found.steps if step.ok is False]


def test_an_untouched_report_is_authenticated_and_witnessed(published: Provider) -> None:
    found = check(published.folder.parent / "report", published)
    assert found.answer == "authenticated"
    assert found.witnessed == 2
    assert [step.name for step in found.steps] == list(STEPS)
    assert all(step.ok for step in found.steps)
    assert (found.statements, found.campaigns) == (9, 4)
    assert found.document()["witnessed"] == 2


def test_without_a_trust_file_it_is_only_consistent_and_unwitnessed(published: Provider) -> None:
    found = check(published.folder.parent / "report", published, trust=False)
    assert found.answer == "consistent, not authenticated"
    assert found.document()["witnessed"] == "unwitnessed"
    assert all(step.ok for step in found.steps)


def test_a_report_that_nobody_cosigned_is_unwitnessed_which_is_a_state_and_no_failure(published: Provider) -> None:
    found = check(published.folder.parent / "earlier", published)
    assert found.answer == "authenticated"
    assert found.witnessed is None
    assert "unwitnessed: 0 of at least 1" in found.steps[2].detail


NAMES = (
    "index.html",
    "report.json",
    "catalog.json",
    "checkpoint",
    "manifest.json",
    "verify.html",
    "verify.html.dsse.json",
    "outcomes/c-0000000000000001.jsonl",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("trusting", [True, False], ids=["with trust", "without trust"])
def test_a_flipped_bit_a_cut_and_a_loss_in_any_file_fail_at_the_manifest(
    published: Provider, files: Files, name: str, trusting: bool
) -> None:
    trust = published.trust if trusting else None
    data = files[name]
    middle = len(data) // 2
    flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    for changed in ({name: flipped}, {name: data[:middle]}, {name: b""}, {name: data + b"\n"}):
        assert failing(verdict({**files, **changed}, trust))[0] == "manifest"
    lost = {other: held for other, held in files.items() if other != name}
    assert failing(verdict(lost, trust))[0] == "manifest"


@pytest.mark.parametrize("name", ["extra.txt", "outcomes/c-00000000000000ff.jsonl", "trust.json"])
def test_a_file_that_the_manifest_does_not_list_fails(published: Provider, files: Files, name: str) -> None:
    found = verdict({**files, name: b"{}"}, published.trust)
    assert failing(found) == ["manifest"]
    assert name in found.steps[0].detail


@pytest.mark.parametrize("name", ["../report.json", "/etc/passwd", "outcomes/../../x"])
def test_a_manifest_that_names_a_path_outside_the_folder_fails(published: Provider, files: Files, name: str) -> None:
    forged = signed({**files, name: b"x"}, published.key)
    del forged[name]
    assert failing(verdict(forged, published.trust)) == ["manifest"]


COPIES = ("assessment-results.json", "model-card-134728fcd2ce3080.md", "report.pdf")


def test_signed_copies_are_named_and_may_be_absent(published: Provider, files: Files) -> None:
    with_pdf = signed({**files, "report.pdf": b"%PDF-1.7 of somebody"}, published.key)
    found = verdict(with_pdf, published.trust)
    assert found.answer == "authenticated"
    assert found.steps[0].detail.endswith(f"signed copies, not made again: {', '.join(COPIES)}")
    without = signed({name: data for name, data in files.items() if name not in COPIES}, published.key)
    assert verdict(without, published.trust).answer == "authenticated"
    assert "copies" not in verdict(without, published.trust).steps[0].detail


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_that_was_changed_lost_or_brought_along_fails(published: Provider, files: Files, name: str) -> None:
    whole = signed({**files, "report.pdf": b"%PDF-1.7"}, published.key)
    assert failing(verdict({**whole, name: whole[name] + b"x"}, published.trust)) == ["manifest"]
    lost = {other: data for other, data in whole.items() if other != name}
    assert failing(verdict(lost, published.trust)) == ["manifest"]
    without = signed(lost, published.key)
    assert failing(verdict({**without, name: whole[name]}, published.trust)) == ["manifest"]


@pytest.mark.parametrize("name", ["results.html", "report.pdf.html", "model-card-../x.md", "README.md"])
def test_a_signed_file_that_no_report_holds_fails(published: Provider, files: Files, name: str) -> None:
    found = verdict(signed({**files, name: b"All is well."}, published.key), published.trust)
    assert failing(found) == ["manifest"]
    assert "has no place in a report" in found.steps[0].detail


def test_a_link_in_the_folder_fails(published: Provider, files: Files, tmp_path: Path) -> None:
    folder = write(tmp_path / "report", files)
    (tmp_path / "elsewhere").write_bytes(files["catalog.json"])
    (folder / "catalog.json").unlink()
    (folder / "catalog.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ReportUnverified, match=r"catalog\.json is not a plain file"):
        check(folder, published)


def test_a_pipe_and_a_huge_file_fail_without_being_waited_for_or_read(
    published: Provider, files: Files, tmp_path: Path
) -> None:
    folder = write(tmp_path / "report", files)
    os.mkfifo(folder / "pipe")
    with (folder / "catalog.json").open("ab") as file:
        file.truncate(1 << 40)
    with pytest.raises(ReportUnverified, match=r"catalog\.json is larger than"):
        check(folder, published)


def test_a_folder_that_is_not_there_is_not_found(published: Provider, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        check(tmp_path / "nowhere", published)


def test_a_trust_file_that_is_not_there_is_not_found(published: Provider) -> None:
    with pytest.raises(NotFound, match="trust file"):
        published.service.verify(published.folder.parent / "report", trust=Path("nowhere.json"), now=START)


def claim(report: Document) -> Document:
    found: Document = report["derived"]["claims"][0]
    return found


def set_value(report: Document) -> None:
    claim(report)["estimate"]["value"] += 1e-6


def set_status(report: Document) -> None:
    status = report["derived"]["statuses"][0]
    status["state"] = "kept"


def set_missing(report: Document) -> None:
    report["derived"]["statuses"][0]["missing"] = []


def set_assurance(report: Document) -> None:
    claim(report)["assurance"] = "third party"


def set_reproduce(report: Document) -> None:
    claim(report)["reproduce"] = {"command": "kept assess something-else"}


def drop_claim(report: Document) -> None:
    report["derived"]["claims"].pop()


def drop_coverage(report: Document) -> None:
    report["derived"]["coverage"][0]["cells"].pop()


def hide_finding(report: Document) -> None:
    for each in report["derived"]["claims"]:
        each["finding"] = False


def weaken_catalog(report: Document) -> None:
    report["catalog"]["commitments"][0]["requirements"].pop()


def soften_outcomes(report: Document) -> None:
    name = next(iter(report["outcomes"]))
    report["outcomes"][name] = report["outcomes"][name].replace('"s"', '"r"')


def break_outcomes(report: Document) -> None:
    name = next(iter(report["outcomes"]))
    report["outcomes"][name] = report["outcomes"][name][:-20]


def backdate(report: Document) -> None:
    report["as_of"] = "2026-11-21T07:30:00Z"


def drop_campaign(report: Document) -> None:
    """The abandoned campaign, from everything derived."""
    bad = report["derived"]["campaigns"].pop(1)["campaign"]
    derived = report["derived"]
    derived["claims"] = [each for each in derived["claims"] if each["campaign"] != bad]
    del report["outcomes"][bad]


def drop_campaign_and_its_statements(report: Document) -> None:
    """From the statements too, as if they had been erased."""
    plan, result = (report["derived"]["campaigns"][1][name] for name in ("plan", "result"))
    drop_campaign(report)
    erasure = len(report["statements"]) - 1
    for index in (plan, result):
        report["statements"][index] = {"index": index, "erased": erasure}


def drop_entries(report: Document) -> None:
    """From the log too, so that nothing tells of them; the checkpoint can't be signed anew without the log's key."""
    plan, result = (report["derived"]["campaigns"][1][name] for name in ("plan", "result"))
    drop_campaign(report)
    for index in (result, plan):
        del report["statements"][index], report["log"]["entries"][index]
    for index, each in enumerate(report["statements"]):
        each["index"] = index
    report["log"]["size"] -= 2


def hide_outcomes(report: Document) -> None:
    report["outcomes"].popitem()


def invent_outcomes(report: Document) -> None:
    report["outcomes"]["c-00000000000000ff"] = ""


def swap_entries(report: Document) -> None:
    entries, statements = report["log"]["entries"], report["statements"]
    entries[0], entries[2] = entries[2], entries[0]
    statements[0], statements[2] = {**statements[2], "index": 0}, {**statements[0], "index": 2}


def cut_log(report: Document) -> None:
    report["log"]["entries"].pop()
    report["statements"].pop()
    report["log"]["size"] -= 1


def change_entry(report: Document) -> None:
    entry = json.loads(base64.b64decode(report["log"]["entries"][1]))
    entry["model"] = "sha256:" + "f" * 64
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"))
    report["log"]["entries"][1] = base64.b64encode(text.encode()).decode()


def change_salt(report: Document) -> None:
    report["statements"][0]["salt"] = base64.b64encode(bytes(32)).decode()


def change_proof(report: Document) -> None:
    report["statements"][0]["inclusion"][0] = base64.b64encode(bytes(32)).decode()


def shorten_proof(report: Document) -> None:
    report["statements"][0]["inclusion"].pop()


def disclose_falsely(report: Document) -> None:
    report["statements"][0]["disclosures"] = ["WyJzYWx0IiwibmFtZSIsMV0"]


def erase_without_a_record(report: Document) -> None:
    last = report["derived"]["campaigns"][-1]["plan"]
    report["statements"][last] = {"index": last, "erased": last + 1}


def erase_the_erasure(report: Document) -> None:
    last = len(report["statements"]) - 1
    report["statements"][last] = {"index": last, "erased": last + 1}


def erase_by_nothing(report: Document) -> None:
    report["statements"][0] = {"index": 0, "erased": 10_000}


def own_log_key(report: Document) -> None:
    report["log"]["checkpoint"] = resigned_note(report["log"]["checkpoint"], STRANGER)


def false_cosignature(report: Document) -> None:
    note = Note.parse(report["log"]["checkpoint"].encode())
    own, *cosignatures = note.signatures
    first = cosignatures[0]
    false = NoteSignature(first.name, first.key_id, first.value[:8] + bytes(64))
    report["log"]["checkpoint"] = Note(note.text, (own, false)).to_bytes().decode()


def other_origin(report: Document) -> None:
    report["log"]["origin"] = "other.example/kept"


def other_checkpoint(report: Document) -> None:
    report["log"]["checkpoint"] = "not a note"


def other_organisation(report: Document) -> None:
    report["organisation"]["name"] = "Another AI"


def unknown_member(report: Document) -> None:
    report["remark"] = "trust us"


def resigned_note(text: str, key: Signer) -> str:
    """The checkpoint under the log's key id, but signed by another key."""
    note = Note.parse(text.encode())
    own = note.signatures[0]
    return Note(note.text, (NoteSignature(own.name, own.key_id, key.sign(note.text.encode())),)).to_bytes().decode()


RESIGNED: list[tuple[Change, str]] = [
    (set_value, "recomputation"),
    (set_status, "recomputation"),
    (set_missing, "recomputation"),
    (set_assurance, "recomputation"),
    (set_reproduce, "recomputation"),
    (drop_claim, "recomputation"),
    (drop_coverage, "recomputation"),
    (hide_finding, "recomputation"),
    (weaken_catalog, "recomputation"),
    (soften_outcomes, "recomputation"),
    (break_outcomes, "recomputation"),
    (backdate, "recomputation"),
    (drop_campaign, "completeness"),
    (drop_campaign_and_its_statements, "completeness"),
    (drop_entries, "log"),
    (hide_outcomes, "completeness"),
    (invent_outcomes, "completeness"),
    (swap_entries, "log"),
    (cut_log, "log"),
    (change_entry, "log"),
    (change_salt, "statements"),
    (change_proof, "statements"),
    (shorten_proof, "statements"),
    (disclose_falsely, "statements"),
    (erase_without_a_record, "completeness"),
    (erase_by_nothing, "completeness"),
    (erase_the_erasure, "completeness"),
    (own_log_key, "checkpoint"),
    (false_cosignature, "witnesses"),
    (other_origin, "checkpoint"),
    (other_checkpoint, "checkpoint"),
    (other_organisation, "manifest"),
    (unknown_member, "manifest"),
]


@pytest.mark.parametrize(("change", "step"), RESIGNED, ids=lambda value: getattr(value, "__name__", value))
def test_a_report_changed_by_the_provider_itself_fails_where_it_was_changed(
    published: Provider, files: Files, change: Change, step: str
) -> None:
    report = document(files)
    change(report)
    found = verdict(republished(files, report, published.key), published.trust)
    assert found.answer == "failed"
    assert step in failing(found), [(each.name, each.ok, each.detail) for each in found.steps]
    if step not in ("manifest", "log", "checkpoint"):
        assert failing(found)[0] == step


@pytest.mark.parametrize(("change", "step"), RESIGNED, ids=lambda value: getattr(value, "__name__", value))
def test_it_fails_without_a_trust_file_as_well(published: Provider, files: Files, change: Change, step: str) -> None:
    report = document(files)
    change(report)
    forged = republished(files, report, published.key)
    # Whose name a report bears, and which log's, is the reader's knowledge; so are the witnesses.
    assert verdict(forged, None).answer == "failed"


def test_a_report_signed_again_by_a_stranger_is_not_authenticated(published: Provider, files: Files) -> None:
    forged = signed(verifier_signed(files, STRANGER), STRANGER)
    assert failing(verdict(forged, published.trust)) == ["manifest"]
    assert failing(verdict(forged, None)) == ["manifest"]


def test_a_stranger_who_signs_everything_anew_is_consistent_at_best(tmp_path: Path, published: Provider) -> None:
    stranger = Provider(tmp_path / "stranger", key=STRANGER, log_key=SoftwareSigner.from_seed(bytes(32)))
    stranger.campaigns.run()
    out = stranger.report()
    assert check(out, stranger, trust=False).answer == "consistent, not authenticated"
    with pytest.raises(ReportUnverified, match="manifest") as caught:
        check(out, published)
    assert failing(caught.value.verdict) == ["manifest", "checkpoint"]
    stranger.close()


def test_a_statement_sealed_again_with_a_better_figure_is_not_the_one_in_the_log(
    published: Provider, files: Files
) -> None:
    def better(predicate: Document) -> None:
        predicate["cells"][0]["estimate"]["high"] = 0.5

    report = document(files)
    result = report["derived"]["campaigns"][0]["result"]
    each = report["statements"][result]
    each["envelope"] = resealed(each["envelope"], published.key, better)
    assert failing(verdict(republished(files, report, published.key), published.trust))[0] == "statements"


def lower_estimate(predicate: Document) -> None:
    predicate["domains"][0]["estimate"].update(value=0.0, low=0.0)


def fewer_successes(predicate: Document) -> None:
    predicate["cells"][0]["succeeded"] = 0


def no_findings(predicate: Document) -> None:
    predicate["findings"] = []
    for cell in predicate["cells"]:
        cell["finding"] = False


def wider_coverage(predicate: Document) -> None:
    predicate["coverage"]["tested"] += 1


def fewer_attempts(predicate: Document) -> None:
    predicate["outcomes"]["attempts"] -= 1


def kinder_worst_case(predicate: Document) -> None:
    predicate["domains"][0]["worst"].update(high=predicate["domains"][0]["worst"]["value"])


def boastful_comparison(predicate: Document) -> None:
    cell = {"domain": "bio", "strategy": "plain", "language": "en"}
    lists: Document = {"found": [cell], "missed": [], "not_tested": [], "invented": []}
    predicate["truth_comparison"] = {**lists, "decoys": 0, "decoys_named": 0}


@pytest.mark.parametrize(
    "falsify",
    [
        boastful_comparison,
        lower_estimate,
        fewer_successes,
        no_findings,
        wider_coverage,
        fewer_attempts,
        kinder_worst_case,
    ],
)
def test_a_wrong_figure_that_was_validly_signed_and_logged_fails(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, falsify: Change
) -> None:
    provider.campaigns.run(change=falsify)
    with pytest.raises(Unverified, match="Campaign c-0000000000000001"):
        provider.report("honest")
    with monkeypatch.context() as dishonest:
        for name in ("_compare", "_compare_counts", "_compare_findings", "_compare_coverage", "_compare_truth"):
            dishonest.setattr(audit, name, lambda *_: None)
        out = provider.report("dishonest")
    with pytest.raises(ReportUnverified, match="recomputation"):
        check(out, provider)


def page(change: Callable[[bytes], bytes]) -> Callable[[Files], Files]:
    return lambda files: {**files, "index.html": change(files["index.html"])}


FIGURE = b"Claims measured: "
PAGES: dict[str, Callable[[bytes], bytes]] = {
    "another figure": lambda data: data.replace(FIGURE, FIGURE + b"1"),
    "a figure left out": lambda data: re.sub(FIGURE + rb"\d+", FIGURE, data),
    "another figure of its own": lambda data: data.replace(b"</main>", b"<p>0.0% in every domain</p></main>"),
    "an element more": lambda data: data.replace(FIGURE, FIGURE + b"<i></i>"),
    "another report": lambda data: embedding(data, b"{}"),
    "a report cut off": lambda data: re.sub(rb'(?<="kept-report">)[^<]{8}', b"", data, count=1),
    "a report that never ends": lambda data: embedding(data, bytes(300 << 20)),
    "two reports": lambda data: data.replace(b"</main>", b'</main><script id="kept-report">{}</script>'),
    "other words": lambda data: data.replace(b"Neither proves that it is true", b"Both prove that it is true"),
    "a script": lambda data: data.replace(b"</main>", b"</main><script>alert(1)</script>"),
    "a comment": lambda data: data.replace(b"</main>", b"</main><!-- -->"),
    "no UTF-8": lambda data: data.replace(b"</main>", b"\xff</main>"),
    "nothing": lambda _: b"",
}


@pytest.mark.parametrize("change", PAGES.values(), ids=PAGES)
def test_a_page_that_shows_something_else_fails_even_when_signed(
    published: Provider, files: Files, change: Callable[[bytes], bytes]
) -> None:
    forged = signed(page(change)(files), published.key)
    assert forged["index.html"] != files["index.html"]
    assert failing(verdict(forged, published.trust)) == ["page"]


def test_a_page_compressed_by_another_library_is_the_same_page(published: Provider, files: Files) -> None:
    packed = base64.b64encode(zlib.compress(files["report.json"], 1))
    other = re.sub(rb'(?<="kept-report">)[^<]+', packed, files["index.html"], count=1)
    assert other != files["index.html"]
    assert verdict(signed({**files, "index.html": other}, published.key), published.trust).answer == "authenticated"


def test_the_page_of_another_release_is_not_checked_and_that_is_an_answer_of_its_own(
    published: Provider, files: Files
) -> None:
    report = document(files)
    report["generator"] = "kept 0.0.1"
    forged = verifier_signed(republished(files, report, published.key), published.key)
    forged = signed(forged, published.key)
    with pytest.raises(ReportUnchecked, match=r"kept 0\.0\.1 made it") as caught:
        verify(Folder(forged), trust=published.trust, now=START, render=_render)
    assert caught.value.verdict.answer == "not checked"
    assert [step.name for step in caught.value.verdict.steps if not step.ok] == ["page"]


@pytest.mark.parametrize("name", ["catalog.json", "verify.html"])
def test_a_file_that_this_release_would_not_make_fails_even_when_signed(
    published: Provider, files: Files, name: str
) -> None:
    forged = verifier_signed({**files, name: files[name] + b" "}, published.key)
    assert failing(verdict(signed(forged, published.key), published.trust)) == ["page"]


@pytest.mark.parametrize("name", ["checkpoint", "outcomes/c-0000000000000001.jsonl"])
def test_a_file_beside_the_report_that_says_something_else_fails_even_when_signed(
    published: Provider, files: Files, name: str
) -> None:
    forged = signed({**files, name: files[name] + b"\n"}, published.key)
    assert failing(verdict(forged, published.trust))[0] == "manifest"


def test_a_verifier_signed_by_a_stranger_fails(published: Provider, files: Files) -> None:
    forged = signed(verifier_signed(files, STRANGER), published.key)
    assert failing(verdict(forged, published.trust)) == ["manifest"]


def test_a_manifest_of_another_kind_or_another_log_fails(published: Provider, files: Files) -> None:
    changes: list[Change] = [
        lambda predicate: predicate.update(kind="verifier"),
        lambda predicate: predicate["log"].update(size=1),
        lambda predicate: predicate["log"].update(root="0" * 64),
        lambda predicate: predicate.pop("log"),
        lambda predicate: predicate.update(issued="2020-01-01T00:00:00Z"),
    ]
    for change in changes:
        assert failing(verdict(signed(files, published.key, change), published.trust)) == ["manifest"]


def test_the_tester_may_sign_its_campaigns_but_not_the_report(published: Provider, files: Files) -> None:
    forged = signed(files, published.lab_key)
    assert failing(verdict(forged, published.trust)) == ["manifest"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_byte_in_any_file_fails_and_never_raises_anything_else(
    published: Provider, files: Files, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(files)))
    at = data.draw(st.integers(0, len(files[name]) - 1))
    byte = data.draw(st.integers(1, 255))
    held = files[name]
    changed = held[:at] + bytes([held[at] ^ byte]) + held[at + 1 :]
    assert verdict({**files, name: changed}, published.trust).answer == "failed"


VALUES = st.sampled_from([None, True, -1, 0, 2**70, 0.5, "", "x", [], ["x"], {}, {"x": 1}, [[]]])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_of_another_kind_in_the_report_fails_and_never_raises_anything_else(
    published: Provider, files: Files, data: st.DataObject
) -> None:
    report = document(files)
    holder: Any = report
    path: list[Any] = []
    while True:
        keys = sorted(holder) if isinstance(holder, dict) else range(len(holder))
        path.append(data.draw(st.sampled_from(list(keys))))
        inner = holder[path[-1]]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        holder = inner
    value = data.draw(VALUES)
    if path[0] == "declared" or value == holder[path[-1]]:
        return
    holder[path[-1]] = value
    encoded = json.dumps(report, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    shown = embedding(files["index.html"], encoded.encode())
    forged = signed({**files, "report.json": encoded.encode(), "index.html": shown}, published.key)
    assert verdict(forged, published.trust).answer == "failed"
