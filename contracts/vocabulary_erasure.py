"""Why records are erased, kept all the same, or could not be erased: closed word lists.

A value may be added within v1; none may be removed.
"""

from __future__ import annotations

from enum import StrEnum


class ErasureReason(StrEnum):
    """Why records are erased. A closed list: no words about people."""

    RETENTION = "retention"
    """The place's policy: nothing has happened for as long as it says."""
    WITHDRAWN = "withdrawn"
    """The agency took the assessment back: it should never have been sent."""
    IN_ERROR = "in_error"
    """It should never have been recorded, or is of somebody else."""
    UNLAWFUL = "unlawful"
    """There was no lawful basis to record it."""
    OBJECTION = "objection"
    """Somebody objected, and nothing overrides that (UK GDPR articles 17 and 21)."""
    COURT_ORDER = "court_order"
    """A court or the Information Commissioner ordered it."""


class ErasureRefusal(StrEnum):
    """Why records that were to be erased are still there."""

    SEEN_SINCE = "seen_since"
    """An agency has assessed the household since, or it was linked or separated."""
    ASKED_ABOUT = "asked_about"
    """A possible match with it waits for a reviewer."""
    TOO_YOUNG = "too_young"
    """Somebody in it is younger than the policy says."""


class HoldReason(StrEnum):
    """Why records are kept beyond the policy. A closed list: no words about people."""

    INQUIRY = "inquiry"
    """A public inquiry, a safeguarding practice review or an inspection."""
    LEGAL_CLAIM = "legal_claim"
    """A claim is made, or to be expected."""
    COMPLAINT = "complaint"
    """A complaint is being answered."""
    SUBJECT_REQUEST = "subject_request"
    """Somebody has asked what is held about them, or to have it restricted."""
    STILL_NEEDED = "still_needed"
    """Help is expected to be needed again."""
