"""Lifting the restriction of a household, and restricting it again: who may, and when. Pure.

Invariants: two people lift it, of whom one may change its list (its team's lead, a privacy officer)
and one is on it, so knows the household; one may restrict it again. What nobody had stated when it
was asked for is not lifted.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.vocabulary_access import LiftingOutcome, LiftingReason


@dataclass(frozen=True, slots=True)
class Lifting:
    """Somebody asked that a restriction be lifted. ``assessment_ids``: what stated it then."""

    lifting_id: UUID
    household_id: UUID
    assessment_ids: tuple[UUID, ...]
    reason: LiftingReason
    asked_by: str
    asked_at: datetime
    answer: LiftingOutcome | None = None
    answered_by: str | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """What somebody is to a household. ``changes``: may change its list; ``key_worker``: is its."""

    id: str
    on_list: bool
    changes: bool
    key_worker: bool = False

    @property
    def may_ask(self) -> bool:
        return self.on_list or self.changes

    @property
    def may_restrict(self) -> bool:
        return self.changes or self.key_worker


def why_not_agree(
    who: Position, lifting: Lifting, readers: Collection[str], stating: Collection[UUID]
) -> str | None:
    """Why they may not agree to it, in words; None where they may.

    ``readers``: who is on the list now; ``stating``: the assessments that state the restriction.
    """
    if not who.changes:
        return "A team lead or a privacy officer agrees to this."
    if who.id == lifting.asked_by:
        return "You asked for this yourself: another lead or a privacy officer agrees to it."
    if not who.on_list and lifting.asked_by not in readers:
        return (
            "Neither of you is on this household's list. One of the two must know it: have its key "
            "worker ask, or put yourself on the list first."
        )
    if not set(stating) <= set(lifting.assessment_ids):
        return (
            "Since this was asked, another assessment says that few may know. Decline this, read "
            "that assessment, and ask again if it still holds."
        )
    return None


def whom_to_ask(
    asked_by: str,
    *,
    leads: Sequence[str],
    officers: Sequence[str],
    readers: Collection[str],
    barred: Collection[str],
) -> list[str]:
    """Who may answer, by id, in the order in which they are asked: the lead of the household's team
    before the place's privacy officers; where whoever asks does not know the household, those on
    its list (``readers``) before both. Nobody who asks themselves, or has a conflict of interest.
    """
    others = dict.fromkeys(
        one for one in (*leads, *officers) if one != asked_by and one not in barred
    )
    if asked_by in readers:
        return list(others)
    return sorted(others, key=lambda one: one not in readers)
