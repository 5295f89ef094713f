"""An index of so many simulated people, as first assessments of every household would leave it.

Filled with COPY, its constraints and indexes made afterwards: a million people in minutes.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from uuid import UUID

import numpy as np
import numpy.typing as npt

from contracts.envelope import derive_id
from services.bench import store_filling
from services.duplication import addresses, births
from services.duplication.blocking import block_keys
from services.duplication.frequencies import POPULATION, terms
from services.duplication.model import Model
from services.duplication.normalise import person_profile
from services.duplication.profile import dump_homes
from services.duplication.residence import Resident, dump_residents
from services.duplication.store.matching import salt
from services.kit.db import Pool
from services.simulator.borough import Borough, Household
from services.simulator.founding import found_household
from services.simulator.practices import Practice, load_agencies
from services.simulator.writing import write_address, write_person

PLACE = "bench"
BEGIN = date(2024, 1, 1)
ROOT = UUID("6b697468-0000-4000-8000-00000000be7c")
_OPENED = datetime.combine(BEGIN, time(), UTC)
_CHUNK = 20_000
Told = Callable[[str, int, int], None]
"""Progress: what is being done, how many of how many."""


def found(seed: int, people: int, told: Told) -> Borough:
    """A borough, with a region's names, in which so many people live, or a few more."""
    world = Borough(random.Random(seed), max(100, people * 2 // 5), wide=True)
    while len(world.people) < people:
        found_household(world, BEGIN)
        if len(world.households) % 1000 == 0:
            told("founding", min(len(world.people), people), people)
    world.size = len(world.households)
    return world


@dataclass(slots=True)
class _Filed:
    """What has been filed. ``owners``: whose each key is, by number; ``ids``: 16 bytes of each."""

    people: list[tuple[UUID, str, str, list[UUID], int]] = field(default_factory=list)
    households: list[tuple[UUID, str, str, list[UUID], str, bool, datetime]] = field(
        default_factory=list
    )
    members: list[tuple[UUID, UUID, datetime, str]] = field(default_factory=list)
    ids: bytearray = field(default_factory=bytearray)
    keys: array[int] = field(default_factory=lambda: array("q"))
    most: array[int] = field(default_factory=lambda: array("h"))
    owners: array[int] = field(default_factory=lambda: array("i"))
    terms: array[int] = field(default_factory=lambda: array("q"))

    def add(self, model: Model, world: Borough, household: Household, practice: Practice) -> None:
        """A household and its people as one agency would write them down."""
        address = write_address(world.rng, household.home, practice)
        home = addresses.home(address)
        household_id = derive_id(ROOT, "household", household.id)
        residents: dict[UUID, Resident] = {}
        for id_, relationship in household.members.items():
            written = write_person(
                world.rng,
                world.people[id_],
                practice,
                reference=id_,
                relationship=relationship,
                today=BEGIN,
            )
            profile = person_profile(written, address)
            person_id = derive_id(ROOT, "person", id_)
            born = births.year_of(profile.births)
            residents[person_id] = Resident(home, int(_OPENED.timestamp()), born)
            self.people.append((person_id, PLACE, profile.dump(), [household_id], 1))
            self.members.append((household_id, person_id, _OPENED, PLACE))
            keys = block_keys(model.rules, profile)
            self.keys.extend(keys)
            self.most.extend(keys.values())
            self.owners.extend([len(self.ids) // 16] * len(keys))
            self.ids += person_id.bytes
            self.terms.extend(terms(profile))
        homes, seen = dump_homes((home,) if home else ()), dump_residents(residents.values())
        self.households.append((household_id, PLACE, homes, list(residents), seen, False, _OPENED))


async def fill(pool: Pool, model: Model, world: Borough, seed: int, told: Told) -> None:
    """File everybody who lives in the borough, each once."""
    practices = [agency.practice for agency in load_agencies(seed)]
    weights = [practice.weight for practice in practices]
    definitions = await store_filling.strip(pool)
    filed = _Filed()
    total = len(world.people)
    for household in tuple(world.households.values()):
        practice = world.rng.choices(practices, weights)[0]
        filed.add(model, world, household, practice)
        if len(filed.people) >= _CHUNK:
            await _copy_rows(pool, filed)
            told("filing", len(filed.ids) // 16, total)
    await _copy_rows(pool, filed)
    await _copy_terms(pool, filed)
    await _copy_keys(pool, filed, told)
    for done, definition in enumerate(definitions):
        told("making indexes", done, len(definitions))
        await store_filling.restore(pool, definition)
    await store_filling.settle(pool)
    told("making indexes", len(definitions), len(definitions))


async def _copy_rows(pool: Pool, filed: _Filed) -> None:
    await store_filling.copy_rows(pool, filed.people, filed.households, filed.members)
    filed.people.clear()
    filed.households.clear()
    filed.members.clear()


async def _copy_terms(pool: Pool, filed: _Filed) -> None:
    people = len(filed.ids) // 16
    own, counts = np.unique(np.frombuffer(filed.terms, dtype=np.int64), return_counts=True)
    found = np.append(own, POPULATION) ^ salt(PLACE)
    await store_filling.copy_terms(pool, found, np.append(counts, people))


async def _copy_keys(pool: Pool, filed: _Filed, told: Told) -> None:
    """Keys in the order in which they came, of each no more than the service would file."""
    keys = np.frombuffer(filed.keys, dtype=np.int64)
    kept = _first_of_each(keys, np.frombuffer(filed.most, dtype=np.int16))
    owners = np.frombuffer(filed.owners, dtype=np.int32)[kept]
    ids = np.frombuffer(bytes(filed.ids), dtype="V16")
    own = keys[kept] ^ salt(PLACE)
    await store_filling.copy_keys(
        pool, own, ids, owners, lambda done: told("filing keys", done, len(own))
    )


def _first_of_each(
    keys: npt.NDArray[np.int64], most: npt.NDArray[np.int16]
) -> npt.NDArray[np.bool_]:
    """Which entries are among the first ``most`` + 1 of their key: a key that is past its bound is
    left as it is."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    lengths = np.diff(np.append(starts, len(ordered)))
    ranks = np.arange(len(ordered)) - np.repeat(starts, lengths)
    kept = np.empty(len(keys), dtype=np.bool_)
    kept[order] = ranks <= most[order]
    return kept
