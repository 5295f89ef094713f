"""One trial of one system: warm up, a stretch at a steady rate, then as fast as it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from contracts.topics import Topic
from services.bench.journeys import STAGES, Journey, Reader
from services.bench.meter import Cost, Meter
from services.bench.wire import Lines
from services.kit.kafka_security import KafkaAccess

WARM_UP = 300
_STEADY_LINES = 64
_FLAT_OUT_LINES = 32
_PATIENCE_SECONDS = 600.0

Told = Callable[[str, int, int], None]
"""Progress: what is being done, how many of how many."""


@dataclass(frozen=True, slots=True)
class System:
    """What is under test. ``topics``: of the four stages; ``ends``: event types of the last.

    ``pids``: its processes by name; ``servers``: those of PostgreSQL and Kafka.
    """

    name: str
    port: int
    topics: tuple[Topic, ...]
    ends: tuple[str, ...]
    pids: dict[str, int]
    servers: dict[str, int]


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Milliseconds."""

    p50: float
    p95: float
    p99: float
    mean: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch of load. ``per_second``: from the first acceptance to the last alert.

    ``alert_ms``: from acceptance to the alert on its topic; ``answer_ms``: the HTTP answer;
    ``stages_ms``: each stage's own share; ``unalerted``: journeys without an alert at the end
    (a possible match waits for a person); ``costs``: by process.
    """

    sent: int
    refused: int
    unalerted: int
    per_second: float
    accepted_per_second: float
    alert_ms: Quantiles
    answer_ms: Quantiles
    stages_ms: dict[str, Quantiles]
    costs: dict[str, Cost]
    seconds: float
    first_refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A system's two stretches. ``rate``: of the steady one, assessments a second."""

    system: str
    rate: float
    steady: Stretch
    flat_out: Stretch


def quantiles(values: Sequence[float]) -> Quantiles:
    """By the nearest-rank rule; zeros where there are no values."""
    if not values:
        return Quantiles(0.0, 0.0, 0.0, 0.0)
    ranked = sorted(values)

    def at(share: float) -> float:
        return ranked[min(len(ranked) - 1, max(0, round(share * len(ranked)) - 1))]

    return Quantiles(at(0.5), at(0.95), at(0.99), fmean(ranked))


async def try_out(
    system: System,
    kafka: KafkaAccess,
    requests: Iterator[bytes],
    *,
    rate: float,
    steady: int,
    flat_out: int,
    told: Told,
) -> Trial:
    """Run the trial. ``requests`` gives each request once, across stretches."""

    def take(count: int) -> list[bytes]:
        return [request for _, request in zip(range(count), requests, strict=False)]

    await _stretch(system, kafka, take(WARM_UP), None, lambda *a: told("warm-up", *a))
    at_rate = await _stretch(
        system, kafka, take(steady), rate, lambda *a: told(f"{rate:.0f} a second", *a)
    )
    fast = await _stretch(
        system, kafka, take(flat_out), None, lambda *a: told("as fast as it goes", *a)
    )
    return Trial(system.name, rate, at_rate, fast)


async def _stretch(
    system: System,
    kafka: KafkaAccess,
    requests: list[bytes],
    rate: float | None,
    told: Callable[[int, int], None],
) -> Stretch:
    loop = asyncio.get_running_loop()
    lines = _FLAT_OUT_LINES if rate is None else _STEADY_LINES
    total = len(requests)
    reader = Reader(kafka, system.topics, system.ends)
    await reader.mark()
    async with Meter(system.pids | system.servers) as meter:
        async with Lines(system.port, lines) as wire:
            began = loop.time()
            answers = await wire.send(requests, lambda sent: told(sent // 2, total), rate)
            sending = loop.time() - began
        accepted = total - len(answers.refused)
        journeys = await reader.collect(
            accepted, _PATIENCE_SECONDS, lambda alerted: told((total + alerted) // 2, total)
        )
        seconds = loop.time() - began
    return summarise(
        list(journeys.values()),
        answer_seconds=answers.seconds,
        refused=answers.refused,
        sending_seconds=sending,
        seconds=seconds,
        costs=meter.costs(),
    )


def summarise(
    journeys: Sequence[Journey],
    *,
    answer_seconds: Sequence[float],
    refused: Sequence[str],
    sending_seconds: float,
    seconds: float,
    costs: dict[str, Cost],
) -> Stretch:
    """The figures of one stretch. Pure."""
    alerted = [j for j in journeys if j.alert_ms() is not None]
    span_ms = 0.0
    if alerted:
        began = min(j.received for j in alerted if j.received is not None)
        span_ms = max(j.at["alerted"] for j in alerted) - began
    sent = len(answer_seconds)
    return Stretch(
        sent=sent,
        refused=len(refused),
        unalerted=len(journeys) - len(alerted),
        per_second=1000 * len(journeys) / span_ms if span_ms else 0.0,
        accepted_per_second=(sent - len(refused)) / sending_seconds if sending_seconds else 0.0,
        alert_ms=quantiles([ms for j in alerted if (ms := j.alert_ms()) is not None]),
        answer_ms=quantiles([s * 1000 for s in answer_seconds]),
        stages_ms={
            stage: quantiles([ms for j in alerted if (ms := _share(j, stage)) is not None])
            for stage in STAGES
        },
        costs=costs,
        seconds=seconds,
        first_refusal=refused[0] if refused else None,
    )


def _share(journey: Journey, stage: str) -> float | None:
    """Milliseconds that ``stage`` took: since the stage before it, or since acceptance."""
    place = STAGES.index(stage)
    before = journey.received if place == 0 else journey.at.get(STAGES[place - 1])
    done = journey.at.get(stage)
    return None if before is None or done is None else max(0.0, done - before)
