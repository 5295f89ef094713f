"""Recording and alerting rules of Prometheus. Pure data.

Service levels burn an error budget of 30 days. An alert looks at a long window, to be sure, and at
a short one, to end soon: 14.4 times as fast over an hour spends 2 % of the budget, 6 times over six
hours 5 %.
"""

from __future__ import annotations

from dataclasses import dataclass

WINDOWS = ("5m", "30m", "1h", "6h")
RUNBOOKS = "docs/runbooks"


@dataclass(frozen=True, slots=True)
class Alert:
    """``summary`` says what is wrong; the runbook says what to do."""

    name: str
    expr: str
    lasting: str
    severity: str
    summary: str

    @property
    def runbook(self) -> str:
        return f"{RUNBOOKS}/{self.name}.md"


def _slow(window: str) -> str:
    within = f'sum(rate(kith_journey_to_alert_seconds_bucket{{le="10"}}[{window}]))'
    return f"1 - {within} / sum(rate(kith_journey_to_alert_seconds_count[{window}]))"


def _failed(window: str) -> str:
    count = "http_server_request_duration_seconds_count"
    failed = f'sum(rate({count}{{http_response_status_code=~"5.."}}[{window}]))'
    return f"({failed} or vector(0)) / sum(rate({count}[{window}]))"


RECORDED: dict[str, str] = {
    f"kith:{name}:ratio_rate{window}": make(window)
    for name, make in (("alert_slow", _slow), ("http_failed", _failed))
    for window in WINDOWS
}


def _burns(name: str, aim: float) -> str:
    fast, slow = f"{14.4 * aim:g}", f"{6 * aim:g}"
    return (
        f"(kith:{name}:ratio_rate1h > {fast} and kith:{name}:ratio_rate5m > {fast})"
        f" or (kith:{name}:ratio_rate6h > {slow} and kith:{name}:ratio_rate30m > {slow})"
    )


ALERTS: tuple[Alert, ...] = (
    Alert("KithAlertsSlow", _burns("alert_slow", 0.01), "2m", "page",
          "Key workers are told too late, too often"),
    Alert("KithHttpFailing", _burns("http_failed", 0.001), "2m", "page",
          "Requests to Kith fail too often"),
    Alert("KithConsumerBehind", "max by (consumer) (kith_consumer_lag) > 5000", "5m", "page",
          "{{ $labels.consumer }} is {{ $value }} records behind"),
    Alert("KithOutboxStuck", "max by (service_name) (kith_outbox_age_seconds) > 60", "2m", "page",
          "{{ $labels.service_name }} has not sent its oldest event for {{ $value }} s"),
    Alert("KithRecordsParked", "max by (service_name) (kith_parked) > 0", "5m", "ticket",
          "{{ $labels.service_name }} has {{ $value }} parked records"),
    Alert("KithDeliveriesGivenUp", "max by (service_name) (kith_deliveries_given_up) > 0", "5m",
          "ticket", "{{ $labels.service_name }} could not tell {{ $value }} messages outside"),
    Alert("KithJourneysStalled", "max(kith_journeys_stalled) > 0", "15m", "ticket",
          "{{ $value }} journeys are late for their next stage"),
    Alert("KithErasuresUnanswered", "max(kith_erasures_unanswered) > 0", "15m", "ticket",
          "{{ $value }} erasures were ordered an hour ago or longer, and are neither done nor "
          "refused"),
    Alert("KithWaitingListGrows", "max(kith_waiting_list) > 25", "1h", "ticket",
          "{{ $value }} households wait for a key worker with room"),
    Alert("KithCompletenessDrifted", "max by (place, agency) (kith_completeness_drifted) > 0", "1h",
          "ticket", "Fields that {{ $labels.agency }} fills in more or less often than before: "
          "{{ $value }}"),
    Alert("KithAgreementDrifted", "max by (place, kind) (kith_matching_agreement_drifted) > 0",
          "1h", "ticket", "Reviewers in {{ $labels.place }} agree with the weights more or less "
          "often than before, of each {{ $labels.kind }} they are asked about"),
    Alert("KithLooksTampered", "max by (service_name) (kith_looks_tampered) > 0", "0m", "page",
          "{{ $labels.service_name }}: who looked at households is not as it was sealed, in "
          "{{ $value }} places"),
    Alert("KithLooksNotSealed", "max by (service_name, table) (kith_looks_unsealed_age_seconds)"
          " > 600", "5m", "ticket", "{{ $labels.table }} of {{ $labels.service_name }} has a look "
          "that has waited {{ $value }} s for its seal"),
    Alert("KithServiceSilent", "count(count by (service_name) (max_over_time("
          "kith_outbox_unsent[1h]))) > count(count by (service_name) (kith_outbox_unsent))",
          "5m", "page", "A service no longer sends its measures"),
)  # fmt: skip
