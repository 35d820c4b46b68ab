"""A prompt is matched against all that was shared: it is read, answered, and kept nowhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from kept.core.context import format_time
from kept.errors import Invalid, KeptError
from kept.interface.portal import form
from kept.practices.sharing.backends.reloading import Reloading
from kept.practices.sharing.web.frame import shown, staff

if TYPE_CHECKING:
    from kept.practices.sharing.methods.matching import Matcher
    from kept.practices.sharing.records.matching import Match
    from kept.practices.sharing.service import Service
    from kept.practices.sharing.service.matching import Answer

LIMIT = 4 * 1024 * 1024
REFUSED, SPANS, AROUND = 100, 3, 60


class Loaded:
    """The matcher of these pages, built when it is first asked for, and anew when what is shared has changed."""

    def __init__(self, service: Callable[[], Service]) -> None:
        self._service = service
        self._turn = Lock()
        self._reloading: Reloading[Matcher] | None = None
        self.at = ""

    def __call__(self) -> Matcher:
        """The newest; it takes seconds to build, in which the others wait. Raises Unavailable without the extra."""
        with self._turn:
            room = self._service()
            if self._reloading is None:
                self._reloading = Reloading(room.matcher, room.matcher_state, every=1.0)
                self.at = format_time(room.now)
            elif self._reloading.look():
                self.at = format_time(room.now)
            return self._reloading()


def add_matching(routes: APIRouter, service: Callable[[], Service]) -> None:
    """`/match`."""
    loaded = Loaded(service)

    @routes.get("/match", include_in_schema=False)
    def asked(request: Request) -> HTMLResponse:
        staff(request)
        return _page(request, loaded)

    @routes.post("/match", include_in_schema=False)
    async def match(request: Request) -> Response:
        staff(request)
        prompt = (await form(request, limit=LIMIT)).get("prompt", "").replace("\r\n", "\n")
        return await run_in_threadpool(_matched, request, service(), loaded, prompt)


def _matched(request: Request, service: Service, loaded: Loaded, prompt: str) -> HTMLResponse:
    try:
        if not prompt.strip():
            raise Invalid("There is no prompt.", code="prompt.empty", hint="Paste one.")
        matcher = loaded()
        (answer,) = service.match([json.dumps(prompt).encode()], matcher=lambda: matcher)
    except KeptError as error:
        return _page(request, loaded, prompt=prompt, error=error)
    wrong = Invalid(answer.error, code="prompt.malformed") if answer.error else None
    return _page(request, loaded, prompt=prompt, answer=answer, error=wrong)


def _page(
    request: Request,
    loaded: Loaded,
    *,
    prompt: str = "",
    answer: Answer | None = None,
    error: KeptError | None = None,
) -> HTMLResponse:
    matcher = loaded()
    return shown(
        request,
        "match.html.j2",
        here="match",
        error=error,
        count=len(matcher),
        refused=matcher.refused[:REFUSED],
        refusals=len(matcher.refused),
        at=loaded.at,
        prompt=prompt,
        matches=together(prompt, answer.matches) if answer else (),
        incomplete=answer.incomplete if answer else (),
        asked=answer is not None and not error,
        live=True,
    )


@dataclass(slots=True)
class Matched:
    """A pattern that a prompt matches: in which ways, how much of it is there at most, and in which words."""

    match: Match
    ways: list[str]
    similarity: float
    excerpts: list[tuple[str, str, str]]


def together(prompt: str, matches: Iterable[Match]) -> list[Matched]:
    """Each pattern once, though it may be found in several ways and stand in several places."""
    found: dict[tuple[str, str], Matched] = {}
    for each in matches:
        one = found.setdefault((each.id, each.peer), Matched(each, [], 0.0, []))
        one.ways += [each.kind] if each.kind not in one.ways else []
        one.similarity = max(one.similarity, each.similarity or 0.0)
        one.excerpts = one.excerpts or excerpts(prompt, each)
    return list(found.values())


def excerpts(prompt: str, match: Match) -> list[tuple[str, str, str]]:
    """What stands before, in and after the first places that match, each cut to a few words."""
    return [
        (
            prompt[max(0, start - AROUND) : start],
            prompt[start : min(end, start + 4 * AROUND)],
            prompt[end : end + AROUND],
        )
        for start, end in match.spans[:SPANS]
    ]
