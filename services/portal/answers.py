"""What the portal reads in the other services' answers, and no more. Unknown fields are ignored.

One model per answer. A field that a service may leave out has a default, so that a page shows what
there is.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


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
    place_id: str = ""
    team_id: str = ""
    team_name: str
    caseload: float = 0
    capacity: int = 0
    away: str | None = None


class Engagement(Answer):
    """A household and its key worker. ``reasons``: why this key worker."""

    engagement_id: str = ""
    household_id: str
    team_id: str = ""
    team_name: str
    key_worker_id: str
    key_worker: Contact | None = None
    since: AwareDatetime
    ended_at: AwareDatetime | None = None
    reasons: tuple[str, ...] = ()
    intensity: float = 1
    intensity_reason: str | None = None
    intensity_since: AwareDatetime | None = None


class Days(Answer):
    """Both included."""

    first: date
    last: date


class KeyWorkerPage(KeyWorker):
    """A key worker and their households. ``leave``: now or to come, however it was told."""

    contact: Contact | None = None
    leave: tuple[Days, ...] = ()
    engagements: tuple[Engagement, ...] = ()


class Waiting(Answer):
    """A household that waits for a key worker."""

    household_id: str
    severity: str
    waiting_since: AwareDatetime
    hidden: bool = False


class Team(Answer):
    """A neighbourhood team, as listed."""

    id: str
    name: str
    place_id: str = ""
    locality_name: str | None = None
    waiting: int = 0


class TeamPage(Team):
    """A team: its lead, who is in it, who waits."""

    lead: Contact
    members: tuple[KeyWorker, ...] = ()
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

    hidden: bool = False
    lifted_at: AwareDatetime | None = None
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

    version: int = 0
    key_worker_title: str = "Key worker"
    key_worker_alias: str | None = None
    localities: tuple[Locality, ...] = ()


# -- duplication -----------------------------------------------------------------------------


class Member(Answer):
    """Somebody in a household as they are best known, since when, and until when if they have
    left. ``also_written``, ``also_born``: what agencies wrote otherwise."""

    person_id: str = ""
    name: str | None = None
    also_written: tuple[str, ...] = ()
    also_born: tuple[str, ...] = ()
    relationship: str | None = None
    born: str | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    alleged_perpetrator: bool = False


class Household(Answer):
    """A household: who is in it and which assessments are of it. ``label``: family names.

    ``hidden``: the visitor may not know of it, and nothing is said but whom to ``call``.
    """

    id: str
    label: str | None = None
    address: str | None = None
    provisional: bool = False
    restricted: bool = False
    restrictions: tuple[str, ...] = ()
    hidden: bool = False
    call: Contact | None = None
    members: tuple[Member, ...] = ()
    assessment_ids: tuple[str, ...] = ()


class Compared(Answer):
    """One field of two records, and what its agreement weighs, in bits."""

    field: str
    level: str = ""
    weight: float = 0.0


class Again(Answer):
    """What another model decided of an assessment when history was decided again."""

    rule: str = ""
    weight: float | None = None
    model_version: str = ""
    decided_at: AwareDatetime | None = None
    detail: dict[str, Any] = Field(default_factory=dict)


class Decision(Answer):
    """Why an assessment is of its household. ``weight``: log2 odds, in bits; ``again``: what other
    models made of it since, the latest first. ``hidden``: the visitor may not know of the
    household."""

    again: tuple[Again, ...] = ()

    assessment_id: str
    hidden: bool = False
    household_id: str | None = None
    decision: str = ""
    rule: str = ""
    weight: float | None = None
    model_version: str = ""
    decided_at: AwareDatetime | None = None
    fields: tuple[Compared, ...] = ()
    detail: dict[str, Any] = Field(default_factory=dict)


class Answered(Answer):
    """Answers to reviews whose likeliest candidate weighed from ``weight`` up to five bits more."""

    weight: int
    same: int = 0
    different: int = 0
    cannot_tell: int = 0


class Recent(Answer):
    """A share this week and in the weeks before, and whether it drifted."""

    share: float | None = None
    of_all: int = 0
    share_before: float | None = None
    of_all_before: int = 0
    drifted: bool = False


class Agreement(Answer):
    """How often reviewers' answers are what the weight leans to. ``share``: of those decided."""

    agreed: int = 0
    differed: int = 0
    cannot_tell: int = 0
    share: float | None = None
    recent: Recent = Recent()
    by_weight: tuple[Answered, ...] = ()


class Completeness(Recent):
    """What share of what an agency sent carried a field."""

    agency_id: str
    field: str


class Quality(Answer):
    """How well matching does. ``weights``: decisions by weight, in steps of five bits;
    ``completeness``: what drifted first, by ``drift_rule``."""

    agreement: Agreement = Agreement()
    proposed_links: Agreement = Agreement()
    completeness: tuple[Completeness, ...] = ()
    drift_rule: str = ""

    decisions: int = 0
    outcomes: dict[str, int] = Field(default_factory=dict)
    verdicts: dict[str, int] = Field(default_factory=dict)
    reviews_open: int = 0
    not_this_household: int = 0
    not_this_household_per_thousand: float | None = None
    weights: dict[str, int] = Field(default_factory=dict)


class Side(Answer):
    """One side of a possible match. ``people``: as an agency or the household has them."""

    household_id: str
    label: str | None = None
    hidden: bool = False
    people: tuple[dict[str, Any], ...] = ()
    address: str | None = None


class Review(Answer):
    """A possible match, or link of two households, that a person must look at."""

    id: str
    kind: str = "match"
    why: str | None = None
    rule: str = ""
    assessment_id: str
    weight: float | None = None
    urgency: str = "routine"
    restricted: bool = False
    hidden: bool = False
    asked_at: AwareDatetime
    due_at: AwareDatetime
    verdict: str | None = None
    taken_by: str | None = None


class Since(Answer):
    """What was seen since it was asked: with the household's people, and without any of them."""

    household_id: str
    people_together: int
    times_together: int
    last_together: AwareDatetime | None = None
    times_without: int
    last_without: AwareDatetime | None = None
    says_same: bool


class ReviewDetail(Review):
    """Both sides of it: the assessment's, and each household it may be."""

    left: Side
    right: tuple[Side, ...] = ()
    detail: dict[str, Any] = Field(default_factory=dict)
    since: tuple[Since, ...] = ()


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


class Assessed(Answer):
    """Which assessment an agency's reference is of; None: of none."""

    assessment_id: str | None = None


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
    """One alert, as its recipient sees it. ``hidden``: they may not know of the household, nor
    which agency assessed it, and are told whom to ``call``."""

    id: str
    kind: str
    severity: str
    state: str = "open"
    late: bool = False
    recipient: Told
    escalations: tuple[Escalation, ...] = ()
    assessment_id: str
    household_id: str | None = None
    hidden: bool = False
    call: Contact | None = None
    agency_id: str | None = None
    received_at: AwareDatetime
    restrictions: tuple[str, ...] = ()
    would_have_referred_for: str | None = None
    reasons: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()
    raised_at: AwareDatetime
    due_at: AwareDatetime


class AlertCounts(Answer):
    """How many alerts of one recipient wait."""

    open: int = 0
    late: int = 0


class Alerts(Answer):
    """A recipient's alerts. ``next``: there are more than these."""

    alerts: tuple[Alert, ...] = ()
    next: str | None = None
