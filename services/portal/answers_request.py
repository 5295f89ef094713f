"""What each service answers to a request for what is held about a person, as the copy tells it.

Nothing may be left out: what cannot be read is no answer, and no copy is made of it.
"""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime

from services.portal.answers import Answer, Contact


class Candidate(Answer):
    """Somebody who may be meant. ``hidden_records``: of restricted households besides."""

    person_id: str
    name: str | None
    born: str | None
    also_written: tuple[str, ...]
    also_born: tuple[str, ...]
    address: str | None
    agencies: tuple[str, ...]
    records: int
    first_received_at: AwareDatetime
    last_received_at: AwareDatetime
    hidden_records: int


class OfRestricted(Answer):
    """A restricted household on whose list the officer is not, by its reference."""

    household_id: str
    records: int


class Candidates(Answer):
    """Who may be meant, and where somebody is known of whom nothing may be shown."""

    people: tuple[Candidate, ...]
    restricted: tuple[OfRestricted, ...]


class Record(Answer):
    """The person in one assessment. ``homes``: its address and town, as matching keeps them."""

    assessment_id: str
    position: int
    household_id: str
    agency_id: str
    received_at: AwareDatetime
    homes: tuple[str, ...]


class LeftOut(Answer):
    """An assessment that the copy does not cover, and why."""

    assessment_id: str
    household_id: str
    agency_id: str | None
    received_at: AwareDatetime
    because: str
    hidden: bool


class Question(Answer):
    """An open question that may be about the person. ``alleged``: whoever may be them is alleged in
    it to have caused harm."""

    review_id: str
    kind: str
    asked_at: AwareDatetime
    due_at: AwareDatetime
    agency_id: str | None
    received_at: AwareDatetime | None
    hidden: bool
    alleged: bool


class Spell(Answer):
    """When they were in a household."""

    household_id: str
    since: AwareDatetime
    until: AwareDatetime | None
    restricted: bool


class Share(Answer):
    """What one field weighed, in bits."""

    field: str
    level: str
    weight: float


class Decided(Answer):
    """How it was decided who they are in one assessment, and of which household it is."""

    assessment_id: str
    outcome: str
    rule: str
    model_version: str
    decided_at: AwareDatetime
    decided_again_at: AwareDatetime | None
    new_person: bool
    weight: float | None
    threshold: float | None
    fields: tuple[Share, ...]
    guards: tuple[str, ...]
    reviewed: str | None
    reviewed_at: AwareDatetime | None


class SaidSo(Answer):
    """Records were said to be of one person or household, or not."""

    kind: str
    cause: str
    decided_at: AwareDatetime
    by_a_person: bool
    takes_back: bool


class Looks(Answer):
    """How often something was looked at, for what."""

    purpose: str
    looks: int
    first_at: AwareDatetime
    last_at: AwareDatetime


class Matched(Answer):
    """What matching holds of a person."""

    person_id: str
    retired_ids: tuple[str, ...]
    place_id: str
    name: str | None
    born: str | None
    blocked: tuple[OfRestricted, ...]
    records: tuple[Record, ...]
    left_out: tuple[LeftOut, ...]
    undecided: tuple[Question, ...]
    households: tuple[Spell, ...]
    matched_by: dict[str, tuple[str, ...]]
    decisions: tuple[Decided, ...]
    changes: tuple[SaidSo, ...]
    looks: tuple[Looks, ...]
    unread: int


class Words(Answer):
    """Words whose release an officer decides."""

    piece: str
    text: str
    shared: bool


class Statement(Answer):
    """An agency was told something of its assessment."""

    kind: str
    names_somebody: bool
    names_front_door: bool
    acknowledged_at: AwareDatetime | None
    reason: str
    stated_at: AwareDatetime


class Received(Answer):
    """An assessment as its agency sent it, as far as it is about the person."""

    assessment_id: str
    agency_id: str
    agency_name: str
    agency_kind: str
    agreement: str | None
    reference: str
    channel: str
    recorded_at: AwareDatetime
    received_at: AwareDatetime
    others: int
    person: dict[str, Any]
    address: dict[str, Any] | None
    household: dict[str, Any]
    words: tuple[Words, ...]
    statements: tuple[Statement, ...]


class Sent(Answer):
    """What agencies hold."""

    assessments: tuple[Received, ...]
    looks: tuple[Looks, ...]


class Worker(Answer):
    """Somebody at work."""

    name: str
    contact: Contact | None


class Walked(Answer):
    """A key worker of a household of theirs."""

    engagement_id: str
    household_id: str
    team_name: str
    key_worker: Worker
    since: AwareDatetime
    ended_at: AwareDatetime | None
    reasons: tuple[str, ...]
    end_reason: str | None


class HandedOver(Answer):
    """From one key worker to another."""

    engagement_id: str
    from_key_worker: Worker
    to_key_worker: Worker
    reason: str | None
    at: AwareDatetime


class Opened(Answer):
    """A referral that an assessment opened."""

    assessment_id: str
    team_name: str
    re_referral: bool
    opened_at: AwareDatetime
    assigned_at: AwareDatetime | None
    closed_at: AwareDatetime | None


class Became(Answer):
    """What became of an assessment."""

    assessment_id: str
    state: str
    referral_avoided: bool
    front_door: bool
    received_at: AwareDatetime


class Retention(Answer):
    """How long a place keeps its records."""

    years_after_last_contact: int
    until_youngest_is: int | None = None


class Kept(Answer):
    """What keyworkers holds. ``retention``: None where the place has not said how long."""

    place_name: str
    key_worker_title: str
    office: Contact | None
    retention: Retention | None = None
    engagements: tuple[Walked, ...]
    handovers: tuple[HandedOver, ...]
    referrals: tuple[Opened, ...]
    routes: tuple[Became, ...]
    looks: tuple[Looks, ...]


class Somebody(Answer):
    """Somebody who was told."""

    kind: str
    name: str | None
    role: str | None
    at: AwareDatetime


class Alerted(Answer):
    """An alert about an assessment."""

    assessment_id: str
    kind: str
    told: tuple[Somebody, ...]
    acknowledged_at: AwareDatetime | None
    answer: str | None
    withdrawn_at: AwareDatetime | None


class Alerts(Answer):
    """What alerts holds."""

    alerts: tuple[Alerted, ...]


class Exported(Answer):
    """A copy that left, by its request."""

    export_id: str
    at: AwareDatetime
    actor: str
    request: str
    identity: str
    assessments: int
    left_out: int
    withheld: int
    undecided: int
    sha256: str
    bytes: int


class OnRecord(Answer):
    """It is kept that a copy leaves."""

    export_id: str
    at: AwareDatetime
