"""kept.toml and the folder it stands in."""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kept.core.model import Sampling, Tool
from kept.errors import Conflict, Invalid, NotFound

FILE = "kept.toml"
LIMIT = 256 * 1024

TEMPLATE = """\
# The workspace of {name}. Keys are named in keys/keyring.json; secrets never stand here.
[workspace]
version = 1
name = {name_text}

[store]
url = "sqlite:///store.db"        # or postgresql+psycopg://user@host/database

[ledger]
origin = {origin_text}

# A short name for a model; web pages can only name what stands here. What is deployed around a model is part of
# what is tested: its system prompt, its tools and its sampling.
[models]
# assistant = "openai:https://api.example/v1#assistant-1"
# [models.helpdesk]
# uri = "openai:https://api.example/v1#assistant-1"
# system_prompt = "You answer questions about our products."
# temperature = 0.7

# Where people reach the pages of `kept serve`; without it they are of this machine alone. docs/serving.md tells more.
# [portal]
# url = "https://portal.example"
# proxies = ["127.0.0.1"]

# Who is told of what is due, and by which way; docs/notifying.md tells more.
# [notify.channels.mail]
# url = "smtps://mail.example"
# sender = "kept@example.org"

# What each room is told, as [practices.<room>].
[practices]
"""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is deployed around a model; None leaves the default of whoever tests it."""

    system_prompt: str = ""
    tools: tuple[Tool, ...] = ()
    sampling: Sampling | None = None


@dataclass(frozen=True, slots=True)
class Workspace:
    """One provider's workspace: what kept.toml says, and where things stand.

    `models` holds URIs by name, `deployments` what stands around those that say so. `state` is the folder outside the
    workspace that holds what a restored backup must not bring back.
    """

    folder: Path
    name: str
    origin: str
    store_url: str
    models: Mapping[str, str] = field(default_factory=dict)
    deployments: Mapping[str, Deployment] = field(default_factory=dict)
    practices: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    portal: Mapping[str, Any] = field(default_factory=dict)
    notify: Mapping[str, Any] = field(default_factory=dict)

    @property
    def keys(self) -> Path:
        """Where key files and the keyring stand."""
        return self.folder / "keys"

    @property
    def tiles(self) -> Path:
        """Where the log's published tiles and checkpoint stand."""
        return self.folder / "ledger"

    @property
    def trust_file(self) -> Path:
        """The trust file made by `init`, for handing to whoever will verify."""
        return self.folder / "trust.json"

    @property
    def state(self) -> Path:
        """This workspace's own part of the state folder."""
        return state_folder() / self.origin.replace("/", "_")

    @property
    def secret(self) -> Path:
        """The file that unlocks the keys: outside the workspace, so that a copy of the workspace can't sign."""
        return self.state / "secret"

    @classmethod
    def load(cls, folder: Path) -> "Workspace":
        """Read kept.toml. Raises NotFound where there is none and Invalid where it is wrong."""
        path = folder / FILE
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise NotFound(
                f"{folder} has no {FILE}.",
                code="workspace.missing",
                hint="Make a workspace: kept init FOLDER --name NAME",
            ) from error
        if len(data) > LIMIT:
            raise Invalid(f"{path} has {len(data)} bytes; at most {LIMIT} are read.", code="workspace.too-large")
        try:
            document = tomllib.loads(data.decode())
        except ValueError as error:
            raise Invalid(f"{path} is not valid TOML: {error}.", code="workspace.malformed") from error
        return cls._from_document(folder.resolve(), document)

    @classmethod
    def _from_document(cls, folder: Path, document: Mapping[str, Any]) -> "Workspace":
        known = {"workspace", "store", "ledger", "models", "notify", "portal", "practices"}
        unknown = sorted(set(document) - known)
        if unknown:
            raise Invalid(f"{folder / FILE}: unknown table [{unknown[0]}].", hint=f"Known: {', '.join(sorted(known))}.")
        version = _text_or_number(document, "workspace", "version", folder)
        if version != 1:
            raise Invalid(f"{folder / FILE}: version {version!r} is not one that this kept reads (1).")
        url = str(_text_or_number(document, "store", "url", folder))
        relative = "sqlite:///"
        if url.startswith(relative) and not url.startswith(relative + "/"):
            url = f"{relative}{folder / url.removeprefix(relative)}"
        return cls(
            folder=folder,
            name=str(_text_or_number(document, "workspace", "name", folder)),
            origin=str(_text_or_number(document, "ledger", "origin", folder)),
            store_url=url,
            **_models(document.get("models", {}), folder),
            practices=document.get("practices", {}),
            portal=document.get("portal", {}),
            notify=document.get("notify", {}),
        )

    @classmethod
    def create(cls, folder: Path, *, name: str, origin: str) -> "Workspace":
        """Make the folder and its kept.toml. Raises Conflict when a workspace, or other files, stand there."""
        if not name.strip() or "\n" in name:
            raise Invalid("A workspace needs the name of its organisation, on one line.", hint='--name "Acme AI"')
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Conflict(f"{folder} exists and isn't empty.", code="workspace.exists", hint="Choose a new folder.")
        (folder / "keys").mkdir(parents=True, mode=0o700)
        text = TEMPLATE.format(name=name, name_text=_toml(name), origin_text=_toml(origin))
        (folder / FILE).write_text(text, encoding="utf-8")
        return cls.load(folder)


def find(start: Path) -> Path:
    """The workspace folder that `start` stands in, or the only one directly below it. Raises NotFound."""
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder
    below = sorted(path.parent for path in start.glob(f"*/{FILE}"))
    if len(below) == 1:
        return below[0]
    choice = f"There are {len(below)} below {start}." if below else f"None at, above or below {start}."
    raise NotFound(
        f"No workspace was chosen. {choice}",
        code="workspace.not-found",
        hint="Change into one, name it with --workspace, or make one: kept init FOLDER --name NAME",
    )


def state_folder() -> Path:
    """Where kept keeps what must outlive a restored workspace: $KEPT_STATE, else under the user's state folder."""
    explicit = os.environ.get("KEPT_STATE")
    if explicit:
        return Path(explicit)
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "kept"


def _text_or_number(document: Mapping[str, Any], table: str, key: str, folder: Path) -> str | int:
    value = document.get(table, {}).get(key) if isinstance(document.get(table, {}), Mapping) else None
    if not isinstance(value, str | int) or value == "":
        raise Invalid(f"{folder / FILE}: [{table}] needs {key}.", code="workspace.malformed")
    return value


def _models(table: object, folder: Path) -> dict[str, Any]:
    if not isinstance(table, Mapping):
        raise Invalid(f'{folder / FILE}: [models] holds lines like name = "scheme:address#model".')
    uris: dict[str, str] = {}
    deployments: dict[str, Deployment] = {}
    for name, entry in table.items():
        given = entry if isinstance(entry, Mapping) else {"uri": entry}
        if not isinstance(given.get("uri"), str):
            raise Invalid(f'{folder / FILE}: the model {name!r} needs a uri like "scheme:address#model".')
        uris[name] = given["uri"]
        if len(given) > 1:
            deployments[name] = _deployment(name, given, folder)
    return {"models": uris, "deployments": deployments}


def _deployment(name: str, given: Mapping[str, Any], folder: Path) -> Deployment:
    drawn = {key: given[key] for key in ("temperature", "top_p", "max_tokens") if key in given}
    unknown = sorted(set(given) - {"uri", "system_prompt", "tools", *drawn})
    if unknown:
        raise Invalid(f"{folder / FILE}: [models.{name}] has no {unknown[0]!r}.", code="workspace.malformed")
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in drawn.values())
    prompt = given.get("system_prompt", "")
    try:
        tools = tuple(Tool(**tool) for tool in given.get("tools", ()))
    except TypeError as error:
        raise Invalid(f"{folder / FILE}: a tool of [models.{name}] has name, description and parameters.") from error
    if not (numbers and isinstance(prompt, str)):
        raise Invalid(f"{folder / FILE}: [models.{name}] holds a value of the wrong kind.", code="workspace.malformed")
    return Deployment(prompt, tools, Sampling(**drawn) if drawn else None)


def _toml(text: str) -> str:
    # A JSON string without \u escapes is a TOML basic string.
    return json.dumps(text, ensure_ascii=False)
