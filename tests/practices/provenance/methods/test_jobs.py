"""Patterns, names and ids of bulk jobs."""

import glob
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid
from kept.practices.provenance.methods.jobs import job_id, matcher, split, unsafe


@pytest.mark.parametrize(
    ("pattern", "base", "rest"),
    [
        ("in/**", "in", "**"),
        ("in", "in", ""),
        ("in/a.png", "in/a.png", ""),
        ("/data/*/x?.png", "/data", "*/x?.png"),
        ("/*", "/", "*"),
        ("*.png", "", "*.png"),
        ("../in/[ab]*", "../in", "[ab]*"),
        ("in//**/./*.png", "in/", "**/*.png"),
        ("s3://bucket/in/**", "s3://bucket/in", "**"),
        ("s3://bucket/a.png", "s3://bucket/a.png", ""),
    ],
)
def test_a_pattern_is_a_folder_and_what_is_meant_in_it(pattern: str, base: str, rest: str) -> None:
    assert split(pattern) == (base, rest)


@pytest.mark.parametrize("pattern", ["", "in/*/../../etc/*", "*/.."])
def test_a_pattern_that_leads_out_of_its_folder_or_nowhere_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid):
        split(pattern)


def test_patterns_mean_what_they_mean_to_a_shell(tmp_path: Path) -> None:
    names = ["a.png", "b.jpg", "sub/a.png", "sub/deep/c.png", "sub/deep/d[1].png", "x.y/a+b.png", "n\newline.png"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    patterns = ["*", "*.png", "**", "**/*.png", "*/*.png", "s?b/*", "[!ab]*/*", "[a-s]*/**/c*", "sub/**", "**/deep/*"]
    for pattern in [*patterns, "**/d[[]1].png", "?.png", "*/a+b.png"]:
        shell = glob.glob(pattern, root_dir=tmp_path, recursive=True)
        meant = sorted(name for name in shell if os.path.isfile(tmp_path / name))
        assert sorted(name for name in names if matcher(pattern).fullmatch(name)) == meant, pattern


@given(st.text(max_size=12), st.text(max_size=12))
def test_any_pattern_can_be_read_and_any_name_asked_about(pattern: str, name: str) -> None:
    matcher(pattern).fullmatch(name)


def test_names_that_lead_elsewhere_are_unsafe() -> None:
    assert not [name for name in ("a", "a/b.png", "é/…", "a..b", "...") if unsafe(name)]
    for name in ("", "/a", "a//b", "..", "a/../b", "./a", "a\\b", "a\nb", "a\0b", "a\udcffb"):
        assert unsafe(name), name


def test_the_same_job_has_the_same_id_and_another_has_another() -> None:
    assert job_id("mark", inputs=["in"], out="out") == job_id("mark", out="out", inputs=["in"])
    others = {
        job_id("mark", inputs=["in"], out="out"),
        job_id("check", inputs=["in"], out="out"),
        job_id("mark", inputs=["in"], out="out2"),
        job_id("mark", inputs=["in"], out="out", model="m"),
    }
    assert len(others) == 4
    assert all(len(each) == 18 and each.startswith("b-") for each in others)
