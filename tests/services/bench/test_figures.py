"""The bench's arithmetic: what it says of given times."""

from __future__ import annotations

import asyncio
import json

from hypothesis import given
from hypothesis import strategies as st

from services.bench import report
from services.bench.journeys import Journey
from services.bench.meter import Cost
from services.bench.trial import Stretch, Trial, quantiles, summarise
from services.bench.wire import Lines, build_request


def journey(received: float, *done: float) -> Journey:
    stages = ("accepted", "matched", "assigned", "alerted")
    return Journey(received, dict(zip(stages, done, strict=False)))


def stretch(*journeys: Journey, cpu_seconds: float = 1.0) -> Stretch:
    return summarise(
        journeys,
        answer_seconds=[0.002] * len(journeys),
        refused=[],
        sending_seconds=1.0,
        seconds=2.0,
        costs={"agencies": Cost(cpu_seconds, 60.0), "postgres": Cost(0.5, 140.0)},
    )


def trial(name: str, *journeys: Journey, cpu_seconds: float = 1.0) -> Trial:
    figures = stretch(*journeys, cpu_seconds=cpu_seconds)
    return Trial(name, 200, figures, figures)


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_quantiles_are_values_that_were_measured_and_in_order(values):
    found = quantiles(values)
    assert {found.p50, found.p95, found.p99} <= set(values)
    assert found.p50 <= found.p95 <= found.p99 <= max(values)


def test_quantiles_are_by_nearest_rank():
    found = quantiles([float(n) for n in range(1, 101)])
    assert (found.p50, found.p95, found.p99, found.mean) == (50, 95, 99, 50.5)
    assert quantiles([]).p99 == 0


def test_a_stage_counts_from_the_one_before():
    figures = stretch(journey(1000, 1002, 1010, 1015, 1020))
    assert {name: took.p50 for name, took in figures.stages_ms.items()} == {
        "accepted": 2,
        "matched": 8,
        "assigned": 5,
        "alerted": 5,
    }
    assert figures.alert_ms.p50 == 20


def test_the_rate_is_from_the_first_acceptance_to_the_last_alert():
    figures = stretch(journey(1000, 1001, 1002, 1003, 1100), journey(1400, 1401, 1402, 1403, 1500))
    assert figures.per_second == 2 / 0.5
    assert figures.accepted_per_second == 2


def test_what_waits_for_a_person_is_counted_and_not_timed():
    figures = stretch(journey(1000, 1001, 1002, 1003, 1010), journey(1000, 1001, 1002))
    assert figures.unalerted == 1
    assert figures.alert_ms.p99 == 10


def test_an_alert_read_before_its_beginning_is_not_timed_yet():
    half_read = Journey(None, {"alerted": 1_700_000_000_000.0})
    assert half_read.alert_ms() is None
    assert stretch(half_read, journey(1000, 1001, 1002, 1003, 1500)).per_second == 2 / 0.5


def test_the_ratio_is_of_rates_and_of_cpu_time():
    floor = trial("floor", journey(0, 1, 2, 3, 500), cpu_seconds=1.0)
    kith = trial("kith", journey(0, 1, 2, 3, 1000), cpu_seconds=2.5)
    found = report.as_json(floor, kith)
    assert (found["ratio_to_floor"], found["cpu_ratio_to_floor"]) == (0.5, 0.5)
    assert found["services_peak_mib"] == 60
    assert json.loads(json.dumps(found)) == found


def test_the_report_for_people_fits_a_wide_terminal():
    text = report.as_text(trial("floor", journey(0, 1, 2, 3, 4)), trial("kith", journey(0, 1)))
    assert "ratio" in text
    assert "wait for a person" in text
    assert max(map(len, text.splitlines())) <= 110


async def test_the_client_sends_each_once_keeps_the_rate_and_reads_refusals():
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            body = await reader.readexactly(length)
            seen.append(body)
            status = b"202 Accepted" if body != b"7" else b"422 Unprocessable"
            writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\n{}")

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    requests = [build_request("kith", "secret", str(n)) for n in range(20)]
    began = asyncio.get_running_loop().time()
    async with Lines(port, 4) as lines:
        answers = await lines.send(requests, lambda _: None, rate=100)
    assert asyncio.get_running_loop().time() - began >= 0.19
    assert sorted(seen, key=int) == [str(n).encode() for n in range(20)]
    assert len(answers.seconds) == 20
    assert answers.refused == ["422 {}"]
    server.close()
