"""What a terminal shows, however narrow: an id can be copied into the next command."""

from __future__ import annotations

from uuid import uuid4

from rich.console import Console, RenderableType

from services.operations import tables


def shown(table: RenderableType) -> str:
    console = Console(width=80)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_the_id_of_a_journey_is_never_broken() -> None:
    id_ = str(uuid4())
    journey = {
        "id": id_,
        "agency_id": "greater-manchester-fire-and-rescue-service",
        "state": "under_review",
        "front_door": True,
        "decision": "assigned",
        "outcome": "under_review",
        "started_at": "2026-03-02T09:30:00Z",
        "stages": [{"name": "alerted", "after_ms": 27.2}],
    }
    assert id_ in shown(tables.journeys({"journeys": [journey]}))


def test_the_id_of_what_stalls_is_never_broken() -> None:
    id_ = str(uuid4())
    stall = {
        "id": id_,
        "agency_id": "greater-manchester-fire-and-rescue-service",
        "waits_for": "a key worker to acknowledge it",
        "since": "2026-03-02T09:30:00Z",
        "late_seconds": 18_400.0,
    }
    assert id_ in shown(tables.stalls([stall]))
