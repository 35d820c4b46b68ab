"""A report is tampered with in many ways: the reader's browser gives the answer of `kept verify`, step for step."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from kept.practices.reporting.methods import audit, campaigns
from kept.practices.reporting.methods.page import pack
from kept.practices.reporting.methods.verify import verify
from kept.practices.reporting.records import Files as Folder
from kept.practices.reporting.records import ReportUnchecked, ReportUnverified
from kept.practices.reporting.service import _render
from kept.predicates.campaign_plan import PartyIds
from kept.predicates.outcomes import OutcomeRecord
from simulators import campaigns as simulated
from simulators.browser import chromium
from simulators.campaigns import Design
from simulators.comparisons import compared
from simulators.forger import STRANGER, Document, Files, document, republished, resealed, signed, verifier_signed
from simulators.provider import START, Provider, read

SMALL = Design(domains=("bio", "cyber"), prompts=6, succeeding=0.3, unassessed=0.1)
VERIFY = """async ([files, trust]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const folder = new Map(Object.entries(files).map(([name, text]) => [name, bytes(text)]));
  const release = { ...JSON.parse(document.getElementById("kept-release").textContent), page: window.asLoaded };
  const { derived, verified_at, ...verdict } = await window.kept.verifyFolder(folder, release, trust);
  return verdict;
}"""


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """A provider whose log holds every kind of campaign and of decision, an erasure and two cosignatures."""
    made = Provider(tmp_path_factory.mktemp("browser") / "acme", minimum_witnesses=1)
    made.publish_every_kind(SMALL, decided=True)
    yield made
    made.close()


@pytest.fixture(scope="module")
def files(acme: Provider) -> Files:
    return read(acme.folder.parent / "report")


@pytest.fixture(scope="module")
def page(acme: Provider, files: Files) -> Iterator[Page]:
    """The verifier that a reader saved from a source that they trust."""
    saved = acme.folder.parent / "saved.html"
    saved.write_bytes(files["verify.html"])
    with chromium() as browser:
        opened = browser.new_page()
        thrown: list[str] = []
        asked: list[str] = []
        opened.on("pageerror", lambda error: thrown.append(str(error)))
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(saved.as_uri())
        opened.evaluate("window.asLoaded = window.kept.outline(document)")
        yield opened
        assert not thrown
        assert asked == [saved.as_uri()]


def in_browser(page: Page, files: Files, trust: Any) -> dict[str, Any]:
    encoded = {name: base64.b64encode(data).decode() for name, data in files.items()}
    found: dict[str, Any] = page.evaluate(VERIFY, [encoded, trust])
    return found


def in_python(files: Files, acme: Provider, *, trusting: bool) -> dict[str, Any]:
    trust = acme.trust if trusting else None
    try:
        found = verify(Folder(files), trust=trust, now=START, render=_render)
    except (ReportUnverified, ReportUnchecked) as error:
        found = error.verdict
    shown = found.document()
    del shown["verified_at"]
    return shown


def told(verdict: dict[str, Any]) -> dict[str, Any]:
    """All that must be the same: every word differs between two programs, no figure does."""
    return {**verdict, "steps": {step["name"]: step["ok"] for step in verdict["steps"]}}


def agree(page: Page, files: Files, acme: Provider, *, untrusting: bool = False) -> str:
    """The answer of both under the reader's trust file; where asked, they agree without one as well."""
    for trusting in (False, True) if untrusting else (True,):
        trust = json.loads(acme.trust.to_bytes()) if trusting else None
        one, other = in_python(files, acme, trusting=trusting), in_browser(page, files, trust)
        assert told(one) == told(other), [step["detail"] for step in (*one["steps"], *other["steps"])]
    return str(one["answer"])


def test_an_untouched_report_is_authenticated_by_both(page: Page, files: Files, acme: Provider) -> None:
    assert agree(page, files, acme, untrusting=True) == "authenticated"
    assert in_browser(page, files, json.loads(acme.trust.to_bytes()))["witnessed"] == 2
    assert in_browser(page, files, None)["answer"] == "consistent, not authenticated"


NAMES = (
    "report.json", "index.html", "catalog.json", "checkpoint", "manifest.json", "verify.html", "verify.html.dsse.json",
    "outcomes/c-0000000000000001.jsonl",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_lost_cut_or_flipped_by_a_bit_fails_in_both(
    page: Page, files: Files, acme: Provider, name: str
) -> None:
    data, middle = files[name], len(files[name]) // 2
    lost = {other: held for other, held in files.items() if other != name}
    flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    for changed in (lost, {**files, name: data[:middle]}, {**files, name: flipped}):
        assert agree(page, changed, acme) == "failed"


def test_signed_copies_are_named_by_both_and_other_signed_files_fail(page: Page, files: Files, acme: Provider) -> None:
    whole = signed({**files, "report.pdf": b"%PDF-1.7"}, acme.key)
    assert agree(page, whole, acme) == "authenticated"
    details = [
        in_python(whole, acme, trusting=True)["steps"][0]["detail"],
        in_browser(page, whole, json.loads(acme.trust.to_bytes()))["steps"][0]["detail"],
    ]
    assert details[0] == details[1]
    assert "report.pdf" in details[0]
    assert agree(page, {**whole, "report.pdf": b"%PDF-1.8"}, acme) == "failed"
    assert agree(page, signed({**files, "results.html": b"All is well."}, acme.key), acme) == "failed"


def derived(report: Document) -> Document:
    found: Document = report["derived"]
    return found


def better_figure(report: Document) -> None:
    derived(report)["claims"][0]["estimate"]["value"] += 1e-6


def better_status(report: Document) -> None:
    status = derived(report)["statuses"][0]
    status["state"] = "kept"


def better_assurance(report: Document) -> None:
    derived(report)["claims"][0]["assurance"] = "reproduced"


def nothing_missing(report: Document) -> None:
    derived(report)["statuses"][0]["missing"] = []


def no_finding(report: Document) -> None:
    for claim in derived(report)["claims"]:
        claim["finding"] = False


def weaker_rules(report: Document) -> None:
    report["catalog"]["commitments"][0]["requirements"].pop()


def softer_outcomes(report: Document) -> None:
    name = next(iter(report["outcomes"]))
    report["outcomes"][name] = report["outcomes"][name].replace('"s', '"r')


def outcomes_cut_short(report: Document) -> None:
    name = next(iter(report["outcomes"]))
    report["outcomes"][name] = report["outcomes"][name][:-20]


def outcomes_withheld(report: Document) -> None:
    report["outcomes"].popitem()


def outcomes_by_another_path(report: Document) -> None:
    report["outcomes"]["../../c-00000000000000ff"] = ""


def bad_campaign_dropped(report: Document) -> None:
    bad = derived(report)["campaigns"].pop(1)["campaign"]
    derived(report)["claims"] = [each for each in derived(report)["claims"] if each["campaign"] != bad]
    del report["outcomes"][bad]


def bad_campaign_said_to_be_erased(report: Document) -> None:
    plan, result = (derived(report)["campaigns"][1][name] for name in ("plan", "result"))
    bad_campaign_dropped(report)
    for index in (plan, result):
        report["statements"][index] = {"index": index, "erased": len(report["statements"]) - 1}


def bad_campaign_taken_out_of_the_log(report: Document) -> None:
    plan, result = (derived(report)["campaigns"][1][name] for name in ("plan", "result"))
    bad_campaign_dropped(report)
    for index in (result, plan):
        del report["statements"][index], report["log"]["entries"][index]
    for index, each in enumerate(report["statements"]):
        each["index"] = index
    report["log"]["size"] -= 2


def log_cut_short(report: Document) -> None:
    report["log"]["entries"].pop()
    report["statements"].pop()
    report["log"]["size"] -= 1


def entries_reordered(report: Document) -> None:
    entries, statements = report["log"]["entries"], report["statements"]
    entries[0], entries[2] = entries[2], entries[0]
    statements[0], statements[2] = {**statements[2], "index": 0}, {**statements[0], "index": 2}


def another_salt(report: Document) -> None:
    report["statements"][0]["salt"] = base64.b64encode(bytes(32)).decode()


def another_proof(report: Document) -> None:
    report["statements"][0]["inclusion"][0] = base64.b64encode(bytes(32)).decode()


def proof_cut_short(report: Document) -> None:
    report["statements"][0]["inclusion"].pop()


def proof_too_long(report: Document) -> None:
    report["statements"][0]["inclusion"].append(base64.b64encode(bytes(32)).decode())


def false_disclosure(report: Document) -> None:
    report["statements"][0]["disclosures"] = ["WyJzYWx0IiwibmFtZSIsMV0"]


def erased_by_nothing(report: Document) -> None:
    report["statements"][0] = {"index": 0, "erased": 10_000}


def resealed_with_better_figures(report: Document, key: Any) -> None:
    index = derived(report)["campaigns"][0]["result"]
    each = report["statements"][index]
    each["envelope"] = resealed(each["envelope"], key, lambda said: said["cells"][0]["estimate"].update(high=0.5))


def checkpoint_is_no_note(report: Document) -> None:
    report["log"]["checkpoint"] = "not a note"


def no_cosignature_left(report: Document) -> None:
    lines = report["log"]["checkpoint"].splitlines(keepends=True)
    report["log"]["checkpoint"] = "".join(line for line in lines if "witness" not in line)


def false_cosignature(report: Document) -> None:
    head, _, line = report["log"]["checkpoint"].rstrip("\n").rpartition(" ")
    raw = base64.b64decode(line)
    report["log"]["checkpoint"] = f"{head} {base64.b64encode(raw[:12] + bytes(64)).decode()}\n"


def another_origin(report: Document) -> None:
    report["log"]["origin"] = "other.example/kept"


def another_organisation(report: Document) -> None:
    report["organisation"]["name"] = "Another AI"


def backdated(report: Document) -> None:
    report["as_of"] = "2026-11-21T07:30:00Z"


def member_that_is_unknown(report: Document) -> None:
    report["remark"] = "trust us"


def release_left_out_of_the_register(report: Document) -> None:
    derived(report)["register"]["events"].pop(0)


def fewer_major_releases(report: Document) -> None:
    derived(report)["register"]["major"] -= 1


def deadline_not_missed(report: Document) -> None:
    missed = next(each for each in derived(report)["register"]["due"] if each["missed"])
    missed["missed"] = False


def written(report: Document) -> Document:
    found: Document = next(
        section for model in derived(report)["sections"] for section in model["sections"] if section["history"]
    )
    return found


def section_said_to_be_written_by_another(report: Document) -> None:
    written(report)["part"]["author"] = "Somebody else"


def older_text_shown_as_current(report: Document) -> None:
    written(report)["part"]["text"] = "It never forgets."


def withholding_said_to_be_reviewed(report: Document) -> None:
    derived(report)["withheld"][-1]["state"] = "withheld"


def review_by_another(report: Document) -> None:
    derived(report)["withheld"][0]["reviews"][0]["actors"] = ["Independent Ltd"]


def withheld_text_made_up(report: Document) -> None:
    section = next(
        one for model in derived(report)["sections"] for one in model["sections"] if one["state"] == "withheld"
    )
    section["part"]["text"], section["state"] = "All is well.", "written"


def dispute_left_out(report: Document) -> None:
    derived(report)["disputes"].pop(0)


def dispute_authenticated(report: Document) -> None:
    derived(report)["disputes"][0]["disputes"][1]["state"] = "authenticated"


def dispute_said_to_be_erased(report: Document) -> None:
    index = derived(report)["disputes"].pop(0)["disputes"][0]["index"]
    report["statements"][index] = {"index": index, "erased": len(report["statements"]) - 1}


def disclosure_dropped(report: Document) -> None:
    next(each for each in report["statements"] if each.get("disclosures"))["disclosures"].pop()


def indicator_answered(report: Document) -> None:
    derived(report)["answers"][0]["items"][0]["state"] = "answered"


def confirmed_by_another(report: Document) -> None:
    found = next(one for one in derived(report)["answers"][0]["items"] if one["confirmed"])
    found["confirmed"][0]["name"] = "Somebody else"


def promise_answered(report: Document) -> None:
    found = next(one for one in derived(report)["answers"][1]["items"] if one["state"] == "in part")
    found["state"] = "answered"


def gate_left_open(report: Document) -> None:
    derived(report)["gates"][0]["state"] = "overridden"


def reason_dropped(report: Document) -> None:
    derived(report)["gates"][0]["decisions"][0]["reasons"].pop()


def dissent_dropped(report: Document) -> None:
    derived(report)["gates"][0]["overrides"][0]["dissent"] = 0


def veto_dropped(report: Document) -> None:
    derived(report)["gates"][0]["vetoes"].pop()


CHANGES: list[Callable[[Document], None]] = [
    better_figure, better_status, better_assurance, nothing_missing, no_finding, weaker_rules,
    softer_outcomes, outcomes_cut_short, outcomes_withheld, outcomes_by_another_path, bad_campaign_dropped,
    bad_campaign_said_to_be_erased, bad_campaign_taken_out_of_the_log, log_cut_short, entries_reordered,
    another_salt, another_proof, proof_cut_short, proof_too_long, false_disclosure, erased_by_nothing,
    checkpoint_is_no_note, false_cosignature, another_origin, another_organisation, backdated,
    member_that_is_unknown, release_left_out_of_the_register, fewer_major_releases, deadline_not_missed,
    section_said_to_be_written_by_another, older_text_shown_as_current, withholding_said_to_be_reviewed,
    review_by_another, withheld_text_made_up, dispute_left_out, dispute_authenticated, dispute_said_to_be_erased,
    disclosure_dropped, indicator_answered, confirmed_by_another, promise_answered,
    gate_left_open, reason_dropped, dissent_dropped, veto_dropped,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_the_provider_changed_and_signed_again_with_its_true_key_fails_in_both(
    page: Page, files: Files, acme: Provider, change: Callable[[Document], None]
) -> None:
    report = document(files)
    change(report)
    assert agree(page, republished(files, report, acme.key), acme, untrusting=True) == "failed"


def test_a_statement_sealed_again_with_a_better_figure_fails_in_both(page: Page, files: Files, acme: Provider) -> None:
    report = document(files)
    resealed_with_better_figures(report, acme.key)
    assert agree(page, republished(files, report, acme.key), acme) == "failed"


def test_a_report_without_its_cosignatures_is_unwitnessed_for_both_and_no_failure(
    page: Page, files: Files, acme: Provider
) -> None:
    report = document(files)
    no_cosignature_left(report)
    forged = republished(files, report, acme.key)
    assert agree(page, forged, acme) == "authenticated"
    assert in_browser(page, forged, json.loads(acme.trust.to_bytes()))["witnessed"] == "unwitnessed"


def test_a_report_signed_again_by_a_stranger_fails_in_both(page: Page, files: Files, acme: Provider) -> None:
    assert agree(page, signed(verifier_signed(files, STRANGER), STRANGER), acme, untrusting=True) == "failed"
    assert agree(page, signed(verifier_signed(files, STRANGER), acme.key), acme) == "failed"
    assert agree(page, signed(files, acme.lab_key), acme) == "failed"


def test_a_file_that_the_manifest_does_not_list_fails_in_both(page: Page, files: Files, acme: Provider) -> None:
    for name in ("extra.txt", "outcomes/c-00000000000000ff.jsonl", "trust.json", "../outside"):
        assert agree(page, {**files, name: b"{}"}, acme) == "failed"
    forged = signed({**files, "../../etc/passwd": b"x"}, acme.key)
    assert agree(page, {name: data for name, data in forged.items() if "etc" not in name}, acme) == "failed"


def test_files_that_this_release_would_not_make_fail_in_both_even_when_signed(
    page: Page, files: Files, acme: Provider
) -> None:
    for name, more in (("catalog.json", b" "), ("verify.html", b"<p>all is well</p>"), ("checkpoint", b"\n")):
        forged = verifier_signed({**files, name: files[name] + more}, acme.key)
        assert agree(page, signed(forged, acme.key), acme) == "failed"


def test_the_page_of_another_release_is_checked_by_neither(page: Page, files: Files, acme: Provider) -> None:
    report = document(files)
    report["generator"] = "kept 0.0.1"
    forged = verifier_signed(republished(files, report, acme.key), acme.key)
    assert agree(page, signed(forged, acme.key), acme, untrusting=True) == "not checked"


def test_a_page_that_shows_other_figures_fails_in_both_even_when_signed(
    page: Page, files: Files, acme: Provider
) -> None:
    figure = b"Claims measured: "
    shown = files["index.html"]
    for changed in (
        shown.replace(figure, figure + b"1"),
        shown.replace(figure, figure + b"<i></i>"),
        shown.replace(b"</main>", b"<p>All is well.</p></main>"),
        shown.replace(b"</main>", b"<!-- all is well --></main>"),
        shown.replace(b"</html>", b"</html> "),
        shown.replace(b"Neither proves that it is true", b"Both prove that it is true"),
        re.sub(rb'(?<="kept-report">)[^<]+', pack(b"{}").encode(), shown, count=1),
        re.sub(rb'(?<="kept-report">)[^<]{8}', b"", shown, count=1),
        shown.replace(b"</main>", b'</main><script id="kept-report">{}</script>'),
        shown.replace(b"</main>", b"\xff</main>"),
        b"",
    ):
        assert agree(page, signed({**files, "index.html": changed}, acme.key), acme) == "failed"


@pytest.mark.parametrize(
    "text",
    [
        b"", b"null", b"[]", b"1", b'"x"', b"{}", b"\xff", b"{", b"[" * 100_000, b'{"kept_report":1}',
        b'{"kept_report":1,"kept_report":1}', b'{"kept_report":1,"log":{},"statements":[]}', b"1e999", b'"\\ud800"',
    ],
)  # fmt: skip
def test_a_report_that_is_none_fails_in_both_and_throws_in_neither(
    page: Page, files: Files, acme: Provider, text: bytes
) -> None:
    assert agree(page, signed({**files, "report.json": text}, acme.key), acme) == "failed"


PLACES: list[list[Any]] = [
    ["generator"], ["organisation"], ["organisation", "name"], ["as_of"], ["declared"], ["log"], ["log", "entries"],
    ["log", "entries", 0], ["log", "size"], ["log", "checkpoint"], ["statements"], ["statements", 0],
    ["statements", 0, "envelope"], ["statements", 0, "salt"], ["statements", 0, "inclusion"],
    ["statements", 0, "inclusion", 0], ["statements", 0, "disclosures"], ["outcomes"], ["catalog"], ["derived"],
    ["outcomes", "c-0000000000000001"], ["derived", "campaigns"], ["derived", "claims"], ["derived", "coverage"],
    ["derived", "campaigns", 0], ["derived", "claims", 0, "estimate"], ["derived", "statuses", 0], ["kept_report"],
]  # fmt: skip


VALUES: list[Any] = [None, -1, 0.5, "x", [], {"x": [[]]}]


@pytest.mark.parametrize(("number", "place"), list(enumerate(PLACES)), ids=lambda place: str(place))
def test_a_report_of_another_shape_fails_in_both_and_throws_in_neither(
    page: Page, files: Files, acme: Provider, number: int, place: list[Any]
) -> None:
    *path, last = place
    for value in (VALUES[number % 6], VALUES[(number + 2) % 6]):
        report = document(files)
        holder: Any = report
        for name in path:
            holder = holder[name]
        if holder[last] == value:
            continue
        holder[last] = value
        text = json.dumps(report, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        assert agree(page, signed({**files, "report.json": text}, acme.key), acme) == "failed"


def test_the_same_report_written_otherwise_fails_in_both(page: Page, files: Files, acme: Provider) -> None:
    text = files["report.json"]
    for other in (
        json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False).encode(),
        json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False).encode() + b"\n",
        text.replace(b'"version":1', b'"version":1e0', 1),
        text.replace(b'"kept_report"', b'"kept\\u005freport"'),
    ):
        assert other != text
        assert agree(page, signed({**files, "report.json": other}, acme.key), acme) == "failed"


@pytest.mark.parametrize("trust", [[], {}, "x", 1, {"version": 2}, {"log": None}], ids=repr)
def test_a_trust_file_that_is_garbage_is_the_readers_to_mend_and_authenticates_nothing(
    page: Page, files: Files, trust: Any
) -> None:
    with pytest.raises(Exception, match="Your trust file can't be read"):
        in_browser(page, files, trust)


def test_a_trust_file_that_is_garbage_is_told_to_whoever_presses_the_button(
    page: Page, files: Files, tmp_path: Path
) -> None:
    for name, data in files.items():
        path = tmp_path / "report" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    trust = tmp_path / "trust.json"
    page.set_input_files("#folder", tmp_path / "report")
    for garbage in (b"\x00\xff", b"{", b"[]", b'{"version":1}'):
        trust.write_bytes(garbage)
        page.set_input_files("#trust", trust)
        page.click("#verify")
        page.wait_for_selector("#verify:not([disabled])")
        assert "could not be checked" in page.inner_text("#verdict")
        assert "trust file" in page.inner_text("#verdict")
        assert page.evaluate("window.keptVerdict.answer") == "failed"


def resisted_only(records: list[OutcomeRecord]) -> list[OutcomeRecord]:
    return [replace(each, clusters=tuple(one for one in each.clusters if one == "r")) for each in records]


def fewer_cells(records: list[OutcomeRecord]) -> list[OutcomeRecord]:
    return records[1:]


EARLY = Design(
    domains=("bio",), strategies=("plain", "hex"), prompts=90, succeeding=0.0, unassessed=0.0,
    probes=("spade", "card"), stop={"rule": "sequential", "bound": 0.1, "alpha": 0.05, "over": "campaign"},
)  # fmt: skip


def stopped_before(records: list[OutcomeRecord]) -> list[OutcomeRecord]:
    return [replace(each, clusters=each.clusters[:-1]) for each in records]


def went_on(records: list[OutcomeRecord]) -> list[OutcomeRecord]:
    return [replace(each, clusters=(*each.clusters, "r", "r")) for each in records]


def other_decision(predicate: dict[str, Any]) -> None:
    predicate["cells"][0]["decision"] = "open"


def narrower(predicate: dict[str, Any]) -> None:
    predicate["domains"][0]["estimate"]["high"] -= 0.01


def pooled(predicate: dict[str, Any]) -> None:
    predicate["cells"][0]["estimate"]["method"] = "clopper-pearson"


def untouched(found: Any) -> Any:
    return found


@pytest.mark.parametrize(
    ("drop", "change", "answer"),
    [
        (untouched, untouched, "authenticated"),
        (stopped_before, untouched, "failed"),
        (went_on, untouched, "failed"),
        (untouched, other_decision, "failed"),
        (untouched, narrower, "failed"),
        (untouched, pooled, "failed"),
    ],
)
def test_cells_that_stop_early_are_checked_by_both(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drop: Any, change: Any, answer: str
) -> None:
    made = Provider(tmp_path / "acme")
    made.campaigns.run(EARLY, drop=drop, change=change)
    made.campaigns.run(replace(EARLY, succeeding=0.4, unassessed=0.1, seed=2))
    made.campaigns.run(replace(EARLY, unassessed=1.0, trials=2, seed=3))
    with monkeypatch.context() as dishonest:
        for name in ("_compare", "_compare_plan"):
            dishonest.setattr(audit, name, lambda *_: None)
        files = read(made.report())
    assert agree(page, files, made) == answer
    made.close()


def written_otherwise(said: Any) -> Any:
    """Every whole number as a fraction: 48.0 for 48."""
    if isinstance(said, dict):
        return {name: written_otherwise(value) for name, value in said.items()}
    if isinstance(said, list | tuple):
        return [written_otherwise(value) for value in said]
    return float(said) if isinstance(said, int) and not isinstance(said, bool) else said


def with_fractions(predicate: dict[str, Any]) -> None:
    predicate.update(written_otherwise(predicate))


def test_whole_numbers_are_read_alike_by_both_however_they_are_written(page: Page, tmp_path: Path) -> None:
    made = Provider(tmp_path / "acme")
    made.campaigns.run(SMALL)
    made.campaigns.run(SMALL, change=with_fractions)
    made.campaigns.calibrate(SMALL, change=with_fractions)
    files = read(made.report())
    assert agree(page, files, made) == "authenticated"
    one, other = derived(document(files))["campaigns"]
    assert (one["attempts"], one["state"]) == (other["attempts"], other["state"])
    assert agree(page, republished(files, fractional(document(files)), made.key), made) == "authenticated"
    made.close()


def fractional(report: Document) -> Document:
    """The same report, with the numbers of its frame and of all that was derived written otherwise."""
    report["log"]["size"] = float(report["log"]["size"])
    for each in report["statements"]:
        each["index"] = float(each["index"])
    return {**report, "derived": written_otherwise(derived(report))}


@pytest.mark.parametrize("cheating", [False, True])
def test_a_hit_rate_is_computed_by_both(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cheating: bool
) -> None:
    def lower(predicate: dict[str, Any]) -> None:
        predicate["cells"][0]["hit"]["low"] -= 0.01 if cheating else 0

    made = Provider(tmp_path / "acme")
    made.campaigns.run(Design(domains=("bio",), prompts=20, trials=4, succeeding=0.2, unassessed=0.1), change=lower)
    with monkeypatch.context() as dishonest:
        dishonest.setattr(audit, "_compare", lambda *_: None)
        files = read(made.report())
    assert agree(page, files, made) == ("failed" if cheating else "authenticated")
    made.close()


PLACE = {"domain": "bio", "strategy": "plain", "language": "en"}
ELSEWHERE = {**PLACE, "domain": "physical", "rate": 0.3}
PLANTED: dict[str, tuple[dict[str, Any], str]] = {
    "as it is": ({"missed": [PLACE], "not_tested": [ELSEWHERE]}, "authenticated"),
    "found, which was not": ({"found": [PLACE]}, "failed"),
    "invented, which was not": ({"invented": [PLACE]}, "failed"),
    "not tested, which was": ({"not_tested": [PLACE]}, "failed"),
    "missed, where nothing was tested": ({"missed": [ELSEWHERE]}, "failed"),
    "a name that is none": ({"not_tested": [{**ELSEWHERE, "domain": "<b>"}]}, "failed"),
    "a rate above one": ({"not_tested": [{**ELSEWHERE, "rate": 1.5}]}, "failed"),
    "a member more": ({"not_tested": [{**ELSEWHERE, "note": ""}]}, "failed"),
    "fewer decoys than none": ({"decoys": -1}, "failed"),
}


@pytest.mark.parametrize(("planted", "answer"), PLANTED.values(), ids=PLANTED)
def test_what_was_planted_is_held_against_the_findings_by_both(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planted: dict[str, Any], answer: str
) -> None:
    def compare(predicate: dict[str, Any]) -> None:
        lists: dict[str, Any] = {"found": [], "missed": [], "not_tested": [], "invented": []}
        predicate["truth_comparison"] = {**lists, "decoys": 0, "decoys_named": 0, **planted}

    made = Provider(tmp_path / "acme")
    made.campaigns.run(Design(domains=("bio",), strategies=("plain",), prompts=8, succeeding=0.0), change=compare)
    with monkeypatch.context() as dishonest:
        dishonest.setattr(audit, "_compare_truth", lambda *_: None)
        files = read(made.report())
    assert agree(page, files, made) == answer
    made.close()


@pytest.mark.parametrize("drop", [resisted_only, fewer_cells])
def test_attempts_that_were_dropped_are_missed_by_both(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drop: Any
) -> None:
    made = Provider(tmp_path / "acme")
    made.campaigns.run(Design(domains=("bio", "cyber"), prompts=9, succeeding=0.4), drop=drop)
    with monkeypatch.context() as dishonest:
        dishonest.setattr(audit, "_compare_plan", lambda *_: None)
        files = read(made.report())
    assert agree(page, files, made) == "failed"
    made.close()


def test_a_party_that_is_described_otherwise_than_it_is_named_fails_in_both(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    another, identity = "sha256:" + "1" * 64, campaigns._identity
    made = Provider(tmp_path / "acme")
    with monkeypatch.context() as dishonest:
        dishonest.setattr(simulated, "PartyIds", lambda **_: PartyIds(attacker=another, judge=another))
        dishonest.setattr(campaigns, "_identity", lambda document: identity(document) or another)
        made.campaigns.run(SMALL)
        files = read(made.report())
    assert agree(page, files, made) == "failed"
    made.close()


@pytest.mark.parametrize("cheating", [False, True])
def test_benign_twins_are_controls_for_both(page: Page, tmp_path: Path, cheating: bool) -> None:
    def call_it_a_finding(report: Document) -> None:
        for campaign in derived(report)["campaigns"]:
            campaign["findings"] += campaign["false_alarms"] if cheating else []

    made = Provider(tmp_path / "acme")
    made.campaigns.run(
        Design(domains=("cyber",), strategies=("plain", "world-host", "world-host-twin"), succeeding=0.3)
    )
    made.campaigns.run(Design(domains=("physical",), strategies=("world-plant-twin",), succeeding=0.3, seed=2))
    made.campaigns.open(Design(domains=("tool-use",), strategies=("world-mailbox",), seed=3))
    files = read(made.report())
    report = document(files)
    call_it_a_finding(report)
    assert [len(campaign["false_alarms"]) for campaign in derived(report)["campaigns"]] == [1, 1, 0]
    answer = agree(page, republished(files, report, made.key), made)
    made.close()
    assert answer == ("failed" if cheating else "authenticated")


@pytest.mark.parametrize("cheating", [False, True])
def test_two_releases_are_compared_alike_by_both(page: Page, tmp_path: Path, cheating: bool) -> None:
    made = Provider(tmp_path / "acme")
    compared(made)
    report = document(read(made.report()))
    (comparison,) = derived(report)["comparisons"]
    assert (comparison["state"], comparison["preregistration"]) == ("recomputed", 0)
    if cheating:
        comparison["regressions"].pop()
    answer = agree(page, republished(read(made.folder.parent / "report"), report, made.key), made)
    made.close()
    assert answer == ("failed" if cheating else "authenticated")
