"""A journey's spans as a waterfall. Pure.

The services take milliseconds, people minutes to days: what happens after a quiet time is drawn
on a scale of its own, or every bar but one would be a hair's breadth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.portal.answers_operations import Span

_QUIET_MS = 10_000.0
_THINNEST = 0.6
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class SpanBar:
    """One span. ``left``, ``width`` and ``waited`` (before it: in the outbox and in Kafka) in
    percent of the burst; ``indent``: how deep it is drawn; ``statements``: what it asked of the
    database, which is told and not drawn."""

    span: Span
    left: float
    width: float
    waited: float
    indent: int
    statements: tuple[Span, ...] = ()

    @property
    def statements_ms(self) -> float:
        return sum(statement.duration_ms for statement in self.statements)


@dataclass(frozen=True, slots=True)
class Burst:
    """What happened in one go. ``after_ms``: since the journey began."""

    after_ms: float
    duration_ms: float
    bars: tuple[SpanBar, ...]


def draw_spans(spans: Sequence[Span]) -> list[Burst]:
    """The spans, which come parents first, in bursts that a quiet time of 10 seconds parts."""
    return [_burst(group) for group in _in_bursts(spans)]


def _in_bursts(spans: Sequence[Span]) -> list[list[Span]]:
    quiet_since, starts = 0.0, list[float]()
    for span in sorted(spans, key=lambda s: s.after_ms):
        if not starts or span.after_ms > quiet_since + _QUIET_MS:
            starts.append(span.after_ms)
        quiet_since = max(quiet_since, span.after_ms + span.duration_ms)
    groups: list[list[Span]] = [[] for _ in starts]
    for span in spans:
        groups[sum(start <= span.after_ms for start in starts) - 1].append(span)
    return groups


def _burst(spans: Sequence[Span]) -> Burst:
    began = min(span.after_ms for span in spans)
    lasted = max(span.after_ms + span.duration_ms for span in spans) - began
    scale = max(lasted, 0.001)
    least = min(span.depth for span in spans)
    bars: list[SpanBar] = []
    for span in spans:
        above = _above(bars, span) if span.is_statement else None
        if above is None:
            bars.append(_bar(span, began, scale, least))
        else:
            bars[above] = replace(bars[above], statements=(*bars[above].statements, span))
    return Burst(began, lasted, tuple(bars))


def _above(bars: Sequence[SpanBar], span: Span) -> int | None:
    """Where the hop stands that ``span`` is part of."""
    behind = range(len(bars) - 1, -1, -1)
    return next((at for at in behind if bars[at].span.depth < span.depth), None)


def _bar(span: Span, began: float, scale: float, least: int) -> SpanBar:
    width = max(_THINNEST, 100 * span.duration_ms / scale)
    left = min(100 * (span.after_ms - began) / scale, 100 - min(width, 100))
    waited = min(left, 100 * (span.waited_ms or 0.0) / scale)
    return SpanBar(
        span,
        left=round(left, 2),
        width=round(min(width, 100.0), 2),
        waited=round(waited, 2),
        indent=min(span.depth - least, _DEEPEST),
    )
