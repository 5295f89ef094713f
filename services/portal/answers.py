"""What the portal reads in the other services' answers, and no more. Unknown fields are ignored.

One model per answer. A field that a service may leave out has a default, so that a page shows what
there is.
"""

from __future__ import annotations

from datetime import date

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
    """Who was told after the first: nobody had acknowledged in time, or the first is away."""

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

    def told_first(self, reader_id: str) -> str | None:
        """Who was told first, where the reader was told after them; None of the reader's own."""
        if all(step.recipient.id != reader_id for step in self.escalations):
            return None
        # Where the household is hidden from the reader, so is who was told of it.
        known = self.recipient.id != reader_id
        return self.recipient.contact.name if known else "somebody on its list"


class AlertCounts(Answer):
    """How many alerts of one recipient wait."""

    open: int = 0
    late: int = 0


class Alerts(Answer):
    """A recipient's alerts. ``next``: there are more than these."""

    alerts: tuple[Alert, ...] = ()
    next: str | None = None
