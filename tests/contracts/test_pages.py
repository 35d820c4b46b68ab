"""Every page is in the table by which all are looked at: by axe, in the dark, on a phone, from right to left."""

from simulators.portal_pages import OTHERS, PAGES, answered, read_by_the_framework


def test_every_route_for_people_is_a_page_in_the_table_or_told_to_be_none() -> None:
    listed = {page.route for page in PAGES if page.status != 404}
    hint = "put it into tests/simulators/portal_pages.py, with what it shows, and run tests/surfaces/portal"
    assert answered() == listed | set(OTHERS), hint
    assert not listed & set(OTHERS)


def test_no_route_lets_the_framework_read_a_body_of_any_length() -> None:
    hint = "take the request, and read it by kept.interface.bodies.read_json with a limit"
    assert read_by_the_framework() == set(), hint
