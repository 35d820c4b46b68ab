"""The page's template means the same to the browser, and lets nothing through that might not."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment, StrictUndefined
from playwright.sync_api import Page

from kept.errors import Invalid
from kept.practices.reporting.backends.html import verifier_page
from kept.practices.reporting.backends.script import script_of
from kept.practices.reporting.methods.words import FILTERS, plain

ROWS = [
    {"name": "bio", "rate": 0.125, "n": 1234567, "tags": ["a", "b"], "note": ""},
    {"name": "<b>&'\"\x00\u202e\u2069\t\x9f", "rate": 0.0004, "n": 0, "tags": [], "note": "one\n\n two \r\n\n\n"},
]
CONTEXT = {"rows": ROWS, "nothing": None, "empty": [], "table": {"bio": [1, 2]}, "time": "2026-11-22T07:30:00Z"}
TEMPLATES = {
    "text": "a <b> 'c' \"d\" \\ ` ${x} {# comment #} é",
    "escape": "{{ rows[1].name }} and {{ 'it''s' }}",
    "loop": "{% for row in rows %}{{ loop.index }}{{ row.name }}{{ ', ' if not loop.last else '' }}{% endfor %}",
    "loop with a test": "{% for row in rows if row.tags %}{{ loop.last | length if false else row.name }}{% endfor %}",
    "loop over pairs": "{% for name, number in [('a', 1), ('b', 2)] %}{{ name }}{{ number }}{% endfor %}",
    "loop that is empty": "{% for row in empty %}x{% else %}none{% endfor %}",
    "nested": "{% for row in rows %}{% for tag in row.tags %}{{ row.name }}{{ tag }}{% endfor %}{% endfor %}",
    "if": "{% if nothing is none and not empty %}yes{% elif rows %}no{% else %}other{% endif %}",
    "defined": "{% if rows[0].missing is defined %}x{% else %}y{% endif %}",
    "in": "{% if 'bio' in table and 'a' in rows[0].tags and 'io' in time ~ 'io' %}in{% endif %}",
    "compare": "{% if rows[0].n > 5 and rows[0].rate <= 0.125 and rows[0].name != 'x' %}so{% endif %}",
    "set": "{% set n = rows | length %}{% for row in rows %}{% set n = row.n %}{{ n }};{% endfor %}{{ n }}",
    "set in an if": "{% if rows %}{% set x = 1 %}{{ x }}{% else %}{% set x = 2 %}{{ x }}{% endif %}",
    "macro": "{% macro item(row) %}<i>{{ row.n }}</i>{% endmacro %}{% for row in rows %}{{ item(row) }}{% endfor %}",
    "concat": "{{ 'a' ~ rows[0].n ~ rows[1].name }}",
    "arithmetic": "{{ (rows[0].rate * 100 - 1 + 3 / 2) | place }} {{ 2 + 3 * 4 }}",
    "numbers": "{% for row in rows %}{{ row.rate | percent }} {{ row.n | count }} {% endfor %}{{ 0.95 | level }}",
    "points": "{{ 0.031 | points }} {{ (0 - 0.031) | points }} {{ 0.0001 | points }} {{ 0.0005 | points }}",
    "lasting": "{% for n in [0, 1, 14, 15, 89, 90, 599, 600, 719, 720, 21600, 21599, 14400, 28800, 28799, 432000] %}"
    "{{ (n / 14400) | lasting }};{% endfor %}{{ 0.0006944 | lasting }};{{ 1.9999 | lasting }};{{ 9.95 | lasting }}",
    "money": "{% for currency in ['JPY', 'UYI', 'USD', 'XXX', 'KWD', 'CLF', 'toString'] %}"
    "{% for n in [0, 1, 12, 123, 1234, 12345, 1234567, 9007199254740991] %}{{ n | money(currency) }};"
    "{% endfor %}{% endfor %}",
    "times": "{{ time | day }} {{ time | minute }} {{ time | short }}",
    "lists": "{{ (rows | keyed('name')).bio.n }}{{ rows | gathered('tags') | length }}",
    "groups": "{{ rows | grouped('name') | among('bio') | length }}{{ table | among('none') | length }}",
    "where": "{% for row in rows | where('n', 0) %}{{ row.name }}{% endfor %}",
    "paragraphs": "{% for part in rows[1].note | paragraphs %}<p>{{ part }}</p>{% endfor %}",
    "include": "{% set x = 'outer' %}{% macro m() %}{{ x }}{% endmacro %}{% include 'other' %}{{ x }}",
    "other": "{% set y = 'inner' %}{{ y }}{{ rows | length }}",
    "in rows": "{% for row in [1, 2, 3] | rows(2) %}<tr>{% for one in row %}{{ one }}{% endfor %}{% endfor %}",
    "replace": "{{ 'a-b-c' | replace('-', ' ') }}",
}  # fmt: skip


def environment(**more: str) -> Environment:
    made = Environment(
        loader=DictLoader({**TEMPLATES, **more}),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=plain,
        trim_blocks=True,
    )
    made.filters = {"length": made.filters["length"], "replace": made.filters["replace"], **FILTERS}
    return made


def in_browser(page: Page, source: str, context: Any) -> str:
    script = script_of(environment(it=source), "it", called="rendered")
    names = "Markup, words, shown, known, member, list, truth, contains, number, FILTERS"
    found: str = page.evaluate(
        f"(context) => {{ const {{ {names} }} = window.kept.template; {script} return rendered(context); }}", context
    )
    return found


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_gives_the_browser_the_same_text(page: Page, name: str) -> None:
    assert in_browser(page, TEMPLATES[name], CONTEXT) == environment().get_template(name).render(CONTEXT)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.floats(0, 1),
    st.floats(-1, 1),
    st.integers(0, 2**53),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
def test_numbers_and_texts_are_written_alike(page: Page, rate: float, change: float, whole: int, text: str) -> None:
    source = (
        "{{ rate | percent }} {{ rate | level }} {{ change | points }} {{ (rate * 100) | place }} {{ whole | count }} "
        "{{ text }}{% for one in text | paragraphs %}[{{ one }}]{% endfor %}"
    )
    context = {"rate": rate, "change": change, "whole": whole, "text": text}
    assert in_browser(page, source, context) == environment().from_string(source).render(context)


@pytest.mark.parametrize(
    "source",
    [
        "{{ rows.items }}",
        "{{ rows | upper }}",
        "{{ rows[1:] }}",
        "{{ 'a' if rows }}",
        "{% set x = 1 %}{% if rows %}{% set x = 2 %}{% endif %}",
        "{% if rows %}{% include 'text' %}{% endif %}",
        "{{ rows.append(1) }}",
        "{{ 5 // 2 }}",
        "{{ rows is mapping }}",
        "{% for row in rows recursive %}{% endfor %}",
    ],
)
def test_what_two_languages_might_read_in_two_ways_is_refused(source: str) -> None:
    with pytest.raises(Invalid, match="template uses"):
        script_of(environment(it=source), "it", called="rendered")


@pytest.mark.parametrize("source", ["{{ rows[0].rate }}", "{{ nothing }}", "{{ truth }}", "{{ rows }}"])
def test_what_two_languages_write_in_two_ways_is_not_shown(source: str) -> None:
    with pytest.raises(Invalid, match="can't show"):
        environment().from_string(source).render(CONTEXT | {"truth": True})


def test_every_filter_has_its_twin() -> None:
    twin = Path(verifier_page.__code__.co_filename).parent / "page/verifier/template.js"
    table = twin.read_text("utf-8").partition("const FILTERS = {")[2]
    assert all(f"\n  {name}" in table for name in FILTERS)
