"""Templates of circumvention patterns: what their slots are, what they say when filled, and what finds them."""

import re
from collections.abc import Iterator, Mapping, Sequence

from kept.errors import Invalid
from kept.practices.sharing.methods.placeholders import PLACEHOLDERS
from kept.practices.sharing.records.contents import Slot

_SLOT = re.compile(r"\{([a-z][a-z0-9_]{0,31})\}")
# What stands for something else in a regular expression.
_SPECIAL = re.compile(r"[\\.^$*+?()\[\]{}|]")
_ANYTHING = "(?s:.+?)"
WORDS = 40
"""How many words of a template its pattern has at most: an edit further on then hides nothing."""


def slots_of(turns: Sequence[str]) -> tuple[str, ...]:
    """The names of the slots in the turns, each once, in order."""
    return tuple(dict.fromkeys(name for turn in turns for name in _SLOT.findall(turn)))


def check(turns: Sequence[str], slots: Sequence[Slot]) -> None:
    """Raises Invalid where slots and turns don't agree, or where an example is no placeholder of its kind."""
    named = [slot.name for slot in slots]
    wanted = slots_of(turns)
    if sorted(named) != sorted(wanted):
        raise Invalid(
            f"The turns have the slots {', '.join(wanted) or 'none'}, and described are {', '.join(named) or 'none'}.",
            code="template.slots",
            hint="Describe each {slot} of the turns once, as request:kind.",
        )
    for slot in slots:
        strange = [example for example in slot.examples if example not in PLACEHOLDERS[slot.kind]]
        if strange:
            raise Invalid(
                f"The slot {slot.name} has an example that is no harmless placeholder for a {slot.kind}.",
                code="template.example",
                hint=f"Placeholders: {'; '.join(PLACEHOLDERS[slot.kind])}.",
            )


def filled(turns: Sequence[str], slots: Sequence[Slot], chosen: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The turns with an example in each slot: what `chosen` says by the slot's name, or its first."""
    values = {slot.name: slot.examples[0] for slot in slots} | dict(chosen or {})
    return tuple(_SLOT.sub(lambda found: values.get(found[1], found[0]), turn) for turn in turns)


def pattern_of(turns: Sequence[str]) -> str:
    """A regular expression, of the syntax that RE2 and PCRE share, for the turn that says most outside its slots."""
    turn = max(turns, key=lambda text: len(_SLOT.sub("", text)))
    return r"\s+".join(_words(turn)).replace(rf"\s+{_ANYTHING}", _ANYTHING).replace(rf"{_ANYTHING}\s+", _ANYTHING)


def _words(turn: str) -> Iterator[str]:
    for word in turn.split()[:WORDS]:
        parts = _SLOT.split(word)
        yield "".join(_escaped(part) if number % 2 == 0 else _ANYTHING for number, part in enumerate(parts))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)
