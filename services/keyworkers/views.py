"""The JSON of the API."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from contracts.duplication import MatchEvidence
from contracts.keyworkers import WorkContact
from contracts.vocabulary import Severity
from contracts.vocabulary_changes import ChangeReason
from services.keyworkers.place import Assignment, Deadlines
from services.keyworkers.situation import RouteState


class KeyWorkerView(BaseModel):
    """``caseload`` and ``capacity`` in households; ``away``: why not at work on the current or next
    working day; None when at work.
    """

    id: str
    name: str
    place_id: str
    team_id: str
    team_name: str
    caseload: float
    capacity: int
    away: str | None


class RankedView(BaseModel):
    """One candidate when the key worker was chosen. ``reasons`` say why this rank, or why not."""

    key_worker_id: str
    name: str
    rank: int
    eligible: bool
    reasons: list[str]


class EngagementView(BaseModel):
    """``reasons``: why this key worker; ``ranking``: everybody who was considered.

    ``intensity``: households that it counts as in their caseload; why, and since when, where
    somebody has said so.
    """

    engagement_id: UUID
    household_id: UUID
    referral_id: UUID
    team_id: str
    team_name: str
    key_worker_id: str
    key_worker: WorkContact | None
    since: datetime
    ended_at: datetime | None
    end_reason: str | None
    reasons: list[str]
    ranking: list[RankedView]
    intensity: float = 1
    intensity_reason: str | None = None
    intensity_since: datetime | None = None


class HeldView(BaseModel):
    """A household that a member of a team works with. ``hidden``: by its reference alone."""

    engagement_id: UUID
    household_id: UUID
    key_worker_id: str
    since: datetime
    intensity: float = 1
    hidden: bool = False


class Days(BaseModel):
    """Both included."""

    first: date
    last: date


class HeldBody(BaseModel):
    """Which households to ask about: up to 1,000."""

    household_ids: Annotated[tuple[UUID, ...], Field(max_length=1000)]


class KeyWorkerPage(KeyWorkerView):
    """One key worker and the households they work with. ``leave``: now or to come, arranged or in
    the place file."""

    contact: WorkContact
    languages: list[str]
    skills: list[str]
    working_days: list[str]
    leave: list[Days]
    engagements: list[EngagementView]


class TeamView(BaseModel):
    """``caseload`` and ``capacity`` in households; ``waiting``: households without anybody yet.

    ``covers``: postcode districts and sectors; ``assignment``: how its households find their key
    worker; ``size``: how many work in it.
    """

    id: str
    name: str
    place_id: str
    covers: list[str]
    assignment: Assignment
    size: int
    locality_id: str | None
    locality_name: str | None
    lead: WorkContact
    caseload: float
    capacity: int
    waiting: int


class WaitingView(BaseModel):
    """A household that waits for a key worker. ``hidden``: by its reference alone."""

    referral_id: UUID
    household_id: UUID
    team_id: str
    team_name: str
    assessment_id: UUID | None
    severity: Severity
    waiting_since: datetime
    re_referral: bool
    reasons: list[str]
    hidden: bool = False


class TeamPage(TeamView):
    """One team: who is in it, what they carry, who waits."""

    members: list[KeyWorkerView]
    waiting_list: list[WaitingView]


class ReferralView(BaseModel):
    """``state``: waiting, assigned or closed."""

    referral_id: UUID
    team_id: str
    assessment_id: UUID
    state: str
    severity: Severity
    re_referral: bool
    reasons: list[str]
    opened_at: datetime
    assigned_at: datetime | None
    closed_at: datetime | None
    engagement_id: UUID | None


class RouteView(BaseModel):
    """One assessment of the household and what became of it: the ledger's evidence."""

    assessment_id: UUID
    agency_id: str
    received_at: datetime
    state: RouteState
    severity: Severity
    referral_id: UUID | None
    engagement_id: UUID | None
    referral_avoided: bool
    front_door: bool
    evidence: MatchEvidence
    reasons: list[str]


class HouseholdPage(BaseModel):
    """Who works with a household, who did, and how that came about.

    ``key_worker`` to ``reasons`` are those of the active engagement; ``waiting_since``: set while
    a referral is open and nobody has been found yet. ``hidden``: whoever asks may not
    know of it, so nothing is said but whom to ``call``. ``lifted_at``: since when it is restricted
    no longer.
    """

    household_id: UUID
    hidden: bool = False
    call: WorkContact | None = None
    lifted_at: datetime | None = None
    key_worker: WorkContact | None
    key_worker_id: str | None
    team_id: str | None
    team_name: str | None
    since: datetime | None
    reasons: list[str]
    waiting_since: datetime | None
    referrals_avoided: int
    active: EngagementView | None
    history: list[EngagementView]
    referrals: list[ReferralView]
    assessments: list[RouteView]


class CalendarView(BaseModel):
    time_zone: str
    working_days: list[str]
    opens: time
    closes: time
    bank_holidays: list[date]


class LocalityView(BaseModel):
    id: str
    name: str
    districts: list[str]
    front_door: WorkContact
    duty_desk: WorkContact


class VersionView(BaseModel):
    """A version of the place file. ``digest``: the beginning of the file's SHA-256."""

    version: int
    loaded_at: datetime
    digest: str
    in_force: bool


class PlaceView(BaseModel):
    """Names, calendar, deadlines and desks. ``key_worker_alias``: another name in use for it."""

    id: str
    name: str
    version: int
    key_worker_title: str
    key_worker_alias: str | None
    calendar: CalendarView
    deadlines: Deadlines
    caseload_limit: int
    reserve_for_harm: int
    re_referral_days: int
    offer_working_minutes: int
    front_door: WorkContact
    duty_desk: WorkContact
    localities: list[LocalityView]


class Counts(BaseModel):
    """``contacts_routed``: assessments sent to a key worker already there; ``referrals_avoided``:
    those and the ones that joined a waiting household; ``waiting``: households without anybody.
    """

    assessments: int
    referrals_opened: int
    re_referrals: int
    contacts_routed: int
    referrals_avoided: int
    queued: int
    waiting: int
    under_review: int
    front_door_notified: int
    active_engagements: int


class Closing(BaseModel):
    """Why the work with a household ends: ``kind`` for the event that says so, and ``reason`` in
    words, 1 to 500 characters, no personal data, which stay here."""

    kind: Literal[
        ChangeReason.REQUESTED,
        ChangeReason.LEAVING,
        ChangeReason.LONG_ABSENCE,
        ChangeReason.MOVED_AWAY,
        ChangeReason.CONFLICT,
        ChangeReason.HELPED,
        ChangeReason.DECLINED,
        ChangeReason.OTHER,
    ] = ChangeReason.OTHER
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class Closed(BaseModel):
    engagement_id: UUID
    household_id: UUID
    ended_at: datetime
