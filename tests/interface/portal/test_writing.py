"""Days, moments and numbers are written as each language writes them, and told to programs as ever."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.interface.portal.words import LANGUAGES, words
from kept.interface.portal.writing import day, moment, money, number

WRITTEN = {
    "en": ("5 August 2026", "5 August 2026, 07:09 UTC", "−1,234,567.5"),
    "de": ("5. August 2026", "5. August 2026, 07:09 UTC", "−1.234.567,5"),
    "es": ("5 de agosto de 2026", "5 de agosto de 2026, 07:09 UTC", "−1.234.567,5"),
    "fr": ("5 août 2026", "5 août 2026 à 07:09 UTC", "−1\u202f234\u202f567,5"),
    "sw": ("5 Agosti 2026", "5 Agosti 2026, 07:09 UTC", "−1,234,567.5"),
    "ar": ("5 أغسطس 2026", "5 أغسطس 2026، 07:09 UTC", "−1,234,567.5"),
    "hi": ("5 अगस्त 2026", "5 अगस्त 2026, 07:09 UTC", "−12,34,567.5"),
    "zh": ("2026年8月5日", "2026年8月5日 07:09 UTC", "−1,234,567.5"),
}


@pytest.mark.parametrize("tag", LANGUAGES)
def test_each_language_writes_its_own_way(tag: str) -> None:
    written, with_time, figure = WRITTEN[tag]
    for value in ("2026-08-05", "2026-08-05T07:09:33Z", date(2026, 8, 5), datetime(2026, 8, 5, 7, tzinfo=UTC)):
        assert day(tag, value) == f'<time datetime="2026-08-05">{written}</time>'
    east = datetime(2026, 8, 5, 12, 9, 33, tzinfo=timezone(timedelta(hours=5)))
    for value in ("2026-08-05T07:09:33Z", "2026-08-05T07:09:33", "2026-08-05T12:09:33+05:00", east):
        assert moment(tag, value) == f'<time datetime="2026-08-05T07:09:33Z">{with_time}</time>'
    assert moment(tag, "2026-08-05") == day(tag, "2026-08-05")
    assert number(tag, -1234567.46, 1) == number(tag, -1234567.5) == figure
    assert money(tag, 123456746, "USD") == number(tag, 1234567.46, 2) + "\u00a0USD"
    assert money(tag, 1234567, "JPY") == number(tag, 1234567) + "\u00a0JPY"
    assert len(words(tag)["calendar"]["months"].split()) == 12


@pytest.mark.parametrize("text", ["", "20260805", "2026-13-40", "soon <b>", "2026-08-05 or so"])
def test_a_text_that_is_no_date_stays_a_text(text: str) -> None:
    assert (day("ar", text), moment("ar", text)) == (text, text)
    assert type(day("ar", text)) is str, "and is escaped as every text is"


@given(st.sampled_from(sorted(LANGUAGES)), st.integers(-(10**12), 10**12))
def test_whatever_stands_between_the_digits_the_number_is_the_same(tag: str, value: int) -> None:
    written = number(tag, value)
    assert int(re.sub(r"[^\d−]", "", written).replace("−", "-")) == value
    assert all(len(group) == 3 for group in re.split(r"\D", written)[-1:] if abs(value) >= 1000)
    assert not re.search(r"^\D*\D\D|\D\D|\D$", written.removeprefix("−"))
