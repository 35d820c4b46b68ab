"""How late something is, in the two largest units that say anything, and what a mail says in each language."""

from datetime import UTC, datetime, timedelta

import pytest

from kept.core.notify import wording
from kept.core.notify.languages import LANGUAGES, words
from kept.core.notify.records import Item, Message
from kept.interface.portal import words as portal
from kept.practices.disclosure.methods.triage.clocks import LIMITS

NOW = datetime(2026, 12, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("late", "words"),
    [
        ({"days": 8, "hours": 1, "minutes": 5}, "8 days 1 hour late"),
        ({"days": 1, "minutes": 5}, "1 day 5 minutes late"),
        ({"minutes": 1}, "1 minute late"),
        ({"seconds": 0}, "less than a minute late"),
        ({"minutes": -45}, "due in 45 minutes"),
    ],
)
def test_how_late(late: dict[str, int], words: str) -> None:
    assert wording.standing(NOW - timedelta(**late), NOW) == words


def test_several_matters_are_counted_in_the_title_and_a_test_says_that_it_is_one() -> None:
    item = Item("disclosure", "r-1", "fix", NOW, "/r-1")
    message = Message("1", "Acme AI", "ada", NOW, (item, item))
    assert wording.title(message) == "Acme AI: 2 matters wait for you"
    assert wording.text(message).count("r-1 (disclosure), fix: due 2026-12-03T12:00:00Z") == 2
    test = Message("1", "Acme AI", "ada", NOW)
    assert "test" in wording.title(test)
    assert "reach ada" in wording.text(test)
    assert wording.document(test, to="x")["test"] is True


LATE = timedelta(days=2, hours=11)


@pytest.mark.parametrize(
    ("language", "subject", "line"),
    [
        ("de", "r-1 (Meldungen), bestätigen, 2 Tage 11 Stunden zu spät", "fällig 2026-12-01T01:00:00Z"),
        ("fr", "r-1 (signalements), accuser réception, en retard de 2 jours 11 heures", "échéance"),
        ("sw", "r-1 (taarifa za udhaifu), thibitisha, imechelewa kwa siku 2 saa 11", "mwisho"),
        ("ar", "تأكيد الاستلام: \u2068r-1\u2069 (بلاغات الثغرات)، متأخّر: يومان 11 ساعة", "الموعد"),
        ("zh", "r-1（弱点报告），确认，已逾期 2 天 11 小时", "期限"),
    ],
)
def test_a_mail_is_in_the_language_of_whoever_it_is_for(language: str, subject: str, line: str) -> None:
    item = Item("disclosure", "r-1", "acknowledge", NOW - LATE, "https://portal.example/r-1")
    message = Message("1", "Acme {AI}", "ada", NOW, (item,), language)
    assert wording.title(message).endswith(subject)
    assert "Acme {AI}" in wording.title(message)
    first, link, *_ = wording.text(message).splitlines()
    assert line in first
    assert link == "https://portal.example/r-1"
    # A program is told codes, whatever the language.
    assert wording.document(message, to="x") == wording.document(Message("1", "Acme {AI}", "ada", NOW, (item,)), to="x")


@pytest.mark.parametrize(
    ("count", "said"), [(1, "يوم واحد"), (2, "يومان"), (3, "3 أيام"), (11, "11 يومًا"), (102, "102 يوم")]
)
def test_arabic_counts_in_five_forms(count: int, said: str) -> None:
    assert wording.standing(NOW - timedelta(days=count), NOW, "ar") == f"متأخّر: {said}"


def test_what_a_room_calls_something_that_has_no_word_stays_as_it_is() -> None:
    own = Item("a-room", "matter 7", "tidy", NOW, "/7")
    assert "matter 7 (a-room), tidy" in wording.title(Message("1", "A", "ada", NOW, (own,), "es"))
    notice = Item("sharing", "notice 7", "acknowledge", NOW, "/7")
    assert "aviso urgente 7 (intercambio)" in wording.title(Message("1", "A", "ada", NOW, (notice,), "es"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_counts_each_unit_and_knows_every_clock(language: str) -> None:
    for seconds in (60, 3600, 86_400):
        late = {wording.standing(NOW - timedelta(seconds=count * seconds), NOW, language) for count in (1, 2, 3)}
        assert len(late) == 3
    # That each has every text, tests/interface/portal/test_words.py holds of all that pages and mails say.
    assert set(words(language)["clock"]) == set(LIMITS)


def test_the_languages_are_those_of_the_pages() -> None:
    assert tuple(portal.LANGUAGES) == LANGUAGES
