"""Times as the room's tables hold them."""

from datetime import UTC, datetime

import pytest

from kept.core.context import format_time
from kept.practices.disclosure.service.moments import milliseconds, moment_at, moment_of, told


@pytest.mark.parametrize("microsecond", [0, 1, 499, 500, 123_000, 999_499, 999_500, 999_999])
def test_what_is_kept_of_a_moment_is_never_still_to_come(microsecond: int) -> None:
    moment = datetime(2026, 11, 28, 23, 59, 59, microsecond, tzinfo=UTC)
    kept = moment_of(milliseconds(moment))
    assert kept <= moment
    assert (kept.microsecond, told(milliseconds(moment))) == (microsecond // 1000 * 1000, format_time(moment))
    assert moment_at(told(milliseconds(moment))) == kept.replace(microsecond=0)


def test_never_is_no_time() -> None:
    assert told(0) == ""
