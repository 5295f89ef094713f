"""A leaver's or long absence's households planned anew, all at once: one minimum-cost assignment.

Pure. Each household is a row; each household that a team member still has room for is a column, so
that a member with room for three stands there three times, each time at a little more; and each
household may be left with nobody, at a price above every other. What comes out is a proposal:
every household keeps its key worker until the next one has accepted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.vocabulary import Severity
from services.keyworkers.assigning import last_known
from services.keyworkers.eligibility import KEPT_TO_THEMSELVES, absence
from services.keyworkers.ranking import Candidate, rank, skilled, spoken
from services.keyworkers.situation import Load, Referral, Situation


@dataclass(frozen=True, slots=True)
class Costs:
    """What a choice costs, in the order of the ranking: each outweighs all that come after it.

    ``room``: of a member whose caseload would then be full; less while there is more room.
    """

    unknown_household: float = 10_000
    unknown_member: float = 1_000
    language_not_spoken: float = 100
    skill_missing: float = 10
    room: float = 5


NOBODY: Mapping[Severity, float] = {
    Severity.IMMEDIATE: 3_000_000,
    Severity.URGENT: 2_000_000,
    Severity.ROUTINE: 1_000_000,
}
"""Of leaving a household where it is: where there is too little room, the most urgent find some."""
_MOST_ASKED_FOR = 9


@dataclass(frozen=True, slots=True)
class Household:
    """One household to be planned: its engagement, the referral it follows from, who said no."""

    engagement_id: UUID
    referral: Referral
    declined: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Move:
    """A household and whom to ask. ``rank``: their place in its own ranking; ``reasons``: why."""

    household: Household
    to: str
    rank: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """``moves`` and, for each household of ``left``, why nobody can be asked. By household."""

    moves: tuple[Move, ...]
    left: tuple[tuple[Household, tuple[str, ...]], ...]

    @property
    def digest(self) -> str:
        """The same for the same proposals: what was looked at is what is applied."""
        said = "\n".join(f"{m.household.engagement_id} {m.to}" for m in self.moves)
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def plan(
    situation: Situation,
    households: Sequence[Household],
    leaver: str,
    proposed: Mapping[str, int],
    at: datetime,
    costs: Costs = Costs(),
) -> Plan:
    """Whom to ask for each of ``leaver``'s households, among their own team.

    ``proposed``: how many households each member has been asked to take already and has room kept
    for. Deterministic: the same state gives the same plan, in whatever order it is read.
    """
    households = sorted(households, key=lambda h: h.referral.household_id.bytes)
    team = situation.roster.key_workers[leaver].team
    members = [m.id for m in situation.roster.members[team] if m.id != leaver]
    options = {
        (h.engagement_id, id_): _candidate(situation, h, id_, proposed.get(id_, 0), at)
        for h in households
        for id_ in members
    }
    chosen = _solve(households, members, options, costs)
    moves, left = [], []
    for household in households:
        candidates = [options[household.engagement_id, id_] for id_ in members]
        referral = household.referral
        ranking = {
            r.key_worker_id: r for r in rank(candidates, referral.languages, referral.skills)
        }
        to = chosen.get(household.engagement_id)
        if to is not None:
            moves.append(Move(household, to, ranking[to].rank, ranking[to].reasons))
        else:
            names = situation.roster.key_workers
            why = tuple(
                f"{names[r.key_worker_id].name} "
                + (r.reasons[0] if not r.eligible else "is asked to take others")
                for r in ranking.values()
            )
            left.append((household, why or ("there is nobody else in the team",)))
    return Plan(tuple(moves), tuple(left))


def _candidate(
    situation: Situation, household: Household, id_: str, proposed: int, at: datetime
) -> Candidate:
    roster = situation.roster
    member = roster.key_workers[id_]
    load = situation.loads.get(id_, Load())
    caseload, limit = load.households + proposed, roster.limit_of(member)
    referral = household.referral
    obstacle = None
    if referral.household_id in load.conflicts:
        obstacle = KEPT_TO_THEMSELVES
    elif id_ in household.declined:
        obstacle = "has declined to take this household"
    elif not roster.is_there(id_, roster.working_day(at), roster.working_day(at)):
        obstacle = absence(member, roster.working_day(at)) or "is away"
    elif caseload + 1 > limit:
        obstacle = f"has no room: {caseload:g} of {limit} households"
    elsewhere = referral.known_households - {referral.household_id}
    return Candidate(
        member,
        caseload=caseload,
        limit=limit,
        obstacle=obstacle,
        knew_household_until=last_known(situation, {referral.household_id}, at).get(id_),
        knew_member_until=last_known(situation, elsewhere, at).get(id_),
        last_assigned_at=load.last_assigned_at,
    )


def _solve(
    households: Sequence[Household],
    members: Sequence[str],
    options: Mapping[tuple[UUID, str], Candidate],
    costs: Costs,
) -> dict[UUID, str]:
    """By engagement: the member chosen. Not in it: nobody can be asked."""
    if not households or not members:
        return {}
    # Only a re-planning needs them, and they take 40 MiB of memory.
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    columns: list[tuple[str, int]] = []
    for id_ in members:
        one = options[households[0].engagement_id, id_]
        room = min(max(0, int(one.limit - one.caseload)), len(households))
        columns += [(id_, slot) for slot in range(1, room + 1)]
    table = np.full((len(households), len(columns) + len(households)), np.inf)
    for row, household in enumerate(households):
        for column, (id_, slot) in enumerate(columns):
            candidate = options[household.engagement_id, id_]
            if candidate.obstacle is None:
                table[row, column] = _cost(household.referral, candidate, slot, costs)
        table[row, len(columns) + row] = NOBODY[household.referral.severity]
    rows, picked = linear_sum_assignment(table)
    return {
        households[row].engagement_id: columns[column][0]
        for row, column in zip(rows.tolist(), picked.tolist(), strict=True)
        if column < len(columns)
    }


def _cost(referral: Referral, candidate: Candidate, slot: int, costs: Costs) -> float:
    languages = len({tag.partition("-")[0] for tag in referral.languages})
    not_spoken = min(languages - len(spoken(candidate, referral.languages)), _MOST_ASKED_FOR)
    missing = min(
        len(set(referral.skills)) - len(skilled(candidate, referral.skills)), _MOST_ASKED_FOR
    )
    return (
        costs.unknown_household * (candidate.knew_household_until is None)
        + costs.unknown_member * (candidate.knew_member_until is None)
        + costs.language_not_spoken * not_spoken
        + costs.skill_missing * missing
        + costs.room * (candidate.caseload + slot) / candidate.limit
    )
