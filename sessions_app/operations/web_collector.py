from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sessions_app.delivery.connection.consumers import Consumer
from sessions_app.delivery.feed.feed import Feed


class WebCollector(Collector):
    """Collects this web process's gauges for Prometheus, when it scrapes."""

    def __init__(self, feed: Feed, consumer: Consumer) -> None:
        self._feed = feed
        self._consumer = consumer

    def collect(self) -> Iterator[Metric]:
        connections = self._consumer.connections
        viewers = self._feed.viewers()
        for name, what, value in (
            ("connections", "Open WebSockets", len(connections)),
            ("viewers", "Subscriptions of sessions", sum(viewers.values())),
            ("watched_sessions", "Sessions with a viewer", len(viewers)),
            ("pressing_sessions", "Slowed down now", self._feed.pressing),
            (
                "outbox_frames",
                "Frames sent and not acknowledged",
                sum(connection.outbox.frames for connection in connections),
            ),
            (
                "outbox_chars",
                "Characters of them",
                sum(connection.outbox.size for connection in connections),
            ),
        ):
            yield GaugeMetricFamily(f"ringside_{name}", what, value)
        yield CounterMetricFamily(
            "ringside_frames_sent", "Frames of events", self._consumer.frames_sent
        )
