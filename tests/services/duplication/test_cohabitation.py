"""Whether people of a place live several to a home, learnt from it: what two slips then mean."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest

from contracts.assessments import AssessmentRecordedV1
from services.duplication import addresses, births
from services.duplication.cohabitation import (
    AT_HOME,
    NEARBY,
    counted,
    odds,
)
from services.duplication.comparisons import BIRTH, COMPARISONS, FAMILY, GIVEN, HOME, MISSING, SLIP
from services.duplication.comparisons import DIFFERS as OTHER_NAME
from services.duplication.comparisons import EXACT as SAME_NAME
from services.duplication.fold import Resolution, assessed, resolve
from services.duplication.handlers import on_assessments
from services.duplication.model import load
from services.duplication.state import State
from services.kit import db
from services.kit.consume import Received
from tests.conftest import StackFactory
from tests.services.duplication.building import START, person, recorded
from tests.services.duplication.test_crowds import home, names

HOMES = 390
GIVENS, FAMILIES = names(HOMES, 21) + names(HOMES, 23), names(HOMES, 22)
BORN = [str(date.fromordinal(date(1941, 1, 2).toordinal() + 31 * n)) for n in range(2 * HOMES)]
OTHER_BIRTH = births.LEVELS.index("differs")


def seen(number: int, who: int, given: int, born: int) -> AssessmentRecordedV1:
    """Somebody of the family of home ``who``, by these of the names and birthdays there are."""
    one = person(GIVENS[given], FAMILIES[who], BORN[born])
    return recorded(number, one, address=home(who))


def one_to_a_home() -> list[AssessmentRecordedV1]:
    """One person in each home, seen three times; one time in ten under another name, one time in
    ten under another birthday: as often as in data typed in badly."""
    made = []
    for n in range(3 * HOMES):
        who, time = n % HOMES, n // HOMES
        given = who + HOMES if time == 1 and who % 5 == 0 else who
        born = who + HOMES if time == 2 and who % 5 == 1 else who
        made.append(seen(n, who, given, born))
    return made


def families() -> list[AssessmentRecordedV1]:
    """Two people in each home, each seen by themselves, one of them twice."""
    made = []
    for n in range(3 * HOMES):
        who, time = n % HOMES, n // HOMES
        one = who + HOMES if time == 1 else who
        made.append(seen(n, who, one, one))
    return made


def decide(events: list[AssessmentRecordedV1]) -> list[Resolution]:
    state, model = State(), load()
    return [
        resolve(model, state, assessed(model, e.assessment_id, e.submission, e.received_at))
        for e in events
    ]


ANOTHER_NAME = recorded(9000, person(GIVENS[78], FAMILIES[77]), address=home(77))
"""The family of home 77, under a given name that nobody there has, the birthday not said."""


def test_where_one_lives_to_a_home_another_name_there_is_that_one() -> None:
    *before, last = decide([*one_to_a_home(), ANOTHER_NAME])
    assert last.links[0].person_id == before[77].links[0].person_id


def test_where_families_live_it_is_a_brother_or_sister() -> None:
    last = decide([*families(), ANOTHER_NAME])[-1]
    assert last.links[0].new
    best = last.links[0].choice.best
    assert best is not None
    assert (best.score.weight, best.score.guards) == (-6, ("strangers",))


def test_in_a_place_that_has_only_begun_it_is_a_brother_or_sister() -> None:
    assert decide([seen(1, 77, 77, 77), ANOTHER_NAME])[-1].links[0].new


def test_who_is_seen_together_lives_together() -> None:
    """Each home is of one as far as is told, but for some where two were seen at once."""
    pairs = [
        recorded(
            5000 + n,
            person(GIVENS[n], FAMILIES[n], BORN[n]),
            person(GIVENS[n + HOMES], FAMILIES[n], BORN[n + HOMES]),
            address=home(n),
        )
        for n in range(80, HOMES)
    ]
    assert decide([*one_to_a_home(), *pairs, ANOTHER_NAME])[-1].links[0].new


def levels(
    given: int, birth: int, family: int = SAME_NAME, home: int = addresses.SAME
) -> list[int]:
    found = [MISSING] * len(COMPARISONS)
    found[GIVEN], found[BIRTH], found[FAMILY], found[HOME] = given, birth, family, home
    return found


@pytest.mark.parametrize(
    ("home", "keys"),
    [(addresses.SAME, AT_HOME), (addresses.STREET, NEARBY), (addresses.DIFFERS, (None,) * 4)],
)
def test_a_pair_counts_by_what_agrees_at_one_home_and_nearby(
    home: int, keys: tuple[int | None, ...]
) -> None:
    agree = [(SAME_NAME, births.EXACT), (SAME_NAME, OTHER_BIRTH)]
    agree += [(OTHER_NAME, births.EXACT), (OTHER_NAME, OTHER_BIRTH)]
    assert tuple(counted(levels(*pair, home=home)) for pair in agree) == keys
    assert counted(levels(OTHER_NAME, MISSING, home=home)) is None
    assert counted(levels(SAME_NAME, births.EXACT, OTHER_NAME, home)) is None


@pytest.mark.parametrize(
    ("counts", "given", "birth", "expected"),
    [
        # 1,000 pairs, of which a tenth differ in either and a hundredth in both: all are one.
        ((810, 90, 90, 10), OTHER_NAME, OTHER_BIRTH, 4.0),
        # The birthday not known: one slip, not two.
        ((810, 90, 90, 10), OTHER_NAME, MISSING, 7.5),
        # A clean register of couples: two in a hundred pairs are two people, and hardly any slip.
        ((970, 5, 5, 20), OTHER_NAME, OTHER_BIRTH, -9.4),
        # Families: two of three pairs are two people.
        ((3000, 100, 100, 6800), OTHER_NAME, OTHER_BIRTH, -14.4),
        # A slip is no other name or birthday.
        ((810, 90, 90, 10), SLIP, OTHER_BIRTH, 7.5),
        ((810, 90, 90, 10), OTHER_NAME, births.TYPO, 7.5),
        # A register that hardly anybody is in twice: juniors and twins, and brothers and sisters.
        ((1, 34, 81, 3913), OTHER_NAME, MISSING, -10.7),
        ((0, 0, 0, 0), OTHER_NAME, OTHER_BIRTH, float("-inf")),
        ((12, 1, 1, 0), OTHER_NAME, OTHER_BIRTH, -1.6),
    ],
)
def test_the_odds_are_what_slips_explain_against_what_they_do_not(
    counts: tuple[int, ...], given: int, birth: int, expected: float
) -> None:
    kept = dict(zip(AT_HOME, counts, strict=True))
    assert odds(kept, levels(given, birth)) == pytest.approx(expected, abs=0.4)
    assert odds(kept, levels(given, birth, home=addresses.STREET)) == float("-inf")


async def test_what_was_learnt_is_kept_from_batch_to_batch(open_stack: StackFactory) -> None:
    events: list[Any] = [*one_to_a_home(), ANOTHER_NAME]
    async with open_stack("duplication", topics=False) as stack:
        pool = await db.create_pool(stack.dsn, "duplication", 1)
        for start in range(0, len(events), 50):
            async with pool.acquire() as connection, connection.transaction():
                received = [
                    Received(stack.envelope(e), e, START) for e in events[start : start + 50]
                ]
                await on_assessments(load())(connection, received)
        people = Counter(
            row[0]
            for row in await pool.fetch(
                "select person_id from mention where assessment_id = any($1::uuid[])",
                [events[77].assessment_id, ANOTHER_NAME.assessment_id],
            )
        )
        await pool.close()
    assert list(people.values()) == [2]
