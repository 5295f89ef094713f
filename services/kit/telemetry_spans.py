"""Spans: one journey is one story, hop by hop, and whether a hop is kept is decided when it ends.

A hop is something a process does for a journey: answering a request, handling a record, sending an
event. While it lasts it costs two random numbers; when it ends it becomes a span if

* its journey is in the sample, which every process works out alike from the journey's id, or
* it failed, or took longer than ``slow_seconds``: those are kept whatever the sample.

Invariants: every span says ``journeyid``; no span holds a value somebody wrote: neither SQL's
arguments, nor an address as called, nor a message of an exception. Where nothing is configured,
nothing is made.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

JOURNEY: ContextVar[str] = ContextVar("journeyid", default="-")
"""The journey that is being worked on, for log lines; several, separated by commas."""
CURRENT: ContextVar[Hop | None] = ContextVar("hop", default=None)

Value: TypeAlias = "str | int | float | bool | list[str]"
_IDS = random.Random(os.urandom(16))
os.register_at_fork(after_in_child=lambda: _IDS.seed(os.urandom(16)))
_SCOPE = InstrumentationScope("kith", "1")
_SAMPLED, _UNSAMPLED = TraceFlags(TraceFlags.SAMPLED), TraceFlags(TraceFlags.DEFAULT)
# The rest of a UUID 7 is a time and a counter.
_RANDOM = (1 << 32) - 1
_MOST_QUERIES = 60
_MOST_JOURNEYS = 100


@dataclass(frozen=True, slots=True)
class Tracer:
    """Where spans go, and which are kept. ``ratio``: the share of journeys, 0 to 1."""

    export: Callable[[ReadableSpan], None]
    resource: Resource
    ratio: float = 1.0
    slow_seconds: float = 5.0

    def samples(self, journey_id: UUID) -> bool:
        """Whether the journey is in the sample: the same answer in every process."""
        return (journey_id.int & _RANDOM) < self.ratio * (_RANDOM + 1)


_installed: list[Tracer] = []


def install(tracer: Tracer | None) -> None:
    """Have this process's spans go there; None: make none."""
    _installed[:] = [tracer] if tracer else []


def tracer() -> Tracer | None:
    """Where this process's spans go, if anywhere."""
    return _installed[0] if _installed else None


def parse_traceparent(text: str | None) -> SpanContext | None:
    """W3C trace context, or None where it is none."""
    if text is None or len(text) != 55:
        return None
    try:
        trace_id, span_id = int(text[3:35], 16), int(text[36:52], 16)
    except ValueError:
        return None
    if not (trace_id and span_id):
        return None
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=_SAMPLED)


def new_traceparent() -> str:
    """W3C trace context for a journey that starts here, sampled."""
    return f"00-{_new_id(128):032x}-{_new_id(64):016x}-01"


def _new_id(bits: int) -> int:
    return _IDS.getrandbits(bits) or 1


@dataclass(slots=True)
class Hop:
    """One thing being done. ``journeys``: for whom; known at the latest when it ends."""

    tracer: Tracer
    name: str
    kind: SpanKind
    attributes: dict[str, Value]
    parent: SpanContext | None = None
    journeys: list[UUID] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    queries: list[tuple[str, int, int, str | None]] = field(default_factory=list)
    error: str | None = None
    """The type of what went wrong, never its words."""
    started: int = field(default_factory=time.time_ns)
    trace_id: int = 0
    span_id: int = field(default_factory=lambda: _new_id(64))

    def __post_init__(self) -> None:
        self.trace_id = self.parent.trace_id if self.parent else _new_id(128)

    @property
    def traceparent(self) -> str:
        """What follows from this hop says that it does."""
        kept = not self.journeys or any(self.tracer.samples(j) for j in self.journeys)
        return f"00-{self.trace_id:032x}-{self.span_id:016x}-{'01' if kept else '00'}"

    def context(self) -> SpanContext:
        return SpanContext(self.trace_id, self.span_id, is_remote=False, trace_flags=_SAMPLED)

    def finish(self, at: int | None = None, *, keep: bool = False) -> bool:
        """End it. Whether it was kept."""
        at = at or time.time_ns()
        tracer = self.tracer
        if not (
            keep
            or self.error
            or at - self.started > tracer.slow_seconds * 1e9
            or any(tracer.samples(j) for j in self.journeys)
        ):
            return False
        mine = self.context()
        who = _who(self.journeys)
        if self.error:
            self.attributes["error.type"] = self.error
        self._export(self.name, mine, self.parent, self.kind, {**self.attributes, **who},
                     self.links, self.started, at, self.error)  # fmt: skip
        for text, start, end, error in self.queries:
            operation = text.partition(" ")[0].upper()
            told: dict[str, Value] = {
                "db.system.name": "postgresql",
                "db.operation.name": operation,
                "db.query.text": text,
                **who,
            }
            if error:
                told["error.type"] = error
            own = SpanContext(self.trace_id, _new_id(64), is_remote=False, trace_flags=_SAMPLED)
            self._export(operation, own, mine, SpanKind.CLIENT, told, (), start, end, error)
        return True

    def _export(
        self,
        name: str,
        context: SpanContext,
        parent: SpanContext | None,
        kind: SpanKind,
        attributes: dict[str, Value],
        links: Sequence[Link],
        start: int,
        end: int,
        error: str | None,
    ) -> None:
        self.tracer.export(
            ReadableSpan(
                name,
                context=context,
                parent=parent,
                resource=self.tracer.resource,
                attributes=attributes,
                links=links,
                kind=kind,
                status=Status(StatusCode.ERROR) if error else Status(StatusCode.UNSET),
                start_time=start,
                end_time=end,
                instrumentation_scope=_SCOPE,
            )
        )


def _who(journeys: Sequence[UUID]) -> dict[str, Value]:
    """The attribute ``journeyid``: one id, or a list, or ``-`` for what is for no journey."""
    ids = [str(j) for j in dict.fromkeys(journeys)]
    if len(ids) < 2:
        return {"journeyid": ids[0] if ids else "-"}
    return {"journeyid": ids[:_MOST_JOURNEYS]}


@contextmanager
def hop(
    name: str,
    kind: SpanKind,
    journey_id: UUID,
    traceparent: str | None,
    attributes: dict[str, Value] | None = None,
) -> Iterator[Hop | None]:
    """Something done for one journey, such as telling an agency by webhook: pass on the hop's
    ``traceparent`` in the request. None where nothing is traced."""
    found = tracer()
    token = JOURNEY.set(str(journey_id))
    mine = found and Hop(
        found, name, kind, attributes or {}, parse_traceparent(traceparent), [journey_id]
    )
    current = CURRENT.set(mine or None)
    try:
        yield mine or None
    except BaseException as error:
        if mine:
            mine.error = type(error).__name__
        raise
    finally:
        CURRENT.reset(current)
        JOURNEY.reset(token)
        if mine:
            mine.finish()


def note_journeys(journeys: Sequence[UUID]) -> None:
    """Say for whom the request being answered is: on its span and on its log lines."""
    if not journeys:
        return
    JOURNEY.set(",".join(str(j) for j in list(dict.fromkeys(journeys))[:10]))
    current = CURRENT.get()
    if current is not None:
        current.journeys.extend(journeys)


def on_query(record: Any) -> None:
    """asyncpg query logger: the statement as written, its time, and never its arguments."""
    current = CURRENT.get()
    if current is not None and len(current.queries) < _MOST_QUERIES:
        end = time.time_ns()
        failed = type(record.exception).__name__ if record.exception else None
        start = end - int(record.elapsed * 1e9)
        current.queries.append((record.query, max(start, current.started), end, failed))
