"""Objects that are made here, scanned before they can be shared, and those that are brought in from other formats."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context, format_time
from kept.core.reference import load
from kept.errors import Invalid, NotFound
from kept.practices.sharing.methods import tlp
from kept.practices.sharing.methods.stix import parse
from kept.practices.sharing.records import Settings
from kept.practices.sharing.records.library import (
    ORIGINS,
    BroughtIn,
    Exported,
    Held,
    Left,
    Logged,
    Origin,
    Scanned,
    Told,
)
from kept.practices.sharing.records.markings import checked_tlp
from kept.practices.sharing.service.moments import microseconds, stix_time, told
from kept.practices.sharing.service.overlapping import Overlapping
from kept.practices.sharing.service.peering import SHARERS
from kept.practices.sharing.service.screening import FromUserError, screen, words_of
from kept.practices.sharing.service.tables.library import LIBRARY

if TYPE_CHECKING:
    from pydantic import BaseModel

    from kept.practices.sharing.records.contents import Reference

NIST = "https://airc.nist.gov/airmf-resources/airmf/"
_OUTCOME = r"(GOVERN|MAP|MEASURE|MANAGE) [1-9]\.[1-9][0-9]?"
_SHOWN = 8


class Library(Overlapping):
    """The verbs about objects that are made or brought in here."""

    _context: Context
    _settings: Settings

    def object_new_jailbreak(
        self,
        about: Told,
        technique: str,
        turns: Sequence[str],
        slots: Mapping[str, str],
        *,
        log: Iterable[Logged] | None,
        unlogged: str = "",
        languages: Sequence[str] = ("en",),
        domains: Sequence[str] = (),
        by: Actor,
    ) -> tuple[Held, Scanned]:
        """Make a circumvention pattern from a template with slots, once nothing in it came from a user.

        The template is held against `log`, the prompts of the owner's users, else against the log that kept.toml names;
        without either, `unlogged` says why. Raises Denied, Invalid, NotFound for an unknown technique of ATLAS, and
        FromUserError with what was found and where.
        """
        from kept.practices.sharing.methods.objects import circumvention

        check_role(by, *SHARERS, to="make shared objects")
        if log is None and not unlogged.strip():
            log = self._library_log()
        if log is None and not unlogged.strip():
            raise Invalid(
                "The template was held against no log of prompts.",
                code="scan.log",
                hint="Give the log, or say why there is none.",
            )
        content = circumvention(technique, turns, slots, languages=languages, domains=domains)
        screen({"name": about.name, "description": about.description})
        scanned = self._library_scan_turns(turns, log, unlogged)
        return self._library_make(about, "circumvention-pattern", content), scanned

    @property
    def has_prompt_log(self) -> bool:
        """Whether kept.toml names a log of prompts that new patterns are held against."""
        return bool(self._settings.prompt_log)

    def object_new_incident(self, about: Told, fields: bytes, *, by: Actor) -> Held:
        """Make an AI incident from the JSON of its fields. Raises Denied, Invalid, NotFound, and FromUserError."""
        return self._library_new("ai-incident", about, fields, by=by)

    def object_new_notice(self, about: Told, fields: bytes, *, by: Actor) -> Held:
        """Make a dangerous-capability notice from the JSON of its fields. Raises as `object_new_incident` does."""
        return self._library_new("dangerous-capability-notice", about, fields, by=by)

    def object_new_mitigation(self, about: Told, fields: bytes, *, by: Actor) -> Held:
        """Make a mitigation from the JSON of its fields. Raises as `object_new_incident` does."""
        return self._library_new("ai-mitigation", about, fields, by=by)

    def _library_new(self, kind: str, about: Told, content: bytes, *, by: Actor) -> Held:
        from kept.practices.sharing.methods.objects import DEFINITIONS

        check_role(by, *SHARERS, to="make shared objects")
        made = DEFINITIONS[kind].content.read(content)
        screen({"name": about.name, "description": about.description, **_fields(made)})
        return self._library_make(about, kind, made)

    def object_list(self) -> tuple[Held, ...]:
        """Every object of the library, the newest first."""
        with self._context.store.read() as connection:
            rows = connection.execute(select(LIBRARY).order_by(LIBRARY.c.added.desc(), LIBRARY.c.id)).all()
        return tuple(map(_held, rows))

    def object_show(self, name: str) -> dict[str, Any]:
        """An object as STIX, by its id or its name. Raises NotFound."""
        found: dict[str, Any] = json.loads(self._library_entries([name])[0].body)
        return found

    def object_import(self, form: str, path: Path, *, by: Actor) -> BroughtIn:
        """Bring in what a file holds: "stix", "atlas", "misp", "avid" or "nova".

        What can't be brought in is named with the reason, as is what came from a user. Raises Denied, Invalid,
        NotFound or Unavailable for a file that can't be read at all.
        """
        check_role(by, *SHARERS, to="import objects")
        known = self._context.backends["object-import"]
        if form not in known:
            raise Invalid(f"Nothing is brought in from {form[:40]!r}.", code="import.format")
        origin = ORIGINS[form]
        documents, refused = load(known[form])(path, format_time(self._context.clock()))
        rows: list[dict[str, Any]] = []
        left: list[Left] = list(refused)
        for document in documents:
            try:
                if form != "atlas":
                    screen(words_of(document))
                rows.append(self._library_entry(document, origin))
            except Invalid as error:
                left.append(Left(str(document.get("name") or document.get("id"))[:200], error.code, error.message))
        self._context.store.write(lambda connection: _put(connection, rows))
        return BroughtIn(tuple(map(_held_of, rows)), tuple(left))

    def object_export(self, form: str, names: Sequence[str]) -> Exported:
        """Objects in a format: "stix" (a bundle with the extension definitions), "misp" or "avid". Raises NotFound."""
        known = self._context.backends["object-export"]
        if form not in known:
            raise Invalid(f"Nothing is written as {form[:40]!r}.", code="export.format")
        documents = [json.loads(row.body) for row in self._library_entries(names)]
        found: Exported = load(known[form])(documents, self._context.workspace.name)
        return found

    def _library_log(self) -> Iterable[Logged] | None:
        if not self._settings.prompt_log:
            return None
        found: Iterable[Logged] = load(self._context.backends["prompts"]["jsonl"])(
            self._context.workspace.folder / self._settings.prompt_log
        )
        return found

    def _library_make(self, about: Told, kind: str, content: Any) -> Held:
        from kept.practices.sharing.methods.objects import DEFINITIONS, id_of, write
        from kept.practices.sharing.records.contents import SharedObject

        moment = self._context.clock()
        organisation = self._context.workspace.name
        named = id_of(DEFINITIONS[kind].object_type, organisation, kind, about.name)
        created = self._library_created(named) or stix_time(moment)
        shared = SharedObject(
            id=named,
            created=created,
            modified=max(stix_time(moment), created),
            name=about.name,
            description=about.description,
            content=content,
            created_by=id_of("identity", organisation),
            markings=(tlp.MARKINGS[checked_tlp(about.tlp)],),
            references=tuple(self._library_references(about)),
        )
        row = self._library_entry(write(shared), "own")
        self._context.store.write(lambda connection: _put(connection, [row]))
        return _held_of(row)

    def _library_references(self, about: Told) -> Iterator[Reference]:
        from kept.practices.sharing.records.contents import Reference

        for technique in about.atlas:
            with self._context.store.read() as connection:
                found = connection.execute(select(LIBRARY.c.body).where(LIBRARY.c.external == technique)).scalar()
            if found is None:
                raise NotFound(
                    f"ATLAS has no technique {technique[:40]!r} here.",
                    code="atlas.absent",
                    hint="Bring ATLAS in: kept sharing object import atlas stix-atlas.json",
                )
            yield from _atlas(json.loads(found))
        for outcome in about.nist:
            if not re.fullmatch(_OUTCOME, outcome):
                raise Invalid(f"{outcome[:40]!r} is no outcome of the NIST AI RMF.", code="nist.outcome")
            yield Reference("NIST AI RMF", outcome, NIST)

    def _library_scan_turns(self, turns: Sequence[str], log: Iterable[Logged] | None, unlogged: str) -> Scanned:
        from kept.practices.sharing.methods.scanning import Overlap

        screen({f"turn {number}": turn for number, turn in enumerate(turns, 1)})
        watched = [Overlap(turn, common=self._settings.common_senders) for turn in turns]
        prompts = 0
        for logged in log or ():
            prompts += 1
            for overlap in watched:
                overlap.see(logged.prompt, logged.sender)
        found = {
            f"turn {number}": tuple(f"{each.start}–{each.end}" for each in some)
            for number, overlap in enumerate(watched, 1)
            if (some := overlap.findings())
        }
        told = [f"{where} {span}" for where, spans in found.items() for span in spans]
        if told:
            raise FromUserError(
                f"Fewer than {self._settings.common_senders} people sent these words: {'; '.join(told[:_SHOWN])}.",
                found=found,
                code="scan.logged",
                hint="Say it in other words, or put a slot there.",
            )
        return Scanned(prompts, unlogged.strip())

    def _library_created(self, name: str) -> str:
        with self._context.store.read() as connection:
            body = connection.execute(select(LIBRARY.c.body).where(LIBRARY.c.id == name)).scalar()
        return str(json.loads(body)["created"]) if body else ""

    def _library_entries(self, names: Sequence[str]) -> list[Any]:
        found = []
        with self._context.store.read() as connection:
            for name in names:
                rows = connection.execute(
                    select(LIBRARY).where((LIBRARY.c.id == name) | (LIBRARY.c.name == name)).limit(2)
                ).all()
                if len(rows) != 1:
                    raise NotFound(
                        f"No one object is called {name[:80]!r}.",
                        code="object.absent",
                        hint="List them: kept sharing object list",
                    )
                found.append(rows[0])
        return found

    def _library_entry(self, document: Mapping[str, Any], origin: Origin) -> dict[str, Any]:
        from kept.practices.sharing.methods.objects import kind_of, read

        parsed = parse(dict(document))
        kind = kind_of(document)
        if kind:
            read(document)
        return {
            "id": parsed.id,
            "kind": kind or parsed.kind,
            "name": str(document.get("name") or "")[:256],
            "version": parsed.version,
            "origin": origin,
            "external": next((each.id for each in _atlas(document)), ""),
            "added": microseconds(self._context.clock()),
            "body": parsed.body,
        }


def _fields(made: BaseModel) -> dict[str, str]:
    """All that a content says, by field."""
    told = made.model_dump(mode="json", exclude_none=True)
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in told.items()}


def _put(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        connection.execute(LIBRARY.delete().where(LIBRARY.c.id == row["id"]))
        connection.execute(LIBRARY.insert().values(**row))


def _atlas(document: Mapping[str, Any]) -> Iterator[Reference]:
    """How to refer to an ATLAS technique, where the object is one."""
    from kept.practices.sharing.records.contents import Reference

    references = document.get("external_references")
    if document.get("type") == "attack-pattern" and isinstance(references, list):
        for each in references:
            if isinstance(each, dict) and each.get("source_name") == "mitre-atlas":
                yield Reference("mitre-atlas", str(each.get("external_id"))[:32], str(each.get("url", ""))[:2000])


def _held_of(row: Mapping[str, Any]) -> Held:
    return Held(row["id"], row["kind"], row["name"], row["version"], row["origin"], told(row["added"]))


def _held(row: Any) -> Held:
    return _held_of(row._mapping)
