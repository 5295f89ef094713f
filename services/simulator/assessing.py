"""One agency assesses one household: the submission it would send, and the truth beside it.

Invariant: nothing in the submission tells who is truly who. References are the agency's running
numbers; a person's is new in every assessment.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from contracts.assessments import Submission
from contracts.vocabulary import AgencyKind, Harm, Need, Restriction, Urgency
from services.simulator import borough
from services.simulator.borough import Borough, Household
from services.simulator.life import ADULTS
from services.simulator.places import Dwelling
from services.simulator.practices import Agency
from services.simulator.words import GOOD_DAYS, STRENGTHS
from services.simulator.writing import write_address, write_person


@dataclass(frozen=True, slots=True)
class TruthRow:
    """Who one submitted person is. ``record_id``: the submitted ``Person.reference``.

    ``assessment_id``: the agency's reference for the assessment, unique over agencies.
    """

    record_id: str
    assessment_id: str
    person_id: str
    household_id: str


@dataclass(frozen=True, slots=True)
class Assessed:
    """One assessment as the agency sends it, and what is true of it."""

    agency_id: str
    submission: Submission
    truth: tuple[TruthRow, ...]

    def marked(self, mark: str) -> Assessed:
        """The same with ``mark`` in every reference: each borough begins its numbers anew, and an
        agency's reference stands for one assessment."""
        old = self.submission.reference
        new = f"{old}-{mark}"
        people = tuple(
            person.model_copy(update={"reference": row.record_id.replace(old, new, 1)})
            for person, row in zip(self.submission.people, self.truth, strict=True)
        )
        return Assessed(
            self.agency_id,
            self.submission.model_copy(update={"reference": new, "people": people}),
            tuple(
                replace(row, record_id=person.reference or "", assessment_id=new)
                for person, row in zip(people, self.truth, strict=True)
            ),
        )


_People = list[borough.Person]


def _pupil_first(rng: random.Random, people: _People, adults: _People, today: date) -> _People:
    pupils = [p for p in people if 4 <= p.age(today) < 17]
    if not pupils:
        return []
    seen = pupils if rng.random() < 0.4 else [rng.choice(pupils)]
    return seen + adults[:1]


def _patient(rng: random.Random, people: _People, adults: _People, today: date) -> _People:
    patient = rng.choice(people)
    minor = patient.age(today) < 18
    return [patient] + (adults[:1] if minor and adults else [])


def _offender(rng: random.Random, people: _People, adults: _People, today: date) -> _People:
    known = [p for p in people if p.pnc_id and p.age(today) >= 18]
    if not known:
        return []
    return known[:1] + [a for a in adults if a is not known[0] and rng.random() < 0.4]


def _elder(rng: random.Random, people: _People, adults: _People, today: date) -> _People:
    return [p for p in people if p.age(today) >= 65] or [
        a for a in adults if a.age(today) >= 18 and rng.random() < 0.3
    ]


def _adults(rng: random.Random, people: _People, adults: _People, _today: date) -> _People:
    children = [p for p in people if p not in adults]
    return adults + (children if rng.random() < 0.3 else [])


def _all(_rng: random.Random, people: _People, adults: _People, today: date) -> _People:
    return people if any(p.age(today) < 18 for p in people) or len(adults) == 1 else adults


_SEES: dict[str, Callable[[random.Random, _People, _People, date], _People]] = {
    "all": _all,
    "pupil": _pupil_first,
    "patient": _patient,
    "offender": _offender,
    "elder": _elder,
    "adults": _adults,
}


def people_seen(
    rng: random.Random, world: Borough, household: Household, agency: Agency, on: date
) -> _People:
    """Whom this agency would see in the household; empty where it has no business there."""
    people = [world.people[p] for p in household.members]
    adults = [p for p in people if p.age(on) >= 18]
    minors = any(p.age(on) < 18 for p in people)
    if agency.kind is AgencyKind.CHILDRENS_SERVICES and not minors:
        return []
    if agency.kind is AgencyKind.SCHOOL:
        primary = "primary" in agency.id
        people = [p for p in people if (4 <= p.age(on) < 11) == primary or p.age(on) >= 17]
    return _SEES[agency.practice.sees](rng, people, adults, on)


def assess(
    world: Borough, household: Household, agency: Agency, at: datetime, number: int
) -> Assessed | None:
    """The assessment ``agency`` records at ``at``; None where it has no business there.

    ``number``: the agency's running number, which makes its reference.
    """
    rng, today, practice = world.rng, at.date(), agency.practice
    seen = people_seen(rng, world, household, agency, today)
    if not seen:
        return None
    recorded = [p for p in seen if rng.random() >= practice.errors.person_left_out] or seen[:1]
    reference = f"{_code(agency)}-{at.year}-{number:06d}"
    needs = _needs(rng, household, agency)
    perpetrator = _alleged_perpetrator(rng, recorded, household, needs, today)
    people = tuple(
        write_person(
            rng,
            person,
            practice,
            reference=f"{reference}.{place}",
            relationship=household.members[person.id],
            today=today,
            alleged_perpetrator=person is perpetrator,
        )
        for place, person in enumerate(recorded, 1)
    )
    former = household.previous_home
    stale = former is not None and rng.random() < practice.errors.address_former
    home = former if stale and former is not None else household.home
    harm = _harm(rng, household, people_are_children=any(p.age(today) < 18 for p in recorded))
    submission = Submission(
        reference=reference,
        recorded_at=at,
        people=people,
        address=write_address(rng, home, practice),
        no_fixed_abode=home.dwelling is Dwelling.NONE,
        needs=needs,
        strengths=tuple(rng.sample(STRENGTHS, rng.choice((0, 1, 1, 2, 3)))),
        good_day=rng.choice(GOOD_DAYS) if rng.random() < 0.4 else None,
        urgency=_urgency(rng, household, harm),
        significant_harm=harm,
        restrictions=_restrictions(household, needs, alleged=perpetrator is not None),
        lawful_basis=practice.basis,
        purpose=practice.purpose,
        would_have_referred_for=rng.choice(practice.refers_for) if rng.random() < 0.85 else None,
        languages=household.languages,
        skills=household.skills,
    )
    truth = tuple(
        TruthRow(f"{reference}.{place}", reference, person.id, household.id)
        for place, person in enumerate(recorded, 1)
    )
    return Assessed(agency.id, submission, truth)


def _code(agency: Agency) -> str:
    """``WGN-CS`` and the like: unlike for every agency of the place."""
    area = "GM" if agency.locality == "greater-manchester" else agency.locality[:4].upper()
    level = agency.id.rsplit("-", 2)[-2][:1].upper() if agency.kind is AgencyKind.SCHOOL else ""
    return f"{area}-{level}{agency.practice.reference_prefix}"


def _needs(rng: random.Random, household: Household, agency: Agency) -> tuple[Need, ...]:
    """Those of the household's needs that this kind of agency notices, and what it looks for."""
    looks_for = agency.practice.needs
    seen = [n for n in household.needs if rng.random() < (0.9 if n in looks_for else 0.35)]
    return tuple(dict.fromkeys(seen)) or (rng.choice(looks_for),)


def _alleged_perpetrator(
    rng: random.Random, people: _People, household: Household, needs: tuple[Need, ...], today: date
) -> borough.Person | None:
    couple = [p for p in people if household.members[p.id] in ADULTS and p.age(today) >= 18]
    if Need.DOMESTIC_ABUSE in needs and len(couple) == 2 and rng.random() < 0.5:
        return couple[1]
    return None


def _harm(
    rng: random.Random, household: Household, *, people_are_children: bool
) -> tuple[Harm, ...]:
    if rng.random() >= (0.004, 0.015, 0.04)[household.trouble]:
        return ()
    grave = Harm.CHILD_SIGNIFICANT_HARM if people_are_children else Harm.ADULT_SAFEGUARDING
    return (grave, Harm.IMMEDIATE_DANGER) if rng.random() < 0.15 else (grave,)


def _urgency(rng: random.Random, household: Household, harm: tuple[Harm, ...]) -> Urgency:
    if harm:
        return Urgency.IMMEDIATE if Harm.IMMEDIATE_DANGER in harm else Urgency.URGENT
    share = (0.05, 0.12, 0.2)[household.trouble]
    return Urgency.URGENT if rng.random() < share else Urgency.ROUTINE


def _restrictions(
    household: Household, needs: tuple[Need, ...], *, alleged: bool
) -> tuple[Restriction, ...]:
    held = household.restrictions
    if alleged and Need.DOMESTIC_ABUSE in needs and Restriction.DOMESTIC_ABUSE not in held:
        return (*held, Restriction.DOMESTIC_ABUSE)
    return held
