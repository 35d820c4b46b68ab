"""Ways to reach a model: each scheme of a model URI names its opener, loaded when it is first used."""

import difflib
from typing import TYPE_CHECKING, Any

from kept.core.model import Model
from kept.core.reference import load
from kept.errors import Invalid, NotFound

if TYPE_CHECKING:
    from kept.models.options import ModelOptions

# scheme -> "module:function" with the signature (uri: str, options: ModelOptions) -> Model
SCHEMES: dict[str, str] = {
    "hf": "kept.models.hf:open_model",
    "openai": "kept.models.openai:open_model",
    "organism": "kept.models.organisms:open_model",
}

# scheme -> "module:function" with the signature (uri: str) -> dict, for models whose flaws were planted
TRUTHS: dict[str, str] = {
    "organism": "kept.models.organisms:truth",
}

_CATALOGUE: tuple[tuple[str, str], ...] = (
    ("organism:rules?seed=N", "embedded; flaws per domain, encoding and language are generated from the seed N"),
    ("organism:agent?seed=N", "embedded; acts with the tools of the worlds, with flaws generated from the seed N"),
    ("organism:attacker?seed=N", "embedded; rewords requests by harmless reasons, as an attacker for PAIR and TAP"),
    ("organism:learned", "embedded; a small trained Llama network with a planted bypass and planted canaries"),
    ("organism:judge?se=S&sp=S&seed=N", "embedded; judges exchanges about a sealed card, and errs at the rates given"),
    ("openai:URL#MODEL", "an OpenAI-compatible endpoint, for example openai:http://127.0.0.1:8000/v1#my-model"),
    ("hf:FOLDER", "local weights through transformers (the extra `hf`)"),
)


def open_model(uri: str, *, options: "ModelOptions | None" = None) -> Model:
    """The model that `uri` names.

    Raises Invalid for an unknown scheme or a malformed URI, and Unavailable when a package is missing.
    """
    from kept.models.options import ModelOptions

    opener = load(SCHEMES[_scheme(uri)])
    model: Model = opener(uri, options or ModelOptions())
    return model


def truth(uri: str) -> dict[str, Any]:
    """What was planted in the model that `uri` names, as plain JSON values.

    Raises NotFound for a model whose flaws nobody planted, and Invalid for an unknown or malformed URI.
    """
    scheme = _scheme(uri)
    if scheme not in TRUTHS:
        raise NotFound(
            f"Nothing is known to be planted in {uri!r}.",
            code="models.no-truth",
            hint="Only the embedded organisms carry a ground truth; `kept models list` names them.",
        )
    known: dict[str, Any] = load(TRUTHS[scheme])(uri)
    return known


def catalogue() -> tuple[dict[str, str], ...]:
    """The forms of URI that can be opened: {"uri", "about"} each."""
    return tuple({"uri": uri, "about": about} for uri, about in _CATALOGUE)


def _scheme(uri: str) -> str:
    scheme, separator, _ = uri.partition(":")
    if separator and scheme in SCHEMES:
        return scheme
    near = difflib.get_close_matches(scheme, SCHEMES, n=1, cutoff=0.0)[0]
    raise Invalid(
        f"No kind of model is called {scheme!r} in {uri!r}.",
        code="models.unknown-scheme",
        hint=f"The nearest is {near!r}; `kept models list` shows all.",
    )
