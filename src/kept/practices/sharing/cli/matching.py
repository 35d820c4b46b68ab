"""`kept sharing match`: a stream of prompts in, one answer a line out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import IO, TYPE_CHECKING

import click

from kept.interface.terminal import json_option, say, tell

if TYPE_CHECKING:
    from kept.practices.sharing.methods.matching import Matcher
    from kept.practices.sharing.service import Service


def add_matching(group: click.Group, service: Callable[[], Service]) -> None:
    """The verb that matches prompts."""

    @group.command(help="Match the prompts on stdin, one JSON a line, against all that was shared.")
    @click.option("--every", type=click.FloatRange(0.1, 3600), default=5.0, help="Look for new objects, in seconds.")
    @click.option("--refused", is_flag=True, help="Also say, on stderr, which indicators aren't gone by, and why.")
    @click.option("--echo", is_flag=True, help="Repeat each prompt in its answer, which is else left out.")
    @json_option
    def match(every: float, refused: bool, echo: bool) -> None:
        from kept.practices.sharing.backends.reloading import Reloading
        from kept.practices.sharing.service.matching import LINE

        room = service()
        reloading = Reloading(room.matcher, room.matcher_state, every=every)
        _tell(reloading(), named=refused)
        with reloading.watching():
            costly: set[str] = set()
            for answer in room.match(_lines(sys.stdin.buffer, LINE), matcher=reloading, echo=echo):
                found = {name: value for name, value in asdict(answer).items() if value or name in ("line", "matches")}
                say(json.dumps(found, ensure_ascii=True))
                sys.stdout.flush()
                for peer in answer.incomplete:
                    if peer not in costly:
                        tell(f"Line {answer.line}: {peer}: not all of its patterns were tried: they cost too much.")
                        costly.add(peer)


def _lines(stream: IO[bytes], limit: int) -> Iterator[bytes]:
    """The lines of a stream; one that is too long comes cut behind the limit, and its rest is passed over."""
    while line := stream.readline(limit + 2):
        if len(line) > limit + 1 and not line.endswith(b"\n"):
            while (rest := stream.readline(limit)) and not rest.endswith(b"\n"):
                pass
        yield line.rstrip(b"\r\n")


def _tell(matcher: Matcher, *, named: bool) -> None:
    tell(f"Matching by {len(matcher):,} expressions and sketches; {len(matcher.refused):,} indicators are refused.")
    for one in matcher.refused if named else ():
        tell(f"  {one.peer}: {one.name or one.id}: {one.reason}")
