"""Confirms that the public tool works: it is asked about content whose origin is known."""

from __future__ import annotations

from collections.abc import Mapping

from kept.core.actor import Actor
from kept.core.context import format_time
from kept.core.ledger import Draft, Receipt
from kept.core.reference import load
from kept.errors import Invalid, Unverified
from kept.practices.provenance.methods.picture import Picture
from kept.practices.provenance.methods.standins import picture
from kept.practices.provenance.service.marking import Marking
from kept.predicates.provenance_tool import ProvenanceTool

PNG = "image/png"
RIGHT: Mapping[str, tuple[tuple[str, str], ...]] = {
    "marked": (("trusted-manifest", "ours"), ("recovered", "ours")),
    "unmarked": (("none", "unknown"),),
}


class Confirming(Marking):
    """The verb `tool_confirm`."""

    async def tool_confirm(self, url: str, *, what: str, model: str, by: Actor, public: bool = True) -> Receipt:
        """Ask the tool at a URL about a picture that is marked for it and one that is not, and record what it said.

        Raises Invalid for another address than http or https, Unavailable where nothing answers, and Unverified where
        an answer is wrong: then nothing is recorded.
        """
        if not url.startswith(("https://", "http://")):
            raise Invalid(f"{url[:80]!r} is no address of the web.", code="tool.address", hint="https://…")
        ask, encode = load(self._context.backends["checker"]["http"]), load(self._context.backends["picture"]["write"])
        # Pictures that nobody has seen, so that no earlier registration answers for them.
        drawn = (picture(int.from_bytes(self._context.entropy(4))) for _ in RIGHT)
        unmarked, plain = (encode(Picture(pixels, PNG), PNG) for pixels in drawn)
        contents = {"unmarked": unmarked, "marked": self.mark(plain, PNG, model)}
        for content, data in contents.items():
            answer = await ask(url, data, PNG)
            said = (answer.get("verdict"), answer.get("origin")) if isinstance(answer, Mapping) else (None, None)
            if said not in RIGHT[content]:
                raise Unverified(
                    f"{url} says {said[0]!r}, {said[1]!r} of a picture that is {content}.",
                    code="tool.wrong",
                    hint="Nothing was recorded. Does the tool use the keys and the registry of this workspace?",
                )
        stated = ProvenanceTool.of(
            url=url,
            what=what,
            public=public,
            probes=[{"content": content, "media": "image", "right": 1, "asked": 1} for content in contents],
            issued=format_time(self._context.clock()),
            by=by.id,
        )
        (receipt,) = self._context.ledger.record(Draft(stated.to_statement()), by=by)
        return receipt
