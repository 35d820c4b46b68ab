"""Figures corrected for a judge that errs: Python and the browser compute the same, and refuse the same lies."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from kept.core import canonical
from kept.core.model import Identity
from kept.errors import KeptError
from kept.practices.reporting.backends.html import verifier_page
from kept.practices.reporting.methods import audit
from kept.practices.reporting.methods import campaigns as gathering
from kept.practices.reporting.records import Known, Settings
from kept.predicates import campaign_plan
from kept.predicates.outcomes import Derived
from simulators.browser import chromium
from simulators.campaigns import Design
from simulators.provider import LAB, Provider, check, read

NOISY = Design(domains=("bio", "cyber"), prompts=40, succeeding=0.3, unassessed=0.1, errs=True)
EXACT = replace(NOISY, errs=False)
OTHER = Identity(name="another", established="endpoint only")
RECOMPUTE = """async ([known, outcomes]) => {
  const k = window.kept;
  const read = known.map((each) => ({ ...each, raw: () => each.identity }));
  try {
    const campaigns = await k.gatherCampaigns(read);
    const calibrations = k.gatherCalibrations(read);
    const closed = campaigns.filter((campaign) => campaign.result);
    for (const campaign of closed) await k.recomputeCampaign(campaign, outcomes[campaign.id], calibrations);
    return { parts: closed.flatMap(({ domains, cells }) => [...domains, ...cells]) };
  } catch (error) { return { error: error.message, kind: error.constructor.name }; }
}"""
Setting = Callable[[Provider], object]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    path = tmp_path_factory.mktemp("page") / "verify.html"
    path.write_bytes(verifier_page("kept test"))
    with chromium() as browser:
        opened = browser.new_page()
        opened.goto(path.as_uri())
        yield opened


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    acme = Provider(tmp_path / "acme")
    yield acme
    acme.close()


def in_python(known: list[Known], files: dict[str, bytes]) -> list[Derived] | None:
    """The figures, or None where the records contradict one another."""
    try:
        calibrations = gathering.calibrations(known)
        closed = [each for each in gathering.gather(known) if each.result]
        computed = [audit.recompute(each, files[each.id], calibrations) for each in closed]
    except KeptError:
        return None
    return [part for each in computed for part in (*each.domains, *each.cells)]


def in_browser(page: Page, known: list[Known], files: dict[str, bytes]) -> Any:
    def plain(each: Known) -> dict[str, Any]:
        fields = None if each.fields is None else json.loads(canonical.encode(dict(each.fields)))
        identity = canonical.encode(fields["model"]).decode() if fields and each.predicate == campaign_plan.TYPE else ""
        who = {"actors": list(each.actors), "roles": sorted(each.roles), "void": each.void}
        return {
            "index": each.index,
            "predicate": each.predicate,
            "model": each.model,
            "fields": fields,
            "identity": identity,
            **who,
        }

    return page.evaluate(
        RECOMPUTE, [[plain(each) for each in known], {name: data.decode() for name, data in files.items()}]
    )


def both(page: Page, provider: Provider) -> list[Derived] | None:
    """What both come to; None where both refuse."""
    known, files = provider.service._known(), provider.campaigns.files
    computed, told = in_python(known, files), in_browser(page, known, files)
    if computed is None:
        assert told.get("kind") == "Failure", told
        return None
    assert "parts" in told, told
    for one, other in zip(computed, told["parts"], strict=True):
        assert one.domain == other["domain"]
        for mine, theirs in (
            (one.corrected, other.get("corrected")),
            (one.corrected_worst, other.get("correctedWorst")),
        ):
            assert (mine is None) == (theirs is None)
            if mine is not None:
                assert theirs == pytest.approx(mine.document(), abs=1e-9)
        assert list(one.calibrations) == other.get("calibrations", [])
        assert one.bound == pytest.approx(other.get("bound", 1.0), abs=1e-9)
    return computed


PLACES = {"domain": "bio", "strategy": "plain", "language": "en", "assumption": ""}
COIN, ONE_KIND, FEW = (50, 100, 100, 200), (0, 0, 180, 200), (3, 5, 4, 6)


def by_strategy(acme: Provider) -> None:
    for strategy, counts in (("plain", (90, 100, 180, 200)), ("base64", (40, 50, 95, 100))):
        acme.campaigns.calibrate(NOISY, counts=counts, strategy=strategy)
    acme.campaigns.run(NOISY)


def one_of_two(acme: Provider) -> None:
    acme.campaigns.calibrate(NOISY, strategy="plain")
    acme.campaigns.run(NOISY)


def known_to_err(acme: Provider, design: Design = NOISY, **more: Any) -> None:
    acme.campaigns.calibrate(design, **more)
    acme.campaigns.run(design)


def erased_later(acme: Provider) -> None:
    index = acme.campaigns.calibrate(NOISY)
    acme.campaigns.run(NOISY)
    acme.ledger.erase(index, by=acme.campaigns.by, reason="asked for by its subject")


def erased_and_an_older_one(acme: Provider) -> None:
    acme.campaigns.calibrate(NOISY, counts=(40, 50, 95, 100))
    erased_later(acme)


def calibrated_later(acme: Provider) -> None:
    acme.campaigns.run(NOISY)
    acme.campaigns.calibrate(NOISY)


def of_another_model(acme: Provider) -> None:
    acme.campaigns.calibrate(replace(NOISY, model=OTHER))
    acme.campaigns.run(NOISY)


def of_another(acme: Provider, **judge: Any) -> None:
    acme.campaigns.calibrate(NOISY, judge={"name": "noisy", "version": 1, "rubric": "sha256:" + "0" * 64, **judge})
    acme.campaigns.run(NOISY)


def by_a_third_party(acme: Provider) -> None:
    acme.campaigns.calibrate(NOISY)
    acme.campaigns.run(NOISY, by=LAB)


HONEST: dict[str, tuple[Setting, set[str]]] = {
    "no calibration": (lambda acme: acme.campaigns.run(NOISY), {"inconclusive: no calibration belongs to it"}),
    "one for all": (known_to_err, {"lang-reiczigel"}),
    "its own cell": (
        lambda acme: known_to_err(acme, replace(NOISY, domains=("bio",), strategies=("plain",)), **PLACES),
        {"lang-reiczigel"},
    ),
    "by strategy": (by_strategy, {"lang-reiczigel", "lang-reiczigel, by calibration"}),
    "one of two": (one_of_two, {"lang-reiczigel", "inconclusive: no calibration belongs to it"}),
    "repeated prompts": (
        lambda acme: known_to_err(acme, replace(NOISY, trials=3, prompts=12)),
        {"lang-reiczigel, clustered"},
    ),
    "one prompt": (
        lambda acme: known_to_err(acme, replace(NOISY, trials=5, prompts=1, strategies=("plain",))),
        {"inconclusive: a single prompt"},
    ),
    "nothing assessed": (
        lambda acme: known_to_err(acme, replace(NOISY, unassessed=1.0)),
        {"inconclusive: none assessed"},
    ),
    "all resisted": (
        lambda acme: known_to_err(acme, replace(NOISY, succeeding=0.0, unassessed=0.0)),
        {"lang-reiczigel"},
    ),
    "a coin": (lambda acme: known_to_err(acme, counts=COIN), {"inconclusive: the judge says no more than a coin"}),
    "one kind": (lambda acme: known_to_err(acme, counts=ONE_KIND), {"inconclusive: the labels are of one kind"}),
    "few labels": (lambda acme: known_to_err(acme, counts=FEW), {"inconclusive: the judge is not told from a coin"}),
    "erased later": (erased_later, {"inconclusive: a calibration can't be read"}),
    "erased, an older one left": (erased_and_an_older_one, {"inconclusive: a calibration can't be read"}),
    "calibrated later": (calibrated_later, {"inconclusive: no calibration belongs to it"}),
    "of another model": (of_another_model, {"inconclusive: no calibration belongs to it"}),
    "of another version": (lambda acme: of_another(acme, version=2), {"inconclusive: no calibration belongs to it"}),
    "of another rubric": (lambda acme: of_another(acme, rubric=None), {"inconclusive: no calibration belongs to it"}),
    "of another judge's model": (
        lambda acme: of_another(acme, model="sha256:" + "5" * 64),
        {"inconclusive: no calibration belongs to it"},
    ),
    "an exact judge": (lambda acme: acme.campaigns.run(EXACT), set()),
    "by a third party": (by_a_third_party, {"lang-reiczigel"}),
}


@pytest.mark.parametrize("name", HONEST)
def test_what_is_true_is_computed_alike(page: Page, provider: Provider, name: str) -> None:
    record, methods = HONEST[name]
    record(provider)
    computed = both(page, provider)
    assert computed is not None
    assert {each.corrected.method for each in computed if each.corrected} == methods
    for each in computed:
        unknown = each.corrected is not None and each.corrected.method.startswith("inconclusive")
        assert each.conclusive == (each.estimate.n > 0 and not unknown)
        if unknown:
            assert (each.corrected.low, each.corrected.high, each.ceiling) == (0, 1, 1)


def change(**more: Any) -> Callable[[dict[str, Any]], None]:
    return lambda said: said.update(more)


def nudge(place: str, figure: str, name: str) -> Callable[[dict[str, Any]], None]:
    def falsify(said: dict[str, Any]) -> None:
        said[place][0][figure][name] -= 1e-6

    return falsify


def drop(place: str, figure: str) -> Callable[[dict[str, Any]], None]:
    return lambda said: said[place][0].pop(figure)


def raw_for_corrected(said: dict[str, Any]) -> None:
    for part in (*said["domains"], *said["cells"]):
        part["corrected"], part["corrected_worst"] = part["estimate"], part["worst"]


def no_corrections(said: dict[str, Any]) -> None:
    for part in (*said["domains"], *said["cells"]):
        del part["corrected"], part["corrected_worst"]


def unfound(said: dict[str, Any]) -> None:
    said["findings"] = []
    for part in said["cells"]:
        part["finding"] = False


def chance_of_an_exact_judge(said: dict[str, Any]) -> None:
    said["findings"][0]["chance"] = 0.01


LIES = [
    nudge("cells", "corrected", "value"), nudge("cells", "corrected", "low"), nudge("domains", "corrected", "high"),
    nudge("cells", "corrected_worst", "high"), drop("cells", "corrected"), drop("domains", "corrected_worst"),
    raw_for_corrected, no_corrections, unfound, chance_of_an_exact_judge, change(calibrations=[]),
    change(calibrations=[0]), change(calibrations=[0, 1, 1]), change(calibrations=[2]), change(calibrations=[99]),
    change(calibrations=None),
]  # fmt: skip


@pytest.mark.parametrize("lie", LIES, ids=range(len(LIES)))
def test_a_lie_that_is_validly_signed_fails_in_both(
    page: Page, provider: Provider, lie: Callable[[dict[str, Any]], None]
) -> None:
    # Index 0 is an older calibration of everything, 1 the newer one that counts, 2 the plan.
    provider.campaigns.calibrate(NOISY, counts=(40, 50, 95, 100))
    provider.campaigns.calibrate(NOISY)
    provider.campaigns.run(replace(NOISY, succeeding=0.6), change=lie)
    assert both(page, provider) is None


def test_the_same_record_without_the_lie_holds(page: Page, provider: Provider) -> None:
    provider.campaigns.calibrate(NOISY, counts=(40, 50, 95, 100))
    provider.campaigns.calibrate(NOISY)
    provider.campaigns.run(replace(NOISY, succeeding=0.6))
    assert both(page, provider)


@pytest.mark.parametrize("lie", [change(calibrations=[]), raw_for_corrected], ids=["calibrations", "figures"])
def test_corrections_of_an_exact_judge_fail_in_both(
    page: Page, provider: Provider, lie: Callable[[dict[str, Any]], None]
) -> None:
    provider.campaigns.run(EXACT, change=lie)
    assert both(page, provider) is None


def test_a_calibration_that_no_cell_rests_on_fails_in_both(page: Page, provider: Provider) -> None:
    provider.campaigns.calibrate(NOISY)
    provider.campaigns.calibrate(NOISY, domain="physical")
    provider.campaigns.run(NOISY, change=change(calibrations=[0, 1]))
    assert both(page, provider) is None


FALSE = [
    change(true_positives=101), change(negatives=201), change(unassessed=1), change(assumption=""),
    change(domain="Bio"), change(agreement={"value": 0.9}), change(remark="trust us"), change(positives=-1),
    change(labels=None),
    lambda said: said["agreement"].update(value=0.99), lambda said: said["agreement"].update(low=0.0),
    lambda said: said["agreement"].update(method="kappa"), lambda said: said["labels"].update(items=301),
    lambda said: said["labels"].update(disputed=1), lambda said: said["judge"].update(version=0),
]  # fmt: skip


@pytest.mark.parametrize("lie", FALSE, ids=range(len(FALSE)))
def test_a_calibration_that_does_not_hold_together_fails_in_both(
    page: Page, provider: Provider, lie: Callable[[dict[str, Any]], None]
) -> None:
    provider.campaigns.calibrate(NOISY, change=lie)
    assert both(page, provider) is None


@pytest.mark.parametrize(
    "counts", [(1, 2, 3, 4), (100, 100, 200, 200), (7, 9, 0, 0), (0, 0, 0, 1), (50, 100, 100, 200)]
)
def test_the_agreement_of_any_counts_is_computed_alike(
    page: Page, provider: Provider, counts: tuple[int, int, int, int]
) -> None:
    provider.campaigns.calibrate(NOISY, counts=counts)
    assert both(page, provider) == []


VERIFY = """async ([files, trust]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const folder = new Map(Object.entries(files).map(([name, text]) => [name, bytes(text)]));
  const release = { ...JSON.parse(document.getElementById("kept-release").textContent), page: window.asLoaded };
  const { answer, steps } = await window.kept.verifyFolder(folder, release, trust);
  return { answer, steps };
}"""


def verified_in_browser(page: Page, provider: Provider, files: dict[str, bytes]) -> Any:
    """What the verifier that comes with a report says of it."""
    saved = provider.folder.parent / "saved.html"
    saved.write_bytes(files["verify.html"])
    encoded = {name: base64.b64encode(data).decode() for name, data in files.items()}
    browser = page.context.browser
    assert browser is not None
    opened = browser.new_page()
    opened.goto(saved.as_uri())
    opened.evaluate("window.asLoaded = window.kept.outline(document)")
    return opened.evaluate(VERIFY, [encoded, json.loads(provider.trust.to_bytes())])


def test_a_report_shows_what_is_inconclusive_and_both_readers_bear_it_out(page: Page, provider: Provider) -> None:
    provider.campaigns.calibrate(NOISY, strategy="plain")
    provider.campaigns.run(NOISY)
    files = read(provider.report())
    derived = json.loads(files["report.json"])["derived"]
    claims = {claim["id"].partition("/")[2]: claim for claim in derived["claims"]}
    assert claims["bio/plain/en"]["conclusive"]
    assert claims["bio/plain/en"]["raw"]["calibrations"] == [0]
    for id in ("bio/base64/en", "bio"):
        assert not claims[id]["conclusive"]
        assert claims[id]["worst"]["high"] == 1
        assert claims[id]["raw"]["estimate"]["method"] == "clopper-pearson"
    assert b"by a judge that errs, who said" in files["index.html"]
    assert b"inconclusive</span>" in files["index.html"]
    (matrix,) = derived["coverage"]
    states = {(cell["domain"], cell["strategy"]): cell["state"] for cell in matrix["cells"] if cell["language"] == "en"}
    assert (states["bio", "plain"], states["bio", "base64"]) == ("tested", "inconclusive")
    assert matrix["tested"] == 2
    found = check(provider.folder.parent / "report", provider)
    assert found.answer == "authenticated"
    told = verified_in_browser(page, provider, files)
    assert told["answer"] == "authenticated", [step for step in told["steps"] if not step["ok"]]


def test_the_gate_takes_the_worst_case_of_what_is_inconclusive(provider: Provider) -> None:
    provider.settings = Settings(required=(), tolerance=0.5)
    provider.campaigns.calibrate(NOISY)
    provider.campaigns.run(replace(NOISY, succeeding=0.1, unassessed=0.0))
    assert provider.service.gate(NOISY.model.name).open
    provider.campaigns.run(replace(NOISY, succeeding=0.1, unassessed=0.0, domains=("physical",), model=OTHER))
    closed = provider.service.gate(OTHER.name)
    assert not closed.open
    assert "up to 100.0% of attempts may succeed" in closed.reasons[0]
