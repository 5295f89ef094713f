"""The JSON of what is kept, held and erased: households by reference, people at work by name."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from contracts.vocabulary_erasure import ErasureReason, ErasureRefusal, HoldReason
from services.keyworkers.access_views import name_of
from services.keyworkers.erasures import Answer, AskedReason
from services.keyworkers.place import Retention
from services.keyworkers.retention import Kept
from services.keyworkers.roster import Roster
from services.kit.db import Row


class PolicyView(BaseModel):
    """How long a place keeps records: in years since anything happened, and at least until the
    youngest is so many years old, where that is said; shown on notice for so many days first."""

    years_after_last_contact: int
    until_youngest_is: int | None
    notice_days: int


class PlaceRetentionView(BaseModel):
    """One place of whoever asks. ``policy`` None: nothing is erased there by itself. ``on_notice``
    and ``held``: households; ``waiting``: erasures that wait for an answer."""

    place_id: str
    place_name: str
    policy: PolicyView | None
    on_notice: int
    held: int
    waiting: int


class RefusalView(BaseModel):
    """Why all of it is still there. ``not_before``: the earliest day on which it is due again."""

    refusal: ErasureRefusal
    not_before: date | None
    refused_at: datetime


class NoticeView(BaseModel):
    """A household whose records are to be erased at ``erases_at``, unless somebody holds it or
    something happens with it. ``kept``: why they will not be after all, where that is so already;
    its notice ends with the next turn. ``refusal``: of the last time that it was ordered."""

    household_id: UUID
    place_id: str
    last_contact_at: datetime
    since: datetime
    erases_at: datetime
    kept: Kept | None
    refusal: RefusalView | None


class HoldView(BaseModel):
    """A household is held until a moment, or until somebody ended it."""

    hold_id: UUID
    household_id: UUID
    place_id: str
    reason: HoldReason
    until: datetime
    held_by: str
    held_by_name: str
    held_at: datetime
    ended_by: str | None
    ended_by_name: str | None
    ended_at: datetime | None


class RetentionView(BaseModel):
    """``notices_next`` and ``held_next``: where the next page begins; None: there is none."""

    places: list[PlaceRetentionView]
    notices: list[NoticeView]
    notices_next: str | None
    held: list[HoldView]
    held_next: str | None


class Came(StrEnum):
    """What came of an erasure so far."""

    WAITING = "waiting"
    """It waits for somebody's answer."""
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ORDERED = "ordered"
    """Matching has not answered yet."""
    REFUSED = "refused"
    ERASED = "erased"


class ErasureView(BaseModel):
    """One of the register. ``household_id`` None: of single assessments, as when an agency took one
    back. ``asked_by`` None: the policy ordered it. ``ordered_at`` None: it was not, or not here.
    ``counts``: rows that went here, by table. ``may_answer`` and ``may_withdraw``: whoever asks
    may agree to it or decline it, or take it back."""

    erasure_id: UUID
    place_id: str
    household_id: UUID | None
    reason: ErasureReason
    came: Came
    asked_by: str | None
    asked_by_name: str | None
    asked_at: datetime | None
    answered_by: str | None
    answered_by_name: str | None
    answered_at: datetime | None
    ordered_at: datetime | None
    refusal: RefusalView | None
    erased_at: datetime | None
    counts: dict[str, int]
    may_answer: bool = False
    may_withdraw: bool = False


class RegisterView(BaseModel):
    """``waiting``: what waits for an answer, the first asked first; of a team's lead, what they may
    answer. ``erasures``: everything, the last first; none for a lead. ``next``: where the next page
    begins; None: there is none."""

    waiting: list[ErasureView]
    erasures: list[ErasureView]
    next: str | None


class HouseholdRetentionView(BaseModel):
    """How long one household's records are kept. ``kept``: why they are not due; None: they are.
    ``due_on``: the day from which they are, if nothing happens and nothing else keeps them; None
    where the place has no policy. ``erases_at``: while it is on notice. ``holds``: all that
    there ever were, the last first. ``may_ask``: whoever asks may ask that it be erased."""

    household_id: UUID
    place_id: str
    last_contact_at: datetime | None
    kept: Kept | None
    due_on: date | None
    erases_at: datetime | None
    holds: list[HoldView]
    refusal: RefusalView | None
    asked: ErasureView | None
    may_ask: bool


class Holding(BaseModel):
    """Hold a household, for a reason of the list, until a moment within a year."""

    household_id: UUID
    reason: HoldReason
    until: AwareDatetime


class AskingErasure(BaseModel):
    """Ask that a household be erased, for a reason of the list."""

    household_id: UUID
    reason: AskedReason


def policy_view(policy: Retention | None) -> PolicyView | None:
    return PolicyView(**policy.model_dump()) if policy else None


def refusal_view(row: Row | None) -> RefusalView | None:
    """A row with ``refusal``, ``not_before`` and ``refused_at``; None where nothing was refused."""
    if row is None or row["refusal"] is None:
        return None
    return RefusalView(
        refusal=row["refusal"], not_before=row["not_before"], refused_at=row["refused_at"]
    )


def hold_view(roster: Roster, row: Row) -> HoldView:
    """A row of ``retention_hold`` with its end."""
    ended_by = row["ended_by"]
    return HoldView(
        **dict(row),
        held_by_name=name_of(roster, row["held_by"]),
        ended_by_name=name_of(roster, ended_by) if ended_by else None,
    )


def came_of(row: Row) -> Came:
    """What came of one of the register."""
    if row["erased_at"] is not None:
        return Came.ERASED
    if row["refusal"] is not None:
        return Came.REFUSED
    if row["asked_by"] is None or row["answer"] == Answer.AGREED:
        return Came.ORDERED
    return Came(row["answer"]) if row["answer"] else Came.WAITING


def erasure_view(roster: Roster, row: Row, **may: bool) -> ErasureView:
    """One of the register."""
    asked_by, answered_by = row["asked_by"], row["answered_by"]
    agreed = row["answered_at"] if row["answer"] == Answer.AGREED else None
    return ErasureView(
        erasure_id=row["erasure_id"],
        place_id=row["place_id"],
        household_id=row["household_id"],
        reason=row["reason"],
        came=came_of(row),
        asked_by=asked_by,
        asked_by_name=name_of(roster, asked_by) if asked_by else None,
        asked_at=row["asked_at"],
        answered_by=answered_by,
        answered_by_name=_named(roster, answered_by),
        answered_at=row["answered_at"],
        ordered_at=agreed if asked_by else row["asked_at"],
        refusal=refusal_view(row),
        erased_at=row["erased_at"],
        counts=row["counts"] or {},
        **may,
    )


def _named(roster: Roster, id_: str | None) -> str | None:
    return None if id_ in {None, "kith"} else name_of(roster, str(id_))
