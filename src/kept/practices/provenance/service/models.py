"""Which model made the content, by its id."""

import re

from kept.core.context import Context
from kept.errors import Invalid, KeptError

_ID = re.compile(r"sha256:[0-9a-f]{64}")
_BARE = re.compile(r"[0-9a-f]{64}")


def model_id(context: Context, named: str) -> tuple[str, str]:
    """The id of a model that is named by it, by its digest in hex, by a name of kept.toml or by a URI; and its name.

    The name is empty where only the id is known. Raises Invalid for anything else, and what opening the model raises;
    nothing is asked of it.
    """
    if _ID.fullmatch(named):
        return named, ""
    if _BARE.fullmatch(named):
        return f"sha256:{named}", ""
    if named not in context.workspace.models and (":" not in named or named.startswith("sha256:")):
        known = ", ".join(sorted(context.workspace.models)) or "none yet"
        raise Invalid(
            f"No model is called {named[:80]!r}.",
            code="mark.model",
            hint=f'Give its id, "sha256:" and 64 hexadecimal digits, or a name of kept.toml ({known}).',
        )
    try:
        identity = context.open_model(named).identity
        return identity.id, named if named in context.workspace.models else identity.name
    except KeptError as error:
        raise type(error)(f"The model {named[:80]!r}: {error.message}", code=error.code, hint=error.hint) from error
