"""The matcher: built once from what peers shared, changed by nothing, and asked by many at once."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from kept.errors import Invalid
from kept.practices.sharing.methods import nova
from kept.practices.sharing.methods.fingerprints import Nearest, decode, hashes
from kept.practices.sharing.methods.fingerprints.grams import Hashes
from kept.practices.sharing.methods.matching import poison
from kept.practices.sharing.methods.matching.atoms import Clause
from kept.practices.sharing.methods.matching.budget import INSTRUCTIONS, Budget
from kept.practices.sharing.methods.matching.programs import Program, compiled, of_words, quoted
from kept.practices.sharing.methods.matching.screen import NEEDED, Screen
from kept.practices.sharing.methods.normalising import Normalised, normalise
from kept.practices.sharing.records.matching import Indicator, Match, Matches, Refusal

LONGEST = 1_000_000
"""How many characters a prompt has at most."""
UNDONE = 2 * LONGEST
"""How many it has at most once compatibility forms are undone: one of them stands for eighteen."""
MANY, EACH = 100_000, 25_000
"""How many expressions and sketches a matcher has at most, and how many of one peer: one who floods crowds out nobody.

Beyond them indicators are refused, by name.
"""
ALWAYS, ALWAYS_EACH = 64, 16
"""How many of them may need no literal, as keywords of NOVA rules may; each is run on every prompt."""
ALIKE = 256
"""How many expressions of one peer may need the very same literals, unless they are only words.

All of them run on a prompt that holds these, and each may take milliseconds: of thousands that need one common word,
every prompt with that word would take minutes.
"""


@dataclass(frozen=True, slots=True)
class _Rule:
    """A NOVA rule and who shared it; each of its keywords has a program of its own."""

    indicator: Indicator
    rule: nova.Rule


Owner = Indicator | _Rule


@dataclass(slots=True)
class _Built:
    """What is collected while a matcher is built: programs, whose each is, and for which keyword of a rule."""

    programs: list[Program] = field(default_factory=list)
    owners: list[Owner] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)
    near: list[tuple[Indicator, Hashes]] = field(default_factory=list)
    own: str = ""
    held: Counter[str] = field(default_factory=Counter)
    always: Counter[str] = field(default_factory=Counter)
    alike: Counter[tuple[str, frozenset[Clause]]] = field(default_factory=Counter)

    def make_room(self, peer: str, count: int = 1, *, always: int = 0, run: Sequence[Program] = ()) -> None:
        """Count what a peer adds, of which so many need no literal, and `run` are more than words.

        Raises Invalid where that is too much.
        """
        if self.held.total() + count > MANY:
            raise Invalid(f"There are {MANY:,} expressions already.", code="indicator.too-many")
        if peer != self.own and self.held[peer] + count > EACH:
            raise Invalid(f"More than {EACH:,} expressions of one peer.", code="indicator.too-many")
        if always and (self.always.total() + always > ALWAYS or self.always[peer] + always > ALWAYS_EACH):
            raise Invalid(
                f"More than {ALWAYS} keywords, or {ALWAYS_EACH} of one peer, need no literal.", code="indicator.always"
            )
        needs = Counter((peer, frozenset(program.clauses[:NEEDED])) for program in run if program.clauses)
        if peer != self.own and any(self.alike[need] + added > ALIKE for need, added in needs.items()):
            raise Invalid(f"More than {ALIKE} expressions of one peer need the same literals.", code="indicator.alike")
        self.held[peer] += count
        self.always[peer] += always
        self.alike.update(needs)

    def add(self, program: Program, owner: Owner, variable: str = "") -> None:
        """One more program, for which there is room."""
        self.programs.append(program)
        self.owners.append(owner)
        self.variables.append(variable)


class Matcher:
    """Matches prompts against indicators. `refused` names each indicator that it doesn't go by, and why.

    A prompt takes time linear in its length for each expression that has all its literals there, and memory that is
    bounded whatever peers share. What the expressions of one peer cost it is bounded as well, and whoever reaches that
    is named in the answer. Nothing in it changes, so that threads may share it.
    """

    def __init__(self, built: _Built, refused: Sequence[Refusal], instructions: int = INSTRUCTIONS) -> None:
        self.refused = tuple(refused)
        self._programs = tuple(built.programs)
        self._owners = tuple(built.owners)
        self._variables = tuple(built.variables)
        self._screen = Screen([program.clauses for program in self._programs])
        self._budget = Budget(
            [program.size for program in self._programs],
            [_indicator(owner).peer for owner in self._owners],
            own=built.own,
            most=instructions,
        )
        self._near = tuple(indicator for indicator, _ in built.near)
        self._nearest = Nearest.of([sketch for _, sketch in built.near])

    @classmethod
    def of(
        cls,
        indicators: Iterable[Indicator],
        *,
        own: str = "",
        also_refused: Sequence[Refusal] = (),
        instructions: int = INSTRUCTIONS,
    ) -> Self:
        """The matcher of these indicators, and of none of those that were refused before it.

        `own` is whose may be as many as there is room for, and cost what they cost; those of each other peer that run
        on one prompt have so many `instructions` at most. `also_refused` is read once they all are. Raises Unavailable
        without the extra `sharing`.
        """
        refused: list[Refusal] = []
        first = _collected(indicators, refused, own)
        refused += also_refused
        found = cls(first, refused, instructions)
        poisoned = found.poisoned()
        if not poisoned:
            return found
        refused += [_refusal(owner, error) for owner, error in poisoned]
        names = {id(owner) for owner, _ in poisoned}
        kept = _Built(near=first.near, own=own)
        for program, owner, variable in zip(first.programs, first.owners, first.variables, strict=True):
            if id(owner) not in names:
                kept.add(program, owner, variable)
        return cls(kept, refused, instructions)

    def __len__(self) -> int:
        """How many expressions and sketches there are."""
        return len(self._programs) + len(self._near)

    def match(self, prompt: str) -> Matches:
        """What the prompt matches, and of which peers not all was tried, in `incomplete`.

        Raises Invalid for one of more than a million characters, or that says far more."""
        if len(prompt) > LONGEST:
            raise Invalid(
                f"A prompt of {len(prompt):,} characters is longer than {LONGEST:,}.",
                code="prompt.too-long",
                hint="Match its parts.",
            )
        text = normalise(prompt)
        if len(text.text) > UNDONE:
            raise Invalid(
                f"A prompt that stands for {len(text.text):,} characters is longer than {UNDONE:,}.",
                code="prompt.too-long",
                hint="Match its parts.",
            )
        called, incomplete = self._budget.within(whole := self._screen.called(text.text))
        unjudged = set(np.setdiff1d(whole, called).tolist()) if incomplete else frozenset[int]()
        found = self._by_expressions(text, called.tolist(), unjudged)
        if self._near:
            for place, share in self._nearest.find(hashes(text)):
                one = self._near[place]
                found.append(Match(one.id, one.peer, one.name, "sketch", similarity=round(share, 3)))
        return Matches(found, incomplete)

    def poisoned(self) -> list[tuple[Owner, Invalid]]:
        """Whose expressions match harmless texts, and how many."""
        counts: Counter[int] = Counter()
        owners: dict[int, Owner] = {}
        for text in poison.TEXTS:
            # Whatever that costs: nobody hides behind large expressions what matches everything.
            called = self._screen.called(text.text).tolist()
            hit = {id(owner): owner for owner, _ in self._hits(text, called)}
            counts.update(hit.keys())
            owners |= hit
        found = []
        for name, count in counts.items():
            try:
                poison.check_count(count)
            except Invalid as error:
                found.append((owners[name], error))
        return found

    def _by_expressions(self, text: Normalised, called: Sequence[int], unjudged: Collection[int]) -> list[Match]:
        found = []
        for owner, spans in self._hits(text, called, unjudged):
            one = _indicator(owner)
            name = one.name if isinstance(owner, Indicator) else owner.rule.name
            there = tuple(text.original(*span) for span in spans)
            found.append(Match(one.id, one.peer, name, one.kind, there))
        return found

    def _hits(
        self, text: Normalised, called: Sequence[int], unjudged: Collection[int] = ()
    ) -> list[tuple[Owner, list[tuple[int, int]]]]:
        """Whose expressions match, and where; of a rule, where its condition holds.

        A rule is passed over that has one of the `unjudged`: what isn't looked for isn't absent.
        """
        found: list[tuple[Owner, list[tuple[int, int]]]] = []
        rules: dict[int, tuple[_Rule, dict[str, tuple[int, int]]]] = {}
        passed_over = {id(self._owners[place]) for place in unjudged}
        lower, cased = (_fast(text.text), _fast(text.cased)) if called else ("", "")
        for place in called:
            program = self._programs[place]
            there = program.search(cased if program.cased else lower)
            if there is None:
                continue
            owner = self._owners[place]
            if isinstance(owner, Indicator):
                found.append((owner, [there.span()]))
            else:
                rules.setdefault(id(owner), (owner, {}))[1][self._variables[place]] = there.span()
        for name, (rule, matched) in rules.items():
            if name not in passed_over and rule.rule.condition.holds(matched):
                found.append((rule, sorted(matched.values())))
        return found


def _fast(text: str) -> str | bytes:
    """ASCII as bytes, whose places are the same."""
    return text.encode("ascii") if text.isascii() else text


def _collected(indicators: Iterable[Indicator], refused: list[Refusal], own: str) -> _Built:
    built = _Built(own=own)
    for one in indicators:
        try:
            if one.kind == "sketch":
                sketch = decode(one.value)
                poison.check_sketch(sketch)
                built.make_room(one.peer)
                built.near.append((one, sketch))
            elif one.kind == "nova":
                _add_rule(built, one)
            else:
                program = compiled(one.value if one.kind == "regex" else of_words(one.value))
                # What needs a literal can't match where there is none.
                if not program.clauses and program.search("") is not None:
                    raise Invalid("It matches a prompt that says nothing.", code="indicator.empty")
                poison.check_clauses(program.clauses)
                built.make_room(one.peer, run=() if program.is_words else (program,))
                built.add(program, one)
        except Invalid as error:
            refused.append(_refusal(one, error))
    return built


def _add_rule(built: _Built, one: Indicator) -> None:
    rule = nova.read_rule(one.value)
    if rule.condition.holds(()):
        raise Invalid("Its condition holds where none of its keywords stands.", code="indicator.empty")
    programs = {}
    for variable in sorted(rule.condition.variables):
        keyword = rule.keywords[variable]
        expression = keyword.value if keyword.regex else quoted(keyword.value)
        programs[variable] = compiled(expression, cased=keyword.cased)
    always = sum(not program.clauses for program in programs.values())
    run = [program for program in programs.values() if not program.is_words]
    built.make_room(one.peer, len(programs), always=always, run=run)
    owner = _Rule(one, rule)
    for variable, program in programs.items():
        built.add(program, owner, variable)


def _indicator(owner: Owner) -> Indicator:
    return owner if isinstance(owner, Indicator) else owner.indicator


def _refusal(owner: Owner, error: Invalid) -> Refusal:
    one = _indicator(owner)
    name = one.name if isinstance(owner, Indicator) else owner.rule.name
    return Refusal(one.id, one.peer, name, error.code, error.message)
