"""The model that decides for a place: the one put in force there, or else the service's own.

Read within the transaction that decides, after the place's lock: so a batch is decided by one
model, and a switch falls between two batches. A version's data never changes once it was in force.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from services.duplication.model import Model, parse
from services.duplication.store import models as store
from services.kit.db import Connection

_PARSED: dict[tuple[str, str], Model] = {}


def digest(data: Mapping[str, Any]) -> str:
    """What tells two models apart: the same for the same numbers, however they are written."""
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


async def models_for(
    connection: Connection, place_ids: Iterable[str], default: Model
) -> dict[str, Model]:
    """The model of each place."""
    places = sorted(set(place_ids))
    found = dict.fromkeys(places, default)
    for row in await store.find_in_force(connection, places):
        key = (row["version"], row["digest"])
        if key not in _PARSED:
            _PARSED[key] = parse(await store.load_model(connection, row["version"]))
        found[row["place_id"]] = _PARSED[key]
    return found


async def model_for(connection: Connection, place_id: str, default: Model) -> Model:
    """The model of one place."""
    return (await models_for(connection, [place_id], default))[place_id]


async def keep(connection: Connection, data: dict[str, Any], now: datetime) -> Model:
    """Keep a model under its version. Raises ``ValueError`` where the version is another's."""
    version, own = str(data["version"]), digest(data)
    if await store.save_model(connection, version, own, data, now) != own:
        raise ValueError(
            f"Another model was in force as {version}, with other numbers: a new model needs a"
            " version of its own. Change 'version' in its file."
        )
    return parse(data)


async def put_in_force(
    connection: Connection, place_id: str, model: Model, by: str, purpose: str, now: datetime
) -> bool:
    """Have a kept model decide for the place from the next batch on, whose lock the caller holds;
    whether another did before."""
    current = await store.find_in_force(connection, [place_id])
    if current and current[0]["version"] == model.version:
        return False
    await store.save_in_force(connection, place_id, model.version, by, purpose, now)
    return True
