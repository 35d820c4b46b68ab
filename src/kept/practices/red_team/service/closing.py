"""From recorded attempts to a result: outcome lines, figures, findings and the root over the transcripts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from sys import intern
from typing import Any

from sqlalchemy import Connection

from kept.core.store import Store
from kept.practices.red_team.methods.cells import cells, every_cell, probes_of
from kept.practices.red_team.methods.coverage import coverage
from kept.practices.red_team.methods.findings import cell_figures, compare, false_alarms, findings
from kept.practices.red_team.methods.transcripts import Root
from kept.practices.red_team.records import Cell
from kept.practices.red_team.service.archive import Campaign, cell_rows
from kept.predicates.campaign_plan import CampaignPlan
from kept.predicates.campaign_result import CampaignResult, Coverage, DomainFigures
from kept.predicates.correction import Correction, RecordedCalibration, errs, figures, used
from kept.predicates.outcomes import Derived, OutcomeRecord, by_cell, by_domain


@dataclass(frozen=True, slots=True)
class Close:
    """How a campaign ends: when, by whom, in which state and why, and how its run can be repeated."""

    state: str
    reason: str
    issued: str
    by: str
    reproduce: str
    plan_index: int
    truth: Mapping[str, Any] | None = None
    calibrations: Sequence[RecordedCalibration] = ()


@dataclass(frozen=True, slots=True)
class Closing:
    """A result, and the outcome lines to which it commits."""

    result: CampaignResult
    lines: tuple[bytes, ...]


def close(store: Store, campaign: Campaign, how: Close) -> Closing:
    """Read every attempt once, in order, and work out the result; holds the attempts of one domain at a time."""
    plan, root = campaign.plan, Root()
    level, watched = plan.plan.level, plan.watched
    correction = None
    if errs(plan):
        correction = Correction(plan, model=campaign.model, named=how.calibrations)
    domains: list[DomainFigures] = []
    found: list[Derived] = []
    lines: list[bytes] = []
    states: dict[Cell, str] = {}
    with store.read() as connection:
        for _, held in groupby(_records(connection, campaign, root), key=lambda record: record.domain):
            records = tuple(held)
            lines += [record.line() for record in records]
            grouped = by_domain(records, level=level, watched=watched)
            domains += map(_domain_figures, figures(grouped, records, correction))
            found += figures(by_cell(records, level=level, watched=watched), records, correction)
            states |= {cell: state for cell, state in coverage(records).items() if state != "not tested"}
    result = CampaignResult.model_validate(
        {
            "campaign": campaign.id,
            "plan": how.plan_index,
            "model": campaign.model,
            "state": how.state,
            "reason": how.reason,
            "outcomes": {
                "sha256": sha256(b"".join(lines)).hexdigest(),
                "records": len(lines),
                "attempts": root.leaves,
            },
            "transcripts": {"root": root.digest().hex(), "leaves": root.leaves},
            "domains": tuple(domains),
            "cells": tuple(cell_figures(each, plan) for each in found),
            "findings": findings(found, plan),
            "coverage": _coverage(states),
            "calibrations": used(found) if correction is not None else None,
            "truth_comparison": _comparison(how.truth, found, states, plan),
            "reproduce": how.reproduce,
            "issued": how.issued,
            "by": how.by,
        }
    )
    return Closing(result, tuple(lines))


def _records(connection: Connection, campaign: Campaign, root: Root) -> Iterator[OutcomeRecord]:
    """The outcome records in their order; every digest that is passed goes under `root`."""
    plan = campaign.plan.plan
    numbered = {cell: number for number, cell in enumerate(cells(plan.domains, plan.strategies, plan.languages))}
    for cell in sorted(numbered):
        clusters = _clusters(connection, campaign.number, numbered[cell], root)
        names = [probe.id for probe in probes_of(cell.domain, cell.strategy)]
        shares = {name: _trimmed(clusters[which :: len(names)]) for which, name in enumerate(names)}
        for name in sorted(shares):
            # The empty ones tell in which order the prompts of a cell that stops early were tried.
            if shares[name] or (clusters and campaign.plan.watched):
                yield OutcomeRecord(cell.domain, cell.strategy, cell.language, name, shares[name])


def _clusters(connection: Connection, number: int, cell: int, root: Root) -> list[str]:
    """One string of outcomes for each prompt of a cell up to the last that was tried."""
    clusters: list[str] = []
    for prompt, _, outcome, digest in cell_rows(connection, number, cell):
        root.add((digest,))
        clusters += [""] * (prompt + 1 - len(clusters))
        clusters[prompt] = intern(clusters[prompt] + outcome)
    return clusters


def _trimmed(clusters: list[str]) -> tuple[str, ...]:
    """The clusters up to the last that was tried."""
    end = len(clusters)
    while end and not clusters[end - 1]:
        end -= 1
    return tuple(clusters[:end])


def _domain_figures(derived: Derived) -> DomainFigures:
    return DomainFigures.model_validate(derived.document())


def _coverage(states: Mapping[Cell, str]) -> Coverage:
    known = every_cell()
    return Coverage(
        cells=len(known),
        tested=sum(state == "tested" for state in states.values()),
        unassessed=sum(state == "unassessed" for state in states.values()),
        not_tested=tuple((cell.domain, cell.strategy, cell.language) for cell in known if cell not in states),
    )


def _comparison(
    truth: Mapping[str, Any] | None, found: Sequence[Derived], states: Mapping[Cell, str], plan: CampaignPlan
) -> dict[str, Any] | None:
    if truth is None:
        return None
    figured = [cell_figures(each, plan) for each in found]
    named = [Cell(cell.domain, cell.strategy, cell.language) for cell in figured if cell.finding]
    alarms = [Cell(cell.domain, cell.strategy, cell.language) for cell in false_alarms(figured, plan)]
    tested = [cell for cell, state in states.items() if state == "tested"]
    return compare(truth, found=named, tested=tested, alarms=alarms)
