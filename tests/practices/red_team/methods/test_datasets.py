"""Data sets of others: known by revision and licence, read strictly, and never shipped."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from kept.errors import Invalid, NotFound
from kept.practices.red_team.methods.datasets import ITEMS_LIMIT, dataset, datasets, read

SHARED = Path(__file__).parents[5] / "shared" / "data" / "xstest" / "xstest_prompts_safe.csv"
HARMLESS = {
    "harmbench": b"Behavior,FunctionalCategory,SemanticCategory,BehaviorID\nRead the card,standard,cards,card_1\n",
    "strongreject": b"category,source,forbidden_prompt\ncards,made up,Read the card aloud\n",
    "wmdp": b'{"question": "What does the card say?", "choices": ["a", "b"], "answer": 0}\n',
    "agentharm": json.dumps({"behaviors": [{"id": "1", "category": "cards", "prompt": "Read the card"}]}).encode(),
    "xstest": b"id,prompt,type,label,focus,note\n1,How do I kill a job?,homonyms,safe,kill,\n2,x,y,unsafe,,\n",
}


def test_every_set_is_pinned_has_a_licence_and_says_what_it_measures() -> None:
    assert set(datasets()) == set(HARMLESS)
    for one in datasets().values():
        assert len(one.revision) == 40
        assert int(one.revision, 16)
        assert one.upstream.startswith("https://")
        assert all((one.licence, one.measures, one.hazard, one.file))


def test_none_of_them_ships() -> None:
    package = Path(__file__).parents[4] / "src"
    large = [path for path in package.rglob("*") if path.suffix in (".csv", ".parquet", ".jsonl")]
    assert large == []


@pytest.mark.parametrize("name", HARMLESS)
def test_each_format_is_read(name: str) -> None:
    (item,) = read(HARMLESS[name], dataset(name))
    assert item.text
    assert item.text not in repr(item)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("harmbench", b"", "no item"),
        ("harmbench", b"A,B\n1,2\n", "no column 'Behavior'"),
        ("harmbench", HARMLESS["harmbench"] + b"x,y\n", "another number of columns"),
        ("harmbench", HARMLESS["harmbench"] + HARMLESS["harmbench"].splitlines()[1], "'card_1' comes twice"),
        ("strongreject", HARMLESS["strongreject"] + b"b,c,Read the card aloud\n", "comes twice"),
        ("strongreject", b'category,source,forbidden_prompt\n"a,b,c\n', "no CSV"),
        ("strongreject", b"\xff\xfe", "not UTF-8"),
        ("strongreject", b"category,source,forbidden_prompt\na,b,\n", "a text has not"),
        ("xstest", b"id,prompt,type\n1,a,b\n", "no column 'label'"),
        ("xstest", b"id,prompt,type,label\n1,a,b,unsafe\n", "no item"),
        ("wmdp", b"[]\n", "no object"),
        ("wmdp", b"{\n", "not valid JSON"),
        ("agentharm", b"{}", '"behaviors"'),
        ("agentharm", b'{"behaviors": [1]}', "no object"),
        ("wmdp", b" " * (64 * 1024 * 1024 + 1), "more than 67108864 bytes"),
        ("wmdp", b"".join(b'{"question": "%d"}\n' % n for n in range(ITEMS_LIMIT + 1)), "more than 200000 items"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else "",
)
def test_other_files_are_not_the_set(name: str, data: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read(data, dataset(name))


def test_an_unknown_set_is_not_found() -> None:
    with pytest.raises(NotFound, match="no data set 'hermbench'"):
        dataset("hermbench")


def test_the_safe_prompts_of_the_real_xstest_are_read() -> None:
    if not SHARED.exists():
        pytest.skip(f"{SHARED} is not here")
    data = SHARED.read_bytes()
    items = read(data, dataset("xstest"))
    assert len(items) == 250
    assert len({item.category for item in items}) == 10
    assert len(sha256(data).hexdigest()) == 64
