"""Whom an alert is for, why it was raised and what is answered to it: closed word lists.

A value may be added within v1; none may be removed.
"""

from __future__ import annotations

from enum import StrEnum


class RecipientKind(StrEnum):
    """Whom an alert is for."""

    KEY_WORKER = "key_worker"
    TEAM_LEAD = "team_lead"
    DUTY_DESK = "duty_desk"
    FRONT_DOOR = "front_door"
    PRIVACY_OFFICER = "privacy_officer"


class AlertKind(StrEnum):
    """Why an alert was raised."""

    ASSIGNED = "assigned"
    """A household is newly yours."""
    ROUTED = "routed"
    """An agency assessed a household of yours."""
    POSSIBLE_MATCH = "possible_match"
    """Possible match: please check."""
    QUEUED = "queued"
    """A household of your team waits for a key worker."""
    FRONT_DOOR = "front_door"
    """Never suppressed: the statutory front door must decide."""
    OFFERED = "offered"
    """A household is offered to your team: any member may claim it."""
    HANDOVER = "handover"
    """You are asked to take a household over."""
    CHANGED = "changed"
    """A household is yours from now on."""
    HANDED_OVER = "handed_over"
    """A household of yours is another key worker's, who accepted it: introduce them."""
    NOT_HANDED_OVER = "not_handed_over"
    """You asked for a handover: it stays as it is, and why."""
    LINKED = "linked"
    """Two households are one and another key worker stays with it: hand over to them."""
    LIFTING = "lifting"
    """It is asked that a household be restricted no longer: agree or decline."""
    LIFTING_AGREED = "lifting_agreed"
    """You asked that a household be restricted no longer: somebody else agreed."""
    LIFTING_DECLINED = "lifting_declined"
    """You asked that a household be restricted no longer: somebody else declined; it stays so."""
    LIFTING_NEEDLESS = "lifting_needless"
    """You asked that a household be restricted no longer: nothing restricts it any more."""


OF_LIFTINGS = frozenset(
    {
        AlertKind.LIFTING,
        AlertKind.LIFTING_AGREED,
        AlertKind.LIFTING_DECLINED,
        AlertKind.LIFTING_NEEDLESS,
    }
)
"""About who may know of a household, and of no assessment in particular: there is nobody to have
spoken to, and nothing to hand over."""


class AlertAnswer(StrEnum):
    """What a practitioner answers to an alert, beside having read it."""

    SPOKEN_TO_THEM = "spoken_to_them"
    """I have spoken to them."""
    NOT_THIS_HOUSEHOLD = "not_this_household"
    """The assessment is of another household: link it elsewhere."""
    HAND_OVER = "hand_over"
    """Somebody else should walk beside this household."""
