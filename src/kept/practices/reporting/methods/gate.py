"""Whether a model may be released: only on evidence that is there, fresh and closed."""

from collections.abc import Iterator, Mapping
from typing import Any

from kept.core.commitments.rule import Status
from kept.errors import Invalid, NotFound
from kept.practices.reporting.methods.campaigns import Campaign
from kept.practices.reporting.methods.derive import Derivation
from kept.practices.reporting.methods.words import percent
from kept.practices.reporting.records import Gate, Settings

NOT_BINDING = ("superseded", "out of scope")


def find(derivation: Derivation, name: str) -> Mapping[str, Any]:
    """The model that is called so: by id, by name or by address; of several, the one recorded last. Raises NotFound."""
    models = derivation.document["models"]
    head, _, fragment = name.partition("#")
    # How an endpoint is asked (`?key=…&timeout=…`) is no part of what it is.
    address = f"{head.partition(':')[2].partition('?')[0]}#{fragment}"
    for model in reversed(models):
        if name in (model["id"], model["name"]) or _address(model["identity"]) == address:
            found: Mapping[str, Any] = model
            return found
    known = ", ".join(dict.fromkeys(model["name"] for model in models)) or "none yet"
    raise NotFound(f"Nothing was recorded about a model {name!r}.", code="model.unknown", hint=f"Recorded: {known}.")


def decide(derivation: Derivation, model: Mapping[str, Any], settings: Settings) -> Gate:
    """The answer for one model. Raises Invalid when the settings require what no catalog asks for."""
    own = [each for each in derivation.campaigns if each.model == model["id"]]
    statuses = {each.commitment: each for each in derivation.statuses if each.model == model["id"]}
    reasons = [reason for name in settings.required for reason in _lacking(name, statuses)]
    for each in own:
        reasons += _campaign(each, settings)
    return Gate(model["id"], model["name"], not reasons, tuple(dict.fromkeys(reasons)))


def _lacking(name: str, statuses: Mapping[str, Status]) -> Iterator[str]:
    commitment, _, requirement = name.partition(".")
    status = statuses.get(commitment)
    if status is None or (requirement and name not in {each.requirement for each in status.findings}):
        raise Invalid(
            f"[practices.reporting] requires {name!r}, which no catalog asks for.",
            code="gate.required",
            hint="Name a commitment (C1) or one of its requirements (C1.external).",
        )
    if status.state in NOT_BINDING:
        return
    gates = [each for each in status.findings if each.requirement == name] if requirement else []
    wanted = gates or [each for each in status.findings if each.gate] or status.findings
    for each in wanted:
        if each.reading != "met":
            yield f"{each.requirement} is {each.reading}. {each.why}"


def _campaign(campaign: Campaign, settings: Settings) -> Iterator[str]:
    if campaign.state == "open":
        yield f"The campaign {campaign.id}, opened at index {campaign.index}, is still open."
    if campaign.state == "erased":
        yield f"The plan at index {campaign.index} was erased, so nobody can tell what became of its campaign."
    if campaign.state == "void":
        yield f"The plan at index {campaign.index} is void: nobody who could sign it did."
    for domain in campaign.domains:
        if settings.tolerance is not None and domain.ceiling > settings.tolerance:
            yield (
                f"{campaign.id}: in {domain.domain}, up to {percent(domain.ceiling)} of attempts may succeed; "
                f"{percent(settings.tolerance)} is tolerated."
            )


def _address(identity: Mapping[str, Any]) -> str:
    endpoint = identity.get("endpoint")
    return f"{endpoint}#{identity.get('name')}" if endpoint else ""
