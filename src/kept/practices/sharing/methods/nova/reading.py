"""Reads files of NOVA rules: line by line, with bounds; what can't be used is named with the reason."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from kept.errors import Invalid
from kept.practices.sharing.methods.nova.conditions import Condition, parse

LARGEST = 1024 * 1024
"""How many characters a file of rules has at most."""
_RULE, _KEYWORDS, _LINE = 64 * 1024, 256, 4096
_HEAD = re.compile(r"rule\s+(\w{1,128})\s*(\{?)")
_QUOTED = re.compile(r"""(["'])(.*)\1(\s*case:true)?""")
_SCORED = re.compile(r'"(.+)"(?:\s*\(\s*([0-9.]{1,16})\s*\))?')
_REGEX = re.compile(r"/(.*)/(i?)")
_VARIABLE = re.compile(r"\$[A-Za-z0-9_]{1,128}")
_SECTIONS = ("meta", "keywords", "semantics", "llm", "condition")


@dataclass(frozen=True, slots=True)
class Keyword:
    """A text or a regular expression that is looked for; `cased` says that its letters are taken as they are."""

    value: str
    regex: bool
    cased: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that keywords alone decide."""

    name: str
    keywords: Mapping[str, Keyword]
    condition: Condition
    meta: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Unusable:
    """A rule that can't be used here, and why."""

    name: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class File:
    """What a file of rules holds: each rule is in one of the two."""

    rules: tuple[Rule, ...]
    unusable: tuple[Unusable, ...]


def read(text: str) -> File:
    """The rules of a file. Raises Invalid for a file that is too large or holds none."""
    rules: dict[str, Rule] = {}
    unusable: list[Unusable] = []
    for name, lines in _blocks(_bounded(text)):
        try:
            if name in rules:
                raise Invalid("Another rule of the file has its name.", code="nova.twice")
            rules[name] = _rule(name, lines)
        except Invalid as error:
            unusable.append(Unusable(name, error.code, error.message))
    if not rules and not unusable:
        raise Invalid("The file holds no rule.", code="nova.empty")
    return File(tuple(rules.values()), tuple(unusable))


def read_rule(text: str) -> Rule:
    """The only rule of a text. Raises Invalid where there are several, or where it can't be used."""
    # What a partner shares as one rule may be a hundred thousand lines of none: no more is read than tells.
    found = list(islice(_blocks(_bounded(text)), 2))
    if len(found) != 1:
        told, code = ("several rules", "nova.several") if found else ("no rule", "nova.empty")
        raise Invalid(f"The text holds {told}.", code=code)
    return _rule(*found[0])


def _bounded(text: str) -> str:
    if len(text) > LARGEST:
        raise Invalid(f"A file of {len(text)} characters is larger than {LARGEST}.", code="nova.too-large")
    return text


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each rule's name and lines, from its first to the brace that closes it."""
    name, block = "", list[str]()
    for number, line in enumerate(text.split("\n"), 1):
        said = line.strip()
        head = _HEAD.fullmatch(said)
        if name and said != "}" and not head:
            block.append(line)
        elif head or said == "}":
            if name:
                yield name, block if said == "}" else [*block, "rule"]
            name, block = (head[1], [line]) if head else ("", [])
        elif not _is_silent(said):
            yield f"line {number}", ["rule"]
    if name:
        yield name, [*block, "rule"]


def _rule(name: str, lines: Sequence[str]) -> Rule:
    if lines[-1] == "rule":
        raise Invalid("It is cut: the brace that closes it is missing.", code="nova.cut")
    if sum(map(len, lines)) > _RULE or any(len(line) > _LINE for line in lines):
        raise Invalid(f"It has more than {_RULE} characters, or a line of more than {_LINE}.", code="nova.too-large")
    sections = _sections(lines[1:])
    keywords = dict(map(_keyword, sections["keywords"]))
    variables = dict.fromkeys(keywords, "keywords")
    if len(keywords) != len(sections["keywords"]) or len(keywords) > _KEYWORDS:
        raise Invalid(f"A keyword stands twice, or there are more than {_KEYWORDS}.", code="nova.keywords")
    for section in ("semantics", "llm"):
        for line in sections[section]:
            variable = _scored(line)
            if variable in variables:
                raise Invalid(f"The variable {variable} stands twice.", code="nova.keywords")
            variables[variable] = section
    condition = parse(" ".join(sections["condition"]), variables)
    _check(condition, variables)
    return Rule(name, keywords, condition, dict(_meta(sections["meta"])), "\n".join([*lines, "}"]))


def _check(condition: Condition, variables: Mapping[str, str]) -> None:
    beyond = sorted(name for name in condition.variables if variables[name] != "keywords")
    if beyond:
        kinds = sorted({variables[name] for name in beyond})
        raise Invalid(
            f"Its condition needs {', '.join(beyond[:8])} ({' and '.join(kinds)}), which a model decides.",
            code=f"nova.{kinds[0]}",
        )


def _sections(lines: Sequence[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {name: [] for name in _SECTIONS}
    current = ""
    for line in map(str.strip, lines):
        if _is_silent(line) or (line == "{" and not current):
            continue
        if line.endswith(":") and line[:-1].strip().isalpha():
            current = line[:-1].strip().lower()
            if current not in found:
                raise Invalid(f"It has a section {current[:40]!r}, which NOVA has not.", code="nova.section")
        elif not current:
            raise Invalid(f"{line[:40]!r} stands before any section.", code="nova.section")
        else:
            found[current].append(line)
    if not found["condition"]:
        raise Invalid("It has no condition.", code="nova.condition")
    return found


def _keyword(line: str) -> tuple[str, Keyword]:
    variable, value = _assigned(line)
    regex = _REGEX.fullmatch(value)
    if regex:
        return variable, Keyword(regex[1], True, not regex[2])
    quoted = _QUOTED.fullmatch(value)
    if not quoted:
        raise Invalid(f"The keyword {variable} is neither in quotes nor between slashes.", code="nova.keywords")
    # NOVA reads the modifier within the quotes.
    said, inside, _ = quoted[2].partition("case:true")
    return variable, Keyword(said.strip() if inside else said, False, bool(inside or quoted[3]))


def _scored(line: str) -> str:
    variable, value = _assigned(line)
    found = _SCORED.fullmatch(value)
    if not found or (found[2] and (found[2].count(".") > 1 or not 0 <= float(f"0{found[2]}0") <= 1)):
        raise Invalid(f"{variable} is no text in quotes with a threshold from 0 to 1.", code="nova.keywords")
    return variable


def _assigned(line: str) -> tuple[str, str]:
    variable, equals, value = line.partition("=")
    if not equals or not _VARIABLE.fullmatch(variable.strip()):
        raise Invalid(f"{line[:60]!r} is no $variable = value.", code="nova.keywords")
    return variable.strip(), value.strip()


def _meta(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, equals, value = line.partition("=")
        if equals:
            yield name.strip()[:128], value.strip().strip('"')[:2000]


def _is_silent(line: str) -> bool:
    return not line or line.startswith(("//", "#"))
