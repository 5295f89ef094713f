"""Another model to carry out, and a small borough to carry it out in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.duplication.model import load, parse, read
from services.duplication.rematching import Carrying
from tests.services.duplication.building import person, recorded
from tests.services.duplication.running import AGAIN, KNOWN, Running
from tests.services.duplication.test_linking import FAR, OTHER, THIRD, WIDE
from tests.stack import PLACE

NOBODY: frozenset[UUID] = frozenset()
WHO = ("select a.id, a.household_id, array_agg(m.person_id order by m.position) from assessment a"
       " join mention m on m.assessment_id = a.id group by a.id order by 1")  # fmt: skip
OTHERS = [person("Ada", f"Bell{n}", f"19{n}0-03-1{n}") for n in range(5, 10)]


def strict(version: str = "strict") -> dict[str, Any]:
    """A model that recognises nobody."""
    data: dict[str, Any] = json.loads(json.dumps(read()))
    data["version"] = version
    data["thresholds"] |= {"link": 400.0, "review": 399.0, "within": 399.0}
    data["blocking"]["candidates"] = 0
    return data


async def nobody(_: Sequence[UUID]) -> frozenset[UUID]:
    return NOBODY


def carrying(run: Running, data: dict[str, Any], **changes: Any) -> Carrying:
    options: dict[str, Any] = {
        "pool": run.service.pool,
        "place_id": PLACE,
        "data": data,
        "default": load(),
        "by": "ops-1",
        "purpose": "a better model",
        "with_key_workers": nobody,
        "tell": lambda *_: None,
    }
    return Carrying(**(options | changes))


def as_kith_2() -> dict[str, Any]:
    return read() | {"version": "kith-2"}


async def a_borough(run: Running) -> None:
    """Three homes, some seen twice."""
    await run.take(recorded(1, KNOWN), recorded(2, AGAIN), recorded(3, KNOWN))
    await run.take(recorded(4, OTHER, address=FAR), recorded(5, THIRD, address=WIDE))
    await run.take(recorded(6, OTHER, address=FAR), recorded(7, AGAIN))


def load_of(data: dict[str, Any]) -> Any:
    return parse(data)
