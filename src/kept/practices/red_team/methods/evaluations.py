"""What importers of other tools' logs give, and what follows from it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kept.core import canonical
from kept.errors import Invalid
from kept.predicates.imported_evaluation import PROMPTS_LIMIT, part_of

LOG_LIMIT = 256 * 1024 * 1024
LINE_LIMIT = 8 * 1024 * 1024
LEVEL = 0.95
NAME_LIMIT = 256


@dataclass(frozen=True, slots=True)
class Reading:
    """How a log is read: which scorer's values mean success and which resistance, where its tool doesn't say.

    `python` is the interpreter that has the tool, where one is needed; `seconds` how long it may take.
    """

    scorer: str = ""
    succeeded: tuple[str, ...] = ("C", "1", "1.0", "True")
    resisted: tuple[str, ...] = ("I", "0", "0.0", "False")
    python: str = ""
    seconds: float = 300.0


@dataclass(slots=True)
class Evaluation:
    """A log that was read: by (probe, category) the outcomes of each prompt, one character a trial: s, r or u."""

    tool: str
    version: str
    log_format: str
    task: str
    model: str
    success: str
    finished: bool
    outcomes: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    prompts: int = 0

    def add(self, probe: str, category: str, prompt: str, outcomes: str) -> None:
        """Add trials of one prompt. Raises Invalid beyond a million prompts."""
        held = self.outcomes.setdefault((named(probe), named(category)), {})
        self.prompts += prompt not in held
        if self.prompts > PROMPTS_LIMIT:
            raise Invalid(f"The log has more than {PROMPTS_LIMIT} prompts.", code="evaluation.too-large")
        held[prompt] = held.get(prompt, "") + outcomes

    def parts(self, *, level: float = LEVEL) -> tuple[dict[str, Any], ...]:
        """What a statement tells, in the order of probe and category. Raises Invalid where nothing was tried."""
        found = tuple(
            part_of(probe, category, list(held.values()), level=level)
            for (probe, category), held in sorted(self.outcomes.items())
        )
        if not found:
            raise Invalid("The log holds no attempt.", code="evaluation.empty", hint="Was the run finished?")
        return found


def named(text: Any) -> str:
    """A name of the log as a statement can hold it; raises Invalid for what is none."""
    if not isinstance(text, str) or not 0 < len(text) <= NAME_LIMIT or not text.isprintable():
        raise Invalid(f"{str(text)[:64]!r} is no name of 1 to {NAME_LIMIT} characters.", code="evaluation.malformed")
    return text


def json_lines(chunks: Iterator[bytes], *, what: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Every line with its number, from 1: a JSON object of at most 8 MiB. Raises Invalid; blank lines are passed."""
    for number, line in enumerate(chunks, start=1):
        where = f"Line {number} of {what}"
        if len(line) > LINE_LIMIT:
            raise Invalid(f"{where} has more than {LINE_LIMIT} bytes.", code="evaluation.too-large")
        if not line.strip():
            continue
        document = canonical.decode(line, limit=LINE_LIMIT, what=where)
        if not isinstance(document, dict):
            raise Invalid(f"{where} is no object.", code="evaluation.malformed")
        yield number, document


def version_of(text: str, *, parts: int) -> tuple[int, ...]:
    """The first numbers of a version such as "0.17.1"; raises Invalid where there are none."""
    try:
        return tuple(int(part) for part in text.split(".")[:parts])
    except ValueError as error:
        raise Invalid(f"{text[:64]!r} is no version.", code="evaluation.version") from error


def newer(tool: str, version: str, known: Sequence[int]) -> Invalid:
    """What is said of a log from a version that nobody here has seen."""
    return Invalid(
        f"The log is of {tool} {version[:64]}, newer than {'.'.join(map(str, known))}, the last one known here.",
        code="evaluation.newer",
        hint="Use a newer version of kept, or run the evaluation with the older tool.",
    )
