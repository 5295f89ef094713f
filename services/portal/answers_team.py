"""What the portal reads of a team: its households, handovers, offers, a caseload planned anew."""

from __future__ import annotations

from datetime import date

from pydantic import AwareDatetime

from services.portal.answers import Answer


class Held(Answer):
    """A household that somebody of the team works with."""

    engagement_id: str
    household_id: str
    key_worker_id: str
    since: AwareDatetime
    intensity: float = 1
    hidden: bool = False


class Handover(Answer):
    """Somebody is asked to take a household over."""

    handover_id: str
    household_id: str
    from_key_worker_id: str
    to_key_worker_id: str
    reason: str
    proposed_by: str
    expires_at: AwareDatetime
    hidden: bool = False


class Offer(Answer):
    """A household that any member of the team may claim."""

    offer_id: str
    household_id: str
    severity: str
    claim_by: AwareDatetime
    hidden: bool = False


class Move(Answer):
    """Whom to ask for a household, and why."""

    household_id: str
    severity: str
    to_name: str
    reasons: tuple[str, ...] = ()


class Left(Answer):
    """A household for which nobody can be asked, and why."""

    household_id: str
    severity: str
    reasons: tuple[str, ...] = ()


class Planned(Answer):
    """A key worker's households planned anew. ``digest``: names just this plan."""

    key_worker_id: str
    digest: str
    moves: tuple[Move, ...] = ()
    left: tuple[Left, ...] = ()


class Leave(Answer):
    """Leave that was arranged. ``cover``: who stands in, by id."""

    leave_id: str
    first: date
    last: date
    cover: str | None = None
    ended_at: AwareDatetime | None = None


class Cover(Answer):
    """Somebody who is not away then. ``not_on``: weekdays of it on which they do not work."""

    id: str
    name: str
    caseload: float = 0
    capacity: int = 0
    not_on: tuple[str, ...] = ()


class LeaveLook(Answer):
    """What would follow from leave."""

    first: date
    last: date
    days: int
    cover: Cover | None = None
    covers: tuple[Cover, ...] = ()
    households: int = 0
    is_long: bool = False
    begun: bool = False


class Conflict(Answer):
    """A conflict of interest. ``is_theirs``: they are the household's key worker now."""

    household_id: str
    declared_at: AwareDatetime
    declared_by: str
    is_theirs: bool = False


class Conflicts(Answer):
    """Those of a key worker's that the visitor may know of, and how many there are besides."""

    conflicts: tuple[Conflict, ...] = ()
    others: int = 0


class Consequence(Answer):
    """What follows from declaring one. ``asked``: who is asked to take the household over."""

    household_id: str
    declared: bool = False
    is_theirs: bool = False
    asked: str | None = None
    waits_for_them: bool = False


class Candidate(Answer):
    """Somebody who could take a household over, or cannot, and why."""

    key_worker_id: str
    name: str
    eligible: bool
    caseload: float = 0
    capacity: int = 0
    away: str | None = None
    reasons: tuple[str, ...] = ()


class Elsewhere(Candidate):
    """The same of another team."""

    team_id: str
    team_name: str
    locality_name: str | None = None


class Named(Answer):
    """A locality, or a team."""

    id: str
    name: str


class HandingOver(Answer):
    """Whom a household's key worker could ask. ``asked``: who has been asked already; ``moved_to``:
    the team of where the household was seen last, where that is another one."""

    household_id: str
    engagement_id: str = ""
    key_worker_id: str
    team_id: str = ""
    asked: str | None = None
    candidates: tuple[Candidate, ...] = ()
    moved_to: Named | None = None
    localities: tuple[Named, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
