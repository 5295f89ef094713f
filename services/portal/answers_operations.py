"""What the portal reads of how Kith runs: journeys, measures, health. No personal data.

As :mod:`services.portal.answers`: unknown fields are ignored.
"""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from services.portal.answers import Answer

# -- operations ------------------------------------------------------------------------------


class Stage(Answer):
    """A stage that was reached: milliseconds since acceptance, and since the stage it follows."""

    name: str
    at: AwareDatetime
    after_ms: float | None = None
    took_ms: float | None = None


class Journey(Answer):
    """What followed from one assessment. ``hidden``: of a restricted household."""

    id: str
    hidden: bool = False
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


class Span(Answer):
    """One hop: a request, a batch's share, a statement. ``after_ms``: since the journey began.

    ``waited_ms``: how long a record lay in the outbox and in Kafka before. ``depth``: how far in.
    """

    service: str
    name: str
    kind: str
    depth: int
    after_ms: float
    duration_ms: float
    waited_ms: float | None = None
    failed: bool = False
    error: str | None = None
    detail: str | None = None
    attributes: dict[str, object] = Field(default_factory=dict)

    @property
    def is_statement(self) -> bool:
        """Whether it is one statement to a database."""
        return "db.system.name" in self.attributes


class Trace(Answer):
    """The spans kept of a journey, parents before what they caused."""

    spans: tuple[Span, ...] = ()


class SeenEvent(Answer):
    """An event of a journey, and where it stands in Kafka."""

    type: str
    time: AwareDatetime
    topic: str
    partition: int
    offset: int
    after_ms: float


class Avoided(Answer):
    """A referral that was avoided, the match it rests on, and the assessment that opened the one
    there is."""

    assessment_id: str
    first_assessment_id: str | None = None
    hidden: bool = False
    erased: bool = False
    agency_id: str | None = None
    routed_at: AwareDatetime
    model_version: str = ""
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
    """Referrals avoided. ``next``: where the list goes on."""

    entries: tuple[Avoided, ...] = ()
    next: str | None = None


class AvoidedKind(Answer):
    """How many referrals of one kind were avoided."""

    would_have_referred_for: str | None = None
    match_rule: str
    count: int


class Impact(Answer):
    """What the place gains."""

    assessments: int
    referrals_opened: int
    contacts_routed: int
    referrals_avoided: int
    avoided_then_reversed: int = 0
    avoided: tuple[AvoidedKind, ...] = ()
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
    hidden: bool = False
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

    stages: dict[str, dict[str, float | None]] = Field(default_factory=dict)


# -- every service ---------------------------------------------------------------------------


class Consuming(Answer):
    """One consumer: what it reads, how many records behind, and why it has stopped. ``silent``:
    Kafka does not answer it, so the lag is of before."""

    topics: tuple[str, ...] = ()
    lag: int = 0
    silent: bool = False
    handled: int = 0
    halted: str | None = None


class DeliveryCounts(Answer):
    """What waits to be told outside and what was given up, by channel."""

    waiting: dict[str, int] = Field(default_factory=dict)
    given_up: dict[str, int] = Field(default_factory=dict)


class Status(Answer):
    """How a service is. ``faults``: why it should be restarted; ``obstacles``: why it cannot do its
    work now, those among them. Counts are None where its PostgreSQL does not answer."""

    service: str
    faults: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()
    consumers: dict[str, Consuming] = Field(default_factory=dict)
    unsent: int | None = None
    oldest_unsent_seconds: float | None = None
    parked: int | None = None
    deliveries: DeliveryCounts | None = None


class Delivery(Answer):
    """Something to be told outside. ``destination``: a recipient's or agency's id; ``overtaken``:
    something later about the same has arrived."""

    id: str
    channel: str
    destination: str
    attempts: int
    created_at: AwareDatetime
    last_attempt_at: AwareDatetime | None = None
    next_attempt_at: AwareDatetime | None = None
    last_status: str | None = None
    overtaken: bool = False


class Deliveries(Answer):
    """Some of them, oldest first. ``next``: there are more."""

    deliveries: tuple[Delivery, ...] = ()
    next: int | None = None


class AgencyWebhook(Answer):
    """An agency's webhook. ``state``: enabled, failing, paused or disabled."""

    agency_id: str
    name: str
    host: str
    state: str
    created_at: AwareDatetime
    succeeded_at: AwareDatetime | None = None
    failing_since: AwareDatetime | None = None
    disabled_at: AwareDatetime | None = None
    paused_at: AwareDatetime | None = None
    paused_by: str | None = None
    waiting: int = 0
    given_up: int = 0
    last_answer: str | None = None


class Parked(Answer):
    """Records that could not be handled for one reason, the first of them by its place. ``reason``
    holds no personal data."""

    id: int
    consumer: str
    topic: str
    partition: int
    record_offset: int
    event_type: str | None = None
    reason: str
    records: int = 1
    parked_at: AwareDatetime
    last_parked_at: AwareDatetime | None = None


class Decided(Answer):
    """How many parked records were decided on, and how many like them are still parked."""

    records: int = 1
    left: int = 0
