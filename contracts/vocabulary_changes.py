"""Why households, engagements and what was said of them change: closed word lists.

A value may be added within v1; none may be removed.
"""

from __future__ import annotations

from enum import StrEnum


class LinkCause(StrEnum):
    """Why households were linked or separated."""

    REVIEW = "review"
    """A reviewer's verdict on a case of the queue."""
    PRACTITIONER = "practitioner"
    """A key worker's "not this household"."""
    OFFICER = "officer"
    """A person with the right to, outside the queue."""
    EVIDENCE = "evidence"
    """An assessment showed it beyond doubt."""
    NEW_MODEL = "new_model"
    """History was decided again under another model."""
    UNDONE = "undone"
    """A link or separation is taken back."""


class ChangeReason(StrEnum):
    """Why a household changes key workers, or its engagement ends."""

    REQUESTED = "requested"
    """A key worker asked for it."""
    LINKED = "linked"
    """Two households became one; the longer engagement stays."""
    SEPARATED = "separated"
    """One household became two."""
    LEAVING = "leaving"
    """The key worker leaves."""
    LONG_ABSENCE = "long_absence"
    """The key worker is away for long."""
    MOVED_AWAY = "moved_away"
    """The household lives elsewhere now."""
    CONFLICT = "conflict"
    """A conflict of interest was declared."""
    HELPED = "helped"
    """Things are well enough: the engagement ends."""
    DECLINED = "declined"
    """The household does not want it."""
    OTHER = "other"


class ReversalReason(StrEnum):
    """Why what was said of an assessment or a household is taken back."""

    LINKED = "linked"
    SEPARATED = "separated"
    NOT_THIS_HOUSEHOLD = "not_this_household"
    REVIEWED = "reviewed"
    NO_ASSESSMENT_LEFT = "no_assessment_left"
    """After a separation nothing is left from which the referral follows."""
    ERASED = "erased"
    """The assessment is erased, as where its agency took it back."""
    ASSIGNED = "assigned"
    """The household that waited, or was offered, has its key worker."""
    HANDOVER_WITHDRAWN = "handover_withdrawn"
    """Whoever asked has taken the question back."""
    HANDOVER_EXPIRED = "handover_expired"
    """The question was not answered in time."""
    ENGAGEMENT_ENDED = "engagement_ended"
    """The household has no key worker any more."""
    LIFTING_WITHDRAWN = "lifting_withdrawn"
    """Whoever asked that a restriction be lifted has taken it back, or it is none any more."""
    ASKED_OF_OTHERS = "asked_of_others"
    """Whoever was asked that a restriction be lifted may answer no more: others are asked."""
    RESTRICTED_AGAIN = "restricted_again"
    """The household whose restriction was lifted is restricted again."""


class HandoverOutcome(StrEnum):
    """How a proposed handover came to nothing."""

    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class RefusalReason(StrEnum):
    """Why a handover could not even be proposed."""

    NOBODY_TO_HAND_OVER = "nobody_to_hand_over"
    """The household has no key worker."""
    NOT_THEIR_HOUSEHOLD = "not_their_household"
    """Whoever asked is not, or no longer, the household's key worker."""
    NO_SUCH_KEY_WORKER = "no_such_key_worker"
    SAME_KEY_WORKER = "same_key_worker"
    HAS_LEFT = "has_left"
    CONFLICT_OF_INTEREST = "conflict_of_interest"
    ASKED_ALREADY = "asked_already"
    """Somebody else has been asked and has not answered yet."""
    NOBODY_CAN = "nobody_can"
    """Nobody was named, and nobody in the team can take a household now."""
