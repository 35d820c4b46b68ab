"""Reads the statements of one type, as strictly as they were made: no report rests on a malformed one."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from kept.errors import Invalid, Unverified
from kept.practices.reporting.records import Known
from kept.predicates.predicate import Predicate

Kind = TypeVar("Kind", bound=Predicate)


def readable(known: Sequence[Known], kind: type[Kind]) -> Iterator[tuple[Known, Kind]]:
    """Every statement of a type that can be read, in the log's order. Raises Invalid or Unverified."""
    for each, said in every(known, kind):
        if said is not None:
            yield each, said


def every(known: Sequence[Known], kind: type[Kind]) -> Iterator[tuple[Known, Kind | None]]:
    """Every statement of a type, in the log's order; None for what an erased or a void one said.

    Raises Invalid for a malformed one, and Unverified for one about another model than its entry names.
    """
    for each in known:
        if each.predicate == kind.of_type:
            yield each, None if each.fields is None else _read(each, kind)


def _read(each: Known, kind: type[Kind]) -> Kind:
    try:
        said = kind.parse(each.statement())
    except Invalid as error:
        raise Invalid(f"The statement at index {each.index}: {error.message}", code=error.code) from error
    if getattr(said, "model", each.model) != each.model:
        raise Unverified(
            f"The {kind.called} at index {each.index} is about another model than its entry names.",
            code="report.model",
        )
    return said


def earlier(known: Sequence[Known], index: int, *, than: Known, called: str) -> Known:
    """The statement that a later one names. Raises Unverified unless it stands before it."""
    if index >= than.index:
        raise Unverified(
            f"The {called} at index {than.index} names the statement {index}, which is not before it.",
            code="report.reference",
        )
    return known[index]
