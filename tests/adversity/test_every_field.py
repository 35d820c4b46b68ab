"""Every text field of every type of statement means harm, under true keys: a report shows it as text, and stays whole.

The fields come from the predicates' own schemas, so a type or a field that is added later is covered, or fails here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard
from playwright.sync_api import Browser, Page

from kept.core import redaction
from kept.core.statement import Envelope, Statement
from kept.errors import Invalid, Unverified
from kept.practices.reporting.backends.html import HTML
from kept.practices.reporting.methods import material
from kept.practices.reporting.methods.derive import derive
from kept.practices.reporting.methods.words import UNSEEN
from kept.practices.reporting.records import ASSESSMENT, CARDS, DOCUMENT, Known
from simulators.browser import chromium
from simulators.every_type import published_types
from simulators.hostile_log import FOLLOWS, MARK, Schema, changed, declared, hostile_provider, known_schemas, worst
from simulators.provider import Provider, check, read

PAGE, VERIFIER = "index.html", "verify.html"
# Elements and attributes, in order: what a text can't change, whatever it says.
SKELETON = """() => Array.from(document.querySelectorAll("*"), (one) =>
  [one.localName, ...Array.from(one.attributes, ({ name }) => name).sort()].join(" "))"""
# Texts that stand together with others, or reach beyond their element: a right-to-left one would turn its neighbours.
NEIGHBOURS = """(mark) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, (node) =>
    node.data.includes(mark) && !["SCRIPT", "STYLE"].includes(node.parentElement.tagName) ? 1 : 2);
  const found = [];
  while (walker.nextNode()) {
    const { parentElement: holder, data } = walker.currentNode;
    const apart = ["isolate", "plaintext"].includes(getComputedStyle(holder).unicodeBidi);
    if (!apart || holder.textContent !== data) found.push(holder.outerHTML.slice(0, 120));
  }
  return found;
}"""
# Blocks out of which a hundred accents on one letter would stick.
OPEN_BLOCKS = """(mark) => Array.from(document.querySelectorAll("main *, header *"))
  .filter((one) => Array.from(one.childNodes).some((node) => node.nodeType === 3 && node.data.includes(mark)))
  .map((one) => { while (getComputedStyle(one).display === "inline") one = one.parentElement; return one; })
  .filter((one) => !one.closest(".prose") && getComputedStyle(one).overflowY !== "clip")
  .map((one) => one.outerHTML.slice(0, 80))"""


@dataclass
class Harm:
    """What was published: the provider, its folder, and its files."""

    provider: Provider
    folder: Path
    files: Mapping[str, bytes]

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.files["report.json"])
        return found

    def statements(self) -> Iterator[Statement]:
        """What was signed, as the report holds it, with all that was disclosed."""
        for each in material.read(self.files["report.json"]).materials:
            if each.erased_by is None:
                found = Envelope.parse(each.envelope).statement()
                yield replace(found, predicate=redaction.reveal(found.predicate, each.disclosures))


@pytest.fixture(scope="module")
def harm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harm]:
    pytest.importorskip("typst", reason="typst isn't installed (the extra: reports)")
    provider = hostile_provider(tmp_path_factory.mktemp("fields") / "acme")
    folder = provider.report("report", pdf=True)
    yield Harm(provider, folder, read(folder))
    provider.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@contextmanager
def opened(browser: Browser, path: Path) -> Iterator[Page]:
    """A page, which in the end ran nothing, asked nothing, and went nowhere."""
    done: list[str] = []
    page = browser.new_page()
    page.on("dialog", lambda dialog: (done.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: done.append(f"error {error}"))
    page.on("console", lambda message: done.append(f"console {message.text}"))
    page.on("request", lambda request: done.append(request.url))
    page.goto(path.as_uri())
    yield page
    assert page.evaluate("window.pwned") is None
    assert done == [path.as_uri()]
    page.close()


def harmless(value: Any) -> Any:
    """The same with a letter in the place of each paragraph that means harm."""
    if isinstance(value, str):
        return "\n\n".join("x" for part in value.split("\n\n") if part.strip(" \n")) if MARK in value else value
    if isinstance(value, dict):
        return {name: harmless(inner) for name, inner in value.items()}
    return [harmless(inner) for inner in value] if isinstance(value, list) else value


def test_the_log_holds_a_statement_of_every_type(harm: Harm) -> None:
    assert {each.predicate_type for each in harm.statements()} >= published_types()
    assert set(known_schemas()) == published_types()


def test_every_text_that_is_free_means_harm_and_those_that_follow_are_named(harm: Harm) -> None:
    reached: set[tuple[str, str]] = set()

    for statement in harm.statements():
        kind = statement.predicate_type

        def note(path: str, _: Schema, text: str, kind: str = kind) -> str:
            if MARK in text:
                reached.add((kind, path))
            return text

        if kind in known_schemas():
            changed(kind, statement.predicate, note)
    for kind in sorted(known_schemas()):
        left = {path for path, schema in declared(kind) if schema.get("type") == "object" or worst(schema) is not None}
        left -= {path for path in left for of, one in reached if of == kind and f"{one}.".startswith(f"{path}.")}
        named = {path for path in left if any(re.fullmatch(one, path) for one in FOLLOWS.get(kind, ()))}
        assert left == named, kind
        assert bool(named) == (kind in FOLLOWS), kind


def test_a_text_that_follows_from_others_is_refused_or_not_shown(harm: Harm) -> None:
    known = harm.provider.service._known()
    outcomes = {name: text.encode() for name, text in harm.report["outcomes"].items()}
    tried = set()
    for kind, patterns in FOLLOWS.items():
        for path in {path for path, _ in declared(kind) if any(re.fullmatch(one, path) for one in patterns)}:
            forged = [_forged(each, path) if each.predicate == kind else each for each in known]
            if forged == known:
                continue
            tried.add(kind)
            try:
                found = derive(forged, outcomes, as_of=harm.report["as_of"])
            except (Invalid, Unverified):
                continue
            assert "forged=1" not in json.dumps(found.document), path
    assert tried == set(FOLLOWS)


def _forged(each: Known, path: str) -> Known:
    """The statement with harm in each text at a path, whatever that follows from."""
    if each.fields is None:
        return each

    def write(at: str, _: Schema, text: str) -> str:
        return "<script>forged=1</script>" if f"{at}.".startswith(f"{path}.") else text

    return replace(each, fields=changed(each.predicate, each.fields, write))


def test_no_text_becomes_an_element_an_attribute_or_a_link(harm: Harm, browser: Browser, tmp_path: Path) -> None:
    report = harm.report
    for name in ("organisation", "generator", "derived"):
        report[name] = harmless(report[name])
    report["log"]["origin"] = "x"
    calm = tmp_path / PAGE
    calm.write_bytes(HTML.render(report, b"{}")[PAGE])
    with opened(browser, harm.folder / PAGE) as page, opened(browser, calm) as other:
        assert page.evaluate(SKELETON) == other.evaluate(SKELETON)
        links = page.evaluate(
            "Array.from(document.querySelectorAll('[href], [src]'), (one) => one.getAttribute('href'))"
        )
        assert links
        assert all(link.startswith("#") for link in links)
        text = page.evaluate("document.querySelector('main').textContent")
        assert "{{7*7}}${7*7}{%raw%}<!--&lt;]]>" in text
        assert not UNSEEN.search(text)


def test_nothing_sticks_out_turns_its_neighbours_or_covers_them(harm: Harm, browser: Browser) -> None:
    with opened(browser, harm.folder / PAGE) as page:
        page.evaluate("document.querySelectorAll('details').forEach((one) => one.setAttribute('open', ''))")
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            for direction in ("ltr", "rtl"):
                page.evaluate("(direction) => { document.documentElement.dir = direction; }", direction)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, direction)
                tables = "Math.max(...Array.from(document.querySelectorAll('.scroll'), (one) => one.scrollWidth))"
                assert page.evaluate(tables) < 4000, (width, direction)
        assert page.evaluate(NEIGHBOURS, MARK) == []
        assert page.evaluate(OPEN_BLOCKS, MARK) == []


@pytest.mark.parametrize(
    ("name", "trusting", "answer"),
    [
        (PAGE, True, "authenticated"),
        (VERIFIER, True, "authenticated"),
        (VERIFIER, False, "consistent, not authenticated"),
    ],
)
def test_the_page_the_verifier_and_the_command_give_one_answer(
    harm: Harm, browser: Browser, name: str, trusting: bool, answer: str
) -> None:
    told = check(harm.folder, harm.provider, trust=trusting)
    assert told.answer == answer
    with opened(browser, harm.folder / name) as page:
        if name == VERIFIER:
            page.set_input_files("#folder", harm.folder)
        if trusting:
            page.set_input_files("#trust", harm.provider.workspace.trust_file)
        page.click("#verify")
        page.wait_for_selector("#verdict[data-answer]", timeout=60_000)
        assert page.evaluate("window.keptVerdict.answer") == answer, page.inner_text("#verdict")
        steps = page.evaluate("window.keptVerdict.steps.map(({ name, ok }) => [name, ok])")
        # A page alone can't tell of the other files of its folder.
        first = int(name == PAGE)
        assert steps[first:] == [[each.name, each.ok] for each in told.steps][first:]
        assert page.query_selector("#verdict :not(strong, span, ol, li)") is None
        page.set_viewport_size({"width": 390, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_copies_hold_what_they_hold_of_any_report(harm: Harm) -> None:
    cards = {name: data.decode() for name, data in harm.files.items() if name.startswith(CARDS)}
    assert len(cards) == len({each["id"] for each in harm.report["derived"]["models"]})
    shown = {each["name"] for each in harm.report["derived"]["models"]}
    for text in cards.values():
        assert set(yaml.safe_load(text.split("---\n")[1])) <= {"tags", "model-index"}
        read_back = ModelCard(text)
        assert set(read_back.data.to_dict()) <= {"tags", "model-index", "model_name", "eval_results"}
        for result in read_back.data.eval_results or ():
            assert any(name.startswith(read_back.data.model_name) for name in shown)
            assert result.metric_type == "attack_success_rate"
        assert not re.search(r"(?<!\\)[<>]", re.sub(r"`[^`]*`", "", read_back.text))
    assert harm.files[DOCUMENT].startswith(b"%PDF-")
    assert list(json.loads(harm.files[ASSESSMENT])) == ["assessment-results"]
