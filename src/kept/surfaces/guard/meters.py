"""What Prometheus reads: how many requests, how long they took, and how many are under way."""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

MEDIA_TYPE = CONTENT_TYPE_LATEST
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Meters:
    """One application's meters. Their labels are methods, templates of routes and statuses: they can't grow."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("kept_requests", "Requests that were answered.", labels, registry=self._registry)
        self._seconds = Histogram(
            "kept_request_seconds", "How long an answer took.", ("route",), buckets=_BUCKETS, registry=self._registry
        )
        self._open = Gauge("kept_requests_open", "Requests under way.", registry=self._registry)
        self._unheard = Gauge("kept_notify_unheard", "Steps that are due and reach nobody.", registry=self._registry)

    def begun(self) -> None:
        """A request has come."""
        self._open.inc()

    def ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """It was answered, with status 499 where whoever sent it has gone."""
        self._open.dec()
        self._requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def unheard(self, count: float) -> None:
        """So much of what is due reached nobody; NaN where that can't be known."""
        self._unheard.set(count)

    def shown(self) -> bytes:
        """All of them, in the text format of Prometheus."""
        return generate_latest(self._registry)
