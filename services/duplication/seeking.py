"""Who may be meant by somebody's name, date of birth or number: found as the matcher finds people,
so that a slip of a letter or a day hides nobody. Whom it names is for an officer to say."""

from __future__ import annotations

from uuid import UUID

from contracts.assessments import Address, Person
from services.duplication import births
from services.duplication.blocking import block_keys
from services.duplication.comparisons import (
    AGREES,
    BIRTH,
    CONFLICTS,
    EXACT,
    FAMILY,
    GIVEN,
    IDENTIFIER,
    MISSING,
    SWAPPED,
    compare,
)
from services.duplication.frequencies import terms
from services.duplication.model import Model
from services.duplication.normalise import person_profile
from services.duplication.score import most, prior, score
from services.duplication.state import State
from services.duplication.store.matching import load_index, load_profiles
from services.kit.db import Connection

_MOST_COMPARED = 200
_MOST_FOUND = 20
_ANOTHER_DAY = births.LEVELS.index("differs")


async def seek(
    connection: Connection, model: Model, place_id: str, given: Person, postcode: str | None,
    year: int,
) -> list[UUID]:  # fmt: skip
    """The people of a place who may be meant, the likeliest first, at most 20. ``year``: now."""
    address = Address(postcode=postcode) if postcode else None
    mention = person_profile(given, address)
    state = State(asked=set())
    keys = block_keys(model.rules, mention)
    await load_index(connection, place_id, keys, terms(mention), state)
    await load_profiles(connection, place_id, state.candidates(keys, _MOST_COMPARED), state)
    found: list[tuple[float, UUID]] = []
    start = prior(model, state.population)
    for person in state.people.values():
        levels = compare(mention, person.profile, year)
        if may_be_meant(levels):
            reach = most(model, levels)
            weight = score(
                model, state.counts, start, mention, person.profile, levels, reach, {}
            ).weight
            found.append((-weight, person.id))
    return [id_ for _, id_ in sorted(found)][:_MOST_FOUND]


def may_be_meant(levels: list[int]) -> bool:
    """A register's number of theirs; or their names, and no other birthday; or a birthday and one
    name, as of somebody who took another name."""
    if levels[IDENTIFIER] != MISSING and levels[IDENTIFIER] not in CONFLICTS:
        return True
    names = [levels[GIVEN], levels[FAMILY]]
    agree = [EXACT <= level <= AGREES or level == SWAPPED for level in names]
    known = [level != MISSING for level in names]
    if MISSING < levels[BIRTH] <= births.TYPO:
        return any(agree) or not any(known)
    return all(agree) and levels[BIRTH] != _ANOTHER_DAY
