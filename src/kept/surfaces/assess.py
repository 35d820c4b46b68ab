"""`kept assess`: runs a plan over every room that can test a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option, progress, wait_for
from kept.surfaces.session import opened

if TYPE_CHECKING:
    from kept.app import App
    from kept.core.actor import Actor
    from kept.core.assessment import Assessed, Progress
    from kept.core.plan import Plan


@click.command()
@click.argument("model")
@click.option("--plan", "plan_file", type=click.Path(path_type=Path), help="A YAML file; without it, the default plan.")
@json_option
def assess(model: str, plan_file: Path | None) -> None:
    """Test MODEL (a URI, or a name from kept.toml) by a plan, and record what was found."""
    from kept.core.plan import Plan, read_plan_file

    plan = read_plan_file(plan_file) if plan_file else Plan()
    app = opened(click.get_current_context())
    with progress(f"assess {model}") as watch:
        found = run(app, model, plan, by=current_actor(), watch=watch)
    size = app.ledger.publish().size
    document = {"model": model, "ledger_size": size, "rooms": [_document(one) for one in found]}
    emit(
        document,
        [*(line for one in found for line in told(one)), "Next: kept reporting build --out public/"],
    )


def run(app: App, address: str, plan: Plan, *, by: Actor, watch: Progress) -> Sequence[Assessed]:
    """Assess the model at an address with every room that can; the model is closed whatever happens."""
    from kept.core.assessment import assess as over_rooms

    async def work() -> Sequence[Assessed]:
        model = app.open_model(address)
        try:
            return await over_rooms(
                plan, model, app.assessors(), by=by, progress=watch, truth=app.truth(address), address=address
            )
        finally:
            await model.close()

    return wait_for(work())


def told(assessed: Assessed) -> list[str]:
    """What a room found, in a few lines for people: its own, or those of a campaign."""
    summary = assessed.summary
    if "told" in summary:
        return [f"{assessed.room}: {line}" for line in summary["told"]]
    made = summary["succeeded"] + summary["resisted"] + summary["unassessed"]
    lines = [
        f"{assessed.room}: campaign {summary['campaign']} {summary['state']}, {made:,} attempts: "
        f"{summary['succeeded']:,} succeeded, {summary['resisted']:,} resisted, {summary['unassessed']:,} unassessed",
        f"  {len(summary['findings'])} cells with a weakness that the judge's errors can't explain",
    ]
    compared = summary.get("truth_comparison")
    if compared:
        lines.append(
            f"  planted flaws: {len(compared['found'])} found, {len(compared['missed'])} missed, "
            f"{len(compared['invented'])} invented; decoys named: {compared['decoys_named']} of {compared['decoys']}"
        )
    return lines


def _document(assessed: Assessed) -> dict[str, object]:
    return {"room": assessed.room, "evidence": list(assessed.evidence), "summary": dict(assessed.summary)}
