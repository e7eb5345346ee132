"""What the gateway counts. Served on the internal health port only."""

from prometheus_client import Counter, Gauge, Histogram

REQUEST_SECONDS = Histogram(
    "darkroom_gateway_request_seconds",
    "Time from a request's head to the end of its answer",
    ["method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
JOBS_ACCEPTED = Counter("darkroom_gateway_jobs_accepted", "Jobs that were answered with 201")
BATCH_JOBS = Histogram(
    "darkroom_gateway_batch_jobs",
    "Jobs that were committed together",
    buckets=(1, 2, 4, 8, 16, 32, 64),
)
SOCKETS_OPEN = Gauge("darkroom_gateway_sockets_open", "WebSockets being relayed")
