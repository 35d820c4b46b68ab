"""Limits of what the public may ask: those that kept.toml sets, and none under which nothing could be checked."""

import re
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from kept.errors import Invalid
from kept.practices.provenance.records import Settings
from kept.practices.provenance.records.uploads import UploadSettings


def test_the_documentation_tells_what_holds_unless_kept_toml_says_otherwise() -> None:
    text = (Path(__file__).parents[4] / "docs" / "checking.md").read_text()
    (told,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert tomllib.loads(told)["practices"]["provenance"] == asdict(UploadSettings())


@pytest.mark.parametrize(
    "limits",
    [
        {"checks_at_once": 0},
        {"checks_at_once": 1.5},
        {"checks_at_once": True},
        {"checks_burst": "10"},
        {"checks_a_minute": -1},
        {"checks_a_minute": float("nan")},
        {"upload_seconds": float("inf")},
        {"upload_bytes": 100},
        {"uploads_bytes": 1 << 20},
        {"piece_seconds": "60"},
        {"piece_seconds": -1},
    ],
)
def test_a_limit_that_is_none_is_refused_when_the_room_opens(limits: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=r"\[practices.provenance\] " + next(iter(limits))):
        Settings(**limits)
