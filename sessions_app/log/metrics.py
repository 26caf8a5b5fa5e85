"""Prometheus metrics that are updated as events happen, once per batch or commit.

Values that can be read when Prometheus scrapes are collected then, not here.
"""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

# --- the log, in runners ------------------------------------------------------
EVENTS_COMMITTED = Counter("ringside_events_committed", "Events written to the log")
COMMIT_SECONDS = Histogram(
    "ringside_commit_seconds", "One try of a group commit", buckets=SECONDS
)
COMMIT_RETRIES = Counter(
    "ringside_commit_retries", "Commits that had to be tried again"
)
BATCHES_DROPPED = Counter(
    "ringside_batches_dropped", "Batches the channel layer did not take; feeds heal it"
)

# --- the feed, in web processes -----------------------------------------------
EVENTS_DELIVERED = Counter(
    "ringside_events_delivered", "Events brought to a session's viewers, counted once"
)
DELIVERY_SECONDS = Histogram(
    "ringside_delivery_seconds",
    "From an event's ts to its viewers' sockets, the oldest of each fan-out",
    buckets=SECONDS,
)
CONNECTIONS_CLOSED = Counter(
    "ringside_connections_closed", "WebSockets that ended, by close code", ["code"]
)
THROTTLES = Counter("ringside_throttles", "Sessions this feed began to slow down")

# --- leases and runs ----------------------------------------------------------
TAKEOVERS = Counter("ringside_lease_takeovers", "Sessions taken from a dead holder")
SESSIONS_HELD = Gauge("ringside_sessions_held", "Sessions this runner has")
SESSIONS_THROTTLED = Gauge("ringside_sessions_throttled", "Of these, slowed down")
TOKENS = Counter("ringside_tokens", "Tokens, by model and kind", ["model", "kind"])
COST_USD = Counter("ringside_cost_usd", "Cost of turns in USD, by model", ["model"])
