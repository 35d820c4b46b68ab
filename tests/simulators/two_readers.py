"""What is said in a log, read by Python and by the page's verifier in a browser: both hold it, or both refuse it."""

from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page

from kept.errors import KeptError
from kept.practices.reporting.methods.studies import studies
from kept.practices.reporting.records import Known

Log = list[dict[str, Any]]
STUDIES = """
(logs) => logs.map((log) => {
  try { return { value: window.kept.studiesOf(log) }; }
  catch (error) { return { error: error.message, kind: error.constructor.name }; }
})
"""


def known(index: int, predicate: str, fields: dict[str, Any], *, role: str = "provider") -> dict[str, Any]:
    """A statement as both readers hold it, of the model that its fields name."""
    model = str(fields.get("model", ""))
    return {"index": index, "predicate": predicate, "model": model, "fields": fields, "roles": [role]}


def by_python(log: Log) -> Any:
    """The studies that Python reads from a log, or the error with which it refuses them."""
    read = [
        Known(each["index"], each["predicate"], each["model"], each["fields"], roles=frozenset(each["roles"]))
        for each in log
    ]
    try:
        return studies(read)
    except KeptError as error:
        return error


def by_browser(page: Page, logs: Sequence[Log]) -> list[dict[str, Any]]:
    """The studies that the browser reads from each log, as "value", or why it refuses them, as "error" and "kind"."""
    told: list[dict[str, Any]] = page.evaluate(STUDIES, logs)
    return told


def both_hold(page: Page, logs: Sequence[Log]) -> None:
    """Both come to the same studies, to the last digit."""
    for log, told in zip(logs, by_browser(page, logs), strict=True):
        assert told.get("value") == by_python(log), (log, told)


def both_refuse(page: Page, logs: Sequence[Log]) -> None:
    """Neither of them takes any of these."""
    for log, told in zip(logs, by_browser(page, logs), strict=True):
        assert isinstance(by_python(log), KeptError), log
        assert told.get("kind") == "Failure", (log, told)
