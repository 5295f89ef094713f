"""What was erased leaves a place as if it had never been there."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from contracts.assessments import AssessmentRecordedV1
from contracts.erasure import AssessmentsErasedV1
from contracts.vocabulary import Restriction
from tests.services.duplication.building import FAR, ROAD, person, recorded
from tests.services.duplication.erasures import Place, order_of, pointing_at, same
from tests.services.duplication.running import AGAIN, KNOWN
from tests.services.duplication.test_batches import sent

FARIDA = person("Farida", "Aziz", "1979-11-23", sex="female")
YUSUF = person("Yusuf", "Aziz", "2004-02-11", sex="male")
PARTNER = person("Sean", "Holroyd", "1986-01-30", sex="male")
TWINS = (person("Amy", "Lord", "2013-02-18"), person("Beth", "Lord", "2013-02-18"))
MOTHER = person("Sophie", "Lord", "1987-05-05", sex="female")
WIDE = {"lines": ["9 Beech Hill"], "town": "Wigan", "postcode": "WN6 7QQ"}
ACCUSED = PARTNER.model_copy(update={"alleged_perpetrator": True})
ABUSE = {"restrictions": (Restriction.DOMESTIC_ABUSE,)}
Events = Sequence[AssessmentRecordedV1]


SEEN: dict[str, tuple[Events, Events]] = {
    "nobody in common": (
        [recorded(1, FARIDA, YUSUF, address=FAR)],
        [recorded(2, KNOWN), recorded(3, AGAIN)],
    ),
    "somebody who moved from what is erased": (
        [recorded(1, FARIDA, address=FAR), recorded(3, FARIDA, YUSUF, address=FAR)],
        [recorded(2, YUSUF, KNOWN, address=ROAD)],
    ),
    "somebody who moved into what is erased": (
        [recorded(1, FARIDA, YUSUF, address=FAR)],
        [recorded(2, KNOWN, PARTNER), recorded(3, KNOWN, YUSUF)],
    ),
    "somebody who went there and came back": (
        [recorded(1, FARIDA, YUSUF, address=FAR), recorded(4, FARIDA, YUSUF, address=FAR)],
        [recorded(2, KNOWN, PARTNER), recorded(3, KNOWN, YUSUF)],
    ),
    "an alleged perpetrator's own household": (
        [recorded(2, KNOWN, ACCUSED, address=FAR, **ABUSE)],
        [recorded(1, PARTNER, FARIDA, address=WIDE)],
    ),
    "whom a perpetrator is alleged to have harmed": (
        [recorded(1, PARTNER, FARIDA, address=WIDE)],
        [recorded(2, KNOWN, ACCUSED, address=FAR, **ABUSE)],
    ),
    "twins, one of whom moved out of it": (
        [recorded(1, FARIDA, address=FAR), recorded(3, FARIDA, TWINS[0], address=FAR)],
        [recorded(2, MOTHER, *TWINS, address=WIDE)],
    ),
    "twins, one of whom moved into it": (
        [recorded(1, MOTHER, *TWINS, address=WIDE)],
        [recorded(2, FARIDA, address=FAR), recorded(3, FARIDA, TWINS[1], address=FAR)],
    ),
}


@pytest.mark.parametrize("case", SEEN)
async def test_what_is_left_is_as_if_the_rest_had_never_been(
    places: tuple[Place, Place], case: str
) -> None:
    staying, going = SEEN[case]
    one, other = places
    await one.take(*sorted([*staying, *going], key=lambda event: event.received_at))
    await other.take(*staying)
    erased = await one.erase(*going)
    assert {a for said in erased for a in said.assessment_ids} == {e.assessment_id for e in going}
    await same(one, other)
    ids = {event.assessment_id for event in going}
    assert await pointing_at(one.pool, ids) == {}
    ids = {id_ for said in erased for id_ in (*said.household_ids, *said.person_ids)}
    # Why others were decided as they were, and for some days what was said of that.
    assert await pointing_at(one.pool, ids, but=("decision", "outbox")) == {}


@pytest.mark.parametrize(("seed", "chance"), [(5, 3), (20, 20)])
async def test_a_borough_is_as_if_the_households_that_were_erased_had_never_been(
    places: tuple[Place, Place], seed: int, chance: int
) -> None:
    """Boroughs of which the rest is decided alike without them: what else was seen is evidence."""
    events = sent(seed, 40 if seed == 5 else 30, 330 if seed == 5 else 260)
    one, other = places
    await one.take(*events)
    homes = {event.assessment_id: await one.home_of(event) for event in events}
    chosen = random.Random(chance).sample(
        sorted(set(homes.values())), len(set(homes.values())) // 3
    )
    mentions = await one.pool.fetch("select assessment_id, person_id from mention")
    said = await one.give(*[await order_of(one.pool, home) for home in chosen])
    erased = [event for event in said if isinstance(event, AssessmentsErasedV1)]
    gone = {a for event in erased for a in event.assessment_ids}
    seen = {row["person_id"] for row in mentions if row["assessment_id"] in gone}
    assert len(gone) > 40
    assert seen.difference(*(event.person_ids for event in erased)), "nobody lives elsewhere by now"
    await other.take(*(event for event in events if event.assessment_id not in gone))
    await same(one, other)
