"""Gauges whose value may be unknown, and are then not exported: 0 would be a claim."""

from collections.abc import Iterator, Mapping

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


class Looked(Collector):
    """What a look now and then found out; by the values of its one label, where it has one."""

    def __init__(self, name: str, documentation: str, *, label: str | None = None) -> None:
        self._name, self._documentation = name, documentation
        self._labels = [] if label is None else [label]
        self._values: Mapping[str, float] = {}
        REGISTRY.register(self)

    def set(self, value: float | None) -> None:
        """None: unknown."""
        self._values = {} if value is None else {"": value}

    def set_each(self, values: Mapping[str, float]) -> None:
        """By label; there are no others."""
        self._values = dict(values)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(self._name, self._documentation, labels=self._labels)
        for label, value in self._values.items():
            family.add_metric([label] if self._labels else [], value)
        yield family
