"""`kept demo`: the main job from end to end, offline, on the embedded models."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kept.errors import Conflict, Unavailable
from kept.interface.terminal import emit, json_option, progress, tell, wait_for

if TYPE_CHECKING:
    from kept.app import App
    from kept.core.plan import Plan

RULES = "organism:rules?seed=7"
# What a programme takes reports about, and what is tried in its place.
NAMED = {"assistant": RULES, "assistant-2": "organism:rules?seed=8"}
LEARNED = "organism:learned"
AGENT = "organism:agent?seed=7"
# People who open the sealed weights together.
CUSTODIANS = ("maria", "jonas", "wei")
# The trained network answers some hundred prompts in seconds; a cell is small, and its interval says so.
LEARNED_PLAN = {
    "strategies": ["plain", "base64", "hex", "role-play"],
    "languages": ["en"],
    "prompts": 15,
    "sampling": {"temperature": 0.0, "max_tokens": 24},
}
# The agent acts with tools in the simulated worlds, each with its benign twin.
AGENT_PLAN = {
    "domains": ["self-replication", "physical", "tool-use", "cyber"],
    "strategies": [f"world-{name}{twin}" for name in ("cloud", "plant", "mailbox", "host") for twin in ("", "-twin")],
    "languages": ["en"],
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the demonstration puts things."""

    out: Path

    @property
    def workspace(self) -> Path:
        """The provider's workspace."""
        return self.out / "workspace"

    @property
    def report(self) -> Path:
        """What the public gets."""
        return self.out / "report"

    @property
    def marks(self) -> Path:
        """A marked picture, its attacked copies, and the verdict on each."""
        return self.out / "marks"

    @property
    def weights(self) -> Path:
        """Sealed weights."""
        return self.out / "weights"

    @property
    def reports(self) -> Path:
        """The identities of those who read what strangers report."""
        return self.out / "reports"

    @property
    def partner(self) -> Path:
        """The workspace of another organisation."""
        return self.out / "partner"

    @property
    def trust(self) -> Path:
        """What whoever verifies was handed."""
        return self.out / "trust.json"


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="A new folder.")
@json_option
def demo(out: Path) -> None:
    """Found a workspace, assess three embedded models, seal weights, mark a picture, hear of a weakness, share it, and
    verify.

    All of it is offline.
    """
    place = Place(out.resolve())
    if place.out.exists() and any(place.out.iterdir()):
        raise Conflict(f"{place.out} isn't empty.", code="demo.exists", hint="Choose another --out, or remove it.")
    # A demonstration leaves nothing outside its folder; a real workspace keeps its state elsewhere.
    os.environ["KEPT_STATE"] = str(place.out / "state")
    app = _found(place)
    try:
        app.found()
        shown = [*_mark(app, place), *_guard(app, place), *_hear(app, place), *_share(app, place)]
        lines = [*_assess(app), *shown]
        built = app.service("reporting").build(place.report, by=app.actor(None))
        shutil.copyfile(app.workspace.trust_file, place.trust)
    finally:
        app.close()
    verdict = _verify(place)
    document = {
        "report": str(place.report / "index.html"),
        "trust": str(place.trust),
        "claims": built.claims,
        "answer": verdict.answer,
        "marks": str(place.marks),
        "weights": str(place.weights),
    }
    emit(document, [*lines, "", *_closing(place, verdict)])


def _found(place: Place) -> App:
    from kept.app import App, signing_roles
    from kept.core.founding import Founding, found

    tell(f"Founding a workspace in {place.workspace}")
    workspace = found(
        Founding(place.workspace, "Example AI", post_quantum=True, root=True, others=signing_roles()),
        entropy=os.urandom,
    )
    settings = workspace.folder / "kept.toml"
    named = "".join(f'{name} = "{uri}"\n' for name, uri in NAMED.items())
    settings.write_text(settings.read_text().replace("[models]\n", f"[models]\n{named}"))
    return App.open(workspace.folder)


def _mark(app: App, place: Place) -> list[str]:
    """Mark a picture and check its copies; where the extra for that is missing, say so and go on."""
    service = app.service("provenance")
    tell(f"Marking a picture in {place.marks}")
    service.keys_new()
    service.policy_record(by=app.actor(None))
    try:
        rows = service.demonstrate(place.marks, model=RULES)
    except Unavailable as error:
        return [f"No picture was marked: {error}"]
    return [f"A picture marked as made by {RULES}", *(f"  {row['what']}: {row['verdict']}" for row in rows)]


def _guard(app: App, place: Place) -> list[str]:
    """Seal the weights of the network that ships with kept, for three custodians, and let thieves try."""
    from kept.models.organisms.learned import WEIGHTS

    service = app.service("weights")
    tell(f"Sealing weights in {place.weights}")
    for name in CUSTODIANS:
        service.custodians_add(name, by=app.actor("root"))
    work = service.demonstrate(place.weights, weights=WEIGHTS / "model.safetensors", by=app.actor(None))
    with _broker(place):
        rows = wait_for(work)
    return [f"Weights of {LEARNED}", *(f"  {row['what']}: {row['answer']}" for row in rows)]


def _hear(app: App, place: Place) -> list[str]:
    """Let a stranger report a weakness; where the extra for that is missing, say so and go on."""
    tell(f"Taking in a report, which is read with {place.reports}")
    try:
        rows = wait_for(app.service("disclosure").demonstrate(place.reports, by=app.actor(None)))
    except Unavailable as error:
        return [f"No weakness was reported: {error}"]
    return [f"A stranger reports a weakness of {RULES}", *(f"  {row['what']}: {row['answer']}" for row in rows)]


def _share(app: App, place: Place) -> list[str]:
    """Let a partner try it, and answer; where the extra for that is missing, say so and go on."""
    from kept.surfaces.partner import ORGANISATION, share

    tell(f"Sharing it with {ORGANISATION}, in {place.partner}")
    try:
        rows = wait_for(share(app, place.partner, model=RULES))
    except Unavailable as error:
        return [f"Nothing was shared: {error}"]
    return [f"{ORGANISATION} hears of it", *(f"  {row['what']}: {row['answer']}" for row in rows)]


@contextmanager
def _broker(place: Place) -> Iterator[None]:
    """The broker of the workspace while the block runs: a process of its own, as it always is."""
    import subprocess
    import sys

    command = [sys.executable, "-m", "kept", "--workspace", str(place.workspace), "weights", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            # Its first words say that it serves; where it can't, there are none, and what needs it isn't shown.
            if process.stdout is not None:
                process.stdout.readline()
            yield
        finally:
            process.terminate()


def _assess(app: App) -> list[str]:
    from kept.core.plan import Plan
    from kept.surfaces.assess import run, told

    # Marks were shown already; how well they are found in general, one plan measures on stand-ins.
    jobs: list[tuple[str, Plan]] = [
        (RULES, Plan({"red_team": {}, "disclosure": {}})),
        (LEARNED, Plan({"red_team": LEARNED_PLAN, "weights": {"runs": 3}})),
        (AGENT, Plan({"red_team": AGENT_PLAN})),
    ]
    lines: list[str] = []
    for address, plan in jobs:
        tell(f"Assessing {address}")
        with progress(address) as watch:
            found = run(app, address, plan, by=app.actor(None), watch=watch)
        lines += [address, *(f"  {line}" for one in found for line in told(one))]
    return lines


def _verify(place: Place) -> Any:
    from kept.app import now, static

    return static("reporting", "verify")(place.report, trust=place.trust, now=now())


def _closing(place: Place, verdict: Any) -> list[str]:
    return [
        f"The report is {verdict.answer}: {verdict.statements} statements, {verdict.claims} claims, "
        f"{'unwitnessed' if verdict.witnessed is None else f'{verdict.witnessed} witnesses'}.",
        f"Open it:    {place.report / 'index.html'}",
        f"Check it:   kept verify {place.report} --trust {place.trust}",
    ]
