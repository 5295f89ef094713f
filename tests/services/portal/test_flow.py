"""The drawing of the flow: who reads what, and who falls behind."""

from __future__ import annotations

import pytest

from contracts.topics import HOUSEHOLDS
from services.portal.answers_operations import Consuming, Flow
from services.portal.flow import Running, draw_map


@pytest.mark.parametrize(
    ("lag", "last_minute", "is_behind"),
    [
        (0, 0, False),
        (1, 0, False),  # what came just now
        (21, 0, True),
        (21, 600, False),  # of fifty that come in five seconds
        (51, 600, True),
    ],
)
def test_a_reader_is_behind_once_it_leaves_more_than_is_always_on_the_way(
    lag: int, last_minute: int, is_behind: bool
) -> None:
    reads = {"keyworkers.it": Consuming(lag=lag, topics=(HOUSEHOLDS.name,))}
    running = {"duplication": Running({}, ()), "keyworkers": Running(reads, ())}
    flow = Flow(topic=HOUSEHOLDS.name, last_minute=last_minute, last_hour=last_minute)
    [line] = draw_map(running, [flow], [HOUSEHOLDS]).lines
    [reader] = [one for one in line.readers if one.service == "keyworkers"]
    assert (reader.lag, reader.is_behind) == (lag, is_behind)


def test_while_kafka_does_not_answer_a_reader_no_lag_is_known() -> None:
    reads = {"keyworkers.it": Consuming(lag=0, topics=(HOUSEHOLDS.name,), silent=True)}
    running = {"duplication": Running({}, ()), "keyworkers": Running(reads, ())}
    [line] = draw_map(running, [], [HOUSEHOLDS]).lines
    [reader] = [one for one in line.readers if one.service == "keyworkers"]
    assert reader.lag is None
