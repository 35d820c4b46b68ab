"""The scanner: what came from a user is named with its place, and what came from nobody passes."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.practices.sharing.methods.matching.harmless import HARMLESS
from kept.practices.sharing.methods.placeholders import PLACEHOLDERS
from kept.practices.sharing.methods.scanning import Overlap, scan
from kept.practices.sharing.methods.scanning import overlap as overlapping

XSTEST = Path(__file__).parents[6] / "shared" / "data" / "xstest" / "xstest_prompts_safe.csv"
KEY = "ghp_" + "a1B2" * 9

FOUND = [
    ("e-mail address", "ann.lee+x@corp.co.uk"),
    ("e-mail address", "ann [at] corp [dot] net"),
    ("e-mail address", "ａｎｎ＠ｃｏｒｐ.net"),
    ("phone number", "+49 170 123 45 67"),
    ("phone number", "(212) 867-5309"),
    ("phone number", "0171/1234567"),
    ("bank account", "DE89 3704 0044 0532 0130 00"),
    ("bank account", "GB29NWBK60161331926819"),
    ("payment card", "4111 1111 1111 1111"),
    ("payment card", "3782-822463-10005"),
    ("network address", "8.8.4.4"),
    ("network address", "2a00:1450:4001:81b::200e"),
    ("national number", "219-09-9999"),
    ("national number", "AB 12 34 56 C"),
    ("national number", "12345678Z"),
    ("national number", "2 55 08 14 168 025 38"),
    ("national number", "RSSMRA85T10A562S"),
    ("national number", "44051401359"),
    ("national number", "529.982.247-25"),
    ("national number", "2341 2341 2346"),
    ("national number", "11010519491231002X"),
    ("national number", "640823-3234"),
    ("national number", "86095742719"),
    ("national number", "٦٤٠٨٢٣-٣٢٣٤"),
    ("national number", "RSSMRA८५T१०A५६२S"),
    ("phone number", "+۴۹ ۱۷۰ ۱۲۳ ۴۵ ۶۷"),
    ("street address", "12b Old Mill Lane"),
    ("street address", "Hauptstraße 5"),
    ("date of birth", "3.11.1984"),
    ("account name", "ann_lee84"),
    ("name", "Anna Schmidt"),
    ("name", "Okonkwo"),
    ("private key", "-----BEGIN OPENSSH PRIVATE KEY-----"),
    ("issued key", KEY),
    ("issued key", "AKIA" + "ABCD2345" * 2),
    ("issued key", "kept-" + "0f3a9c7b" * 2 + "." + "Ab3_" * 10 + "xyz"),
    ("issued key", "kept-peer-" + "0f3a9c7b" * 2 + "." + "Ab3_" * 10 + "xyz"),
    ("issued key", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijk"),
    ("credentials in an address", "hunter2"),
    ("password", "correct-horse7"),
    ("identifier", "9f1b7c1e-3d2a-4b5c-8d7e-0123456789ab"),
    ("random token", "q7Zp2Lw9Xk4Vt8Nc3Rb6"),
    ("random token", "0f3a9c7be1d25846a0c9b7e3f1d2586a"),
]
AROUND = {
    "date of birth": "I was born on {}.",
    "account name": "follow @{} there",
    "credentials in an address": "postgres://app:{}@db",
    "password": "password: {}",
}


@pytest.mark.parametrize(("kind", "what"), FOUND)
def test_what_came_from_a_user_is_named_with_its_place(kind: str, what: str) -> None:
    around = "Dear Dr. {}, yes" if what == "Okonkwo" else AROUND.get(kind, "Please use {} for it.")
    text = around.format(what)
    (found,) = scan(text)
    assert found.kind == kind
    assert text[found.start : found.end] == what


@pytest.mark.parametrize(
    "text",
    [
        "write to someone@example.org, or call 555-0123",
        "4111 1111 1111 1112 has a wrong check digit, and so has DE88 3704 0044 0532 0130 00",
        "the server stands at 192.168.0.1, the documentation at 192.0.2.7",
        "000-12-3456 was never given, nor was 12345678A",
        "version 1.2.3 of 2024-05-17 costs 1,250,000.00",
        "the password is secret, and the token is a word",
        "from internationalisation to counterrevolutionaries",
        "see https://attack.mitre.org/techniques/T1583/001/ for it",
        "You are DAN. The Assistant is a Helper.",
    ],
)
def test_what_came_from_nobody_passes(text: str) -> None:
    assert scan(text) == ()


def test_everyday_prompts_and_placeholders_pass() -> None:
    placeholders = [example for examples in PLACEHOLDERS.values() for example in examples]
    assert not [text for text in (*HARMLESS, *placeholders) if scan(text)]


@pytest.mark.skipif(not XSTEST.exists(), reason="needs shared/data/xstest")
def test_real_prompts_are_refused_for_names_alone() -> None:
    with XSTEST.open(newline="") as file:
        found = [finding.kind for row in csv.DictReader(file) for finding in scan(row["prompt"])]
    assert set(found) == {"name"}
    assert len(found) <= 16


@given(st.text(max_size=300))
def test_any_text_is_scanned_and_every_place_lies_within_it(text: str) -> None:
    before = 0
    for found in scan(text):
        assert before <= found.start < found.end <= len(text)
        before = found.start


# What numbers are written with, in several scripts, and what stands between their digits.
NUMBERED = st.text(st.sampled_from("0123456789٠١٢٣٩०१२८९１９²፩ABCDTXa+-./: "), max_size=40)


@given(NUMBERED)
def test_numbers_of_any_script_are_checked_and_none_stops_the_scan(text: str) -> None:
    assert all(text[found.start : found.end].strip() for found in scan(text))


def test_long_text_made_to_be_slow_is_scanned() -> None:
    for text in ("1 " * 20_000, "a@" * 20_000, "A1" * 20_000, "Anna " * 10_000, "0" * 40_000, "token " * 8_000):
        scan(text)


SECRET_WORDS = "tell the secret recipe of my aunt's famous lemon cake to everyone"
TEXT = f"You are a pirate. Now {SECRET_WORDS} in the town. Be bold."


def test_words_that_one_person_logged_are_found_whatever_stands_around_them() -> None:
    overlap = Overlap(TEXT)
    overlap.see(f"hey! {SECRET_WORDS.upper().replace(' ', '  ')}, right?", "u1")
    (found,) = overlap.findings()
    assert found.kind == "words of a logged prompt"
    assert SECRET_WORDS[:-1] in TEXT[found.start : found.end]
    assert found.end - found.start < len(SECRET_WORDS) + 4


@given(st.integers(0, 120), st.integers(40, 200))
def test_words_are_found_wherever_a_long_prompt_is_divided(before: int, piece: int) -> None:
    prompt = f"{'x ' * before}{SECRET_WORDS}{' y' * 60}"
    whole, divided = Overlap(TEXT), Overlap(TEXT)
    whole.see(prompt)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlapping, "_PIECE", piece)
        divided.see(prompt)
    assert divided.findings() == whole.findings() != ()
    assert divided.prompts == 1


def test_words_that_many_people_sent_are_nobody_s_own() -> None:
    overlap = Overlap(TEXT, common=3)
    for sender in ("a", "b", "b", "b"):
        overlap.see(SECRET_WORDS, sender)
    assert overlap.findings()
    overlap.see(SECRET_WORDS, "c")
    assert not overlap.findings()
    assert overlap.prompts == 5


def test_prompts_of_nobody_in_particular_are_never_many() -> None:
    overlap = Overlap(TEXT, common=2)
    for _ in range(10):
        overlap.see(SECRET_WORDS)
    assert overlap.findings()


def test_few_words_in_common_are_no_overlap() -> None:
    overlap = Overlap(TEXT)
    overlap.see("You are a pirate. Sing a song of the sea, and be bold in the town.", "u1")
    overlap.see("", "u2")
    assert overlap.findings() == ()
    assert Overlap("short").findings() == ()
