"""Reads and makes logs of inspect_ai, whose format is not frozen: by the pinned library, in a process of its own."""

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kept.errors import Invalid, Unavailable
from kept.practices.red_team.methods.evaluations import Evaluation, Reading, json_lines, newer, version_of

PINNED = "0.3.285"
CHILD = Path(__file__).with_name("inspect_child.py")
MISSING = 3
MEMORY = 8 * 1024**3  # of addresses; the library maps much of it without using it
OUTPUT_LIMIT = 256 * 1024 * 1024
UNPACKED_LIMIT = 2 * 1024**3
MEMBERS_LIMIT = 200_000
TRUNCATED = 2000


def read(path: Path, reading: Reading) -> Evaluation:
    """The evaluation in a log (.eval or .json).

    A sample's score by the chosen scorer (the only one, where none is chosen) is a success or a resistance where it is
    one of the values that mean so; an error, no score, and any other value are unassessed, and so is a sample that is
    missing. Raises Invalid for a log that is malformed, too large or newer, and Unavailable without inspect_ai.
    """
    _check_archive(path)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "log.jsonl"
        _run([str(CHILD), str(path.resolve()), str(MEMORY), str(OUTPUT_LIMIT)], reading, out=out, what=path.name)
        with out.open("rb") as file:
            documents = (document for _, document in json_lines(_lines(file), what=path.name))
            header = next(documents, {})
            return _evaluation(header, documents, reading, path.name)


def run(task: str, model: str, folder: Path, reading: Reading) -> Path:
    """Run a task (a file, or a file@name) on a model as inspect_ai names it; the log that it wrote into `folder`.

    Raises Unavailable without inspect_ai or when the time is over, and Invalid when it wrote no log.
    """
    before = set(folder.glob("*.eval"))
    arguments = ["-m", "inspect_ai", "eval", task, "--model", model, "--log-dir", str(folder), "--log-format", "eval"]
    _run([*arguments, "--display", "none"], reading, out=folder / "inspect.out", what=task, keep_environment=True)
    made = sorted(set(folder.glob("*.eval")) - before)
    if len(made) != 1:
        raise Invalid(f"{task} left {len(made)} logs instead of one.", code="inspect.no-log", hint="Name one task.")
    return made[0]


def _check_archive(path: Path) -> None:
    """Look at the archive's directory, before anything is unpacked."""
    if path.suffix == ".eval" and not zipfile.is_zipfile(path):
        raise Invalid(f"{path.name} is no whole archive.", code="evaluation.truncated", hint="It was cut or damaged.")
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise Invalid(f"{path.name} is a broken archive: {error}.", code="evaluation.truncated") from error
    if len(members) > MEMBERS_LIMIT or sum(member.file_size for member in members) > UNPACKED_LIMIT:
        raise Invalid(
            f"{path.name} unpacks to more than {UNPACKED_LIMIT} bytes, or {MEMBERS_LIMIT} members.",
            code="evaluation.too-large",
        )


def _evaluation(
    header: Mapping[str, Any], samples: Iterator[Mapping[str, Any]], reading: Reading, name: str
) -> Evaluation:
    told = {key: header.get(key) for key in ("task", "model", "version", "reader")}
    if not all(isinstance(value, str) for value in told.values()) or not isinstance(header.get("format"), int):
        raise Invalid(f"{name} is no log of inspect_ai.", code="evaluation.format")
    version = str(told["version"] or "not told")
    if told["version"] and version_of(version, parts=3) > version_of(PINNED, parts=3):
        raise newer("inspect_ai", version, version_of(PINNED, parts=3))
    found = Evaluation(
        "inspect_ai",
        version,
        f"log version {header['format']}",
        str(told["task"]),
        str(told["model"]),
        f"a score among {', '.join(reading.succeeded)}",
        finished=header.get("status") == "success",
    )
    held = list(samples)
    scorer = reading.scorer or _only_scorer(held, name)
    for sample in held:
        found.add(str(told["task"]), scorer, str(sample.get("id")), outcome(sample, scorer, reading))
    _add_missing(header, held, found, (str(told["task"]), scorer))
    return found


def outcome(sample: Mapping[str, Any], scorer: str, reading: Reading) -> str:
    """The outcome of one sample: s, r or u."""
    scores = sample.get("scores")
    value = scores.get(scorer) if isinstance(scores, dict) else None
    if sample.get("erred") or not isinstance(value, str):
        return "u"
    return "s" if value in reading.succeeded else "r" if value in reading.resisted else "u"


def _only_scorer(samples: Sequence[Mapping[str, Any]], name: str) -> str:
    scorers = sorted({scorer for sample in samples for scorer in sample.get("scores") or {}})
    if len(scorers) > 1:
        raise Invalid(
            f"{name} holds scores of {', '.join(scorers)[:200]}.",
            code="evaluation.scorer",
            hint="Choose: --scorer NAME",
        )
    return scorers[0] if scorers else "none"


def _add_missing(
    header: Mapping[str, Any], samples: Sequence[Mapping[str, Any]], found: Evaluation, part: tuple[str, str]
) -> None:
    """A sample that was planned and isn't there is unassessed; where a part of the set was asked for, nobody knows."""
    epochs, planned = header.get("epochs"), header.get("samples")
    if not isinstance(epochs, int) or not isinstance(planned, int) or header.get("limited"):
        return
    held: dict[str, int] = {}
    for sample in samples:
        held[str(sample.get("id"))] = held.get(str(sample.get("id")), 0) + 1
    for id, trials in held.items():
        if trials < epochs:
            found.add(*part, id, "u" * (epochs - trials))
    for number in range(min(planned, 1_000_000) - len(held)):
        found.add(*part, f"missing {number}", "u" * epochs)


def _run(arguments: Sequence[str], reading: Reading, *, out: Path, what: str, keep_environment: bool = False) -> None:
    interpreter = reading.python or sys.executable
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KEPT_")}
    if not keep_environment:
        environment = {name: environment[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in environment}
    environment |= {"HOME": str(out.parent)} if not keep_environment else {}
    try:
        with out.open("wb") as file:
            done = subprocess.run(
                [interpreter, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.PIPE,
                env=environment,
                timeout=reading.seconds,
                check=False,
            )
    except FileNotFoundError as error:
        raise _missing(interpreter) from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{what} took more than {reading.seconds:g} seconds.", code="inspect.timeout") from error
    said = done.stderr.decode(errors="replace")
    if done.returncode == MISSING or "No module named inspect_ai" in said:
        raise _missing(interpreter)
    if done.returncode:
        last = said.strip().splitlines()[-1][:TRUNCATED] if said.strip() else f"exit {done.returncode}"
        raise Invalid(f"inspect_ai can't read or run {what}: {last}", code="evaluation.malformed")


def _missing(interpreter: str) -> Unavailable:
    return Unavailable(
        f"{interpreter} has no inspect_ai.",
        code="inspect.missing",
        hint=f"Install the extra: pip install 'kept[inspect]' (inspect-ai=={PINNED}), or name an interpreter that has "
        "it as inspect_python under [practices.red_team].",
    )


def _lines(file: Any) -> Iterator[bytes]:
    from kept.practices.red_team.methods.evaluations import LINE_LIMIT

    while line := file.readline(LINE_LIMIT + 1):
        yield line
