"""What is hidden from somebody who may not know of a household: asked before anything is shown.

Invariant: nothing that names, places or describes a hidden household, or that links it with what is
shown, leaves this service: not in a list, not as the other side of a question, not as evidence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from services.duplication.store import reading
from services.kit.access import Hidden, find_hidden
from services.kit.auth import Actor
from services.kit.db import Connection
from services.kit.erased import find_erased
from services.kit.errors import Problem

REFUSED = (
    "This household is restricted: only the people on its list may see or change it. If you need "
    "to know, call the duty desk."
)


async def hidden_from(
    connection: Connection, actor: Actor, household_ids: Collection[UUID], now: datetime
) -> dict[UUID, Hidden]:
    """Those of the households, by any id they ever had, that ``actor`` may not know of."""
    current = await reading.find_current(connection, list(household_ids))
    found = await find_hidden(connection, actor.id, {*current, *current.values()}, now)
    return {
        one: found.get(now_) or found[one]
        for one, now_ in current.items()
        if now_ in found or one in found
    }


async def admit(
    connection: Connection, actor: Actor, household_ids: Collection[UUID], now: datetime
) -> None:
    """Problem 403 where any of the households is hidden from ``actor``."""
    if await hidden_from(connection, actor, household_ids, now):
        raise Problem(HTTPStatus.FORBIDDEN, REFUSED)


async def shown_detail(
    connection: Connection, actor: Actor, detail: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """A decision's evidence without whatever points at somebody of a hidden household, or at what
    was erased since."""
    lived = await reading.find_households_of(connection, list(_people(detail)))
    listed = [*detail.get("households", ()), *detail.get("joins", ())]
    named = {UUID(one["household_id"]) for one in listed}
    hidden = await hidden_from(
        connection, actor, named | {h for homes in lived.values() for h in homes}, now
    )
    erased = await find_erased(connection, [*named, *_people(detail)])
    if not hidden and not erased:
        return detail
    gone = {str(p) for p, homes in lived.items() if homes and all(h in hidden for h in homes)}
    gone |= {str(p) for p in erased}
    there = {str(h) for h in (*hidden, *erased)}
    return detail | {
        "people": [_without(person, gone) for person in detail.get("people", ())],
        "households": _others(detail.get("households", ()), there),
        "joins": _others(detail.get("joins", ()), there),
        "same": [
            one
            for one in detail.get("same", ())
            if one["person_id"] not in gone
            and not any(home in hidden for home in lived.get(UUID(one["person_id"]), ()))
        ],
    }


def _people(detail: dict[str, Any]) -> Iterable[UUID]:
    for one in detail.get("same", ()):
        yield UUID(one["person_id"])
    for person in detail.get("people", ()):
        for one in (person.get("best"), person.get("runner_up")):
            if one:
                yield UUID(one["person_id"])


def _without(person: dict[str, Any], gone: Collection[str]) -> dict[str, Any]:
    kept = {
        key: None if person.get(key) and person[key]["person_id"] in gone else person.get(key)
        for key in ("best", "runner_up")
    }
    return person | kept


def _others(listed: Sequence[dict[str, Any]], hidden: Collection[str]) -> list[dict[str, Any]]:
    return [one for one in listed if one["household_id"] not in hidden]
