"""Never suppress, the one place: significant harm, immediate danger, adult safeguarding.

The rule (Children Act 1989 s47, Care Act 2014 s42): the statutory front door AND the household's
key worker know at once, whatever matching, review, restriction or capacity say. What that takes:

- :func:`to_front_door`, before anything else is decided about an assessment, and once;
- :func:`applies`: its severity is immediate; under review it is sent on at once, as a possible
  match; it waits behind nobody on a waiting list;
- :func:`room_above_limit`: there is room for it with those who are full;
- whoever becomes the key worker of its household later, or of the likeliest, is told in the
  transaction in which they do (:mod:`services.keyworkers.telling`).

Pure. A test holds the rest of the service to asking here: nothing else reads what harm is
suspected.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from contracts.duplication import RoutingFacts
from contracts.envelope import derive_id
from contracts.keyworkers import AlertPlan, FrontDoorNotifiedV1
from contracts.vocabulary import Severity
from services.keyworkers.situation import Emission, Route, RouteState, Situation
from services.keyworkers.teams import team_for

if TYPE_CHECKING:
    from services.keyworkers.assessment import Assessment


def applies(facts: RoutingFacts) -> bool:
    """Whether an assessment is never suppressed."""
    return bool(facts.significant_harm)


def room_above_limit(situation: Situation, facts: RoutingFacts) -> int:
    """How many households above their limit key workers take for an assessment like this."""
    return situation.roster.place.policy.reserve_for_harm if applies(facts) else 0


def to_front_door(
    situation: Situation, assessment: Assessment, known: Route | None, household_id: UUID | None
) -> list[Emission]:
    """The front door is told, where the rule applies and it has not been.

    ``household_id``: None while it is under review which household it is.
    """
    if not applies(assessment.facts) or (known is not None and known.front_door):
        return []
    team = team_for(situation, household_id, assessment.facts)
    # Where the household is nobody's by address, the sending agency's locality answers for it.
    locality = assessment.facts.locality_id
    event = FrontDoorNotifiedV1(
        household_id=household_id,
        front_door=situation.roster.front_door(team, locality),
        of_place=situation.roster.place.front_door,
        grounds=assessment.facts.significant_harm,
        cause=assessment.cause,
        alert=AlertPlan(
            severity=Severity.IMMEDIATE,
            escalation=(situation.roster.duty_desk(team, locality),),
        ),
    )
    # The route is not settled here; what is decided next builds on this row.
    situation.put_route(
        replace(known, front_door=True)
        if known
        else Route(
            assessment.id,
            RouteState.UNDER_REVIEW,
            assessment.cause,
            assessment.evidence,
            assessment.severity,
            front_door=True,
            traceparent=assessment.traceparent,
            facts=assessment.facts,
        )
    )
    return [assessment.emission(event, derive_id(assessment.id, event.TYPE))]
