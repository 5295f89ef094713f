"""Every metric Kith measures: its name, kind, unit and meaning. Nothing else is measured.

Names follow OpenTelemetry; in Prometheus dots are underscores, seconds ``_seconds``, and counters
end in ``_total``. Attributes are few and never of a person: a place, an agency, a team, a kind.
Journeys are counted once, by operations, which sees every event; a batch that had to be tried again
may count twice. Figures of record are the ledger's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. ``bounds``: a histogram's upper bounds, in ``unit``."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    attributes: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()


_FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_JOURNEY = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0)
_PEOPLE = (60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, 86400.0, 259200.0)
_BITS = (-20.0, -10.0, -5.0, 0.0, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0)
C, G, H = Kind.COUNTER, Kind.GAUGE, Kind.HISTOGRAM

METRICS: tuple[Metric, ...] = (
    # -- what happens to assessments: counted by operations
    Metric("kith.assessments", C, "{assessment}", "Assessments accepted.", ("place", "agency")),
    Metric("kith.matches", C, "{match}", "Assessments matched to a household.", ("place",)),
    Metric("kith.reviews.requested", C, "{review}", "Matches put to a person.", ("place",)),
    Metric("kith.reviews.decided", C, "{review}", "Matches a person decided.", ("place",)),
    Metric("kith.links", C, "{link}", "Households linked.", ("place",)),
    Metric("kith.separations", C, "{separation}", "Households separated.", ("place",)),
    Metric("kith.referrals.opened", C, "{referral}", "Referrals opened.", ("place", "team")),
    Metric("kith.contacts.routed", C, "{contact}", "Assessments routed to the household's key"
           " worker.", ("place", "team")),
    Metric("kith.referrals.avoided", C, "{referral}", "Routed assessments that would have been"
           " referrals.", ("place", "team")),
    Metric("kith.key_workers.assigned", C, "{engagement}", "Key workers assigned.", ("place",)),
    Metric("kith.households.queued", C, "{household}", "Households put on the waiting list.",
           ("place",)),
    Metric("kith.front_door", C, "{notice}", "Notices to the front door.", ("place",)),
    Metric("kith.alerts.raised", C, "{alert}", "Alerts raised.", ("place", "kind")),
    Metric("kith.alerts.acknowledged", C, "{alert}", "Alerts acknowledged.", ("place", "kind")),
    Metric("kith.alerts.escalated", C, "{alert}", "Alerts escalated, deadline passed.", ("place",)),
    Metric("kith.outcomes", C, "{outcome}", "Outcomes told to agencies.", ("place", "outcome")),
    Metric("kith.journey.to_match", H, "s", "From acceptance to a household.", ("place",),
           _JOURNEY),
    Metric("kith.journey.to_alert", H, "s", "From acceptance to the first alert.", ("place",),
           _JOURNEY),
    Metric("kith.journey.to_acknowledgement", H, "s", "From acceptance to a person's"
           " acknowledgement.", ("place",), _PEOPLE),
    Metric("kith.journey.to_outcome", H, "s", "From acceptance to an outcome.", ("place",),
           _JOURNEY),
    # -- how well matching does: measured by duplication
    Metric("kith.matching.weight", H, "{bit}", "Weight of the deciding link of an assessment, log2"
           " odds.", ("place", "outcome"), _BITS),
    Metric("kith.matching.answers", C, "{review}", "Reviewers' answers: agreed, differed (from what"
           " the weight leans to) or cannot_tell.", ("place", "answer")),
    Metric("kith.matching.not_this_household", C, "{match}", "Matches that practitioners took back:"
           " not this household.", ("place",)),
    Metric("kith.matching.agreement", G, "{share}", "Share of this week's answers of reviewers that"
           " are what the weight leans to.", ("place", "kind")),
    Metric("kith.matching.agreement.drifted", G, "{flag}", "1 where that share drifted, by the rule"
           " of GET /v1/quality.", ("place", "kind")),
    Metric("kith.completeness", G, "{share}", "Share of an agency's people (for postcode and uprn:"
           " assessments) that carried a field this week.", ("place", "agency", "field")),
    Metric("kith.completeness.drifted", G, "{field}", "Fields of an agency whose completeness"
           " drifted, by the rule of GET /v1/quality.", ("place", "agency")),
    # -- how things stand: looked up by operations and, of teams, by keyworkers
    Metric("kith.waiting_list", G, "{household}", "Households that wait for a key worker."),
    Metric("kith.caseload", G, "{household}", "Households that a team's key workers walk beside,"
           " weighed by intensity.", ("place", "team")),
    Metric("kith.caseload.limit", G, "{household}", "The most that a team's key workers may hold.",
           ("place", "team")),
    Metric("kith.retention.on_notice", G, "{household}", "Households whose records are to be erased"
           " once the notice has run out.", ("place",)),
    Metric("kith.erasures", C, "{erasure}", "Erasures carried out by keyworkers.", ("place",)),
    Metric("kith.erasures.refused", C, "{erasure}", "Orders to erase that duplication refused.",
           ("place", "refusal")),
    Metric("kith.reviews.waiting", G, "{review}", "Matches that wait for a person."),
    Metric("kith.journeys.stalled", G, "{journey}", "Journeys late for their next stage."),
    Metric("kith.erasures.unanswered", G, "{erasure}", "Erasures ordered an hour ago or longer, and"
           " neither done nor refused."),
    # -- the chassis of every service
    Metric("kith.consumer.lag", G, "{record}", "Records written and not yet handled.",
           ("consumer",)),
    Metric("kith.consumer.handled", C, "{record}", "Records handled.", ("consumer",)),
    Metric("kith.consumer.parked", C, "{record}", "Records that could not be handled.",
           ("consumer",)),
    Metric("kith.consumer.batch", H, "s", "Handling one batch of records.", ("consumer",), _FAST),
    Metric("kith.parked", G, "{record}", "Parked records that wait for a decision."),
    Metric("kith.outbox.unsent", G, "{event}", "Events committed and not yet sent."),
    Metric("kith.outbox.age", G, "s", "Age of the oldest event not yet sent."),
    Metric("kith.outbox.sent", C, "{event}", "Events sent.", ("topic",)),
    Metric("kith.deliveries", C, "{attempt}", "Attempts to tell somebody outside, by result.",
           ("channel", "result")),
    Metric("kith.deliveries.given_up", G, "{message}", "Messages that could not be told outside and"
           " wait for a decision."),
    Metric("kith.looks.unsealed_age", G, "s", "How long the oldest look that is not sealed has"
           " waited for it.", ("table",)),
    Metric("kith.looks.tampered", G, "{finding}", "Looks and seals found at the last check not to"
           " be as they were sealed."),
    Metric("http.server.request.duration", H, "s", "Answering an HTTP request.",
           ("http.request.method", "http.route", "http.response.status_code"), _FAST),
)  # fmt: skip
BY_NAME: dict[str, Metric] = {metric.name: metric for metric in METRICS}
