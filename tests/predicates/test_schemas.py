"""The schemas that the browser reads say what Python's readers say, in words that both were taught."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from kept.predicates.schemas import SAID, schemas

# What two languages read in two ways: classes that mean Unicode in one, ends of lines, looking around.
AMBIGUOUS = re.compile(r"\\[dDwWsSbBA-Z]|(?<!\\)\.|\(\?[^:]|\$.")


def within(schema: Any, words: bool = True) -> Iterator[tuple[str, Any]]:
    if isinstance(schema, list):
        for each in schema:
            yield from within(each)
    elif isinstance(schema, dict):
        for key, value in schema.items():
            if words:
                yield key, value
            yield from within(value, words=key not in ("properties", "$defs") or not words)


@pytest.mark.parametrize("kind", schemas())
def test_a_schema_says_only_what_the_browser_was_taught(kind: str) -> None:
    assert {word for word, _ in within(schemas()[kind])} <= SAID


@pytest.mark.parametrize("kind", schemas())
def test_a_pattern_means_the_same_in_both_languages(kind: str) -> None:
    patterns = [value for word, value in within(schemas()[kind]) if word == "pattern"]
    for pattern in patterns:
        assert pattern.startswith("^")
        assert pattern.endswith("$")
        inside = re.sub(r"\[[^]]*\]", "", pattern)
        assert not AMBIGUOUS.search(inside), pattern


def test_the_kinds_that_are_published_are_there() -> None:
    assert {kind.rpartition("/")[0].rpartition("/")[2] for kind in schemas()} >= {
        "campaign-plan", "campaign-result", "publication", "scope-decision", "supersession",
    }  # fmt: skip
