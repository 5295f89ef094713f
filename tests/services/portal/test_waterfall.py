"""A journey's spans as they are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from services.portal.answers_operations import Span
from services.portal.waterfall import draw_spans


def span(
    after: float,
    took: float = 1.0,
    depth: int = 0,
    waited: float | None = None,
    attributes: Mapping[str, object] = MappingProxyType({}),
) -> Span:
    return Span(
        service="agencies",
        name="a",
        attributes=dict(attributes),
        kind="consumer",
        depth=depth,
        after_ms=after,
        duration_ms=took,
        waited_ms=waited,
    )


def test_what_people_do_later_has_a_scale_of_its_own() -> None:
    first, later = draw_spans([span(0, 10), span(20, 80, 1), span(3_600_000, 5, 3)])
    assert [bar.width for bar in first.bars] == [10.0, 80.0]
    assert [bar.left for bar in first.bars] == [0.0, 20.0]
    assert (later.after_ms, later.duration_ms) == (3_600_000, 5)
    assert (later.bars[0].width, later.bars[0].indent) == (100.0, 0)


def test_waiting_is_drawn_before_the_bar_and_never_before_the_beginning() -> None:
    [burst] = draw_spans([span(0, 10), span(50, 50, 1, waited=30), span(10, 5, 1, waited=99)])
    assert [bar.waited for bar in burst.bars] == [0.0, 30.0, 10.0]


def test_statements_are_told_under_the_hop_that_made_them() -> None:
    sql = {"db.system.name": "postgresql"}
    [burst] = draw_spans(
        [span(0, 10), span(1, 8, 1), span(2, 1, 2, attributes=sql), span(3, 2, 2, attributes=sql)]
    )
    assert [len(bar.statements) for bar in burst.bars] == [0, 2]
    assert burst.bars[1].statements_ms == 3


def test_nothing_kept_draws_nothing() -> None:
    assert draw_spans([]) == []


@given(
    st.lists(st.builds(span, st.floats(0, 1e8), st.floats(0, 1e5), st.integers(0, 20)), min_size=1)
)
def test_every_span_is_drawn_once_and_inside_the_drawing(spans: list[Span]) -> None:
    bars = [bar for burst in draw_spans(spans) for bar in burst.bars]
    assert sorted(id(bar.span) for bar in bars) == sorted(map(id, spans))
    assert all(0 <= bar.left <= 100 and 0 < bar.width <= 100 for bar in bars)
    assert all(bar.left + bar.width <= 100.1 for bar in bars)
    assert all(0 <= bar.indent <= 8 for bar in bars)
