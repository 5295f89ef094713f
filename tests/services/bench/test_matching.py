"""The matching bench on a small index: everything it promises is measured."""

from __future__ import annotations

from services.bench.matching import Plan, measure
from services.duplication.model import load
from tests.conftest import StackFactory


async def test_a_small_index_is_filled_decided_against(
    open_stack: StackFactory,
) -> None:
    told: list[tuple[str, int, int]] = []
    async with open_stack() as stack:
        found = await measure(
            stack.dsn,
            load(),
            Plan(300, decisions=40, singles=20, batch=20, seed=3),
            lambda *words: told.append(words),
        )
    assert (found.people, found.decisions) == (300, 40)
    assert found.per_second > 0
    assert 0 < found.single_ms.p50 <= found.single_ms.p99
    assert found.candidates > 0
    assert found.bytes_per_person > 100
    assert {what for what, _, _ in told} == {
        "filing keys",
        "making indexes",
        "one at a time",
        "in batches",
        "crowds",
    }
    assert len(found.crowds) == 3
    for crowd in found.crowds:
        assert crowd.cpu_ms > 0
        assert crowd.single_ms.p99 > 0
        assert crowd.most_candidates <= load().candidates
    surname, hostel, unknown = found.crowds
    assert min(surname.most_candidates, hostel.most_candidates) > 0
    assert unknown.most_candidates == 0
