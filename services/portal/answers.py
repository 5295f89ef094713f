"""What the portal reads in the other services' answers, and no more. Unknown fields are ignored.

One model per answer. A field that a service may leave out has a default, so that a page shows what
there is.
"""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict


class Answer(BaseModel):
    """Base of what is read."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Contact(Answer):
    """How to reach a practitioner at work."""

    name: str
    role: str | None = None
    phone: str | None = None
    email: str | None = None


class Told(Answer):
    """Somebody who was alerted."""

    kind: str
    id: str
    contact: Contact


# -- keyworkers ------------------------------------------------------------------------------


class KeyWorker(Answer):
    """A key worker, as listed. ``away``: why not at work now."""

    id: str
    name: str
    team_name: str
    caseload: float = 0
    caseload_limit: int = 0
    away: str | None = None


class Engagement(Answer):
    """A household and its key worker. ``reasons``: why this key worker."""

    household_id: str
    team_name: str
    key_worker_id: str
    key_worker: Contact | None = None
    since: AwareDatetime
    ended_at: AwareDatetime | None = None
    reasons: tuple[str, ...] = ()


class KeyWorkerPage(KeyWorker):
    """A key worker and their households."""

    engagements: tuple[Engagement, ...] = ()


class Waiting(Answer):
    """A household that waits for a key worker."""

    household_id: str
    severity: str
    waiting_since: AwareDatetime


class Team(Answer):
    """A neighbourhood team, as listed."""

    id: str
    name: str
    locality_name: str | None = None
    waiting: int = 0


class TeamPage(Team):
    """A team: its lead, who is in it, who waits."""

    lead: Contact
    key_workers: tuple[KeyWorker, ...] = ()
    waiting_list: tuple[Waiting, ...] = ()


class Referral(Answer):
    """A referral of a household. ``state``: waiting, assigned or closed."""

    state: str
    opened_at: AwareDatetime


class Route(Answer):
    """What became of one assessment of a household."""

    assessment_id: str
    referral_avoided: bool = False


class WhoseHousehold(Answer):
    """Who works with a household, who did, and how that came about."""

    active: Engagement | None = None
    history: tuple[Engagement, ...] = ()
    referrals: tuple[Referral, ...] = ()
    assessments: tuple[Route, ...] = ()


class Locality(Answer):
    """A council, its front door and its duty desk, who share an inbox under its id."""

    id: str
    name: str
    front_door: Contact


class Place(Locality):
    """A place, with its localities and what it calls a key worker."""

    key_worker_alias: str | None = None
    localities: tuple[Locality, ...] = ()


# -- duplication -----------------------------------------------------------------------------


class Member(Answer):
    """Somebody in a household, since when, and until when if they have left."""

    name: str | None = None
    relationship: str | None = None
    born: str | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class Household(Answer):
    """A household: who is in it and which assessments are of it. ``label``: family names."""

    id: str
    label: str | None = None
    address: str | None = None
    provisional: bool = False
    restricted: bool = False
    restrictions: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    assessment_ids: tuple[str, ...] = ()


class Compared(Answer):
    """One field of two records, and what its agreement weighs, in bits."""

    field: str
    level: str = ""
    weight: float = 0.0


class Decision(Answer):
    """Why an assessment is of its household. ``weight``: log2 odds, in bits."""

    assessment_id: str
    decision: str = ""
    rule: str = ""
    weight: float | None = None
    model_version: str = ""
    fields: tuple[Compared, ...] = ()


class Side(Answer):
    """One side of a possible match. ``people``: as an agency or the household has them."""

    household_id: str
    label: str | None = None
    people: tuple[dict[str, Any], ...] = ()
    address: str | None = None


class Review(Answer):
    """A possible match that a person must look at."""

    id: str
    assessment_id: str
    weight: float | None = None
    urgency: str = "routine"
    restricted: bool = False
    asked_at: AwareDatetime
    due_at: AwareDatetime
    verdict: str | None = None


class ReviewDetail(Review):
    """Both sides of it: the assessment's, and each household it may be."""

    left: Side
    right: tuple[Side, ...] = ()
    detail: dict[str, Any] = {}


# -- agencies --------------------------------------------------------------------------------


class Assessment(Answer):
    """What an agency recorded, without the people."""

    assessment_id: str
    agency_id: str
    agency_name: str
    recorded_at: AwareDatetime
    status: str | None = None
    needs: tuple[str, ...] = ()
    strengths: tuple[str, ...] = ()
    good_day: str | None = None
    urgency: str = "routine"
    significant_harm: tuple[str, ...] = ()
    restrictions: tuple[str, ...] = ()
    would_have_referred_for: str | None = None


class Assessments(Answer):
    """Assessments, in the order asked for."""

    assessments: tuple[Assessment, ...] = ()


class Agency(Answer):
    """An agency that takes part."""

    agency_id: str
    name: str


class Agencies(Answer):
    """Every agency that takes part."""

    agencies: tuple[Agency, ...] = ()


# -- alerts ----------------------------------------------------------------------------------


class Escalation(Answer):
    """A step taken because nobody had acknowledged in time."""

    step: int
    recipient: Told


class Alert(Answer):
    """One alert, as its recipient sees it."""

    id: str
    kind: str
    severity: str
    state: str = "open"
    late: bool = False
    recipient: Told
    escalations: tuple[Escalation, ...] = ()
    assessment_id: str
    household_id: str | None = None
    agency_id: str
    received_at: AwareDatetime
    restrictions: tuple[str, ...] = ()
    would_have_referred_for: str | None = None
    reasons: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()
    raised_at: AwareDatetime
    due_at: AwareDatetime


class Alerts(Answer):
    """A recipient's alerts. ``next``: there are more than these."""

    alerts: tuple[Alert, ...] = ()
    next: str | None = None


# -- operations ------------------------------------------------------------------------------


class Stage(Answer):
    """A stage that was reached: milliseconds since acceptance, and since the stage it follows."""

    name: str
    at: AwareDatetime
    after_ms: float | None = None
    took_ms: float | None = None


class Journey(Answer):
    """What followed from one assessment."""

    id: str
    agency_id: str | None = None
    urgency: str | None = None
    state: str
    decision: str | None = None
    front_door: bool = False
    started_at: AwareDatetime
    due_at: AwareDatetime | None = None
    stages: tuple[Stage, ...] = ()


class Journeys(Answer):
    """Journeys, the last begun first. ``next``: where the list goes on."""

    journeys: tuple[Journey, ...] = ()
    next: str | None = None


class SeenEvent(Answer):
    """An event of a journey, and where it stands in Kafka."""

    type: str
    time: AwareDatetime
    topic: str
    partition: int
    offset: int
    after_ms: float


class Avoided(Answer):
    """A referral that was avoided, and the match it rests on."""

    would_have_referred_for: str | None = None
    match_rule: str
    match_weight: float | None = None
    acknowledged_at: AwareDatetime | None = None
    reversed_at: AwareDatetime | None = None


class JourneyInFull(Journey):
    """A journey with its events and the referrals it avoided."""

    events: tuple[SeenEvent, ...] = ()
    avoided: tuple[Avoided, ...] = ()


class Ledger(Answer):
    """Referrals avoided."""

    entries: tuple[Avoided, ...] = ()


class Impact(Answer):
    """What the place gains."""

    assessments: int
    referrals_opened: int
    contacts_routed: int
    referrals_avoided: int
    waiting_for_room: int
    under_review: int
    front_door: int
    households: int
    later_routed_share: float | None = None
    median_minutes_to_alert: float | None = None
    median_minutes_to_acknowledgement: float | None = None


class Stall(Answer):
    """A journey that has not reached a stage in time."""

    id: str
    agency_id: str | None = None
    waits_for: str
    since: AwareDatetime
    late_seconds: float


class Flow(Answer):
    """Events of a topic."""

    topic: str
    last_minute: int
    last_hour: int


class Latency(Answer):
    """Milliseconds between stages, by ``accepted_to_alerted`` and so on."""

    stages: dict[str, dict[str, float | None]] = {}


# -- every service ---------------------------------------------------------------------------


class Consuming(Answer):
    """One consumer: how many records behind, and why it has stopped."""

    lag: int = 0
    handled: int = 0
    halted: str | None = None


class Status(Answer):
    """How a service is. ``faults``: why it should be restarted."""

    service: str
    faults: tuple[str, ...] = ()
    consumers: dict[str, Consuming] = {}
    unsent: int = 0
    oldest_unsent_seconds: float = 0.0
    parked: int = 0


class Parked(Answer):
    """A record that could not be handled. ``reason`` holds no personal data."""

    id: int
    consumer: str
    topic: str
    partition: int
    record_offset: int
    event_type: str | None = None
    reason: str
    parked_at: AwareDatetime
