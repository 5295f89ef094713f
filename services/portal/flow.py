"""The flow of events as a drawing: a line per topic, a column per service. Pure.

The registry of topics says which service writes and which read, so that the drawing cannot differ
from what runs. Coordinates are those of the drawing's own view box.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from contracts.topics import TOPICS, Topic
from services.portal.answers_operations import Consuming, Flow

LEFT, STEP, TOP, ROW = 250, 128, 66, 58
_THINNEST, _THICKEST = 1.5, 8.0
_ON_THEIR_WAY, _SECONDS = 20, 5
"""What a reader may leave for a moment: so many records, or what came in so many seconds."""


@dataclass(frozen=True, slots=True)
class Column:
    """A service. ``state``: well, unwell or silent, in which case it does not answer."""

    name: str
    x: int
    state: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Where a topic is read. ``lag``: records not handled yet; None where that is not known.
    ``is_behind``: that is more than is on its way at any moment."""

    service: str
    x: int
    lag: int | None
    halted: bool
    is_behind: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A topic, from the service that writes it to those that read it."""

    topic: str
    y: int
    producer: str
    start: int
    first: int
    last: int
    last_minute: int | None
    last_hour: int | None
    thickness: float
    readers: tuple[Reader, ...]


@dataclass(frozen=True, slots=True)
class Map:
    """The whole drawing."""

    width: int
    height: int
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """What is known of a service as it runs. ``consumers`` None: it does not answer."""

    consumers: Mapping[str, Consuming] | None
    faults: Collection[str]


def draw_map(
    services: Mapping[str, Running], flows: Sequence[Flow], topics: Sequence[Topic] = TOPICS
) -> Map:
    """The drawing of ``topics`` between ``services``, with what ``flows`` says of each."""
    places = {name: LEFT + STEP * at for at, name in enumerate(services)}
    rates = {flow.topic: flow for flow in flows}
    lines = [
        _line(topic, TOP + ROW * at, places, services, rates)
        for at, topic in enumerate(topics)
        if topic.producer in places
    ]
    return Map(
        width=LEFT + STEP * len(places),
        height=TOP + ROW * len(lines),
        columns=tuple(Column(name, places[name], _state(run)) for name, run in services.items()),
        lines=tuple(lines),
    )


def _line(
    topic: Topic,
    y: int,
    places: Mapping[str, int],
    services: Mapping[str, Running],
    rates: Mapping[str, Flow],
) -> Line:
    flow = rates.get(topic.name)
    readers = tuple(
        _reader(topic.name, name, places[name], services[name], rates)
        for name in topic.consumers
        if name in places
    )
    start = places[topic.producer]
    ends = [start, *(reader.x for reader in readers)]
    return Line(
        topic=topic.name,
        y=y,
        producer=topic.producer,
        start=start,
        first=min(ends),
        last=max(ends),
        last_minute=flow.last_minute if flow else None,
        last_hour=flow.last_hour if flow else None,
        thickness=_thickness(flow.last_minute if flow else 0),
        readers=readers,
    )


def _reader(
    topic: str, service: str, x: int, running: Running, rates: Mapping[str, Flow]
) -> Reader:
    """A consumer of several topics has one lag for all of them."""
    found = [c for c in (running.consumers or {}).values() if topic in c.topics]
    known = found and not any(c.silent for c in found)
    lag = sum(c.lag for c in found) if known else None
    read = {name for c in found for name in c.topics}
    coming = sum(rates[name].last_minute for name in read if name in rates) * _SECONDS / 60
    is_behind = lag is not None and lag > max(_ON_THEIR_WAY, coming)
    return Reader(service, x, lag, any(c.halted for c in found), is_behind)


def _state(running: Running) -> str:
    if running.consumers is None:
        return "silent"
    return "unwell" if running.faults else "well"


def _thickness(last_minute: int) -> float:
    """Grows with the logarithm of the rate: one a minute and a thousand are both to be seen."""
    return round(min(_THICKEST, _THINNEST + 0.9 * math.log2(1 + last_minute) / 1.5), 2)
