"""Step 7: everything derived is computed again and compared."""

from collections.abc import Sequence

from kept.core.commitments import catalog
from kept.errors import Unverified
from kept.practices.reporting.methods.derive import Derive, derive
from kept.practices.reporting.methods.difference import differ
from kept.practices.reporting.methods.material import Report
from kept.practices.reporting.records import Known


def check_catalog(report: Report) -> None:
    """Check that the report was judged by the published rules. Raises Unverified: they may have been weakened."""
    own = catalog.document()
    if difference := differ(own, report.catalog, "catalog"):
        raise Unverified(
            f"The report judges by other rules than version {own['version']} publishes: {difference}.",
            code="report.catalog",
        )


def check_derived(report: Report, known: Sequence[Known], *, deriving: Derive = derive) -> None:
    """Check that everything derived follows from the records. Raises Unverified, naming the first difference."""
    computed = deriving(known, report.outcomes, as_of=report.as_of).document
    if difference := differ(computed, report.derived, "derived"):
        raise Unverified(
            f"The report states what does not follow from its records: {difference}.", code="report.figure"
        )
