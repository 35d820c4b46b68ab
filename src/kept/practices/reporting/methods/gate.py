"""Whether a model may be released: only on evidence that is there, fresh and closed."""

from collections.abc import Mapping, Sequence
from typing import Any

from kept.errors import NotFound
from kept.practices.reporting.methods.derive import Derivation
from kept.practices.reporting.methods.policy import against
from kept.practices.reporting.records import Gate, Known
from kept.predicates.gate_decision import Policy


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


def find_named(derivation: Derivation, known: Sequence[Known], name: str, *, address: str) -> Mapping[str, Any] | None:
    """The model to which a statement gives this name or address, the last of several; None where none does.

    Where the two differ, kept.toml says what the name stands for: a model whose campaign tells where it was asked, and
    that `find` did not find there, is another that was called so once.
    """
    models = {model["id"]: model for model in derivation.document["models"]}
    called = (models[each.model] for each in reversed(known) if {name, address}.intersection(each.names))
    return next((model for model in called if address == name or not model["identity"]), None)


def decide(derivation: Derivation, model: Mapping[str, Any], policy: Policy, *, as_of: str) -> Gate:
    """The answer for one model: by the policy, by an override that two others approved, and before all by vetoes.

    An override opens the gate for the reasons of the decision that it names; a reason that came later closes it again.
    Raises Invalid when the policy requires what no catalog asks for.
    """
    own = {
        name: [each for each in derivation.document[name] if each["model"] == model["id"]]
        for name in ("campaigns", "claims", "statuses", "gates")
    }
    compared = [each for each in derivation.document["comparisons"] if each["after"]["model"] == model["id"]]
    reasons = against(
        policy,
        campaigns=own["campaigns"],
        claims=own["claims"],
        statuses=own["statuses"],
        comparisons=compared,
        as_of=as_of,
    )
    decided = own["gates"][0] if own["gates"] else None
    if decided is None:
        return Gate(model["id"], model["name"], not reasons, tuple(reasons))
    override = _override(decided, reasons) if reasons else None
    vetoes = [each for each in decided["vetoes"][-1:] if each["closes"]]
    told = [f"Vetoed at index {each['index']} by {each['name'] or 'somebody'}: {each['reason']}" for each in vetoes]
    shown = reasons if override is None or told else []
    return Gate(model["id"], model["name"], not (shown or told), (*told, *reasons), override)


def _override(decided: Mapping[str, Any], reasons: Sequence[str]) -> int | None:
    """The last override that is approved and covers every reason."""
    covered = {each["index"]: set(each["reasons"]) for each in decided["decisions"]}
    for each in reversed(decided["overrides"]):
        if each["state"] == "approved" and set(reasons) <= covered[each["decision"]]:
            return int(each["index"])
    return None


def _address(identity: Mapping[str, Any]) -> str:
    endpoint = identity.get("endpoint")
    return f"{endpoint}#{identity.get('name')}" if endpoint else ""
