"""What each dashboard shows: rows of panels, each with its question and its queries. Pure data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Query:
    """PromQL, and how a series of it is named."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """``unit``: Grafana's. ``single``: one figure instead of lines."""

    title: str
    meaning: str
    queries: tuple[Query, ...]
    unit: str = "short"
    single: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    uid: str
    title: str
    panels: tuple[Panel, ...]


def _rate(metric: str, by: str, legend: str = "") -> tuple[Query, ...]:
    return (Query(f"sum by ({by}) (rate({metric}[5m]))", legend or f"{{{{{by}}}}}"),)


def _total(metric: str) -> tuple[Query, ...]:
    return (Query(f"sum(increase({metric}[$__range]))"),)


def _quantiles(metric: str, by: str = "") -> tuple[Query, ...]:
    also, legend = (f", {by}", f" {{{{{by}}}}}") if by else ("", "")
    return tuple(
        Query(
            f"histogram_quantile({q}, sum by (le{also}) (rate({metric}_bucket[5m])))",
            f"p{round(q * 100)}{legend}",
        )
        for q in (0.5, 0.95, 0.99)
    )


FLOW = Board("kith-flow", "Kith: flow", (
    Panel("Assessments", "Accepted, by agency.", _rate("kith_assessments_total", "agency"), "ops"),
    Panel("Events sent", "Out of each outbox.", _rate("kith_outbox_sent_total", "topic"), "ops"),
    Panel("Acceptance to alert", "How long until the first person is told.",
          _quantiles("kith_journey_to_alert_seconds"), "s"),
    Panel("Acceptance to household", "How long until the household is known.",
          _quantiles("kith_journey_to_match_seconds"), "s"),
    Panel("Alerts", "Raised, by kind.", _rate("kith_alerts_raised_total", "kind"), "ops"),
    Panel("Deliveries", "Attempts to tell somebody outside, by how they went.", (Query(
        "sum by (channel, result) (rate(kith_deliveries_total[5m]))", "{{channel}} {{result}}"),),
        "ops"),
    Panel("Given up", "Messages that could not be told outside, by service.", (Query(
        "max by (service_name) (kith_deliveries_given_up)", "{{service_name}}"),)),
    Panel("Looks not sealed", "How long the oldest has waited, by table.", (Query(
        "max by (table) (kith_looks_unsealed_age_seconds)", "{{table}}"),), "s"),
    Panel("Looks tampered with", "Found at the last check, by service.", (Query(
        "max by (service_name) (kith_looks_tampered)", "{{service_name}}"),)),
    Panel("HTTP answers", "By status.", _rate(
        "http_server_request_duration_seconds_count", "http_response_status_code"), "reqps"),
    Panel("HTTP time", "By service.", (Query(
        "histogram_quantile(0.95, sum by (le, service_name)"
        " (rate(http_server_request_duration_seconds_bucket[5m])))", "{{service_name}}"),), "s"),
))  # fmt: skip
CONSUMERS = Board("kith-consumers", "Kith: consumers and lag", (
    Panel("Lag", "Records written and not yet handled.",
          (Query("max by (consumer) (kith_consumer_lag)", "{{consumer}}"),)),
    Panel("Handled", "Records a second.", _rate("kith_consumer_handled_total", "consumer"), "ops"),
    Panel("Time of a batch", "From the batch's arrival to its commit, p95.", (Query(
        "histogram_quantile(0.95, sum by (le, consumer)"
        " (rate(kith_consumer_batch_seconds_bucket[5m])))", "{{consumer}}"),), "s"),
    Panel("Outbox age", "The oldest event not yet sent.",
          (Query("max by (service_name) (kith_outbox_age_seconds)", "{{service_name}}"),), "s"),
    Panel("Outbox", "Events not yet sent.",
          (Query("max by (service_name) (kith_outbox_unsent)", "{{service_name}}"),)),
    Panel("Parked", "Records that wait for a decision.",
          (Query("max by (service_name) (kith_parked)", "{{service_name}}"),)),
))  # fmt: skip
MATCHING = Board("kith-matching", "Kith: matching quality", (
    Panel("Matched", "Assessments matched to a household.", _rate("kith_matches_total", "place"),
          "ops"),
    Panel("Put to a person", "Share of assessments whose match a person decides.", (Query(
        "(sum(rate(kith_reviews_requested_total[1h])) or vector(0))"
        " / sum(rate(kith_assessments_total[1h]))", "share"),), "percentunit"),
    Panel("Reviews that wait", "Matches that wait for a person.",
          (Query("max(kith_reviews_waiting)", "waiting"),)),
    Panel("Separated again", "Of a thousand matched: matches that people took back.", (Query(
        "1000 * (sum(increase(kith_separations_total[1d])) or vector(0))"
        " / sum(increase(kith_matches_total[1d]))", "per thousand"),)),
    Panel("Not this household", "Of a thousand matched: taken back by practitioners.", (Query(
        "1000 * (sum(increase(kith_matching_not_this_household_total[1d])) or vector(0))"
        " / sum(increase(kith_matches_total[1d]))", "per thousand"),)),
    Panel("Agreement with reviewers", "Of their answers: those that the weight leaned to.", (Query(
        "(sum(increase(kith_matching_answers_total{answer=\"agreed\"}[1d])) or vector(0))"
        " / sum(increase(kith_matching_answers_total{answer=~\"agreed|differed\"}[1d]))",
        "share"),), "percentunit"),
    Panel("Agreement this week", "The same over seven days, by what was asked.", (Query(
        "min by (place, kind) (kith_matching_agreement)", "{{place}} {{kind}}"),), "percentunit"),
    Panel("Agreement drifted", "1 where the week differs from the four before, by the rule.", (
        Query("max by (place, kind) (kith_matching_agreement_drifted)", "{{place}} {{kind}}"),)),
    Panel("Weights", "Of deciding links, in bits: half, and one in ten above and below.", tuple(
        Query(f"histogram_quantile({q}, sum by (le) (rate(kith_matching_weight_bucket[1h])))",
              f"p{round(q * 100)}") for q in (0.1, 0.5, 0.9))),
    Panel("Completeness", "What an agency's people carry, in the last week.", (Query(
        "min by (agency, field) (kith_completeness)", "{{agency}} {{field}}"),), "percentunit"),
    Panel("Drifted", "Fields of an agency whose completeness drifted.", (Query(
        "max by (agency) (kith_completeness_drifted)", "{{agency}}"),)),
    Panel("Routed share", "Share of assessments routed to a key worker there is already.", (Query(
        "(sum(rate(kith_contacts_routed_total[1h])) or vector(0))"
        " / sum(rate(kith_assessments_total[1h]))", "share"),), "percentunit"),
))  # fmt: skip
KEY_WORKERS = Board("kith-key-workers", "Kith: key worker load", (
    Panel("Key workers assigned", "To households new to them.",
          _rate("kith_key_workers_assigned_total", "place"), "ops"),
    Panel("Referrals by team", "Opened.", _rate("kith_referrals_opened_total", "team"), "ops"),
    Panel("Load of teams", "What a team carries, of what it may: 1 is full.", (Query(
        "max by (team) (kith_caseload) / max by (team) (kith_caseload_limit)", "{{team}}"),),
        "percentunit"),
    Panel("Room", "Households that teams could still take, by place.", (Query(
        "sum by (place) (max by (place, team) (kith_caseload_limit - kith_caseload))",
        "{{place}}"),)),
    Panel("Waiting list", "Households that wait for a key worker with room.",
          (Query("max(kith_waiting_list)", "waiting"),)),
    Panel("On notice", "Households whose records are to be erased once the notice has run out.", (
        Query("max by (place) (kith_retention_on_notice)", "{{place}}"),)),
    Panel("Erased and refused", "Orders to erase, by what came of them.", (
        Query("sum(increase(kith_erasures_total[1d])) or vector(0)", "erased"),
        Query("sum(increase(kith_erasures_refused_total[1d])) or vector(0)", "refused"))),
    Panel("Late journeys", "Late for their next stage.",
          (Query("max(kith_journeys_stalled)", "late"),)),
    Panel("Time to acknowledgement", "From acceptance.",
          _quantiles("kith_journey_to_acknowledgement_seconds"), "s"),
))  # fmt: skip
IMPACT = Board("kith-impact", "Kith: impact", (
    Panel("Assessments", "In this time.", _total("kith_assessments_total"), single=True),
    Panel("Referrals opened", "In this time.", _total("kith_referrals_opened_total"), single=True),
    Panel("Contacts routed", "To the key worker there is.", _total("kith_contacts_routed_total"),
          single=True),
    Panel("Referrals avoided", "Of those; the ledger has each one.",
          _total("kith_referrals_avoided_total"), single=True),
    Panel("Outcomes", "Told to agencies.", _rate("kith_outcomes_total", "outcome"), "ops"),
))  # fmt: skip
SERVICE_LEVELS = Board("kith-service-levels", "Kith: service levels", (
    Panel("Alerted within 10 seconds", "Aim: 99 of 100 journeys.",
          (Query("1 - kith:alert_slow:ratio_rate5m", "share"),), "percentunit"),
    Panel("Answered without failure", "Aim: 999 of 1,000 requests.",
          (Query("1 - kith:http_failed:ratio_rate5m", "share"),), "percentunit"),
    Panel("Error budget spent, alerts", "1 spends it in 30 days.", tuple(
        Query(f"kith:alert_slow:ratio_rate{w} / 0.01", w) for w in ("5m", "1h", "6h"))),
    Panel("Error budget spent, HTTP", "1 spends it in 30 days.", tuple(
        Query(f"kith:http_failed:ratio_rate{w} / 0.001", w) for w in ("5m", "1h", "6h"))),
))  # fmt: skip
BOARDS = (FLOW, CONSUMERS, MATCHING, KEY_WORKERS, IMPACT, SERVICE_LEVELS)
