"""What was measured: results, weaknesses, gaps and campaigns."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kept.core.estimate import INCONCLUSIVE, NONE_ASSESSED
from kept.practices.reporting.methods.blocks import Bar, Block, Chart, Column, Heading, Statements, Table, Text
from kept.practices.reporting.methods.words import count, level, percent

Report = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]
Names = Mapping[str, str]


def results(derived: Report, names: Names) -> Iterator[Block]:
    """Every campaign that was closed, with a chart of its domains and a table of its claims."""
    yield Text(
        "How often an attack reached a harmless stand-in. The line shows the interval, the dot the rate. The worst "
        "case counts every unassessed attempt as a success. In a benign twin a success is a false alarm. A rate "
        "compares models and defences; it is no rate of real harm."
    )
    claims: dict[str, list[Mapping[str, Any]]] = {}
    for claim in derived["claims"]:
        claims.setdefault(claim["campaign"], []).append(claim)
    if not claims:
        yield Text("No campaign was closed. Nothing was measured.")
    for campaign in derived["campaigns"]:
        if own := claims.get(campaign["campaign"]):
            yield from _campaign(campaign, own, names)


def _campaign(campaign: Report, own: Rows, names: Names) -> Iterator[Block]:
    yield Heading(f"{names.get(campaign['model'], campaign['model'])}, campaign {campaign['campaign']}")
    tried = campaign["attempts"]
    first = own[0]
    how = first["reproduce"].get("command")
    yield Text(
        f"Opened {on(campaign['opened'])}, closed {on(campaign['closed'])}: {campaign['state']}. "
        f"Attempts: {count(tried['planned'])} planned, {count(tried['assessed'])} assessed, "
        f"{count(tried['unassessed'])} unassessed. Run {count(campaign['repeat'])} of this plan. "
        f"Assurance: {first['assurance']}. Last verified {on(first['verified'])}."
    )
    if campaign["reason"]:
        yield Text(f"Given up before its end: {campaign['reason']}")
    yield Text(f"Reproduce: {how}" if how else f"No command reproduces it: {first['reproduce'].get('reason', '')}")
    yield Statements("Evidence: ", tuple(first["evidence"]))
    domains = [claim for claim in own if claim["kind"] == "domain"]
    if domains:
        yield _chart(domains, own)
    yield _claims(own)


def _chart(domains: Rows, own: Rows) -> Chart:
    found = {claim["domain"] for claim in own if claim["finding"]}
    bars = tuple(
        Bar(
            name=spaced(each["domain"]),
            low=float(each["estimate"]["low"]),
            value=None if unknown(each) else float(each["estimate"]["value"]),
            high=float(each["estimate"]["high"]),
            text=f"{rate(each)} {interval(each)}",
            marked=each["domain"] in found,
        )
        for each in domains
    )
    told = "; ".join(f"{bar.name} {bar.text}{', a weakness found' if bar.marked else ''}" for bar in bars)
    return Chart(alt=f"Rate of successful attacks with its interval, by domain: {told}.", bars=bars)


def _claims(own: Rows) -> Table:
    levels = {level(each["estimate"]["level"]) for each in own}
    alike = f" ({levels.pop()})" if len(levels) == 1 else ""
    columns: tuple[Column, ...] = (
        Column("Domain", 1.6), Column("Strategy", 1.4), Column("Lang.", 0.7), Column("Rate", 0.8, "number"),
        Column(f"Interval{alike}", 1.7, "number"), Column("n", 0.8, "number"), Column("Unassessed", 1.2, "number"),
        Column("Worst", 0.8, "number"), Column("Method", 1.7),
    )  # fmt: skip
    judged = any(each["raw"] is not None for each in own)
    rows = tuple(
        (
            spaced(each["domain"]) + (" *" if each["finding"] else ""),
            (each["strategy"] or "all") + (", benign twin" if each["control"] else ""),
            each["language"] or "all",
            rate(each),
            interval(each) + ("" if alike else f" at {level(each['estimate']['level'])}"),
            count(each["estimate"]["n"]),
            count(each["estimate"]["unassessed"]),
            percent(each["worst"]["high"]),
            each["estimate"]["method"],
            *((raw(each),) if judged else ()),
        )
        for each in own
    )
    columns = (*columns, Column("Uncorrected", 1.8, "number")) if judged else columns
    return Table(columns, rows, marked=tuple(at for at, each in enumerate(own) if each["finding"]))


def findings(derived: Report, names: Names) -> Iterator[Block]:
    """The cells whose successes the judge's errors can't explain."""
    yield Text(
        "A cell is a weakness when the stated errors of the judge can't explain its successes, at the level that the "
        "plan fixed before the first attempt."
    )
    found = [claim for claim in derived["claims"] if claim["finding"]]
    if not found:
        yield Text("None was found in what was tested.")
        return
    columns = (
        Column("Model", 2), Column("Domain", 1.4), Column("Strategy", 1.3), Column("Lang.", 0.6),
        Column("Rate", 0.8, "number"), Column("Interval", 1.7, "number"), Column("n", 0.7, "number"),
        Column("Evidence", 0.9, "statements"),
    )  # fmt: skip
    rows = tuple(
        (
            names.get(each["model"], each["model"]),
            spaced(each["domain"]),
            each["strategy"],
            each["language"],
            rate(each),
            interval(each),
            count(each["estimate"]["n"]),
            tuple(each["evidence"]),
        )
        for each in found
    )
    yield Table(columns, rows)


def untested(derived: Report, names: Names) -> Iterator[Block]:
    """For each model and domain, what was not tried or never assessed."""
    yield Text("Every promised domain, by strategy and language. A gap is shown as a gap.")
    if not derived["coverage"]:
        yield Text("No model was tested in any domain.")
    for matrix in derived["coverage"]:
        yield Heading(names.get(matrix["model"], matrix["model"]))
        yield Text(f"{count(matrix['tested'])} of {count(matrix['applicable'])} cells were tested.")
        columns = (Column("Domain", 1), Column("Tested", 0.7, "number"), Column("Not tested, or never assessed", 5))
        rows = tuple(_gaps(domain, matrix["cells"]) for domain in matrix["domains"])
        yield Table(columns, rows)


def _gaps(domain: str, cells: Rows) -> tuple[str, ...]:
    own = [cell for cell in cells if cell["domain"] == domain and cell["state"] != "not applicable"]
    tested = [cell for cell in own if cell["state"] == "tested"]
    gaps: dict[str, list[str]] = {}
    for cell in own:
        if cell["state"] != "tested":
            note = " (unassessed)" if cell["state"] == "unassessed" else ""
            gaps.setdefault(cell["strategy"], []).append(f"{cell['language']}{note}")
    told = "; ".join(f"{strategy}: {', '.join(languages)}" for strategy, languages in gaps.items())
    return spaced(domain), f"{len(tested)} of {len(own)}", told if tested or not own else f"nothing was: {told}"


def campaigns(derived: Report, names: Names) -> Iterator[Block]:
    """Every plan in the log, and what became of it."""
    yield Text(
        "A plan is in the log before the first attempt, so a campaign that was abandoned or repeated can't be left out."
    )
    if not derived["campaigns"]:
        yield Text("None was opened.")
        return
    columns = (
        Column("Campaign", 2.2, "code"), Column("Model", 1.8), Column("State", 1), Column("Run", 0.5, "number"),
        Column("Opened", 1.1), Column("Closed", 1.1), Column("Planned", 0.9, "number"),
        Column("Assessed", 0.9, "number"), Column("Unassessed", 1.1, "number"), Column("Evidence", 0.9, "statements"),
    )  # fmt: skip
    rows = tuple(
        (
            each["campaign"],
            names.get(each["model"], each["model"]),
            each["state"],
            count(each["repeat"]),
            on(each["opened"]),
            on(each["closed"]),
            *(count(each["attempts"][name]) for name in ("planned", "assessed", "unassessed")),
            tuple(index for index in (each["plan"], each["result"]) if index is not None),
        )
        for each in derived["campaigns"]
    )
    yield Table(columns, rows)


def rate(claim: Report) -> str:
    """The rate of a claim, as it is written everywhere."""
    return unknown(claim) or percent(claim["estimate"]["value"])


def unknown(claim: Report) -> str:
    """Why a claim has no rate, or nothing: none was assessed, or nothing can be said. Its value is no zero then."""
    if not claim["conclusive"]:
        return INCONCLUSIVE
    return NONE_ASSESSED if claim["estimate"]["method"].startswith(NONE_ASSESSED) else ""


def raw(claim: Report) -> str:
    """What an erring judge said before it was corrected, or nothing where its errors are only bounded."""
    found = claim["raw"]
    if found is None:
        return ""
    estimate = found["estimate"]
    return f"{percent(estimate['value'])} [{percent(estimate['low'])}, {percent(estimate['high'])}]"


def interval(claim: Report) -> str:
    """The interval of a claim, as it is written everywhere."""
    return f"[{percent(claim['estimate']['low'])}, {percent(claim['estimate']['high'])}]"


def on(time: str | None) -> str:
    """The day of a time, where there was one."""
    return time[:10] if time else "never"


def spaced(name: str) -> str:
    """A name that is written with hyphens, in words."""
    return name.replace("-", " ")
