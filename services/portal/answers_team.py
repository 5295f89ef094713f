"""What the portal reads of a team: its households, handovers, offers, a caseload planned anew."""

from __future__ import annotations

from pydantic import AwareDatetime

from services.portal.answers import Answer


class Held(Answer):
    """A household that somebody of the team works with."""

    engagement_id: str
    household_id: str
    key_worker_id: str
    since: AwareDatetime


class Handover(Answer):
    """Somebody is asked to take a household over."""

    handover_id: str
    household_id: str
    from_key_worker_id: str
    to_key_worker_id: str
    reason: str
    proposed_by: str
    expires_at: AwareDatetime


class Offer(Answer):
    """A household that any member of the team may claim."""

    offer_id: str
    household_id: str
    severity: str
    claim_by: AwareDatetime


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
