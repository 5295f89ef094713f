"""Measuring: instruments made from ``contracts/metrics.py``, and nowhere else.

``record`` is a counter's ``add``, a gauge's ``set`` or a histogram's ``record``. Where nothing is
configured it does nothing. A name or an attribute that is not declared is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.resources import Resource

from contracts.metrics import BY_NAME, METRICS, Kind

_Write = Callable[[float, dict[str, Any]], None]
_writers: dict[str, _Write] = {}


def configure(readers: Sequence[MetricReader], resource: Resource) -> MeterProvider:
    """Make every instrument; ``readers`` say where they go."""
    provider = MeterProvider(readers, resource, shutdown_on_exit=False)
    meter = provider.get_meter("kith", "1")
    for metric in METRICS:
        if metric.kind is Kind.COUNTER:
            counter = meter.create_counter(metric.name, metric.unit, metric.meaning)
            _writers[metric.name] = counter.add
        elif metric.kind is Kind.GAUGE:
            gauge = meter.create_gauge(metric.name, metric.unit, metric.meaning)
            _writers[metric.name] = gauge.set
        else:
            histogram = meter.create_histogram(
                metric.name,
                metric.unit,
                metric.meaning,
                explicit_bucket_boundaries_advisory=metric.bounds,
            )
            _writers[metric.name] = histogram.record
    return provider


def forget() -> None:
    """Measure nothing any more."""
    _writers.clear()


def measuring() -> bool:
    """Whether anything is measured in this process."""
    return bool(_writers)


def record(name: str, value: float, **attributes: str | int) -> None:
    """Measure. Raises ``KeyError`` for a metric or attribute that is not declared."""
    if not _writers:
        return
    undeclared = attributes.keys() - set(BY_NAME[name].attributes)
    if undeclared:
        raise KeyError(f"{name} has no attribute {min(undeclared)}: declare it in the contracts")
    _writers[name](value, attributes)
