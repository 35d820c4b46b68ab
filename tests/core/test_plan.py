from pathlib import Path

import pytest

from kept.core.plan import LIMIT, Plan, parse_plan, read_plan_file, unknown_name
from kept.errors import Invalid, NotFound


def test_a_plan_is_one_section_per_room() -> None:
    plan = parse_plan(b"red_team:\n  domains: [cyber]\n  prompts: 3\nother:\n")
    assert plan == Plan({"red_team": {"domains": ["cyber"], "prompts": 3}, "other": {}})


@pytest.mark.parametrize("data", [b"", b"# nothing\n", b"---\n"])
def test_an_empty_plan_has_no_section(data: bytes) -> None:
    assert parse_plan(data) == Plan({})


def test_json_is_a_plan_too() -> None:
    assert parse_plan(b'{"red_team": {"seed": 7}}').sections == {"red_team": {"seed": 7}}


BOMBS = {
    "aliases": b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
    "an anchor": b"a: &a {b: 1}",
    "flow depth": b"[" * 100_000,
    "table depth": b"a: " + b"{a: " * 50_000,
    "block depth": b"".join(b" " * n + b"a:\n" for n in range(200)),
    "width": b"a: {b: [" + b"1," * 120_000 + b"]}",
    "a long number": b"a: {b: " + b"9" * 200_000 + b"}",
    "a sexagesimal number": b"a: {b: 1" + b":59" * 80_000 + b"}",
    "a tag": b"a: !!python/object/apply:os.system ['true']",
    "size": b"a" * (LIMIT + 1),
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_before_anything_is_built(data: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        parse_plan(data, what="plan.yaml")
    assert caught.value.message.startswith("plan.yaml")
    assert len(caught.value.message) < 300


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a: {b: 1, b: 2}", "a key stands twice at line 1"),
        (b"a: 1", "the section 'a' is not a table"),
        (b"a: {1: 2}", "the section 'a' is not a table"),
        (b"- a", "not a table of sections"),
        (b"1: {}", "not a table of sections"),
        (b"text", "not a table of sections"),
        (b"a: {b: 2020-99-99}", "can't be read"),
        (b"a: [", "not valid YAML"),
        (b"a:\n\t- b", "line 2, column 1"),
        (b"a: {[1]: 2}", "not valid YAML"),
        (b"--- {}\n--- {}", "not valid YAML"),
        (b"\x00", "not valid YAML"),
        (b"a: \xff", "not UTF-8 at byte 3"),
    ],
)
def test_a_malformed_plan_says_where(data: bytes, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_plan(data)
    assert said in caught.value.message


def test_a_plan_file_of_100_mb_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    with pytest.raises(Invalid, match="larger than the 256 KiB"):
        read_plan_file(path)


def test_a_plan_file_is_named_when_it_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no plan file"):
        read_plan_file(tmp_path / "absent.yaml")
    with pytest.raises(Invalid, match="is a folder"):
        read_plan_file(tmp_path)


def test_an_unknown_room_names_the_nearest() -> None:
    assert "'red_team'" in unknown_name("red_taem", ["red_team", "parity"], where="The plan").hint
    assert "No installed room" in unknown_name("red_team", [], where="The plan").hint
