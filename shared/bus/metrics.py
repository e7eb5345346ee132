"""What the bus counts, of each process."""

from prometheus_client import Counter, Gauge

NOT_TAKEN = Counter(
    "darkroom_publishes_not_taken",
    "Messages that were sent and not confirmed, or returned as nobody's, by type",
    ["type", "answer"],
)
CONNECTED = Gauge(
    "darkroom_broker_connected",
    "Whether the link to the broker and all its subscriptions stand: 1 or 0",
    ["bus"],
)
