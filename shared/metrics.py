"""Counters and gauges, named as Prometheus advises; every service shows them at /metrics."""

from prometheus_client import Counter, Gauge, Histogram

REQUEST_SECONDS = Histogram(
    "accord_http_request_duration_seconds",
    "Time to answer a request",
    ["service", "route", "method", "status"],
)
OUTBOX_OLDEST_SECONDS = Gauge("accord_outbox_oldest_age_seconds", "Age of the oldest unpublished event", ["service"])
PUBLISHED = Counter("accord_events_published_total", "Events the broker has acknowledged", ["service", "topic"])
CONSUMED = Counter("accord_events_consumed_total", "Events applied", ["service", "topic", "outcome"])
PARKED = Gauge("accord_events_parked", "Messages set aside with a reason", ["service"])
STOPPED = Gauge(
    "accord_consumer_stopped_partitions",
    "Partitions where reading stands still until somebody looks",
    ["service", "lane"],
)
LAG = Gauge("accord_consumer_lag_messages", "Messages published and not yet read", ["service", "lane"])
