import pytest

from kept.models.openai.retry import BackOff, retry_after


def most(count: int) -> bytes:
    return b"\xff" * count


def least(count: int) -> bytes:
    return b"\x00" * count


def test_waiting_doubles_up_to_the_cap_and_ends_with_the_tries() -> None:
    back_off = BackOff(most, retries=4, base=1.0, cap=3.0)
    assert [back_off.delay(attempt, after=None) for attempt in range(5)] == pytest.approx([1, 2, 3, 3, None])


def test_jitter_spreads_the_wait_from_nothing() -> None:
    assert BackOff(least, retries=4).delay(3, after=None) == 0


def test_what_the_endpoint_asks_for_is_waited_first() -> None:
    assert BackOff(least, retries=4).delay(0, after=7.5) == 7.5


def test_patience_has_an_end() -> None:
    assert BackOff(least, retries=4, patience=60).delay(0, after=61) is None


def test_a_great_many_tries_do_not_overflow() -> None:
    assert BackOff(most, retries=10**6).delay(10**5, after=None) == pytest.approx(20.0)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "3"}, 3.0),
        ({"Retry-After": " 0.5 "}, 0.5),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "²"}, None),
        ({"Retry-After": "9" * 400}, 999999999999.0),
        ({"Retry-After": "Sun, 22 Nov 2026 07:30:10 GMT", "Date": "Sun, 22 Nov 2026 07:30:00 GMT"}, 10.0),
        ({"Retry-After": "Sun, 22 Nov 2026 07:29:00 GMT", "Date": "Sun, 22 Nov 2026 07:30:00 GMT"}, 0.0),
        ({"Retry-After": "Sun, 22 Nov 2026 07:30:10 GMT"}, None),
        ({"Retry-After": "Sun, 22 Nov 2026 07:30:10 GMT", "Date": "Sun, 22 Nov 2026 07:30:00 -0000"}, None),
    ],
)
def test_retry_after_is_read_without_a_clock_of_our_own(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds
